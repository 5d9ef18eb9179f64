#!/usr/bin/env python3
"""Runs what the documents show, and compares it with what they say comes out.

In README.md and docs/*.md, a `console` block is run line by line that begins with `$ `, with `ocsf` being the program; a
`sql` block is run by DuckDB, and a `text` block behind it is its result. The documents share one folder to work in, with
the examples and `benches` in it, in the order of their names after the README.

usage: documents.py OCSF WORK
UPDATE_EXPECTED=1 writes what comes out into the documents instead.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import duckdb

ROOT = pathlib.Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```(console|sql|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BUILT = "cargo run --release -p ocsf-cli --"
# What differs from run to run.
SPEED = (re.compile(r"in [0-9.]+s \([^)]*/s\)"), "in 0.1s (1.0 MiB/s)")


class Runner:
    def __init__(self, ocsf, work):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        for shown in ("benches", "examples"):
            (work / shown).symlink_to(ROOT / shown, target_is_directory=True)
        (work / "bin").mkdir()
        (work / "bin" / "ocsf").symlink_to(ocsf.resolve())
        self.work = work
        path = f"{work / 'bin'}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}
        self.result = None

    def block(self, kind, text):
        """The block as it should be."""
        if kind == "console":
            commands = [line for line in text.splitlines() if line.startswith("$ ")]
            return "\n".join(f"{command}\n{self.command(command[2:])}" for command in commands)
        if kind == "sql":
            self.result = self.query(text)
        elif self.result is not None:
            text, self.result = self.result, None
        return text

    def command(self, text):
        command = text.replace(BUILT, "ocsf")
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.work, env=self.environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return SPEED[0].sub(SPEED[1], re.sub(" +$", "", done.stdout, flags=re.MULTILINE))

    def query(self, text):
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        there = os.getcwd()
        os.chdir(self.work)
        try:
            return str(connection.sql(text)).rstrip("\n") + "\n"
        finally:
            os.chdir(there)


def main():
    runner = Runner(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve())
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    passed = failed = 0
    for document in documents:
        text = document.read_text()
        new = BLOCK.sub(lambda found: f"```{found[1]}\n{runner.block(found[1], found[2])}```", text)
        if os.environ.get("UPDATE_EXPECTED") == "1":
            document.write_text(new)
        if new == text:
            passed += 1
            continue
        failed += 1
        print(f"FAILED {document.relative_to(ROOT)}, what comes out is:")
        for old, line in zip(BLOCK.findall(text), BLOCK.findall(new)):
            if old != line:
                print(line[1])
    print(f"documents: {passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
