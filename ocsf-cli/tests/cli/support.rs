//! What tests of `convert` need besides a sandbox.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Said, Sandbox};

impl Sandbox {
    /// Runs `ocsf` with these arguments, which are split at blanks.
    pub(crate) fn call(&self, args: &str) -> Said {
        self.run(&args.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs `ocsf convert` and reads its report.
    pub(crate) fn report(&self, args: &str) -> (Said, Value) {
        let said = self.call(&format!("convert {args} --report json"));
        let report = serde_json::from_str(&said.out).unwrap_or(Value::Null);
        (said, report)
    }

    /// Every file below a folder with its bytes, by path; the folder need not be there.
    pub(crate) fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        fn walk(root: &Path, dir: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(root, &path, out);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                    out.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        let (root, mut out) = (self.path(name), BTreeMap::new());
        walk(&root, &root, &mut out);
        out
    }
}

/// An invented CloudTrail record.
pub(crate) fn record(number: u32) -> Value {
    json!({
        "eventVersion": "1.08",
        "eventTime": format!("2024-05-{:02}T10:{:02}:{:02}Z", 1 + number / 3600 % 28, number / 60 % 60, number % 60),
        "eventSource": "s3.amazonaws.com",
        "eventName": if number.is_multiple_of(3) { "ListBuckets" } else { "PutObject" },
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2.15",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/ana",
            "accountId": "111122223333",
            "userName": "ana",
        },
        "requestID": format!("request-{number}"),
        "eventID": format!("event-{number}"),
        "requestParameters": {"bucketName": "example-bucket"},
        "responseElements": null,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "recipientAccountId": "111122223333",
        "extra": {"number": number},
    })
}

/// Some records as the envelope that CloudTrail delivers.
pub(crate) fn envelope(numbers: impl IntoIterator<Item = u32>) -> String {
    let records: Vec<Value> = numbers.into_iter().map(record).collect();
    json!({ "Records": records }).to_string()
}
