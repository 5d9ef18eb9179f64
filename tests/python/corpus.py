#!/usr/bin/env python3
"""Converts logs that nobody here wrote and has the result judged from outside.

For each OCSF version: the report balances, every file is accounted for as tests/expected/corpus.txt says, an independent
validator finds no error in any event, DuckDB, pyarrow and Polars read the lake. For one version more: a second run adds
nothing, and a run elsewhere with other threads, memory and order of inputs gives the same bytes.

usage: corpus.py OCSF SHARED WORK        OCSF: the program; SHARED: the reference material; WORK: where to write
UPDATE_EXPECTED=1 writes tests/expected/corpus.txt instead of comparing with it.
"""

import collections
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pyarrow

from lake_to_ndjson import events, parquet_files
from readers import check_lake

VERSIONS = ["1.1.0", "1.3.0", "1.5.0", "1.8.0"]
FOLDERS = ["cloudtrail", "wrappers", "cloudtrail_digest", "vpcflow", "route53_public", "route53_resolver", "alb", "clb",
           "nlb", "elb_mixed"]  # fmt: skip
EXPECTED = pathlib.Path(__file__).parent.parent / "expected" / "corpus.txt"

# Converted, skipped and rejected as expected, but some files are not recognised.
SOME_NOT_RECOGNISED = 1


class Checks:
    """Counts checks and tells of those that fail."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, faults):
        faults = list(faults)
        if faults:
            self.failed += 1
            print(f"FAILED {name}")
            for fault in faults[:20]:
                print(f"    {fault}")
            if len(faults) > 20:
                print(f"    and {len(faults) - 20} more")
        else:
            self.passed += 1
            print(f"ok     {name}")


def convert(ocsf, out, *inputs):
    """Runs `ocsf convert`. Returns exit code, report, standard error."""
    command = [ocsf, "convert", *inputs, "--out", out, "--report", "json", "--no-config"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    report = json.loads(done.stdout) if done.stdout else None
    return done.returncode, report, done.stderr


def balance(code, report, stderr):
    """What does not add up."""
    if code != SOME_NOT_RECOGNISED or "panicked" in stderr or report is None:
        yield f"exit code {code}, standard error: {stderr}"
        return
    records = report["records"]
    accounted = records["events"] + records["rejects"] + sum(records["skipped"].values())
    if records["records"] != accounted or not records["events"]:
        yield f"records: {records}"
    rows = sum(file["rows"] for file in report["files"])
    if rows != records["events"]:
        yield f"{rows} rows in files, {records['events']} events"
    rejects = sum(line["count"] for line in report["rejects"])
    if rejects != records["rejects"]:
        yield f"{rejects} rejects by code, {records['rejects']} rejects"
    inputs = report["inputs"]
    lists = sum(len(inputs[name]) for name in ("changed", "unrecognised", "failed"))
    if inputs["found"] != inputs["converted"] + inputs["covered"] + sum(inputs["skipped"].values()) + lists:
        yield f"inputs: {inputs}"


def fates(report, lake, corpus):
    """A line for each file, or kind of record of it, that did not simply become events."""
    lines = []
    inputs = report["inputs"]
    for fate, name in (("not-recognised", "unrecognised"), ("failed", "failed"), ("damaged", "damaged")):
        lines += [f"{fate} {pathlib.Path(trouble['input']).relative_to(corpus)}" for trouble in inputs[name]]
    for path in sorted((lake / "_ocsf" / "manifest").iterdir()):
        for record in json.loads(path.read_text())["inputs"]:
            if record["read_as"] in inputs["skipped"]:
                lines.append(f"skipped {record['key']} {record['read_as']}")
    rejects = collections.Counter()
    for path in report["reject_files"]:
        text = pyarrow.input_stream(str(lake / path), compression="zstd").read().decode()
        for line in map(json.loads, text.splitlines()):
            rejects[line["object"], line["code"]] += 1
    lines += [f"rejected {name} {code} x {count}" for (name, code), count in rejects.items()]
    lines += [f"skipped-records {reason} x {count}" for reason, count in report["records"]["skipped"].items()]
    lines.append(f"events {report['records']['events']}")
    return lines


def merged(found):
    """The lines of all versions, those that not all versions have behind the versions that have them."""
    for line in sorted(set().union(*found.values())):
        versions = [version for version, lines in found.items() if line in lines]
        yield line if len(versions) == len(found) else f"[{' '.join(versions)}] {line}"


def differences(found):
    lines = list(merged(found))
    if os.environ.get("UPDATE_EXPECTED") == "1":
        EXPECTED.parent.mkdir(exist_ok=True)
        EXPECTED.write_text("".join(line + "\n" for line in lines))
    expected = EXPECTED.read_text().splitlines() if EXPECTED.exists() else []
    yield from (f"not expected: {line}" for line in lines if line not in expected)
    yield from (f"missing: {line}" for line in expected if line not in lines)


def judged(lake, shared, work):
    """What the validator finds wrong, as `code path: message (count)`."""
    ndjson = work / "events.ndjson"
    with ndjson.open("w") as out:
        for path in parquet_files(lake):
            for event in events(path):
                print(json.dumps(event, ensure_ascii=False), file=out)
    command = [sys.executable, shared / "judge" / "validate_event.py", "--json", "--dir", shared / "ocsf" / "compiled"]
    done = subprocess.run([*map(str, command), str(ndjson)], capture_output=True, text=True)
    found, warnings, count = collections.Counter(), collections.Counter(), 0
    for verdict in map(json.loads, done.stdout.splitlines()):
        count += 1
        for finding in verdict["findings"]:
            where = found if finding["level"] == "error" else warnings
            key = finding["code"], finding["path"], finding["message"]
            where[key if where is found else finding["code"]] += 1
    told = ", ".join(f"{n} x {code}" for code, n in warnings.most_common())
    print(f"       {count} events judged, warnings: {told or 'none'}")
    if not count or done.returncode not in (0, 1):
        yield f"the validator failed: {done.stderr}"
    yield from (f"{code} {path}: {message} ({n} events)" for (code, path, message), n in found.most_common())


def tree(root):
    """Hash of each file below `root`."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def tree_differences(one, two):
    yield from (f"only here: {path}" for path in sorted(one.keys() - two.keys()))
    yield from (f"only there: {path}" for path in sorted(two.keys() - one.keys()))
    yield from (f"other bytes: {path}" for path in sorted(one.keys() & two.keys()) if one[path] != two[path])


def nothing_new(report, before, after):
    records = report["records"]
    if records["records"] or report["groups"] or report["files"]:
        yield f"groups {report['groups']}, records {records}, files {len(report['files'])}"
    yield from tree_differences(before, after)


def main():
    ocsf, shared, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
    corpus = shared / "corpus"
    inputs = [corpus / folder for folder in FOLDERS]
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    checks = Checks()

    found = {}
    for version in VERSIONS:
        lake = work / version
        code, report, stderr = convert(ocsf, lake, *inputs, "--ocsf", version)
        faults = list(balance(code, report, stderr))
        checks.check(f"{version}: the report balances", faults)
        if report is None:
            continue
        found[version] = fates(report, lake, corpus)
        checks.check(f"{version}: every event is valid", judged(lake, shared, work))
        faults, _ = check_lake(lake, report["records"]["events"])
        checks.check(f"{version}: DuckDB, pyarrow and Polars read the lake", faults)

    checks.check("every file is accounted for as expected", differences(found))

    lake = work / VERSIONS[0]
    before = tree(lake)
    _, report, _ = convert(ocsf, lake, *inputs)
    checks.check("a second run adds nothing", nothing_new(report, before, tree(lake)))

    listed = work / "list"
    files = sorted((path for folder in inputs for path in folder.rglob("*") if path.is_file()), reverse=True)
    listed.write_text("".join(f"{path}\n" for path in files))
    elsewhere = work / "elsewhere"
    convert(ocsf, elsewhere, "--files-from", listed, "--threads", 1, "--memory", "32MiB")
    checks.check("other threads, memory and order give the same bytes", tree_differences(before, tree(elsewhere)))

    many = work / "many"
    few = ["--group-bytes", "256KiB"]
    convert(ocsf, many, *inputs, *few, "--threads", 1)
    convert(ocsf, work / "many-threads", *inputs, *few, "--threads", 7, "--memory", "64MiB")
    checks.check("so they do with many groups", tree_differences(tree(many), tree(work / "many-threads")))

    print(f"corpus: {checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
