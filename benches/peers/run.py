#!/usr/bin/env python3
"""Measures `ocsf` side by side with what people would write with DuckDB, Polars, pyarrow and Tenzir.

Generates logs, lets everybody convert them once and compares what came out, then lets `ocsf` and each of the others run in
turn, A B A B, and prints medians. What counts is CPU time of whole processes: it hardly depends on what else the machine
does. Everything lies below `target/peers`.

usage: run.py [--megabytes N] [--rounds N] [--ocsf PROGRAM] [SOURCE ...]
"""

import argparse
import itertools
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "peers"
PYTHON = WORK / "venv" / "bin" / "python"

# What is generated for each source, bytes of a record on average, and who reads it.
SOURCES = {
    "cloudtrail": (["cloudtrail"], 1_370, ["polars", "duckdb", "pyarrow"]),
    "vpc-flow": (["vpc-flow"], 109, ["polars", "duckdb", "tenzir"]),
    "vpc-flow-v5": (["vpc-flow", "--form", "v5"], 240, ["polars"]),
    "route53-resolver": (["route53-resolver"], 483, ["polars", "duckdb"]),
    "alb": (["alb"], 672, ["polars", "duckdb"]),
}  # fmt: skip


NUMBERS = itertools.count()


class Run:
    """What one process cost."""

    def __init__(self, command):
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed\n{said.decode(errors='replace')}")
        self.wall = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024


def convert(tool, source, inputs, ocsf):
    """Lets a tool convert everything. Returns what it cost and where the Parquet files are.

    Each run has a new folder: file systems take their time over inodes that were freed a moment ago.
    """
    out = WORK / "out" / f"{next(NUMBERS):03}-{tool}"
    out.parent.mkdir(parents=True, exist_ok=True)
    if tool == "ocsf":
        return Run([ocsf, "convert", inputs, "--out", out, "--no-config", "-qq"]), out / "ext"
    return Run([PYTHON, HERE / f"with_{tool}.py", source, inputs, out]), out


def prepare(arguments):
    """The program, built where none is given, and the others in a virtual environment."""
    stamp = WORK / "installed.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"]
        subprocess.run([PYTHON, *install], check=True)
        stamp.write_text(wanted)
    if arguments.ocsf:
        return arguments.ocsf.resolve()
    subprocess.run(["cargo", "build", "--locked", "--release", "-p", "ocsf-cli"], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "ocsf"


def generate(ocsf, source, megabytes):
    """Logs of a source. Returns their folder, the number of records, and the bytes of their text."""
    logs, record_bytes, _ = SOURCES[source]
    records = megabytes * 1_000_000 // record_bytes
    folder = WORK / "in" / source
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([ocsf, "generate", *logs, "--events", str(records), "--out", folder, "--no-config", "-q"], check=True)
    text = 0
    for path in folder.rglob("*.gz"):
        text += int(subprocess.run(f"gzip -dc '{path}' | wc -c", shell=True, capture_output=True, check=True).stdout)
    return folder, records, text


def compare(source, rounds, megabytes, ocsf):
    inputs, records, text = generate(ocsf, source, megabytes)
    tools = SOURCES[source][2]
    print(f"\n{source}: {text / 1e6:.0f} MB of text in {sum(1 for _ in inputs.rglob('*.gz'))} objects, {records:,} records")

    _, ours = convert("ocsf", source, inputs, ocsf)
    for tool in tools:
        _, theirs = convert(tool, source, inputs, ocsf)
        check = [PYTHON, HERE / "check.py", source, ours, theirs]
        done = subprocess.run(check, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"ocsf and {tool} do not agree:\n{done.stdout}{done.stderr}")

    runs = {tool: [] for tool in ["ocsf", *tools]}
    ratios = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            mine, _ = convert("ocsf", source, inputs, ocsf)
            other, _ = convert(tool, source, inputs, ocsf)
            runs["ocsf"].append(mine)
            runs[tool].append(other)
            ratios[tool].append(other.cpu / mine.cpu)

    print(f"{'':<8}{'CPU s':>8}{'MB/s':>8}{'events/s':>11}{'wall s':>8}{'MiB':>7}   CPU against ocsf, pair by pair")
    for tool, measured in runs.items():
        cpu = statistics.median(run.cpu for run in measured)
        wall = statistics.median(run.wall for run in measured)
        peak = statistics.median(run.peak for run in measured)
        line = f"{tool:<8}{cpu:>8.2f}{text / 1e6 / cpu:>8.0f}{records / cpu:>11,.0f}{wall:>8.2f}{peak / 2**20:>7.0f}"
        if tool in ratios:
            least, middle, most = min(ratios[tool]), statistics.median(ratios[tool]), max(ratios[tool])
            line += f"   {middle:.1f}x ({least:.1f} to {most:.1f})"
        print(line, flush=True)
    shutil.rmtree(inputs)


def machine():
    """What the figures were measured on, and whether it had other things to do."""
    cpu = platform.processor() or platform.machine()
    info = pathlib.Path("/proc/cpuinfo")
    if info.exists():
        models = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0] if models else cpu
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    busy = ", busy with other things: do not quote these figures" if load > cores / 2 else ""
    print(f"{cpu}, {cores} cores, load {load:.1f}{busy}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sources", nargs="*", default=list(SOURCES), metavar="SOURCE", help=f"of {', '.join(SOURCES)}")
    parser.add_argument("--megabytes", type=int, default=250, help="text of each source (250)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs with each tool (5)")
    parser.add_argument("--ocsf", type=pathlib.Path, help="a program that is built already")
    arguments = parser.parse_args()
    unknown = set(arguments.sources) - set(SOURCES)
    if unknown or arguments.rounds < 1 or arguments.megabytes < 1:
        parser.error(f"no such source: {', '.join(unknown)}" if unknown else "at least one round and one megabyte")
    ocsf = prepare(arguments)
    shutil.rmtree(WORK / "out", ignore_errors=True)
    machine()
    for source in arguments.sources:
        compare(source, arguments.rounds, arguments.megabytes, ocsf)
    shutil.rmtree(WORK / "out")
    print()
    machine()


if __name__ == "__main__":
    main()
