"""Inputs made to break a reader: bombs, damage, and records that are as odd as JSON and lines allow."""

import gzip
import json
import random
import struct

import pyarrow as pa
import pyarrow.parquet as pq

TRAIL = {
    "eventVersion": "1.09", "eventTime": "2024-05-01T10:00:00Z", "eventName": "ListBuckets",
    "eventSource": "s3.amazonaws.com", "awsRegion": "eu-west-1", "sourceIPAddress": "192.0.2.7",
    "eventID": "3f1c0f5e-0000-4000-8000-000000000001", "recipientAccountId": "111122223333",
    "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": "111122223333"},
}  # fmt: skip
FLOW_HEADER = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status region"
FLOW = "5 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 443 6 1 40 1714557600 1714557660 ACCEPT OK eu-west-1"
RESOLVER = {
    "version": "1.100000", "account_id": "111122223333", "region": "eu-west-1", "vpc_id": "vpc-0aa1",
    "query_timestamp": "2024-05-01T10:00:00Z", "query_name": "example.com.", "query_type": "A", "query_class": "IN",
    "rcode": "NOERROR", "answers": [], "srcaddr": "10.0.4.9", "srcport": "40112", "transport": "UDP", "srcids": {},
}  # fmt: skip
PUBLIC = "1.0 2024-05-01T10:00:00.678Z ZEXAMPLE1 www.example.com A NOERROR UDP FRA50 192.0.2.53 -"
ALB = (
    "http 2024-05-01T10:00:00.123456Z app/shop/0123456789abcdef 198.51.100.4:40000 10.0.1.5:80 0.000 0.001 0.000 200 200 34 366 "
    '"GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - '
    'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/aaaabbbbccccdddd "Root=1-58337262-36d228ad5d99923122bbe354" '
    '"-" "-" 0 2024-05-01T10:00:00.000000Z "forward" "-" "-" "10.0.1.5:80" "200" "-" "-"'
)


def trail(**changes):
    """A CloudTrail record as text."""
    return json.dumps({**TRAIL, **changes}, separators=(",", ":"))


def with_member(text):
    """A CloudTrail record with one more member, as the text says."""
    return trail()[:-1] + "," + text + "}"


def odd_records():
    """CloudTrail records by what is odd about them: bytes, and whether an event must come of them (None: either is right)."""
    deep = 100_000
    return {
        "deep arrays": (with_member('"x":' + "[" * deep + "]" * deep).encode(), False),
        "deep objects": (with_member('"x":' + '{"a":' * deep + "1" + "}" * deep).encode(), False),
        "a million keys": (with_member('"x":{' + ",".join(f'"k{i}":1' for i in range(1_000_000)) + "}").encode(), True),
        "a million own keys": (with_member(",".join(f'"{i}":1' for i in range(1_000_000))).encode(), True),
        "duplicate keys": (with_member('"eventName":"GetObject","k":1,"k":2').encode(), True),
        "a key 500,000 times": (with_member(",".join(['"k":1'] * 500_000)).encode(), True),
        "invalid UTF-8": (trail(userAgent="??").encode().replace(b"??", b"\xff\xfe\xc0\x80"), False),
        "lone surrogates": (with_member(r'"userAgent":"\ud800 \udc00\udc00","\ud83d":"\ud83d"').encode(), True),
        "escaped NUL": (with_member(r'"userAgent":"a\u0000b","\u0000":"\u0000"').encode(), True),
        "raw NUL": (trail(userAgent="a?b").encode().replace(b"?", b"\0"), False),
        "numbers": (with_member(f'"x":[1e999,-1e999,-0,{"9" * 400},1E+2,0.1e-400]').encode(), True),
        "numbers for text": (with_member(f'"eventName":1e999,"userAgent":{"9" * 400},"readOnly":-0').encode(), None),
        "objects for text": (with_member('"eventName":{},"userAgent":[],"userIdentity":"ana","resources":{"a":1}').encode(), None),
        "nothing": (b"{}", False),
        "no object": (b"[1,null,true]", False),
        "no JSON": (b'{"eventVersion":"1.08",,}', False),
        "200,000 resources": (trail(resources=[{"ARN": f"arn:aws:s3:::b{i}"} for i in range(200_000)]).encode(), True),
        "escapes": (with_member('"x":"' + r"\u0001" * 1_000_000 + '"').encode(), True),
    } | {
        f"time {time}": (trail(eventTime=time).encode(), good)
        for time, good in [
            ("-9999-01-01T00:00:00Z", False), ("0000-01-01T00:00:00Z", False), ("99999-12-31T23:59:59Z", False),
            ("1989-12-31T23:59:59Z", False), ("2100-01-01T00:00:00Z", False), ("2016-12-31T23:59:60Z", True),
            ("2024-05-01T24:00:00Z", False), ("2024-02-30T00:00:00Z", False), ("2024-05-01T10:00:00+99:99", False),
            ("2024-05-01T10:00:00." + "9" * 1000 + "Z", True), ("\u0662\u0660\u0662\u0664-05-01T10:00:00Z", False),
            ("../2024-05-01", False),
        ]
    }  # fmt: skip


def odd_flows():
    """Flow log lines: a column each with a value that does not fit, and whatever else a line can be."""
    names, fields = FLOW_HEADER.split(), FLOW.split()
    values = ["1e999", "9" * 400, "-0", "1E+2", "-1", "4294967296", "99999999999999999999", "NaN", "\u0663", "../..", "%2e", "\x1b[31m"]
    for at in range(len(names)):
        for value in values:
            yield " ".join(fields[:at] + [value] + fields[at + 1 :])
    yield from (" ".join(fields[:3]), FLOW + " x" * 100_000, "\0" * 1000, "\xa0".join(fields), '"' + FLOW)


def zstd_run(blocks, log=20, byte=b" "):
    """A Zstandard frame that says one byte 131,072 times a block, in four bytes each, with a window of 2 to the power of `log`."""
    block = ((131_072 << 3) | 2).to_bytes(3, "little") + byte
    last = ((1 << 3) | 3).to_bytes(3, "little") + byte
    return b"\x28\xb5\x2f\xfd\0" + bytes([(log - 10) << 3]) + block * blocks + last


def zstd(content):
    """Bytes as a Zstandard frame."""
    return pa.Codec("zstd").compress(content, asbytes=True)


def damaged(good, seed):
    """A copy with a few bits or stretches changed, cut short, or with others' bytes in it."""
    dice = random.Random(seed)
    bytes_ = bytearray(good)
    for _ in range(dice.choice([1, 1, 2, 8])):
        at = dice.randrange(len(bytes_))
        match dice.randrange(5):
            case 0 | 1:
                bytes_[at] ^= 1 << dice.randrange(8)
            case 2:
                bytes_[at : at + 8] = dice.choice([b"\xff" * 8, b"\0" * 8, struct.pack("<q", dice.choice([-1, 1 << 62, 1 << 31]))])
            case 3:
                del bytes_[at : at + dice.randrange(64)]
            case _:
                bytes_ = bytes_[: max(at, 16)]
    return bytes(bytes_)


def flow_table(rows):
    """Flow log records as AWS writes them in Parquet."""
    names, fields = FLOW_HEADER.split(), FLOW.split()
    numbers = {"version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"}
    columns = {
        name.replace("-", "_"): pa.array([int(field)] * rows, pa.int64()) if name in numbers else pa.array([field] * rows)
        for name, field in zip(names, fields)
    }
    return pa.table(columns)


def parquet_bombs(folder):
    """Parquet files that ask for much more than they are."""
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False, "store_schema": False}
    wide, large = flow_table(1), pa.array(["x" * (60 << 20)])
    for number in range(20):
        wide = wide.append_column(f"x{number}", large)
    pq.write_table(wide, folder / "wide.parquet", **options)
    tall = flow_table(20).append_column("x", pa.array(["y" * (30 << 20)] * 20))
    pq.write_table(tall, folder / "tall.parquet", **options, data_page_size=1024, write_batch_size=1)
    shared = flow_table(100).append_column("x", pa.array([str(at) + "z" * (3 << 20) for at in [0] * 100]))
    pq.write_table(shared, folder / "shared.parquet", **options, column_encoding={"x": "DELTA_BYTE_ARRAY"})
    elements = 60_000_000
    endless = pa.ListArray.from_arrays(pa.array([0, elements], pa.int32()), pa.nulls(elements, pa.int64()))
    pq.write_table(flow_table(1).append_column("x", endless), folder / "endless.parquet", **options)
    rows = 50_000_000
    nulls = pa.table({name: pa.nulls(rows, pa.int32()) for name in ("version", "account_id", "interface_id", "log_status")})
    pq.write_table(nulls, folder / "long.parquet", **options, row_group_size=rows)


def absurd_footers(good):
    """A Parquet file with other footers: lengths, lists and numbers that cannot be."""
    end = len(good) - 8 - struct.unpack("<I", good[-8:-4])[0]
    body, footer = good[:end], good[end:-8]
    most, list_of_2_31 = b"\xff\xff\xff\xff\x07", b"\x49\xfc\xff\xff\xff\xff\x07\x00"
    others = [b"", most * 100, list_of_2_31, footer[:-1], b"\x1c" * 100_000, b"\x19\xfc" + most + footer, footer[:20] + most + footer[25:]]
    # A number of rows is written in front of the list of row groups; every place is tried with the largest of all numbers.
    others += [footer[:at] + b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" + footer[at + 1 :] for at in range(0, len(footer), 7)]
    for footer in others:
        yield body + footer + struct.pack("<I", len(footer)) + b"PAR1"
    for length in (0, 1, 1 << 31, (1 << 32) - 1, len(good)):
        yield body + footer + struct.pack("<I", length) + b"PAR1"


def gzipped(content):
    """Bytes as a gzip member."""
    return gzip.compress(content, 6, mtime=0)
