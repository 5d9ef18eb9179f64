#!/usr/bin/env python3
"""Converts 1 GiB of CloudTrail and measures the memory that it takes: as many objects, and as one.

usage: memory.py OCSF WORK
"""

import json
import pathlib
import shutil
import subprocess
import sys

from big_trail import write_trail
from readers import check_lake

SIZE = 1 << 30
LIMIT = 512 << 20


# A process begins with the memory of the one that it was made by as its peak. So a small one makes it, and tells.
MEASURE = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def convert(ocsf, inputs, out):
    """Runs `ocsf convert`. Returns exit code, report, and most bytes resident at any time."""
    command = [ocsf, "convert", inputs, "--out", out, "--report", "json", "--no-config", "-qq"]
    done = subprocess.run([sys.executable, "-c", MEASURE, *map(str, command)], capture_output=True, text=True)
    code, resident = map(int, done.stdout.split())
    if code != 0:
        print(done.stderr)
        return code, None, resident
    return code, json.loads(done.stderr), resident


def main():
    ocsf, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    shutil.rmtree(work, ignore_errors=True)
    trail, one = work / "trail", work / "one" / "trail.json.gz"
    size, records = write_trail(trail, SIZE)
    one.parent.mkdir()
    with one.open("wb") as out:
        for path in sorted(trail.rglob("*.gz")):
            out.write(path.read_bytes())

    failed = 0
    for name, inputs in (("many objects", trail), ("one object of many gzip members", one)):
        lake = work / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        code, report, resident = convert(ocsf, inputs, lake)
        events = report["records"]["events"] if report else 0
        faults, _ = check_lake(lake, records) if events else (["nothing was converted"], 0)
        good = code == 0 and events == records and resident < LIMIT and not faults
        failed += not good
        told = f"{size >> 20} MiB, {events} of {records} events, {report['seconds'] if report else 0:.1f} s, {resident >> 20} MiB resident"
        print(f"{'ok    ' if good else 'FAILED'} {name}: {told}")
        for fault in faults[:20]:
            print(f"    {fault}")
    shutil.rmtree(work)
    print(f"memory: {2 - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
