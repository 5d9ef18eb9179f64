#!/usr/bin/env python3
"""Prints the tables of docs/scaling.md: what figures of one machine mean for many, and a simulation of shards.

Nothing is measured here: measured and assumed figures stand at the top, the rest is arithmetic.

usage: scaling.py costs|workers|state|shards
"""

import functools
import hashlib
import itertools
import math
import random
import sys

# Measured on generated logs: MB of text a CPU second, peak MiB with two workers, bytes of text for one of gzip, bytes of
# Parquet for one of text. Then: files of a group in one partition.
SOURCES = {
    "CloudTrail": (162, 223, 6.5, 0.116, 3),
    "VPC v2": (76, 295, 5.4, 0.236, 1),
    "VPC v5": (107, 170, 7.3, 0.144, 1),
    "Resolver": (141, 168, 12.3, 0.085, 1),
    "ALB": (87, 192, 7.3, 0.190, 1),
}
SMALL = 0.53  # records a second of objects with 5 records, beside large ones
STATE_INPUT, STATE_MANIFEST = 1.3, 1.9  # KiB of memory for an input, and for a manifest beside its inputs
# Assumed.
MIX = {"VPC v2": 0.60, "CloudTrail": 0.25, "Resolver": 0.10, "ALB": 0.05}  # shares of the text
BUSY, QUIET = 500_000, 10_000  # stored bytes of an object
USED = 0.5  # of the CPU, on average over a day
GET_SECONDS = 0.02  # a small request
READS_AT_ONCE = 16  # manifests that a run reads at the same time
GROUP, PART, PAGE = 32 << 20, 8 << 20, 1_000  # as the program and S3 have them
SLOT = slice(-11, -8)  # of a key: which five minutes of the day


def table(title, head, rows):
    rows = [head, *[[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
    print(title, *lines, sep="\n", end="\n\n")


def hours(speed):
    return 1e6 / speed / 3600


def mixed(what):
    return sum(share * what(*SOURCES[source]) for source, share in MIX.items())


def requests(gzip, parquet, files):
    """Those of a TB of text, all groups full and each in one partition."""
    groups = 1e12 / gzip / GROUP
    busy, quiet = (1e12 / gzip / size for size in (BUSY, QUIET))
    # The largest file has nearly all bytes: what goes in parts has its beginning, its end and a note besides.
    parts = math.ceil(size / PART) if (size := GROUP * gzip * parquet) >= 2 * PART else 0
    # The lake's description, written where there is none and read; announcement; manifest.
    puts = 3 + files + (parts + 2 if parts else 0)
    reads = busy / PAGE, busy + groups, quiet / PAGE, quiet + groups
    return map(round, (*reads, groups, groups * puts, groups * (2 if parts else 1)))


def costs():
    rows = []
    for source, (speed, peak, gzip, _, _) in SOURCES.items():
        per_tb = [f"{hours(speed) * factor:.1f}" for factor in (1, gzip, 1 / SMALL)]
        rows.append([source, *per_tb, round(peak / 2)])
    table("CPU-hours", ["source", "TB of text", "TB of gzip", "TB of text, 5 records an object", "MiB a worker"], rows)
    sizes = [f"{what}, {size // 1000} kB" for size in (BUSY, QUIET) for what in ("LIST", "GET")]
    rows = [[source, *requests(*figures[2:])] for source, figures in SOURCES.items()]
    table("Requests for a TB of text", ["source", *sizes, "groups", "PUT, POST", "DELETE"], rows)


def workers():
    per_tb = {source: (hours(speed), peak / 2) for source, (speed, peak, *_) in SOURCES.items()}
    per_tb["mix"] = mixed(lambda speed, *_: hours(speed)), mixed(lambda _, peak, *__: peak / 2)
    rows = []
    for source, (cpu, memory) in per_tb.items():
        needs = [math.ceil(tb * cpu / 24 / USED) for tb in (1, 10, 100, 100 / SMALL)]
        rows.append([source, *needs, f"{needs[2] * memory / 1024:.1f}"])
    head = ["source", *(f"{tb} TB" for tb in (1, 10, 100)), "100 TB, 5 records an object", "GiB of 100 TB"]
    table(f"vCPU for so much text a day, {USED:.0%} used", head, rows)
    stored, written = (1e6 * mixed(what) for what in (lambda *its: 1 / its[2], lambda *its: its[3]))
    each = stored, written, stored * 1e6 / BUSY
    rows = [[f"{tb} TB", *(f"{tb * what / 86_400:.0f}" for what in each)] for tb in (1, 10, 100)]
    table("The mix, on average over a day", ["text", "MB/s read", "MB/s written", "GET/s"], rows)


def state():
    rows, settings = [], [(1, 1, 1), (1, 1, 30), (10, 1, 1), (10, 10, 30), (100, 1, 1), (100, 100, 1)]
    for tb, lakes, days in settings:
        stored = tb * mixed(lambda _, __, gzip, *___: 1e12 / gzip) / lakes
        inputs, groups = round(stored / BUSY), math.ceil(stored / GROUP)
        held = groups * days
        # Two listings of all manifests before and after a group; the last day's groups.
        lists = sum(2 * math.ceil((held - groups + n) / PAGE) for n in range(1, groups + 1))
        memory = (inputs * days * STATE_INPUT + held * STATE_MANIFEST) / 1024
        rows.append([f"{tb} TB", lakes, days, held, inputs * days, round(memory), round(held * GET_SECONDS / READS_AT_ONCE), lists])
    head = ["a day", "lakes", "days", "manifests", "inputs", "MiB", "s to read", "LIST of a day's groups"]
    table("Of each lake, and of each run on it, all groups full", head, rows)


def logs(accounts):
    """Keys and stored bytes of a day. Those of an account do not depend on the others."""
    for account, region, service in itertools.product(accounts, range(17), ("CloudTrail", "vpcflowlogs")):
        chance = random.Random(f"{account} {region} {service}")
        total = 2_500_000 * chance.paretovariate(1.1)
        times = int(min(288, max(1, total // BUSY)))
        each = math.ceil(total / times / 5_000_000)
        for slot, number in itertools.product(range(288 - times, 288), range(each)):
            key = f"AWSLogs/{account}/{service}/region-{region:02}/2026/05/01/{slot:03}_{number:04}.gz"
            yield key, int(total / times / each * chance.uniform(0.5, 1.5)) + 1


@functools.cache
def jump(text, shards):
    """Jump consistent hash, after Lamping and Veach."""
    key, at, following = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"), -1, 0
    while following < shards:
        at, key = following, (key * 2862933555777941757 + 1) % 2**64
        following = int((at + 1) * 2**31 / ((key >> 33) + 1))
    return at


def prefix_of(key):
    return key.rpartition("/")[0]


def ranges(day, shards):
    """Sorted prefixes, cut where a share of the bytes is reached."""
    total, before, rule = sum(day.values()), 0, {}
    for prefix, keys in itertools.groupby(sorted(day), prefix_of):
        rule[prefix] = min(before * shards // total, shards - 1)
        before += sum(day[key] for key in keys)
    return lambda key: rule[prefix_of(key)]


SCHEMES = {
    "range of prefixes": ranges,
    "hash of prefix": lambda _, shards: lambda key: jump(prefix_of(key), shards),
    "hash of prefix, hour": lambda _, shards: lambda key: jump(f"{prefix_of(key)}/{int(key[SLOT]) // 12}", shards),
    "hash of key": lambda _, shards: lambda key: jump(key, shards),
}


def cut(day, rule):
    """The groups of each shard, as the program cuts them: consecutive keys up to GROUP bytes."""
    shards = {}
    for key in sorted(day):
        groups = shards.setdefault(rule(key), [[0, []]])
        if groups[-1][1] and groups[-1][0] + day[key] > GROUP:
            groups.append([0, []])
        groups[-1][0] += day[key]
        groups[-1][1].append(key)
    return {shard: [tuple(keys) for _, keys in groups] for shard, groups in shards.items()}


def files_of(groups):
    return sum(3 if "/CloudTrail/" in prefix else 1 for keys in groups for prefix in set(map(prefix_of, keys)))


def simulate(name, shards, day, more):
    scheme = SCHEMES[name]
    rule = scheme(day, shards)
    made = cut(day, rule)
    shuffled = dict(random.Random(1).sample(list(day.items()), len(day)))
    assert made == cut(shuffled, scheme(shuffled, shards)), "another order gives other groups"
    taken = [list(itertools.chain(*groups)) for groups in made.values()]
    assert sorted(itertools.chain(*taken)) == sorted(day), "a key is in no shard, or in two"
    sizes = [sum(map(day.get, keys)) for keys in taken]
    touched = [len(set(map(prefix_of, keys))) for keys in taken]
    groups = set(itertools.chain(*made.values()))
    others = scheme(more, shards), scheme(day, shards + 1)
    same = groups & set(itertools.chain(*cut(more, others[0]).values()))
    moved = [sum(rule(key) != other(key) for key in day) / len(day) for other in others]
    return [name, shards, f"{max(sizes) * shards / sum(sizes):.2f}", max(touched), sum(touched), len(groups),
            files_of(groups), *(f"{share:.1%}" for share in moved), f"{len(same) / len(groups):.0%}"]  # fmt: skip


def shards():
    day = dict(logs(100_000_000_000 + 3_000_000_017 * number for number in range(200)))
    more = {**day, **dict(logs([250_000_000_000]))}
    sizes = [sum(map(day.get, keys)) for _, keys in itertools.groupby(sorted(day), prefix_of)]
    print(f"{len(day):,} keys, {len(sizes):,} prefixes, the largest with {max(sizes) / sum(sizes):.1%} of the bytes\n")
    rows = [simulate(name, n, day, more) for n in (10, 100) for name in SCHEMES]
    head = ["shard is", "shards", "max/mean", "most", "sum", "groups", "files", "+1 account", "+1 shard", "same groups"]
    table("One run over the day", head, [simulate("hash of prefix", 1, day, more), *rows])
    rows = []
    for runs, name in itertools.product((1, 24, 288), list(SCHEMES)[1:]):
        parts = [{} for _ in range(runs)]
        for key, size in day.items():
            parts[int(key[SLOT]) * runs // 288][key] = size
        groups = [keys for part in parts for made in cut(part, SCHEMES[name](part, 10)).values() for keys in made]
        rows.append([name, runs, len(groups), files_of(groups), f"{files_of(groups) / len(sizes):.1f}"])
    table("10 shards, several runs over the day", ["shard is", "runs", "groups", "files", "files a prefix"], rows)


if __name__ == "__main__":
    {"costs": costs, "workers": workers, "state": state, "shards": shards}[sys.argv[1]]()
