#!/usr/bin/env python3
"""Converts from and to buckets of SeaweedFS, an S3 server of its own, and merges files there: two runs at once, runs that are killed,
outside readers.

usage: buckets.py OCSF WORK
"""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import duckdb
import polars
import pyarrow.dataset
import pyarrow.fs

from big_trail import write_trail

KEYS = ("AKIAEXAMPLE", "hush-this-is-the-secret-key")
SIZE = 24 << 20
KILLS = 12
SMALL = 40
EVENTS = 150
PORTS = ("master", "volume", "filer", "s3", "admin")


class Server:
    """SeaweedFS with some buckets, on ports of this machine that nobody else uses."""

    def __init__(self, work, buckets):
        work.mkdir(parents=True)
        identity = {
            "name": "test",
            "credentials": [{"accessKey": KEYS[0], "secretKey": KEYS[1]}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (work / "keys.json").write_text(json.dumps({"identities": [identity]}))
        ports = iter(free_ports(2 * len(PORTS)))
        flags = [f"-{name}.port{kind}={next(ports)}" for name in PORTS for kind in ("", ".grpc")]
        self.endpoint = "http://127.0.0.1:" + next(flag for flag in flags if flag.startswith("-s3.port=")).split("=")[1]
        weed = pathlib.Path(sys.executable).with_name("weed")
        self.log = (work / "weed.log").open("wb")
        self.process = subprocess.Popen(
            [
                weed, "-logtostderr=true", "mini", f"-dir={work}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-admin.ui=false",
                "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={work / 'keys.json'}", *flags,
            ],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.files = pyarrow.fs.S3FileSystem(
            access_key=KEYS[0], secret_key=KEYS[1], endpoint_override=self.endpoint, region="us-east-1",
            allow_bucket_creation=True, allow_bucket_deletion=True,
        )  # fmt: skip
        for patience in range(60):
            try:
                for bucket in buckets:
                    self.files.create_dir(bucket)
                return
            except OSError:
                if self.process.poll() is not None or patience == 59:
                    raise
                time.sleep(0.5)

    def upload(self, folder, bucket):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with self.files.open_output_stream(f"{bucket}/{path.relative_to(folder)}", compression=None) as out:
                    out.write(path.read_bytes())

    def tree(self, place):
        """All objects below a place, by the rest of their keys."""
        found = self.files.get_file_info(pyarrow.fs.FileSelector(place, recursive=True, allow_not_found=True))
        files = (info.path for info in found if info.type == pyarrow.fs.FileType.File)
        return {path.removeprefix(place + "/"): self.files.open_input_stream(path, compression=None).read() for path in files}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Check:
    """Runs of `ocsf` against the server, and what is wrong with what they wrote."""

    def __init__(self, ocsf, work, server):
        self.ocsf, self.work, self.server = ocsf, work, server
        self.failed = self.passed = 0

    def begin(self, *args, **env):
        # Many small groups: more to publish, and more to be killed in.
        size = () if "--group-bytes" in args else ("--group-bytes", "200KiB")
        return self.begin_any("convert", *size, *args, **env)

    def begin_any(self, *args, **env):
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OCSF_"))},
            "OCSF_ENDPOINT": self.server.endpoint, "AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1],
            "OCSF_TEMP_DIR": str(self.work / "tmp"), **env,
        }  # fmt: skip
        command = [self.ocsf, *args, "--report", "json", "--no-config", "-qq"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def end(self, run):
        out, err = run.communicate(timeout=300)
        if KEYS[1] in out + err:
            self.tell(False, "a secret was told", err)
        return run.returncode, json.loads(out) if out.startswith("{") else None, err

    def convert(self, *args, **env):
        return self.end(self.begin(*args, **env))

    def compact(self, *args, **env):
        return self.end(self.begin_any("compact", *args, **env))

    def tell(self, good, name, *what):
        self.failed += not good
        self.passed += bool(good)
        print("ok    " if good else "FAILED", name, *(what if not good else ()), flush=True)


def without_etags(tree):
    """A tree in which manifests do not say what the store of the inputs said of them, nor the hash that they end with."""
    def of(name, data):
        if "_ocsf/manifest/" not in f"{name}":
            return data
        manifest = json.loads(data)
        manifest.pop("sha256")
        for one in manifest["inputs"]:
            one.pop("etag", None)
        return manifest

    return {name: of(name, data) for name, data in tree.items()}


def difference(one, other):
    """The names that are in one tree alone, and those whose bytes differ."""
    one, other = without_etags(one), without_etags(other)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def local_tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def events(server, place):
    """The ids of all events of a lake, read by pyarrow from the bucket itself."""
    ids = []
    for table in server.files.get_file_info(pyarrow.fs.FileSelector(f"{place}/ext")):
        rows = pyarrow.dataset.dataset(table.path, filesystem=server.files, format="parquet", partitioning="hive")
        ids += rows.to_table(columns={"id": pyarrow.dataset.field("metadata", "uid")})["id"].to_pylist()
    return ids


def same_as_local(check, trail):
    code, report, err = check.convert(trail, "--out", check.work / "local")
    local = local_tree(check.work / "local")
    check.tell(code == 0 and report["groups"] > 4, "local lake", code, err, report)
    code, _, err = check.convert("s3://raw", "--out", "s3://lake/one", OCSF_MULTIPART_BYTES="50KiB")
    one = check.server.tree("lake/one")
    other = difference(one, local)
    check.tell(code == 0 and not other, "bucket to bucket, in parts", code, err, other)
    etags = [one["etag"] for name, data in one.items() if "/manifest/" in name for one in json.loads(data)["inputs"]]
    check.tell(len(etags) > 4 and all(etags), "manifests know what the store said of inputs", etags)
    code, report, err = check.convert("s3://raw", "--out", "s3://lake/one")
    covered = report and report["inputs"]["covered"] == len(etags) and report["records"]["events"] == 0
    check.tell(code == 0 and covered, "what is there is not converted again", code, err, report)
    return local


def two_at_once(check, local, records):
    for number, part_from in enumerate(("16MiB", "1", "1")):
        # Each takes what the other is sending for the rest of a dead run.
        env = {"OCSF_MULTIPART_BYTES": part_from}
        out = f"s3://lake/race-{number}"
        runs = [check.begin("s3://raw", "--out", out, **env) for _ in range(2)]
        ended = [check.end(run) for run in runs]
        other = difference(check.server.tree(f"lake/race-{number}"), local)
        good = all(code == 0 for code, _, _ in ended) and not other
        check.tell(good, f"two runs at once, round {number}", [(code, err) for code, _, err in ended], other)
    # Groups that are not the same, of the same inputs.
    for number in range(3):
        out = f"s3://lake/other-{number}"
        sizes = ("200KiB", "1500KiB")
        ended = [check.end(run) for run in [check.begin("s3://raw", "--out", out, "--group-bytes", size) for size in sizes]]
        told = all(code == 0 or code == 3 and "another run converted" in err for code, _, err in ended)
        code, _, err = check.convert("s3://raw", "--out", out)
        ids = events(check.server, f"lake/other-{number}")
        good = told and code == 0 and len(ids) == len(set(ids)) == records
        check.tell(good, f"two runs that cut otherwise, round {number}", [(code, err) for code, _, err in ended], code, err, len(ids), len(set(ids)))


def killed(check, local, records):
    """Runs are killed anywhere, until one comes to its end."""
    dice = random.Random(7)
    began = time.monotonic()
    code, _, err = check.convert("s3://raw", "--out", "s3://lake/whole", OCSF_MULTIPART_BYTES="1")
    whole = time.monotonic() - began
    kills = 0
    for _ in range(KILLS):
        run = check.begin("s3://raw", "--out", "s3://lake/killed", OCSF_MULTIPART_BYTES="1")
        time.sleep(dice.uniform(0.1, 0.6) * whole)
        run.kill()
        run.communicate()
        kills += run.returncode == -signal.SIGKILL
    code, _, err = check.convert("s3://raw", "--out", "s3://lake/killed", OCSF_MULTIPART_BYTES="1")
    lake = check.server.tree("lake/killed")
    ids = events(check.server, "lake/killed")
    good = code == 0 and len(ids) == len(set(ids)) == records
    check.tell(good, f"every event once after {kills} kills", code, err, len(ids), len(set(ids)), records)
    left = [name for name in lake if "/uploads/" in name or "/announced/" in name]
    check.tell(not left and kills > KILLS // 3, "no upload is left of them", left, kills)
    # What a killed run put there is of no use to the next one, which cuts other groups.
    kills = 0
    for number in range(KILLS):
        size = ("200KiB", "350KiB", "900KiB")[number % 3]
        run = check.begin("s3://raw", "--out", "s3://lake/cut", "--group-bytes", size, OCSF_MULTIPART_BYTES="1")
        time.sleep(dice.uniform(0.1, 0.6) * whole)
        run.kill()
        run.communicate()
        kills += run.returncode == -signal.SIGKILL
    code, _, err = check.convert("s3://raw", "--out", "s3://lake/cut", "--group-bytes", "5MiB")
    ids = events(check.server, "lake/cut")
    left = [name for name in check.server.tree("lake/cut") if "/announced/" in name]
    good = code == 0 and not left and len(ids) == len(set(ids)) == records
    check.tell(good, f"the same after {kills} kills of runs that cut otherwise", code, err, left, len(ids), len(set(ids)), records)
    check.tell(not any((check.work / "tmp").iterdir()), "and nothing on the disk", list((check.work / "tmp").iterdir()))


def parquet(tree):
    return sum(name.startswith("ext/") for name in tree)


def write_small(folder):
    """Many small files, all with events of the same partitions: as of runs that come often."""
    for number in range(SMALL):
        records = [
            {
                "eventVersion": "1.08", "eventTime": f"2024-05-0{1 + at % 2}T{at % 24:02}:{number:02}:{at % 60:02}Z",
                "eventSource": "s3.amazonaws.com", "eventName": "PutObject", "awsRegion": ("us-east-1", "eu-west-1")[at % 3 // 2],
                "sourceIPAddress": "192.0.2.7", "recipientAccountId": "111122223333", "eventID": f"event-{number}-{at}",
                "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": f"ana-{at % 7}"},
            }
            for at in range(EVENTS)
        ]  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:02}.json").write_text(json.dumps({"Records": records}))
    return SMALL * EVENTS


def compacted(check):
    """Files are merged: as in a folder, by two at once, beside runs, and killed anywhere."""
    work, server = check.work, check.server
    small = ("--group-bytes", "1KiB")
    records = write_small(work / "few")
    server.upload(work / "few", "few")
    check.convert(work / "few", "--out", work / "small", *small)
    before = local_tree(work / "small")
    code, _, err = check.compact(work / "small")
    merged = local_tree(work / "small")
    check.tell(code == 0 and parquet(merged) < parquet(before) / 2, "files of a folder are merged", code, err, parquet(before), parquet(merged))
    check.convert("s3://few", "--out", "s3://lake/small", *small)
    began = time.monotonic()
    code, _, err = check.compact("s3://lake/small", OCSF_MULTIPART_BYTES="50KiB")
    whole = time.monotonic() - began
    other = difference(server.tree("lake/small"), merged)
    check.tell(code == 0 and not other, "those of a bucket become the same, in parts", code, err, other)
    code, report, err = check.convert("s3://few", "--out", "s3://lake/small", *small)
    covered = report and report["records"]["events"] == 0
    check.tell(code == 0 and covered and not difference(server.tree("lake/small"), merged), "a run finds nothing to do", code, err)
    for number in range(2):
        place = f"s3://lake/merged-{number}"
        check.convert("s3://few", "--out", place, *small)
        ended = [check.end(run) for run in [check.begin_any("compact", place) for _ in range(2)]]
        told = all(code == 0 for code, _, _ in ended)
        code, _, err = check.compact(place)
        other = difference(server.tree(f"lake/merged-{number}"), merged)
        check.tell(told and code == 0 and not other, f"two at once, round {number}", ended, code, err, other)
    dice = random.Random(11)
    kills = 0
    for number in range(KILLS):
        # Now and then all is made anew, else there would soon be nothing left to merge.
        if number % 4 == 0:
            check.convert("s3://few", "--out", f"s3://lake/kill-{number // 4}", *small)
        place = f"lake/kill-{number // 4}"
        run = check.begin_any("compact", f"s3://{place}", OCSF_MULTIPART_BYTES="50KiB")
        time.sleep(dice.uniform(0.05, 0.9) * whole)
        run.kill()
        run.communicate()
        kills += run.returncode == -signal.SIGKILL
        if number % 2:
            code, _, err = check.convert("s3://few", "--out", f"s3://{place}", *small)
            ids = events(server, place)
            good = code == 0 and len(ids) == len(set(ids)) == records
            check.tell(good, f"every event once after a kill and a run, {number}", code, err, len(ids), len(set(ids)), records)
    check.tell(kills > KILLS // 3, "some were killed", kills)
    for number in range((KILLS + 3) // 4):
        code, _, err = check.compact(f"s3://lake/kill-{number}")
        tree = server.tree(f"lake/kill-{number}")
        ids = events(server, f"lake/kill-{number}")
        left = [name for name in tree if "/uploads/" in name or name.endswith("/turn") or "/compaction/" in name and b'"phase"' in tree[name]]
        good = code == 0 and not left and len(ids) == len(set(ids)) == records and parquet(tree) == parquet(merged)
        check.tell(good, f"and merged after all, {number}", code, err, left, len(ids), records, parquet(tree), parquet(merged))
    # Replaced by all inputs, while they are merged once more.
    check.convert("s3://few", "--out", "s3://lake/over", *small)
    runs = [check.begin_any("compact", "s3://lake/over"), check.begin("s3://few", "--out", "s3://lake/over", "--overwrite", *small)]
    ended = [check.end(run) for run in runs]
    tries = [check.convert("s3://few", "--out", "s3://lake/over", "--overwrite", *small)[0] for _ in range(2)]
    code, _, err = check.compact("s3://lake/over")
    ids = events(server, "lake/over")
    told = all(code in (0, 3) for code, _, _ in ended) and tries[-1] == 0
    good = told and code == 0 and len(ids) == len(set(ids)) == records
    check.tell(good, "replaced and merged at the same time", ended, tries, code, err, len(ids), len(set(ids)), records)
    check.tell(not any((work / "tmp").iterdir()), "and nothing on the disk", list((work / "tmp").iterdir()))


def read_by_others(check, records):
    counted = 0
    tables = check.server.files.get_file_info(pyarrow.fs.FileSelector("lake/one/ext"))
    options = {
        "aws_endpoint_url": check.server.endpoint, "aws_access_key_id": KEYS[0], "aws_secret_access_key": KEYS[1],
        "aws_region": "us-east-1", "aws_allow_http": "true",
    }  # fmt: skip
    same = True
    for table in tables:
        rows = pyarrow.dataset.dataset(table.path, filesystem=check.server.files, format="parquet", partitioning="hive")
        by_duckdb = duckdb.sql("select count(*), count(distinct time) from rows").fetchall()[0]
        frame = polars.scan_parquet(f"s3://{table.path}/**/*.parquet", storage_options=options)
        by_polars = frame.select(polars.len(), polars.col("time").n_unique().alias("times")).collect().row(0)
        same = same and by_duckdb == by_polars
        counted += by_duckdb[0]
    check.tell(same and counted == records, "DuckDB and Polars read as many rows", counted, records)


def main():
    ocsf, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    trail = work / "raw"
    _, records = write_trail(trail, SIZE)
    (work / "tmp").mkdir()
    server = Server(work / "weed", ["raw", "few", "lake"])
    try:
        server.upload(trail, "raw")
        check = Check(ocsf, work, server)
        local = same_as_local(check, trail)
        two_at_once(check, local, records)
        killed(check, local, records)
        compacted(check)
        read_by_others(check, records)
    finally:
        server.stop()
    print(f"buckets: {check.passed} passed, {check.failed} failed")
    sys.exit(check.failed > 0)


if __name__ == "__main__":
    main()
