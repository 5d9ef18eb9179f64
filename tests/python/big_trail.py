#!/usr/bin/env python3
"""Writes CloudTrail objects of a given size together, the same ones every time, for checks of memory and speed.

The records are about as long, and as different from each other, as those of real trails: several accounts, Regions, days,
services and kinds of identity, payloads from nothing to some kilobytes. One object in eight is as large as eight others.

usage: big_trail.py DIR MEBIBYTES        decompressed size of all objects together
"""

import gzip
import json
import pathlib
import random
import sys

ACCOUNTS = ["111122223333", "444455556666", "012345678901", "777788889999"]
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]
CALLS = [
    ("s3", "GetObject", True), ("s3", "PutObject", False), ("ec2", "DescribeInstances", True),
    ("ec2", "RunInstances", False), ("sts", "AssumeRole", True), ("kms", "Decrypt", True), ("iam", "CreateUser", False),
    ("iam", "AttachRolePolicy", False), ("lambda", "Invoke", False), ("logs", "CreateLogStream", False),
    ("dynamodb", "DescribeTable", True), ("signin", "ConsoleLogin", False), ("ssm", "GetParameter", True),
]  # fmt: skip
OBJECT_BYTES = 4 << 20


def record(dice, account, region, second):
    """One event as JSON text."""
    service, name, reads = dice.choice(CALLS)
    user = dice.randrange(200)
    role = {
        "type": "AssumedRole",
        "principalId": f"AROAXMPL{user:012}:worker-{user}",
        "arn": f"arn:aws:sts::{account}:assumed-role/worker/worker-{user}",
        "accountId": account,
        "accessKeyId": f"ASIAXMPL{dice.randrange(5000):012}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role", "principalId": f"AROAXMPL{user:012}", "arn": f"arn:aws:iam::{account}:role/worker",
                "accountId": account, "userName": "worker",
            },
            "attributes": {"creationDate": f"2024-05-01T{second // 3600 % 24:02}:00:00Z", "mfaAuthenticated": "false"},
        },
    }  # fmt: skip
    person = {
        "type": "IAMUser", "principalId": f"AIDAXMPL{user:012}", "arn": f"arn:aws:iam::{account}:user/user-{user}",
        "accountId": account, "accessKeyId": f"AKIAXMPL{user:012}", "userName": f"user-{user}",
    }  # fmt: skip
    day, rest = 1 + second // 86_400, second % 86_400
    items = [{"id": f"{dice.getrandbits(64):016x}", "state": "running"} for _ in range(dice.choice([0, 0, 1, 1, 2, 40]))]
    event = {
        "eventVersion": "1.09",
        "userIdentity": dice.choice([role, role, role, person, {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}]),
        "eventTime": f"2024-05-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": f"198.51.100.{dice.randrange(256)}",
        "userAgent": f"aws-sdk-example/{dice.randrange(40)}.0 os/linux lang/rust",
        "requestParameters": {"bucketName": f"bucket-{dice.randrange(300)}", "key": f"data/{dice.getrandbits(48):012x}"},
        "responseElements": None if reads else {"items": items},
        "requestID": f"{dice.getrandbits(128):032x}",
        "eventID": f"{dice.getrandbits(128):032x}",
        "readOnly": reads,
        "resources": [{"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::bucket-{user}"}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if dice.random() < 0.1:
        event["errorCode"] = "AccessDenied"
        event["errorMessage"] = f"User: arn:aws:iam::{account}:user/user-{user} is not authorized to perform: {service}:{name}"
    return json.dumps(event, separators=(",", ":"))


def write_object(path, size, dice, account, region, start):
    """An object of about `size` decompressed bytes. Returns its size and its number of records."""
    texts, taken = [], 0
    while taken < size:
        texts.append(record(dice, account, region, start + len(texts) // 20))
        taken += len(texts[-1]) + 1
    text = '{"Records":[' + ",".join(texts) + "]}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=1, mtime=0))
    return len(text), len(texts)


def write_trail(folder, size):
    """Objects of `size` decompressed bytes together. Returns their size and their number of records."""
    total = records = number = 0
    while total < size:
        dice = random.Random(number)
        account, region = ACCOUNTS[number % 4], REGIONS[number % 3]
        hour = number % 72
        day = 1 + hour // 24
        name = f"{account}_CloudTrail_{region}_202405{day:02}T{hour % 24:02}05Z_{number:016}.json.gz"
        path = folder / f"AWSLogs/{account}/CloudTrail/{region}/2024/05/{day:02}/{name}"
        wanted = OBJECT_BYTES * (8 if number % 8 == 7 else 1)
        bytes_written, records_written = write_object(path, wanted, dice, account, region, hour * 3600)
        total, records, number = total + bytes_written, records + records_written, number + 1
    return total, records


def main():
    total, records = write_trail(pathlib.Path(sys.argv[1]), int(sys.argv[2]) << 20)
    print(f"{total} bytes, {records} records")


if __name__ == "__main__":
    main()
