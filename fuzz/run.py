#!/usr/bin/env python3
"""Builds the fuzz targets and runs each for some seconds, beginning with its seeds. Stable Rust and a C++ compiler are enough.

usage: run.py [--seconds N] [--jobs N] [--keep] [TARGET...]

Without --keep what is found is forgotten: every run is the same but for the time that it has. With it the corpus grows in
`corpus/<target>`. What breaks a target is left in `artifacts/<target>`; `run.py --seconds 0 TARGET` runs seeds and artifacts again.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TRIPLE = "x86_64-unknown-linux-gnu"
# What cargo-fuzz passes, but for the sanitizers, which stable Rust has not.
COVERAGE = [
    "--cfg", "fuzzing", "-Cpasses=sancov-module", "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters", "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
]  # fmt: skip
# One input may take as long, and as much memory.
LIMITS = ["-timeout=20", "-rss_limit_mb=1024", "-max_len=4096"]


def targets():
    return sorted(path.stem for path in (HERE / "targets").glob("*.rs"))


def build():
    """Builds all targets. Returns the folder that holds them."""
    folder = HERE / "target" / "covered"
    command = ["cargo", "build", "--locked", "--release", "--bins", "--target", TRIPLE, "--target-dir", folder]
    environment = {**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(COVERAGE)}
    subprocess.run(list(map(str, command)), cwd=HERE, check=True, env=environment)
    return folder / TRIPLE / "release"


def run(binary, seconds, keep):
    """Runs one target. Returns whether it held, how many inputs it tried, and the end of what it said."""
    name = binary.name
    seeds, found, artifacts = (HERE / folder / name for folder in ("seeds", "corpus", "artifacts"))
    artifacts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        grows = found if keep else pathlib.Path(scratch)
        grows.mkdir(parents=True, exist_ok=True)
        command = [binary, *LIMITS, f"-artifact_prefix={artifacts}/", "-print_final_stats=1"]
        if seconds:
            command += [f"-max_total_time={seconds}", grows, seeds]
        else:
            command += ["-runs=0", *(folder for folder in (seeds, artifacts, found) if folder.exists())]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="replace")
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    return done.returncode == 0, int(tried[1]) if tried else 0, done.stderr[-6000:]


def main():
    parse = argparse.ArgumentParser(usage=__doc__)
    parse.add_argument("--seconds", type=int, default=10)
    parse.add_argument("--jobs", type=int, default=os.cpu_count())
    parse.add_argument("--keep", action="store_true")
    parse.add_argument("targets", nargs="*", default=targets())
    args = parse.parse_args()
    if not shutil.which("c++"):
        print("skipped: fuzzing needs a C++ compiler")
        return
    begin = time.monotonic()
    folder = build()
    print(f"built in {time.monotonic() - begin:.0f} s", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        runs = {name: pool.submit(run, folder / name, args.seconds, args.keep) for name in args.targets or targets()}
        for name, future in runs.items():
            held, tried, said = future.result()
            failed += not held
            print(f"{'ok    ' if held else 'FAILED'} {name}: {tried} inputs", flush=True)
            if not held:
                print(said)
    print(f"fuzz: {len(runs) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
