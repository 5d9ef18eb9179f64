#!/usr/bin/env python3
"""Has `ocsf lint` look at lakes of ours and at files that other tools wrote.

Lakes of ours have no findings; those of other tools have just the ones that stand beside each case.

usage: lint.py OCSF WORK
"""

import json
import pathlib
import shutil
import subprocess
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

from corpus import VERSIONS, Checks

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "logs"
DAY = "region=us-east-1/accountId=111122223333/eventDay=20260101"
START = 1_767_225_600_000
ZSTD = {"compression": "zstd", "compression_level": 1}


def run(ocsf, *arguments):
    command = [str(ocsf), *map(str, arguments), "--no-config"]
    return subprocess.run(command, capture_output=True, text=True)


def found(ocsf, lake):
    """Exit code, and each rule with what it is about."""
    done = run(ocsf, "lint", lake, "--format", "json")
    if not done.stdout:
        raise SystemExit(f"{lake}: {done.stderr}")
    findings = json.loads(done.stdout)["findings"]
    return done.returncode, sorted(f"{f['code']} {f['subject']}".strip() for f in findings)


def events(times=(START, START + 1), **columns):
    """Events as a table; `columns` adds or replaces some, None takes them away."""
    n = len(times)
    columns = {
        "time": pa.array(times, pa.int64()),
        "time_dt": pa.array(times, pa.timestamp("ms", "UTC")),
        "class_uid": pa.array([6003] * n, pa.int32()),
        "metadata": pa.array([{"version": "1.1.0", "profiles": ["cloud"]}] * n),
        "cloud": pa.array([{"account": {"uid": "111122223333"}}] * n),
        **columns,
    }
    return pa.table({name: column for name, column in columns.items() if column is not None})


def write(lake, name, table, source="a", day=DAY, **options):
    path = lake / "ext" / source / day / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **{**ZSTD, **options})


CASES = {}


def case(*expected):
    def register(make):
        CASES[make.__name__] = make, sorted(expected)

    return register


@case()
def as_it_should_be(lake):
    write(lake, "one", events())


@case("compression")
def pyarrow_with_other_names_in_lists_and_snappy(lake):
    write(lake, "one", events(), compression="snappy", compression_level=None, use_compliant_nested_type=False)
    write(lake, "two", events(), compression="snappy", compression_level=None)


@case("int96_time time_dt")
def pyarrow_with_int96(lake):
    write(lake, "one", events(), use_deprecated_int96_timestamps=True)


@case("datetime_type time_dt", "time_type time")
def pyarrow_with_nanoseconds_and_times(lake):
    times = pa.array([START, START + 1], pa.timestamp("ms", "UTC"))
    write(lake, "one", events(time=times, time_dt=times.cast(pa.timestamp("ns", "UTC"))), coerce_timestamps=None)


@case("null_column message")
def pyarrow_with_a_column_of_nothing(lake):
    write(lake, "one", events(message=pa.nulls(2)))


@case("unsigned_type severity_id")
def pyarrow_with_unsigned_numbers(lake):
    write(lake, "one", events(severity_id=pa.array([1, 1], pa.uint32())))


@case("page_too_large message")
def pyarrow_with_large_pages(lake):
    long = ["x" * 1000 + str(at) for at in range(3000)]
    table = events(times=[START] * 3000, message=pa.array(long))
    write(lake, "one", table, data_page_size=8 << 20, use_dictionary=False)


@case("not_sorted time", "row_in_other_day time", "row_of_other_account cloud.account.uid")
def rows_where_they_do_not_belong(lake):
    write(lake, "one", events(times=[START + 5, START, START + 86_400_000]), day=DAY.replace("1111", "2222"))


@case("several_classes class_uid", "several_versions ext/b", "several_classes ext/a")
def classes_and_versions_mixed(lake):
    write(lake, "one", events(class_uid=pa.array([6003, 3002], pa.int32())))
    write(lake, "one", events(), source="b")
    write(lake, "two", events(metadata=pa.array([{"version": "1.3.0", "profiles": ["cloud"]}] * 2)), source="b")


@case("column_missing status", "column_order ext/a", "schema_drift severity_id")
def drift_between_files(lake):
    write(lake, "one", events(severity_id=pa.array([1, 1], pa.int32()), status=pa.array(["Success"] * 2)))
    table = events(severity_id=pa.array([1, 1], pa.int64()))
    write(lake, "two", table.select(list(reversed(table.column_names))))


@case("column_name Message", "column_name user-name", "partition_column accountid")
def names_that_engines_fold(lake):
    same = pa.array(["x", "x"])
    write(lake, "one", events(**{"Message": same, "user-name": same, "accountid": same}))


@case("small_files ext/a")
def many_small_files(lake):
    for number in range(12):
        write(lake, str(number), events())


@case("empty_file", "layout_path", "not_parquet", "not_readable", "partition_case accountId", "partition_unknown region",
      "partition_value eventDay", "source_name a name that is too long")  # fmt: skip
def folders_and_files(lake):
    write(lake, "one", events().slice(0, 0))
    write(lake, "one", events(), day="eventDay=20260101")
    write(lake, "one", events(), day=DAY.replace("accountId", "accountid"))
    write(lake, "one", events(), day=DAY.replace("us-east-1", "unknown"))
    write(lake, "one", events(), day=DAY.replace("20260101", "2026-01-01"))
    write(lake, "one", events(), source="a name that is too long")
    (lake / "ext" / "a" / DAY / "notes.txt").write_text("x")
    (lake / "ext" / "a" / DAY / "cut.parquet").write_bytes(b"PAR1 and no more")
    (lake / "_temporary").mkdir()
    (lake / "_temporary" / "x").write_text("x")


@case("compression", "version_too_new metadata.version")
def duckdb_as_it_comes(lake):
    (lake / "ext/a" / DAY).mkdir(parents=True)
    duckdb.connect().execute(
        f"COPY (SELECT {START}::BIGINT AS time, TIMESTAMPTZ '2026-01-01' AS time_dt, 6003 AS class_uid, "
        "{'version': '1.5.0', 'profiles': ['cloud']} AS metadata, {'account': {'uid': '111122223333'}} AS cloud) "
        f"TO '{lake}/ext/a/{DAY}/one.parquet' (FORMAT parquet)"
    )


@case("layout_path", "not_stated metadata.version")
def duckdb_with_partitions_of_its_own(lake):
    lake.mkdir(parents=True)
    duckdb.connect().execute(
        f"COPY (SELECT {START}::BIGINT AS time, 6003 AS class_uid, '20260101' AS eventDay) "
        f"TO '{lake}/ext' (FORMAT parquet, PARTITION_BY (eventDay), COMPRESSION zstd)"
    )


@case("datetime_type time_dt")
def polars_without_a_zone(lake):
    (lake / "ext/a" / DAY).mkdir(parents=True)
    frame = polars.from_arrow(events()).with_columns(polars.col("time_dt").dt.replace_time_zone(None))
    frame.write_parquet(lake / "ext/a" / DAY / "one.parquet", compression="zstd")


TENZIR = shutil.which("tenzir", path=str(pathlib.Path(sys.executable).parent))

# As its documentation of Security Lake partitions: what happens when types are left to it.
TENZIR_PIPELINE = """
from {{time: {start}, time_dt: from_epoch({start} * 1ms), class_uid: 6003, region: "us-east-1", accountId: "111122223333",
  eventDay: "20260101", metadata: {{version: "1.1.0", profiles: ["cloud"], labels: []}}, message: null}}
to_file "{out}/ext/a/**/{{uuid}}.parquet", partition_by=[region, accountId, eventDay] {{
  write_parquet compression_type="zstd"
}}
"""


@case("datetime_type time_dt", "null_column message", "null_column metadata.labels")
def tenzir_as_it_comes(lake):
    lake.mkdir(parents=True)
    pipeline = TENZIR_PIPELINE.format(start=START, out=lake)
    done = subprocess.run([TENZIR, pipeline], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)


def main():
    ocsf, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(work, ignore_errors=True)
    checks = Checks()
    for version in VERSIONS:
        lake = work / "ours" / version
        run(ocsf, "convert", EXAMPLES, "--out", lake, "--ocsf", version, "-q")
        expected = (0, []) if version <= "1.3.0" else (0, ["version_too_new metadata.version"])
        outcome = found(ocsf, lake)
        checks.check(f"a lake of ours at {version}", [] if outcome == expected else [f"found {outcome}"])
    for name, (make, expected) in CASES.items():
        if make is tenzir_as_it_comes and not TENZIR:
            print("skipped: Tenzir is not installed")
            continue
        lake = work / name
        make(lake)
        _, codes = found(ocsf, lake)
        faults = [f"missing: {code}" for code in expected if code not in codes]
        faults += [f"not expected: {code}" for code in codes if code not in expected]
        checks.check(name.replace("_", " "), faults)
    print(f"lint: {checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
