"""CloudTrail to OCSF Parquet with orjson and pyarrow: a loop over records, as in most scripts for the purpose.

usage: with_pyarrow.py cloudtrail INPUT OUT
"""

import datetime
import gzip
import pathlib
import re
import sys

import orjson
import pyarrow as pa
import pyarrow.dataset as ds
from with_polars import ACCOUNT_CHANGE, AUTHENTICATION, AUTHENTICATION_SOURCES

ADDRESS = re.compile(r"[0-9a-f:.]+")
VERBS = [
    (1, "Create", re.compile("Create|Run|Put|Generate|Register|Import")),
    (2, "Read", re.compile("Get|Describe|List|Head|Lookup|Batch")),
    (3, "Update", re.compile("Update|Modify|Set|Attach|Enable|Rotate")),
    (4, "Delete", re.compile("Delete|Terminate|Remove|Stop|Detach")),
]
CLASSES = {
    6003: ("API Activity", 6, "Application Activity"),
    3002: ("Authentication", 3, "Identity & Access Management"),
    3001: ("Account Change", 3, "Identity & Access Management"),
}
REST = ["readOnly", "managementEvent", "additionalEventData", "serviceEventDetails", "tlsDetails", "addendum"]


def text(**names):
    return pa.struct([(name, kind or pa.string()) for name, kind in names.items()])


NAME, UID = text(name=None), text(uid=None)
SCHEMA = pa.schema(
    {
        "region": pa.string(), "accountId": pa.string(), "eventDay": pa.string(), "time": pa.int64(),
        "time_dt": pa.timestamp("ms", "UTC"), "class_uid": pa.int32(), "class_name": pa.string(),
        "category_uid": pa.int32(), "category_name": pa.string(), "activity_id": pa.int32(),
        "activity_name": pa.string(), "type_uid": pa.int64(), "severity_id": pa.int32(), "severity": pa.string(),
        "status_id": pa.int32(), "status": pa.string(), "status_code": pa.string(), "status_detail": pa.string(),
        "metadata": text(
            version=None, profiles=pa.list_(pa.string()), uid=None, event_code=None, correlation_uid=None,
            product=text(name=None, vendor_name=None, version=None, feature=NAME),
        ),
        "cloud": text(provider=None, region=None, account=UID),
        "actor": text(
            user=text(type=None, name=None, uid=None, uid_alt=None, credential_uid=None, account=UID),
            session=text(created_time=pa.int64(), is_mfa=pa.bool_(), issuer=None), idp=NAME, invoked_by=None,
        ),
        "api": text(
            operation=None, version=None, service=NAME, request=text(uid=None, data=None),
            response=text(error=None, message=None, data=None),
        ),
        "src_endpoint": text(ip=None, domain=None, name=None, uid=None),
        "http_request": text(user_agent=None),
        "resources": pa.list_(text(uid=None, type=None, owner=text(account=UID))),
        "unmapped": pa.string(),
    }
)  # fmt: skip


def milliseconds(stamp):
    return int(datetime.datetime.fromisoformat(stamp).timestamp() * 1000) if stamp else None


def json(value):
    return orjson.dumps(value).decode() if value is not None else None


def event(record):
    get = record.get
    name, source, client = record["eventName"], record["eventSource"], get("sourceIPAddress") or ""
    who = get("userIdentity") or {}
    session = who.get("sessionContext") or {}
    attributes = session.get("attributes") or {}
    class_uid = 6003
    if name in AUTHENTICATION and source in AUTHENTICATION_SOURCES:
        class_uid = 3002
    elif name in ACCOUNT_CHANGE and source == "iam.amazonaws.com":
        class_uid = 3001
    class_name, category_uid, category_name = CLASSES[class_uid]
    activity_id, activity_name = next(((at, word) for at, word, verb in VERBS if verb.match(name)), (99, name))
    if activity_id == 99 and get("readOnly"):
        activity_id, activity_name = 2, "Read"
    response = json(get("responseElements"))
    failed = bool(get("errorCode") or get("errorMessage") or (response and '"Failure"' in response))
    is_address, is_service = bool(ADDRESS.fullmatch(client)), client.endswith(".amazonaws.com")
    time = milliseconds(record["eventTime"])
    return {
        "region": record["awsRegion"], "accountId": record["recipientAccountId"],
        "eventDay": record["eventTime"][:10].replace("-", ""), "time": time, "time_dt": time, "class_uid": class_uid,
        "class_name": class_name, "category_uid": category_uid, "category_name": category_name,
        "activity_id": activity_id, "activity_name": activity_name, "type_uid": class_uid * 100 + activity_id,
        "severity_id": 1, "severity": "Informational", "status_id": 2 if failed else 1,
        "status": "Failure" if failed else "Success", "status_code": get("errorCode"),
        "status_detail": get("errorMessage"),
        "metadata": {
            "version": "1.1.0", "profiles": ["cloud", "datetime"], "uid": get("eventID"),
            "event_code": get("eventType"), "correlation_uid": get("sharedEventID"),
            "product": {
                "name": "CloudTrail", "vendor_name": "AWS", "version": get("eventVersion"),
                "feature": {"name": get("eventCategory")},
            },
        },
        "cloud": {"provider": "AWS", "region": record["awsRegion"], "account": {"uid": record["recipientAccountId"]}},
        "actor": {
            "user": {
                "type": who.get("type"),
                "name": who.get("userName") or ("root" if who.get("type") == "Root" else None),
                "uid": who.get("arn"),
                "uid_alt": who.get("principalId") or (who.get("onBehalfOf") or {}).get("userId"),
                "credential_uid": who.get("accessKeyId") or who.get("credentialId"),
                "account": {"uid": who.get("accountId")},
            },
            "session": {
                "created_time": milliseconds(attributes.get("creationDate")),
                "is_mfa": attributes["mfaAuthenticated"] == "true" if "mfaAuthenticated" in attributes else None,
                "issuer": (session.get("sessionIssuer") or {}).get("arn"),
            },
            "idp": {"name": who.get("identityProvider")},
            "invoked_by": who.get("invokedBy"),
        },
        "api": {
            "operation": name, "version": get("apiVersion"), "service": {"name": source},
            "request": {"uid": get("requestID"), "data": json(get("requestParameters"))},
            "response": {"error": get("errorCode"), "message": get("errorMessage"), "data": response},
        },
        "src_endpoint": {
            "ip": client if is_address else None, "domain": client if is_service else None,
            "name": None if is_address or is_service else client, "uid": get("vpcEndpointId"),
        },
        "http_request": {"user_agent": get("userAgent")},
        "resources": [
            {"uid": item.get("ARN"), "type": item.get("type"), "owner": {"account": {"uid": item.get("accountId")}}}
            for item in get("resources") or []
        ],
        "unmapped": json({name: record[name] for name in REST if name in record}),
    }  # fmt: skip


def main():
    inputs, out = pathlib.Path(sys.argv[2]), sys.argv[3]
    tables = []
    for path in sorted(inputs.rglob("*.json.gz")):
        with gzip.open(path) as file:
            records = orjson.loads(file.read())["Records"]
        tables.append(pa.Table.from_pylist([event(record) for record in records], SCHEMA))
    places = ["class_uid", "region", "accountId", "eventDay"]
    table = pa.concat_tables(tables).sort_by([(name, "ascending") for name in [*places, "time"]])
    # Partition columns stay in the files, as with the others.
    partitioning = ds.partitioning(pa.schema([(f"of_{name}", SCHEMA.field(name).type) for name in places]), flavor="hive")
    for name in places:
        table = table.append_column(f"of_{name}", table[name])
    options = ds.ParquetFileFormat().make_write_options(compression="zstd", compression_level=1)
    ds.write_dataset(table, out, format="parquet", partitioning=partitioning, file_options=options, preserve_order=True)


if __name__ == "__main__":
    main()
