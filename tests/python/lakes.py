"""What the suites of kills and faults share: logs, runs of the program, and what a lake holds."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import threading
import time

import duckdb
import pyarrow.parquet as pq


class Failure(Exception):
    """Something that must not happen."""


def generate(ocsf, work):
    """Folders of invented logs: two of CloudTrail and one of flows, in a few dozen objects."""
    logs = work / "logs"
    for name, source, events, seed in [("a", "cloudtrail", 3000, 1), ("b", "vpc-flow", 4000, 2), ("c", "cloudtrail", 1500, 3)]:
        run(ocsf, "generate", source, "--out", logs / name, "--events", events, "--seed", seed)
    return logs


def run(ocsf, *args, expect=0, **how):
    done = subprocess.run([ocsf, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)
    if expect is not None and done.returncode != expect:
        raise Failure(f"`ocsf {' '.join(map(str, args))}` exited with {done.returncode}, not {expect}:\n{done.stderr}")
    return done


def files(lake):
    """Files of events, as readers find them."""
    # Folders may go while they are looked at.
    found = (pathlib.Path(folder) / name for folder, _, names in os.walk(lake / "ext") for name in names)
    return sorted(path for path in found if path.suffix == ".parquet")


def tree(folder):
    """All files with a hash of their bytes."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def rows(lake):
    """For each table, how many rows it has and the sum of a hash over all columns of each: equal for the same rows."""
    tables = {}
    for table in sorted(path.name for path in (lake / "ext").iterdir()):
        pattern = f"{lake}/ext/{table}/**/*.parquet"
        query = "SELECT count(*), sum(hash(t::VARCHAR)::HUGEINT) FROM read_parquet(?, hive_partitioning = false) t"
        tables[table] = duckdb.execute(query, [pattern]).fetchone()
    return tables


def check_clean(lake):
    """Nothing is left of runs that were killed."""
    if (lake / "_ocsf" / "staging").exists():
        raise Failure(f"staging is left: {list((lake / '_ocsf' / 'staging').rglob('*'))}")
    for path in lake.rglob("*"):
        if "#" in path.name or path.name.startswith(".tmp") or path.suffix == ".part":
            raise Failure(f"{path} is left")
    for path in (lake / "_ocsf").rglob("*.json"):
        text = path.read_text()
        if '"removing"' in text or '"phase"' in text:
            raise Failure(f"{path} is not done")


class Reader:
    """Opens every file of events that it finds, again and again: a partial one is a failure."""

    def __init__(self, lake):
        self.lake, self.opened, self.faults = lake, 0, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def read(self):
        known = set()
        while not self.over.is_set():
            for path in files(self.lake):
                try:
                    file = pq.ParquetFile(path)
                    if path not in known:
                        if file.read(columns=["time"]).num_rows == 0:
                            self.faults.append(f"{path} is empty")
                        known.add(path)
                    self.opened += 1
                except FileNotFoundError:
                    pass
                except Exception as error:  # whatever a reader stumbles over
                    self.faults.append(f"{path}: {error}")
            time.sleep(0.005)


def start(ocsf, *args, **how):
    return subprocess.Popen([ocsf, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **how)


def copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return folder


