"""The judges themselves: what is wrong with a lake must be found. `python -m unittest discover tests/python`"""

import datetime
import pathlib
import tempfile
import unittest

import pyarrow as pa
import pyarrow.parquet as pq

from lake_to_ndjson import events
from readers import check_lake

NOON = 1_714_564_800_000
PARTITION = "region=eu-west-1/accountId=011122223333/eventDay=20240501"
CLOUD = {"region": "eu-west-1", "account": {"uid": "011122223333"}}


def columns(times, **more):
    count = len(times)
    moments = [datetime.datetime.fromtimestamp(time / 1000, datetime.timezone.utc) for time in times]
    return {
        "time": pa.array(times, pa.int64()),
        "time_dt": pa.array(moments, pa.timestamp("ms", "UTC")),
        "class_uid": pa.array([6003] * count, pa.int32()),
        "cloud": pa.array([CLOUD] * count),
        "answers": pa.array([["a", None]] * count),
        **more,
    }


class Lakes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lake = pathlib.Path(folder.name)

    def write(self, table, name="a", partition=PARTITION, **options):
        path = self.lake / "ext" / "my-source" / partition / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"compression": "zstd", "use_compliant_nested_type": True, **options}
        pq.write_table(pa.table(table), path, **options)
        return path

    def assert_fault(self, text, rows=None):
        faults, _ = check_lake(self.lake, rows)
        self.assertTrue(any(text in fault for fault in faults), f"no `{text}` in {faults}")

    def test_a_good_lake_has_no_fault(self):
        self.write(columns([NOON, NOON + 1]))
        self.assertEqual(check_lake(self.lake, 2), ([], 2))

    def test_no_file(self):
        self.assert_fault("no Parquet file")

    def test_missing_rows(self):
        self.write(columns([NOON]))
        self.assert_fault("expected 2", rows=2)

    def test_order(self):
        self.write(columns([NOON + 1, NOON]))
        self.assert_fault("not sorted")

    def test_another_day(self):
        self.write(columns([NOON, NOON + 86_400_000]))
        self.assert_fault("rows in the folder of another day")
        self.assert_fault("holds the days")

    def test_another_account(self):
        self.write(columns([NOON]), partition=PARTITION.replace("0111", "9111"))
        self.assert_fault("holds accountId")

    def test_two_classes(self):
        self.write(columns([NOON]))
        self.write(columns([NOON], class_uid=pa.array([3002], pa.int32())), name="b")
        self.assert_fault("holds 2 classes")

    def test_two_schemas(self):
        self.write(columns([NOON]))
        self.write(columns([NOON], more=pa.array(["x"])), name="b")
        self.assert_fault("2 schemas")

    def test_compression(self):
        self.write(columns([NOON]), compression="snappy")
        self.assert_fault("compressed as SNAPPY")

    def test_large_pages(self):
        texts = pa.array([f"{number:0200000}" for number in range(8)])
        self.write(columns([NOON] * 8, text=texts), use_dictionary=False, data_page_size=4 << 20)
        self.assert_fault("has a page of 1600")

    def test_one_large_value_is_no_fault(self):
        self.write(columns([NOON], text=pa.array(["x" * 1_500_000])), use_dictionary=False)
        self.assertEqual(check_lake(self.lake, 1), ([], 1))

    def test_types(self):
        self.write(columns([NOON], count=pa.array([1], pa.uint32())))
        self.assert_fault("is unsigned")
        self.write(columns([NOON], nothing=pa.nulls(1)))
        self.assert_fault("has no type")
        self.write(columns([NOON]), use_deprecated_int96_timestamps=True)
        self.assert_fault("INT96")
        self.write(columns([NOON]), use_compliant_nested_type=False)
        self.assert_fault("list")

    def test_other_time_dt(self):
        other = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
        self.write(columns([NOON], time_dt=pa.array([other], pa.timestamp("ms", "UTC"))))
        self.assert_fault("whose time_dt is not their time")

    def test_events_are_what_validators_read(self):
        pairs = pa.array([[("a.b", "1"), ("c", None)]], pa.map_(pa.string(), pa.string()))
        path = self.write(columns([NOON], unmapped=pairs, status=pa.array([None], pa.string())))
        self.assertEqual(
            list(events(path)),
            [
                {
                    "time": NOON,
                    "time_dt": "2024-05-01T12:00:00.000Z",
                    "class_uid": 6003,
                    "cloud": CLOUD,
                    "answers": ["a"],
                    "unmapped": {"a.b": "1"},
                }
            ],
        )

    def test_unmapped_json_text_is_an_object(self):
        path = self.write(columns([NOON], unmapped=pa.array(['{"a":{"b":[1]}}'])))
        self.assertEqual(next(events(path))["unmapped"], {"a": {"b": [1]}})


if __name__ == "__main__":
    unittest.main()
