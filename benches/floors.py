#!/usr/bin/env python3
"""Puts the stages that `cargo bench -p ocsf-benches` measured beside the least that they can cost.

usage: floors.py [TARGET]        folder of the build, `target` by default
"""

import json
import pathlib
import sys

STAGES = ["inflate", "map", "sort and encode"]
FLOORS = ["floor: libdeflate", "floor: memchr", "floor: zstd"]


def main():
    target = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target")
    sources = {}
    for file in sorted(target.glob("criterion/*/*/new/benchmark.json")):
        bench = json.loads(file.read_text())
        seconds = json.loads((file.parent / "estimates.json").read_text())["median"]["point_estimate"] / 1e9
        throughput = bench["throughput"]["ElementsAndBytes"]
        sources.setdefault(bench["group_id"], {})[bench["function_id"]] = seconds, throughput
    for source, measured in sources.items():
        print(f"{source:<24}{'ms/MB':>8}{'MB/s':>8}{'ns/event':>10}")
        for name, (seconds, throughput) in sorted(measured.items(), key=lambda item: item[0].startswith("floor")):
            line(name, seconds, throughput)
        parts = [[measured[name] for name in names if name in measured] for names in (STAGES, FLOORS)]
        all_stages, all_floors = (sum(seconds for seconds, _ in part) for part in parts)
        line("all stages", all_stages, throughput)
        line("all floors", all_floors, throughput)
        print(f"  {'stages to floors':<22}{all_stages / all_floors:>7.1f}x\n")


def line(name, seconds, throughput):
    megabytes, events = throughput["bytes"] / 1e6, throughput["elements"]
    print(f"  {name:<22}{seconds * 1e3 / megabytes:>8.2f}{megabytes / seconds:>8.0f}{seconds * 1e9 / events:>10.0f}")


if __name__ == "__main__":
    main()
