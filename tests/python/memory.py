#!/usr/bin/env python3
"""Converts inputs far larger than memory under a hard limit, and measures the memory that it takes.

The limit is RLIMIT_DATA, so that a process which wants more is refused it and dies: `--memory` and what docs/limits.md allows
beyond it. Inputs are CloudTrail: one JSON document, many objects, thousands of small ones, a thousand partitions.

usage: memory.py OCSF WORK [--long]        --long: four times as large, and at several settings
"""

import gzip
import json
import pathlib
import random
import shutil
import sys

import pyarrow as pa

from big_trail import record, write_trail
from measured import run
from readers import check_lake

# What docs/limits.md allows beyond --memory where no record is large.
BESIDE = 64 << 20


def days(block, number):
    """A block of records with other times and event ids: `number` of them are different."""
    day = f"2024-{1 + number // 28 % 12:02}-{1 + number % 28:02}T".encode()
    return block.replace(b"2024-05-01T", day).replace(b'"eventID":"', b'"eventID":"%04d' % number)


def one_document(folder, size):
    """One JSON document of `size` bytes, once as zstd and once as one gzip member. Returns its number of records."""
    dice = random.Random(1)
    texts = [record(dice, "111122223333", "eu-west-1", number // 20) for number in range(20_000)]
    block = ",".join(texts).encode()
    copies = -(-size // len(block))
    for path, out in (
        (folder / "zstd" / "trail.json.zst", lambda path: pa.CompressedOutputStream(str(path), "zstd")),
        (folder / "gzip" / "trail.json.gz", lambda path: gzip.open(path, "wb", compresslevel=1)),
    ):
        path.parent.mkdir(parents=True)
        with out(path) as file:
            file.write(b'{"Records":[')
            for number in range(copies):
                file.write((b"," if number else b"") + days(block, number))
            file.write(b"]}\n")
    return copies * len(texts)


def small_files(folder, number):
    """So many objects of a few records. Returns the number of records."""
    dice = random.Random(2)
    texts = [record(dice, "111122223333", "eu-west-1", number) for number in range(2_000)]
    folder.mkdir()
    for at in range(number):
        (folder / f"{at:06}.json").write_text('{"Records":[' + ",".join(texts[at % 1_990 : at % 1_990 + 3]) + "]}")
    return 3 * number


def partitions(folder, number, each):
    """One object with records of so many accounts, days and Regions, in no order. Returns the number of records."""
    dice = random.Random(3)
    places = [(f"{account:012}", region, day) for account in range(-(-number // 20)) for region in ("eu-west-1", "us-east-1") for day in range(10)]
    texts = [record(dice, account, region, day * 86_400 + dice.randrange(86_400)) for account, region, day in places[:number] for _ in range(each)]
    dice.shuffle(texts)
    folder.mkdir()
    (folder / "all.json.gz").write_bytes(gzip.compress(('{"Records":[' + ",".join(texts) + "]}").encode(), 1))
    return len(texts)


class Runs:
    """Conversions, and what came of them."""

    def __init__(self, ocsf, work):
        self.ocsf, self.work, self.passed, self.failed = ocsf, work, 0, 0

    def convert(self, name, inputs, records, memory=256 << 20, threads=2, read=False):
        lake = self.work / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        command = [self.ocsf, "convert", inputs, "--out", lake, "--memory", memory, "--threads", threads, "--report", "json", "--no-config", "-qq"]
        done = run(command, limit=memory + BESIDE)
        report = json.loads(done.stdout) if done.code == 0 else {"records": {"events": 0}, "inputs": {"bytes": 0}}
        events = report["records"]["events"]
        faults = check_lake(lake, records)[0] if read and events else []
        good = done.code == 0 and events == records and not faults
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        told = f"{report['inputs']['bytes'] >> 20} MiB, {events} of {records} events, {done.seconds:.0f} s"
        print(f"{'ok    ' if good else 'FAILED'} {name}: {told}; {done.resident >> 20} MiB resident, {memory >> 20} + {BESIDE >> 20} allowed", flush=True)
        if done.code != 0:
            print(done.code, done.stderr[-2000:].decode(errors="replace"))
        for fault in faults[:20]:
            print(f"    {fault}")
        shutil.rmtree(lake, ignore_errors=True)


def main():
    ocsf, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    long = "--long" in sys.argv[3:]
    times = 4 if long else 1
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    runs = Runs(ocsf, work)

    records = partitions(work / "partitions", 1_000, 30 * times)
    runs.convert("1,000 partitions", work / "partitions", records, read=True)
    records = small_files(work / "small", 20_000 * times)
    runs.convert("small files", work / "small", records)
    _, records = write_trail(work / "many", (256 << 20) * times)
    runs.convert("many objects", work / "many", records, read=True)
    records = one_document(work / "one", (2 << 30) * times)
    for form in ("zstd", "gzip") if long else ("zstd",):
        runs.convert(f"one JSON document, {form}", work / "one" / form, records)
    if long:
        for memory, threads in ((512 << 20, 2), (128 << 20, 2), (512 << 20, 8), (1 << 30, 2)):
            runs.convert(f"{threads} threads", work / "many", records_of(work / "many"), memory, threads)
    shutil.rmtree(work)
    print(f"memory: {runs.passed} passed, {runs.failed} failed")
    sys.exit(runs.failed > 0)


def records_of(folder):
    """Records of objects that were written before."""
    return sum(len(json.loads(gzip.decompress(path.read_bytes()))["Records"]) for path in folder.rglob("*.gz"))


if __name__ == "__main__":
    main()
