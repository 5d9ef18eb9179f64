#!/usr/bin/env python3
"""What goes wrong around a run: full and read-only disks, inputs that change while they are read, no permission, no file
handles, signals, two runs at once, damaged state. Each ends with a clear message and the documented exit status, loses and
duplicates nothing, and has a way out, which is gone here.

usage: faults.py OCSF WORK [--seed N]
"""

import argparse
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import lakes
from lakes import Failure, Reader, check_clean, copy, fresh, rows, run, start, tree

GROUPS = ["--group-bytes", "40KB", "-j", "2"]
NOBODY = 65534


class Suite:
    def __init__(self, ocsf, work, seed):
        self.ocsf, self.work, self.random = ocsf, fresh(work), random.Random(seed)
        self.faults = 0
        self.logs = lakes.generate(ocsf, work)
        self.whole = work / "whole"
        begin = time.monotonic()
        run(ocsf, "convert", self.logs, "--out", self.whole, *GROUPS)
        self.time = time.monotonic() - begin
        self.rows, self.tree = rows(self.whole), tree(self.whole)
        self.packed = copy(self.whole, work / "packed")
        run(ocsf, "compact", self.packed)

    def convert(self, lake, *args, **how):
        return run(self.ocsf, "convert", self.logs, "--out", lake, *GROUPS, *args, **how)

    def whole_again(self, lake, same_bytes=True):
        """The next run makes it good."""
        self.convert(lake)
        check_clean(lake)
        if rows(lake) != self.rows:
            raise Failure(f"{lake} holds other events than it should")
        if same_bytes and tree(lake) != self.tree:
            raise Failure(f"{lake} has other files than it should")

    def told(self, done, statuses, *texts):
        """A run ended as documented, with one of these texts."""
        self.faults += 1
        if done.returncode not in statuses or not any(text in done.stderr for text in texts):
            raise Failure(f"exit status {done.returncode}, expected {statuses} and {texts}:\n{done.stderr}")

    def disk_full(self):
        """In rising steps of room, until all fits."""
        room, ended = 100, None
        with Disk(self.work / "disk") as disk:
            lake = disk / "lake"
            while ended != 0 and room < 100_000:
                disk.resize(f"{room}k")
                with Reader(lake) as reader:
                    done = self.convert(lake, expect=None)
                if reader.faults:
                    raise Failure(reader.faults[0])
                ended = done.returncode
                if ended:
                    self.told(done, [3], "No space left")
                room = room * 5 // 4 + 50
            self.whole_again(lake)
            # Compaction needs room for the new file beside the old ones.
            used = shutil.disk_usage(disk.path).used // 1024
            for more in [0, 8, 30, 60, 100, 200]:
                disk.resize(f"{used + more}k")
                done = run(self.ocsf, "compact", lake, "-j", "1", expect=None)
                disk.resize("200m")
                if rows(lake) != self.rows:
                    raise Failure("a compaction without room changed rows")
                if done.returncode:
                    self.told(done, [3], "No space left")
            run(self.ocsf, "compact", lake)
            check_clean(lake)
            if rows(lake) != self.rows:
                raise Failure("compaction changed rows")

    def read_only(self):
        with Disk(self.work / "disk") as disk:
            disk.resize("100m")
            lake = copy(self.packed, disk / "lake")
            disk.remount("ro")
            self.told(self.convert(lake, expect=None), [3], "Read-only file system")
            self.told(run(self.ocsf, "compact", lake, expect=None), [3], "Read-only file system")
            for reads in ["lint", "inspect"]:
                run(self.ocsf, reads, lake)
            disk.remount("rw")
            self.whole_again(lake, same_bytes=False)

    def inputs_that_change(self):
        """Whatever happens to files while they are read, the run ends, and is right about what it has read."""
        for round_ in range(4):
            logs, lake = copy(self.logs, self.work / "changing"), fresh(self.work / f"changed-{round_}")
            paths = [path for path in logs.rglob("*") if path.is_file()]
            over = threading.Event()

            def meddle(paths=paths, over=over):
                while not over.is_set():
                    path = self.random.choice(paths)
                    what = self.random.choice(["remove", "cut", "grow", "replace"])
                    try:
                        if what == "remove":
                            path.unlink()
                        elif what == "cut":
                            os.truncate(path, path.stat().st_size * 2 // 3)
                        elif what == "grow":
                            with path.open("ab") as file:
                                file.write(b"more")
                        else:
                            path.write_bytes(self.random.choice(paths).read_bytes())
                        self.faults += 1
                    except FileNotFoundError:
                        pass
                    time.sleep(self.time / 40)

            thread = threading.Thread(target=meddle)
            thread.start()
            try:
                for _ in range(2):
                    done = run(self.ocsf, "convert", logs, "--out", lake, *GROUPS, "--max-rejects", "100%", expect=None)
                    if done.returncode not in (0, 1):
                        raise Failure(f"exit status {done.returncode}:\n{done.stderr}")
            finally:
                over.set()
                thread.join()
            check_clean(lake)
            before = tree(lake)
            run(self.ocsf, "lint", lake)
            # Every file that is still what was converted is known; nothing that is known is converted again.
            run(self.ocsf, "convert", logs, "--out", lake, *GROUPS, "--max-rejects", "100%", expect=None)
            after = tree(lake)
            if any(after.get(path) != hash_ for path, hash_ in before.items()):
                raise Failure("a later run changed what was published")

    def no_permission(self):
        if os.geteuid() != 0:
            print("skipped: no_permission, which root alone can set up")
            return
        logs, lake = copy(self.logs, self.work / "closed"), fresh(self.work / "of-nobody")
        closed = next(path for path in sorted(logs.rglob("*")) if path.is_file())
        for path in [self.work, *self.work.resolve().parents][:-1]:
            path.chmod(path.stat().st_mode | 0o055)
        closed.chmod(0)
        lake.mkdir()
        os.chown(lake, NOBODY, NOBODY)
        ocsf = shutil.copy(self.ocsf, self.work / "ocsf-of-nobody")
        convert = [ocsf, "convert", logs, "--out", lake, *GROUPS]
        how = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        done = subprocess.run(list(map(str, convert)), capture_output=True, text=True, **how)
        self.told(done, [1], "Permission denied")
        closed.chmod(0o644)
        done = subprocess.run(list(map(str, convert)), capture_output=True, text=True, **how)
        if done.returncode != 0 or rows(lake) != self.rows:
            raise Failure(f"what could be read again was not converted:\n{done.stderr}")
        before = tree(lake)
        os.chown(lake, 0, 0)
        for folder in [lake, lake / "ext", lake / "_ocsf"]:
            os.chown(folder, 0, 0)
            folder.chmod(0o755)
        for command in [convert, [ocsf, "compact", lake]]:
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **how)
            self.told(done, [3], "Permission denied")
        if tree(lake) != before:
            raise Failure("a run without permission changed the lake")

    def no_file_handles(self):
        for handles in [6, 8, 10, 12, 14, 16, 20, 24, 32]:
            lake = fresh(self.work / f"handles-{handles}")
            limit = lambda handles=handles: resource.setrlimit(resource.RLIMIT_NOFILE, (handles, handles))  # noqa: E731
            done = self.convert(lake, expect=None, preexec_fn=limit)
            if done.returncode:
                self.told(done, [1, 2, 3], "Too many open files")
            self.whole_again(lake, same_bytes=False)
            copy(self.whole, lake)
            done = run(self.ocsf, "compact", lake, expect=None, preexec_fn=limit)
            if done.returncode:
                self.told(done, [1, 2, 3], "Too many open files")
            run(self.ocsf, "compact", lake)
            check_clean(lake)
            if rows(lake) != self.rows:
                raise Failure(f"{lake} lost rows")

    def signals(self):
        for number, (sent, status) in enumerate([(signal.SIGINT, 130), (signal.SIGTERM, 143)] * 4):
            lake = fresh(self.work / f"signal-{number}")
            for command in [["convert", self.logs, "--out", lake, *GROUPS], ["compact", lake]]:
                child = start(self.ocsf, *command, text=True)
                time.sleep(self.random.uniform(0.1, 0.7) * self.time)
                child.send_signal(sent)
                said = child.communicate()[1]
                self.faults += 1
                if child.returncode not in (0, status):
                    raise Failure(f"{command[0]} ended with {child.returncode} after {sent.name}:\n{said}")
                if child.returncode and "interrupted" not in said:
                    raise Failure(f"nothing is said of the signal:\n{said}")
                check_clean(lake)
                if command[0] == "convert":
                    self.whole_again(lake)
            if rows(lake) != self.rows:
                raise Failure("an interrupted compaction changed rows")

    def two_at_once(self):
        for number in range(4):
            lake = fresh(self.work / f"two-{number}")
            children = []
            for logs in [[self.logs], [self.logs / "a", self.logs / "c"], [self.logs / "b"]]:
                children.append(start(self.ocsf, "convert", *logs, "--out", lake, *GROUPS, text=True))
                time.sleep(self.random.uniform(0, 0.3) * self.time)
            children.append(start(self.ocsf, "compact", lake, text=True))
            for child in children:
                said = child.communicate()[1]
                if child.returncode == 3 and "another run is writing" not in said or child.returncode not in (0, 2, 3):
                    raise Failure(f"exit status {child.returncode}:\n{said}")
                self.faults += child.returncode != 0
            self.whole_again(lake, same_bytes=False)

    def damaged_state(self):
        """Damage is told or does no harm; with the file back, all is as before."""
        lake = copy(self.packed, self.work / "damaged")
        # A group that nothing was merged with.
        more = self.work / "more"
        run(self.ocsf, "generate", "route53-resolver", "--out", more, "--events", "50")
        run(self.ocsf, "convert", more, "--out", lake, *GROUPS)
        before, wanted = tree(lake), rows(lake)
        state = [path for path in sorted((lake / "_ocsf").rglob("*.json"))]
        described = lake / "_ocsf" / "lake.json"
        for path in [described] * 6 + self.random.sample(state, 14):
            text = path.read_bytes()
            for damage in ["cut", "flip", "version", "remove", "empty"]:
                if damage == "cut":
                    path.write_bytes(text[: self.random.randrange(len(text))])
                elif damage == "flip":
                    at = self.random.randrange(len(text))
                    path.write_bytes(text[:at] + bytes([text[at] ^ 1 << self.random.randrange(7)]) + text[at + 1 :])
                elif damage == "version":
                    path.write_bytes(text.replace(b'"manifest_version": 1', b'"manifest_version": 9'))
                elif damage == "remove":
                    path.unlink()
                else:
                    path.write_bytes(b"")
                damaged = tree(lake)
                for command in [["convert", self.logs, more, "--out", lake, *GROUPS], ["compact", lake]]:
                    done = run(self.ocsf, *command, expect=None)
                    if done.returncode:
                        self.told(done, [2, 3], "is damaged", "listed by no manifest", "other options", "is no lake")
                    elif path != described or damage != "flip":
                        raise Failure(f"{path} {damage}: nothing is said\n{done.stderr}")
                    if tree(lake) != damaged:
                        raise Failure(f"{path} {damage}: {command[0]} changed the lake")
                path.write_bytes(text)
        run(self.ocsf, "convert", self.logs, more, "--out", lake, *GROUPS)
        if tree(lake) != before or rows(lake) != wanted:
            raise Failure("with everything back, the lake is another")

    def state_without_a_copy(self):
        """The documented way out: the manifest goes, with all files of its name."""
        lake = copy(self.whole, self.work / "no-copy")
        path = self.random.choice(sorted((lake / "_ocsf" / "manifest").iterdir()))
        path.write_bytes(path.read_bytes()[:100])
        self.told(self.convert(lake, expect=None), [3], "with all files whose names begin with its own")
        for file in lake.rglob(f"{path.stem}*"):
            file.unlink()
        self.whole_again(lake)
        for gone in ["_ocsf/manifest", "_ocsf"]:
            copy(self.whole, lake)
            shutil.rmtree(lake / gone)
            self.told(self.convert(lake, expect=None), [3], "listed by no manifest", "is damaged", "already holds files")


class Disk:
    """A small file system of its own."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", self.path], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)

    def __truediv__(self, name):
        return self.path / name

    def resize(self, size):
        self.remount(f"size={size}")

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)


def can_mount(work):
    try:
        with Disk(work / "probe"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


KINDS = [
    "disk_full", "read_only", "inputs_that_change", "no_permission", "no_file_handles", "signals", "two_at_once",
    "damaged_state", "state_without_a_copy",
]  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ocsf", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=KINDS, nargs="*", default=KINDS)
    args = parser.parse_args()
    begin = time.monotonic()
    suite = Suite(args.ocsf.resolve(), args.work.absolute(), args.seed)
    mounts = can_mount(args.work.absolute())
    passed = failed = 0
    for kind in args.only:
        if kind in ("disk_full", "read_only") and not mounts:
            print(f"skipped: {kind}, no file system can be mounted here")
            continue
        try:
            getattr(suite, kind)()
            passed += 1
        except Failure as failure:
            failed += 1
            print(f"FAILED {kind} (seed {args.seed}): {failure}")
    print(f"{suite.faults} faults, {time.monotonic() - begin:.0f} s")
    print(f"faults: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
