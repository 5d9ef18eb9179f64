#!/usr/bin/env python3
"""Gives engines what `ocsf schema` prints for them, and has them read lakes converted from the example logs with it.

DuckDB and ClickHouse run their statements; Athena's is parsed by sqlglot, the input for Glue checked by the model of its
API, Iceberg's schema read by pyiceberg and compared with the files. Spark is started where pyspark is installed.

usage: schemas.py OCSF WORK
"""

import json
import pathlib
import shutil
import subprocess
import sys

import botocore.session
import botocore.validate
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from chdb.session import Session
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema

from corpus import VERSIONS, Checks

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "logs"
PARTITIONS = ["region", "accountId", "eventDay"]


def run(ocsf, *arguments, cwd=None):
    command = [str(pathlib.Path(ocsf).resolve()), *map(str, arguments), "--no-config"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout


def plain(kind):
    """An Arrow type without what engines do not have: names of list elements, units of time."""
    if pa.types.is_struct(kind):
        return {kind.field(i).name: plain(kind.field(i).type) for i in range(kind.num_fields)}
    if pa.types.is_map(kind):
        return "map"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [plain(kind.value_type)]
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return str(kind).removeprefix("large_")


def fields(schema):
    return {field.name: plain(field.type) for field in schema}


def duckdb_reads(text, name, files):
    connection = duckdb.connect()
    connection.execute(text)
    count = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    if count != files["rows"]:
        yield f"{count} rows, {files['rows']} in the files"
    types = dict(row[:2] for row in connection.execute(f"DESCRIBE {name}").fetchall())
    yield from (f"{column} is {types.get(column)}" for column in PARTITIONS if types.get(column) != "VARCHAR")
    accounts = {a for (a,) in connection.execute(f'SELECT DISTINCT "accountId" FROM {name}').fetchall()}
    yield from (f"accounts {accounts}, of paths {files['accounts']}" for _ in [0] if accounts != files["accounts"])


def clickhouse_reads(session, text, name, files):
    session.query(text)
    out = session.query(f"SELECT count(), groupUniqArray(accountId), countIf(isNotNull(time)) FROM {name}", "JSONCompact")
    count, accounts, timed = json.loads(str(out))["data"][0]
    if int(count) != files["rows"] or int(timed) != files["rows"]:
        yield f"{count} rows, {timed} with a time, {files['rows']} in the files"
    if set(accounts) != files["accounts"]:
        yield f"accounts {accounts}, of paths {files['accounts']}"
    out = session.query(f"SELECT metadata.version, metadata.product.name FROM {name} LIMIT 1", "JSONCompact")
    version, product = json.loads(str(out))["data"][0]
    if not version or not product:
        yield f"metadata is {version}, {product}"


def athena_parses(text, files):
    statement = sqlglot.parse_one(text, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    if not isinstance(statement, sqlglot.exp.Create):
        yield f"parsed as {type(statement).__name__}"
        return
    columns = [column.name for column in statement.this.expressions]
    if columns != files["columns"]:
        yield f"columns {columns}, of the files {files['columns']}"


def glue_accepts(model, text, files):
    table = json.loads(text)
    report = botocore.validate.ParamValidator().validate(
        {"DatabaseName": "x", "TableInput": table}, model.operation_model("CreateTable").input_shape
    )
    if report.has_errors():
        yield report.generate_report()
    columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
    if columns != files["columns"]:
        yield f"columns {columns}"


def iceberg_fits(text, files):
    fields_of = fields(schema_to_pyarrow(Schema.model_validate_json(text)))
    partitions = {name: fields_of.pop(name, None) for name in PARTITIONS}
    if fields_of != files["types"] or set(partitions.values()) != {"string"}:
        yield f"{fields_of}\n    files: {files['types']}\n    partitions: {partitions}"


def message_fits(text, schema):
    """Leaves of the message type, as dotted paths with their physical types, against those of a file."""
    above, leaves = [], []
    for line in text.splitlines()[1:]:
        words = line.replace(";", "").split()
        if words[-1] == "{":
            above.append(words[-2] if not words[-2].startswith("(") else words[-3])
        elif words == ["}"]:
            above = above[:-1]
        else:
            leaves.append((".".join([*above, words[2]]), words[1]))
    columns = [schema.column(i) for i in range(len(schema))]
    expected = [(column.path, column.physical_type) for column in columns]
    yield from (f"{one}, in the file {other}" for one, other in zip(leaves, expected) if one != other)
    if len(leaves) != len(expected):
        yield f"{len(leaves)} leaves, {len(expected)} in the file"


def spark_reads(spark, text, lake, name, files):
    from pyspark.sql.types import StructType

    schema = StructType.fromJson(json.loads(text))
    frame = spark.read.schema(schema).parquet(str(lake / "ext" / name))
    rows = frame.select("accountId", "time", "metadata.version").collect()
    if len(rows) != files["rows"] or {row[0] for row in rows} != files["accounts"] or any(row[1] is None for row in rows):
        yield f"{len(rows)} rows: {rows[:3]}"


def spark_session():
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        return None
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    return builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()


def main():
    ocsf, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    checks, session, spark = Checks(), Session(), spark_session()
    glue = botocore.session.get_session().get_service_model("glue")
    if spark is None:
        print("skipped: Spark, pyspark is not installed")
    for version in VERSIONS:
        lake = work / version
        run(ocsf, "convert", EXAMPLES, "--out", lake, "--ocsf", version, "-q")
        faults = {engine: [] for engine in ("DuckDB", "ClickHouse", "Athena", "Glue", "Iceberg", "Spark", "Parquet")}
        names = sorted(path.name for path in (lake / "ext").iterdir() if any(path.rglob("*.parquet")))
        for name in names:
            paths = sorted((lake / "ext" / name).rglob("*.parquet"))
            schema = pq.read_schema(paths[0])
            files = {
                "rows": sum(pq.read_metadata(path).num_rows for path in paths),
                "columns": schema.names,
                "types": fields(schema),
                "accounts": {path.parts[-3].removeprefix("accountId=") for path in paths},
            }
            table = name.replace("-", "_")

            def text(form):
                return run(ocsf, "schema", name, "--ocsf", version, "--format", form, "--location", lake)

            def note(engine, found):
                faults[engine] += [f"{name}: {fault}" for fault in found]

            note("DuckDB", duckdb_reads(text("duckdb"), table, files))
            note("ClickHouse", clickhouse_reads(session, text("clickhouse"), table, files))
            note("Athena", athena_parses(text("athena-ddl"), files))
            note("Glue", glue_accepts(glue, text("glue-json"), files))
            note("Iceberg", iceberg_fits(text("iceberg"), files))
            note("Parquet", message_fits(text("parquet"), pq.ParquetFile(paths[0]).schema))
            if spark:
                note("Spark", spark_reads(spark, text("spark"), lake, name, files))
        if not spark:
            del faults["Spark"]
        for engine, found in faults.items():
            checks.check(f"{version}: {engine} takes {len(names)} tables", found)
    print(f"schemas: {checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
