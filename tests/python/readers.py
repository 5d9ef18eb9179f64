#!/usr/bin/env python3
"""Reads a lake with DuckDB, pyarrow and Polars, and checks the layout that Amazon Security Lake asks of a custom source.

usage: readers.py LAKE [ROWS]        ROWS: how many events there must be
"""

import collections
import datetime
import pathlib
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq

from lake_to_ndjson import parquet_files
from parquet_pages import pages

PAGE_LIMIT = 1_000_000
ROW_GROUP_LIMIT = 256_000_000
TEXT_PARTITIONS = pa.schema([(name, pa.string()) for name in ("region", "accountId", "eventDay")])
UNSIGNED = {"UINT_8", "UINT_16", "UINT_32", "UINT_64"}


class Faults(list):
    """What is wrong, collected so that one run tells it all."""

    def check(self, good, *what):
        if not good:
            self.append(" ".join(map(str, what)))


def check_lake(lake, rows=None):
    """What is wrong with the lake, as a list of lines, and its number of events."""
    faults = Faults()
    lake = pathlib.Path(lake)
    files = parquet_files(lake)
    sources = collections.defaultdict(list)
    for path in files:
        sources[path.relative_to(lake).parts[1]].append(path)
        check_file(path, faults)
    faults.check(files, "no Parquet file in", lake)
    counts = [check_source(lake / "ext" / name, paths, faults) for name, paths in sorted(sources.items())]
    total = sum(counts)
    if rows is not None:
        faults.check(total == rows, "the lake holds", total, "events, expected", rows)
    return faults, total


def check_source(folder, paths, faults):
    """One table: one class, one schema, and as many rows for each reader. Returns the rows."""
    schemas = {schema_text(path) for path in paths}
    faults.check(len(schemas) == 1, folder.name, "has", len(schemas), "schemas")
    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in paths)
    if len(schemas) > 1:
        # Some readers would refuse, each in its own way.
        return rows

    pattern = str(folder / "**" / "*.parquet")
    hive = "hive_partitioning=true, hive_types={'region': VARCHAR, 'accountId': VARCHAR, 'eventDay': VARCHAR}"
    query = f"""
        SELECT count(*), count(DISTINCT class_uid),
               count(*) FILTER (strftime(make_timestamp(time * 1000), '%Y%m%d') != eventDay),
               count(*) FILTER (time_dt IS DISTINCT FROM make_timestamp(time * 1000) AT TIME ZONE 'UTC'),
               count(*) FILTER (length(accountId) NOT IN (7, 12))
        FROM read_parquet('{pattern}', {hive})"""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    counted, classes, wrong_day, wrong_dt, short = connection.execute(query).fetchall()[0]
    faults.check(counted == rows, folder.name, "DuckDB reads", counted, "of", rows, "rows")
    # A hash of each column makes it read them all.
    connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet('{pattern}', {hive})").fetchall()
    faults.check(classes == 1, folder.name, "holds", classes, "classes")
    faults.check(not wrong_day, folder.name, "has", wrong_day, "rows in the folder of another day")
    faults.check(not wrong_dt, folder.name, "has", wrong_dt, "rows whose time_dt is not their time")
    faults.check(not short, folder.name, "has", short, "rows whose accountId lost digits")

    dataset = pyarrow.dataset.dataset(folder, partitioning=pyarrow.dataset.partitioning(TEXT_PARTITIONS, flavor="hive"))
    counted = sum(batch.num_rows for batch in dataset.to_batches())
    faults.check(counted == rows, folder.name, "pyarrow reads", counted, "of", rows, "rows")

    types = {name: polars.String for name in TEXT_PARTITIONS.names}
    frame = polars.scan_parquet(pattern, hive_partitioning=True, hive_schema=types)
    # The count of values of each column makes it read them all; `time` is never null.
    counted = frame.select(polars.all().count()).collect(engine="streaming")["time"][0]
    faults.check(counted == rows, folder.name, "Polars reads", counted, "of", rows, "rows")
    return rows


def schema_text(path):
    """The Parquet schema of a file as text, without the address that pyarrow begins it with."""
    return str(pq.ParquetFile(path).schema).split("\n", 1)[1]


def check_file(path, faults):
    """One file: order, partition, encoding."""
    file = pq.ParquetFile(path)
    check_rows(path, file, faults)
    check_types(path, file, faults)
    content = path.read_bytes()
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        chunks = [group.column(i) for i in range(group.num_columns)]
        size = sum(chunk.total_compressed_size for chunk in chunks)
        faults.check(size <= ROW_GROUP_LIMIT, path, "row group", number, "has", size, "bytes")
        for chunk in chunks:
            name = chunk.path_in_schema
            faults.check(chunk.compression == "ZSTD", path, name, "is compressed as", chunk.compression)
            for kind, size, values in pages(content, chunk):
                # A value has no limit; a page of several has.
                faults.check(size <= PAGE_LIMIT or values == 1, path, name, "has a page of", size, "bytes,", values, "values, kind", kind)


def check_rows(path, file, faults):
    """Sorted by time, all rows of one day, account and Region, which are those of the path."""
    partition = dict(part.split("=", 1) for part in path.parts if "=" in part)
    table = file.read(["time", "class_uid", "cloud"])
    faults.check(table.num_rows > 0, path, "is empty")
    times = table["time"].to_pylist()
    faults.check(times == sorted(times), path, "is not sorted by time")
    faults.check(table["time"].null_count == 0, path, "has rows without a time")
    days = {datetime.datetime.fromtimestamp(time / 1000, datetime.timezone.utc).strftime("%Y%m%d") for time in times}
    faults.check(days == {partition["eventDay"]}, path, "holds the days", days)
    for column, name in (("region", "region"), ("account", "accountId")):
        values = pc.struct_field(table["cloud"], [column] if column == "region" else [column, "uid"])
        found = set(values.to_pylist()) - {None}
        wanted = partition[name]
        # Without one in the record, the key of its object or the user has said it.
        faults.check(found <= {wanted} or wanted == "unknown", path, "holds", name, found)


def check_types(path, file, faults):
    for i in range(len(file.schema)):
        column = file.schema.column(i)
        faults.check(column.physical_type != "INT96", path, column.path, "is INT96")
        faults.check(column.converted_type not in UNSIGNED, path, column.path, "is unsigned")
        faults.check("isSigned=false" not in str(column.logical_type), path, column.path, "is unsigned")
    for field in file.schema_arrow:
        check_type(path, field.name, field.type, faults)
    leaves = [file.schema.column(i).path for i in range(len(file.schema))]
    for leaf in leaves:
        faults.check(".array" not in leaf and ".item" not in leaf, path, leaf, "is no three-level list")
    unmapped = [leaf for leaf in leaves if leaf.startswith("unmapped.")]
    faults.check(unmapped in ([], ["unmapped.key_value.key", "unmapped.key_value.value"]), path, "has the map", unmapped)


def check_type(path, name, kind, faults):
    faults.check(not pa.types.is_null(kind), path, name, "has no type")
    if pa.types.is_list(kind):
        faults.check(kind.value_field.name == "element", path, name, "is a list of", kind.value_field.name)
        check_type(path, f"{name}[]", kind.value_type, faults)
    if pa.types.is_struct(kind):
        faults.check(kind.num_fields > 0, path, name, "is an empty struct")
        for i in range(kind.num_fields):
            check_type(path, f"{name}.{kind.field(i).name}", kind.field(i).type, faults)


def main():
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else None
    faults, total = check_lake(sys.argv[1], rows)
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(1)
    print(f"DuckDB, pyarrow and Polars read all {total} events of {sys.argv[1]}")


if __name__ == "__main__":
    main()
