#!/usr/bin/env python3
"""Runs every query of docs/queries over a lake converted from the example logs, with DuckDB and with DataFusion.

The tables are made by what `ocsf schema --format duckdb` prints. What each query gives stands below it in the document;
DataFusion must give the same. Text for Athena is parsed as Athena's, and gives the same in DuckDB's words.

usage: queries.py OCSF WORK
UPDATE_EXPECTED=1 writes the answers into the documents instead of comparing with them.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import datafusion
import duckdb
import pyarrow
import sqlglot

from corpus import Checks

ROOT = pathlib.Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "docs" / "queries").glob("*.md") if path.name != "README.md")
CLOUDTRAIL = (
    "CREATE VIEW cloudtrail AS "
    "SELECT * FROM ct_api_activity UNION ALL SELECT * FROM ct_authentication UNION ALL SELECT * FROM ct_account_change"
)
ATHENA = "-- Athena\n"


def run(ocsf, *arguments):
    done = subprocess.run([str(ocsf), *map(str, arguments), "--no-config"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{arguments}: {done.stderr}")
    return done.stdout


def sections(page):
    """Title, SQL blocks and the answer of each query of a page."""
    for section in re.split(r"(?m)^## ", page)[1:]:
        title = section.split("\n", 1)[0]
        blocks = re.findall(r"(?s)```sql\n(.*?)```", section)
        answer = re.search(r"(?s)```text\n(.*?)```", section)
        yield title, blocks, answer.group(1) if answer else ""


def with_answer(page, title, answer):
    """The page with an answer below the last block of a query."""
    head, sep, rest = page.partition(f"## {title}\n")
    section, next_sep, tail = rest.partition("\n## ")
    section = re.sub(r"(?s)\n```text\n.*?```\n?", "", section.rstrip("\n") + "\n").rstrip("\n")
    return f"{head}{sep}{section}\n\n```text\n{answer}```\n{next_sep}{tail}"


def table(names, rows):
    """Rows as text in columns."""
    cells = [names, *[[shown(value) for value in row] for row in rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(names))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]
    return "".join(line + "\n" for line in lines)


def shown(value):
    if value is None:
        return "null"
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def in_duckdb(connection, sql):
    result = connection.execute(sql)
    return table([column[0] for column in result.description], result.fetchall())


def in_datafusion(context, sql):
    result = context.sql(sql).to_arrow_table()
    return table(result.column_names, [tuple(row.values()) for row in result.to_pylist()])


def duckdb_tables(ocsf, lake, names):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in names:
        connection.execute(run(ocsf, "schema", name, "--format", "duckdb", "--location", lake))
    connection.execute(CLOUDTRAIL)
    return connection


def datafusion_tables(lake, names):
    config = datafusion.SessionConfig().set("datafusion.sql_parser.enable_ident_normalization", "false")
    context = datafusion.SessionContext(config)
    partitions = [(name, pyarrow.string()) for name in ("region", "accountId", "eventDay")]
    for name in names:
        context.register_parquet(name.replace("-", "_"), str(lake / "ext" / name), table_partition_cols=partitions)
    context.sql(CLOUDTRAIL).collect()
    return context


def faults(connection, context, blocks, answer):
    found = in_duckdb(connection, blocks[0])
    if found.count("\n") < 2:
        yield "no rows"
    if found != answer:
        yield f"DuckDB gives\n{found}"
    other = in_datafusion(context, blocks[0])
    if other != found:
        yield f"DataFusion gives\n{other}"
    athena = next((block for block in blocks if block.startswith(ATHENA)), blocks[0])
    sqlglot.parse_one(athena, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    if athena != blocks[0]:
        translated = sqlglot.transpile(athena, read="athena", write="duckdb")[0]
        other = in_duckdb(connection, translated)
        if other != found:
            yield f"the text for Athena gives\n{other}\n{translated}"


def main():
    ocsf, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    lake = work / "lake"
    run(ocsf, "convert", ROOT / "examples" / "logs", "--out", lake, "-q")
    names = sorted(path.name for path in (lake / "ext").iterdir())
    connection, context, checks = duckdb_tables(ocsf, lake, names), datafusion_tables(lake, names), Checks()
    for path in PAGES:
        page = path.read_text()
        for title, blocks, answer in sections(page):
            if os.environ.get("UPDATE_EXPECTED") == "1":
                answer = in_duckdb(connection, blocks[0])
                page = with_answer(page, title, answer)
            try:
                found = list(faults(connection, context, blocks, answer))
            except Exception as error:
                found = [f"{type(error).__name__}: {error}"]
            checks.check(f"{path.stem}: {title}", found)
        if os.environ.get("UPDATE_EXPECTED") == "1":
            path.write_text(page)
    print(f"queries: {checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
