#!/usr/bin/env python3
"""Prints the events of a lake, or of single Parquet files, as NDJSON: what was written, in the form that validators read.

Nulls are left out, maps become objects, times of `*_dt` RFC 3339 with `Z`, and an `unmapped` that is JSON text the object
that it says.

usage: lake_to_ndjson.py LAKE|FILE...
"""

import datetime
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_files(path):
    """The files with events below `path`, in order; `path` itself when it is a file."""
    path = pathlib.Path(path)
    return [path] if path.is_file() else sorted(path.glob("**/region=*/**/*.parquet"))


def events(path):
    """The rows of a Parquet file as events."""
    file = pq.ParquetFile(path)
    types = [(field.name, field.type) for field in file.schema_arrow]
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            event = {name: plain(row[name], kind) for name, kind in types if row[name] is not None}
            if isinstance(event.get("unmapped"), str):
                event["unmapped"] = json.loads(event["unmapped"])
            yield event


def plain(value, kind):
    """A value of Arrow type `kind` as JSON has it."""
    if pa.types.is_struct(kind):
        members = ((kind.field(i).name, kind.field(i).type) for i in range(kind.num_fields))
        return {name: plain(value[name], member) for name, member in members if value[name] is not None}
    if pa.types.is_map(kind):
        return {key: plain(item, kind.item_type) for key, item in value if item is not None}
    if pa.types.is_list(kind):
        return [plain(item, kind.value_type) for item in value if item is not None]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def main():
    for path in sys.argv[1:]:
        for file in parquet_files(path):
            for event in events(file):
                print(json.dumps(event, ensure_ascii=False))


if __name__ == "__main__":
    main()
