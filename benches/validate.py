#!/usr/bin/env python3
"""CPU time of `ocsf validate` beside that of an independent validator in Python, over the same events.

Both read NDJSON; `ocsf` also reads the Parquet that the events come from, without their conversion to NDJSON counted for
either. Each pair is run in turn, and the ratio is that of each pair.

usage: validate.py OCSF VALIDATE_EVENT_PY COMPILED LAKE [PAIRS]    COMPILED: the schemas that the Python validator reads
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "python"))
from lake_to_ndjson import events, parquet_files  # noqa: E402


def cpu_seconds(command):
    """User and system time of a command, and how it ended."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime


def main():
    ocsf, judge, compiled, lake = sys.argv[1:5]
    pairs = int(sys.argv[5]) if len(sys.argv) > 5 else 5
    with tempfile.TemporaryDirectory() as work:
        ndjson, count = pathlib.Path(work) / "events.ndjson", 0
        with ndjson.open("w") as out:
            for path in parquet_files(lake):
                for event in events(path):
                    print(json.dumps(event, ensure_ascii=False), file=out)
                    count += 1
        python = [sys.executable, judge, "--json", "--dir", compiled, ndjson]
        forms = {"NDJSON": [ocsf, "validate", ndjson], "Parquet": [ocsf, "validate", lake]}
        print(f"{count} events, {ndjson.stat().st_size / 1e6:.0f} MB of NDJSON, {pairs} pairs")
        for name, command in forms.items():
            runs = [(cpu_seconds(command), cpu_seconds(python)) for _ in range(pairs)]
            ratios = sorted(theirs / ours for ours, theirs in runs)
            ours, theirs = (statistics.median(times) for times in zip(*runs))
            spread = f"{ratios[0]:.0f} to {ratios[-1]:.0f}"
            print(f"{name:8} {ours:.2f} s, Python {theirs:.2f} s: {statistics.median(ratios):.0f} times less CPU ({spread})")


if __name__ == "__main__":
    main()
