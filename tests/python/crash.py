#!/usr/bin/env python3
"""Kills runs at random points, and looks whether the next run makes it good.

Conversions, incremental runs, overwriting, compactions and watching are killed with SIGKILL at points that are spread
evenly over the time that they take, the next run too now and then. In the end each lake must hold every event exactly
once: the same rows as one that was written without interruption, and for conversions and compactions the same files to
the byte. Meanwhile a reader opens all files that it finds.

usage: crash.py OCSF WORK [--kills N] [--seed N] [KIND...]
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

import lakes
from lakes import Failure, Reader, check_clean, copy, fresh, rows, run, start, tree

GROUPS = ["--group-bytes", "40KB", "--trace", "-j", "2"]


class Suite:
    def __init__(self, ocsf, work, seed):
        self.ocsf, self.work, self.random = ocsf, fresh(work), random.Random(seed)
        self.kills, self.opened = collections.Counter(), 0
        self.logs = lakes.generate(ocsf, work)
        self.whole = work / "whole"
        self.convert_time = self.timed("convert", self.logs, "--out", self.whole, *GROUPS)
        self.rows, self.tree = rows(self.whole), tree(self.whole)
        self.packed = copy(self.whole, work / "packed")
        self.compact_time = self.timed("compact", self.packed, "-j", "2")
        self.packed_tree = tree(self.packed)
        if rows(self.packed) != self.rows:
            raise Failure("compaction changed rows")
        groups, merged = len(list((self.whole / "_ocsf/manifest").iterdir())), len(lakes.files(self.packed))
        print(f"{sum(count for count, _ in self.rows.values()):,} events in {groups} groups and "
              f"{len(lakes.files(self.whole))} files, {merged} when compacted")  # fmt: skip

    def timed(self, *args):
        begin = time.monotonic()
        run(self.ocsf, *args)
        return time.monotonic() - begin

    def killed(self, kind, about, *args):
        """Starts a run and kills it at some point. Whether it was killed before its end."""
        child = start(self.ocsf, *args)
        time.sleep(self.random.uniform(0, about))
        child.send_signal(signal.SIGKILL)
        killed = child.wait() == -signal.SIGKILL
        self.kills[kind] += killed
        child.stderr.close()
        return killed

    def kill(self, kind, about, *args):
        """Kills a run, now and then the next ones too, and lets the last come to its end."""
        while self.killed(kind, about, *args) and self.random.random() < 0.4:
            pass
        return run(self.ocsf, *args)

    def check(self, lake, reader, expected=None):
        self.opened += reader.opened
        if not reader.opened:
            raise Failure("the reader opened nothing")
        if reader.faults:
            raise Failure(f"a reader saw: {reader.faults[0]}, and {len(reader.faults) - 1} more")
        check_clean(lake)
        found, wanted = rows(lake), expected or self.rows
        if found != wanted:
            raise Failure(f"{lake} holds other events: {found}, not {wanted}")

    def same_bytes(self, lake, wanted):
        found = tree(lake)
        if found != wanted:
            other = sorted(set(found.items()) ^ set(wanted.items()))
            raise Failure(f"{lake} has other files: {other[:4]}")

    def convert(self, lake):
        with Reader(lake) as reader:
            self.kill("convert", self.convert_time, "convert", self.logs, "--out", lake, *GROUPS)
        self.check(lake, reader)
        self.same_bytes(lake, self.tree)

    def incremental(self, lake):
        """Logs come between runs, and so after a run that was killed: groups are cut otherwise then."""
        paths = sorted(path for path in self.logs.rglob("*") if path.is_file())
        self.random.shuffle(paths)
        growing = fresh(lake.with_name("growing")) / "logs"
        with Reader(lake) as reader:
            while paths:
                for path in [paths.pop() for _ in range(min(len(paths), self.random.randint(5, 25)))]:
                    target = growing / path.relative_to(self.logs)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, target)
                self.killed("incremental", self.convert_time / 2, "convert", growing, "--out", lake, *GROUPS)
            run(self.ocsf, "convert", growing, "--out", lake, *GROUPS)
        self.check(lake, reader)

    def overwrite(self, lake):
        copy(self.packed if self.random.random() < 0.5 else self.whole, lake)
        with Reader(lake) as reader:
            self.kill("overwrite", self.convert_time * 1.2, "convert", self.logs, "--out", lake, *GROUPS, "--overwrite")
        self.check(lake, reader)

    def compact(self, lake):
        copy(self.whole, lake)
        with Reader(lake) as reader:
            self.kill("compact", self.compact_time, "compact", lake, "-j", "2")
        self.check(lake, reader)
        self.same_bytes(lake, self.packed_tree)

    def compact_again(self, lake):
        """Files that were merged are merged with others; commands of other kinds come in between."""
        paths = sorted(path for path in self.logs.rglob("*") if path.is_file())
        growing = fresh(lake.with_name("growing")) / "logs"
        with Reader(lake) as reader:
            for part in range(3):
                for path in paths[part::3]:
                    target = growing / path.relative_to(self.logs)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, target)
                run(self.ocsf, "convert", growing, "--out", lake, *GROUPS)
                self.killed("compact again", self.compact_time, "compact", lake, "-j", "2")
            run(self.ocsf, "convert", growing, "--out", lake, *GROUPS)
            run(self.ocsf, "compact", lake)
        self.check(lake, reader)

    def deliver_again(self, lake):
        """Converts copies of all of CloudTrail's logs whose keys are others."""
        again = fresh(lake.with_name("again"))
        for name in "ac":
            shutil.copytree(self.logs / name / "AWSLogs", again / name)
        report = json.loads(run(self.ocsf, "convert", again, "--out", lake, *GROUPS, "--report", "json").stdout)
        if report["records"]["events"] < 1000 or report["inputs"]["covered"]:
            raise Failure("nothing was delivered twice")
        return again

    def dedup(self, lake):
        """Everything was delivered twice."""
        copy(self.whole, lake)
        self.deliver_again(lake)
        with Reader(lake) as reader:
            self.kill("dedup", self.compact_time * 1.5, "compact", lake, "-j", "2", "--dedup")
        self.check(lake, reader)

    def dedup_overwrite(self, lake):
        """What was delivered twice and dropped once is made again: it is never missing."""
        copy(self.packed if self.random.random() < 0.5 else self.whole, lake)
        again = self.deliver_again(lake)
        run(self.ocsf, "compact", lake, "-j", "2", "--dedup")
        args = ["convert", self.logs, again, "--out", lake, *GROUPS]
        with Reader(lake) as reader:
            self.kill("dedup overwrite", self.convert_time * 1.8, *args, "--overwrite")
            run(self.ocsf, "compact", lake, "-j", "2", "--dedup")
        self.check(lake, reader)

    def elsewhere(self, lake):
        """The state is kept on another file system, where there is one."""
        other = pathlib.Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else lake.parent
        with tempfile.TemporaryDirectory(dir=other) as state:
            state = pathlib.Path(state)
            with Reader(lake) as reader:
                args = ["convert", self.logs, "--out", lake, *GROUPS, "--state", state]
                self.kill("elsewhere", self.convert_time, *args)
            self.check(lake, reader)
            check_clean(state)
            joined = {**tree(lake), **tree(state)}
            del joined["_ocsf/output.json"]
            if joined != self.tree:
                raise Failure(f"{lake} and {state} have other files than the same lake in one folder")

    def watch(self, lake):
        growing = fresh(lake.with_name("growing")) / "logs"
        paths = sorted(path for path in self.logs.rglob("*") if path.is_file())
        args = ["convert", growing, "--out", lake, *GROUPS]
        growing.mkdir(parents=True)
        with Reader(lake) as reader:
            while paths:
                child = start(self.ocsf, *args, "--watch", "--interval", "50ms", "--least-interval", "1ms")
                end = time.monotonic() + self.random.uniform(0.1, self.convert_time)
                while paths and time.monotonic() < end:
                    for path in [paths.pop() for _ in range(min(len(paths), 6))]:
                        target = growing / path.relative_to(self.logs)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copy(path, target)
                    time.sleep(self.convert_time / 20)
                child.send_signal(signal.SIGKILL)
                child.wait()
                child.stderr.close()
                self.kills["watch"] += 1
            run(self.ocsf, *args)
        self.check(lake, reader)


KINDS = ["convert", "compact", "incremental", "watch", "overwrite", "compact_again", "dedup", "dedup_overwrite", "elsewhere"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ocsf", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("kinds", nargs="*", metavar="KIND", default=KINDS)
    args = parser.parse_intermixed_args()
    begin = time.monotonic()
    suite = Suite(args.ocsf.resolve(), args.work, args.seed)
    passed = failed = 0
    while sum(suite.kills.values()) < args.kills or passed + failed < len(args.kinds):
        kind = args.kinds[(passed + failed) % len(args.kinds)]
        lake = fresh(args.work / f"lake-{passed + failed}-{kind}")
        try:
            getattr(suite, kind)(lake)
            passed += 1
            shutil.rmtree(lake, ignore_errors=True)
            if (passed + failed) % 20 == 0:
                print(f"{sum(suite.kills.values())} kills, {time.monotonic() - begin:.0f} s", flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAILED {kind} (seed {args.seed}, lake {lake}): {failure}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(suite.kills.items()))
    print(f"{sum(suite.kills.values())} kills ({kinds}), files opened meanwhile: {suite.opened:,}, "
          f"{time.monotonic() - begin:.0f} s")  # fmt: skip
    print(f"crash: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
