//! CloudTrail records in, OCSF events out.

mod complete;
mod conformance;
mod decisions;
mod forms;
mod golden;

use ocsf_core::testing::{Mapped, map};
use ocsf_core::{MapperOptions, SourceMapper};
use serde_json::{Value, json};

fn mapper(options: &MapperOptions) -> SourceMapper<ocsf_cloudtrail::CloudTrail> {
    ocsf_cloudtrail::mapper(options).expect("the tables fit every version")
}

fn options(version: &str) -> MapperOptions {
    let mut options = MapperOptions::default();
    version.clone_into(&mut options.version);
    options
}

fn mapped(input: impl AsRef<[u8]>) -> Mapped {
    map(&mut mapper(&MapperOptions::default()), input.as_ref())
}

/// Name and content of every sample, ordered by name.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let files = std::fs::read_dir(folder).expect("tests/data").map(|file| file.expect("a file").path());
    let mut samples: Vec<_> = files
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a sample"))
        })
        .collect();
    samples.sort();
    samples
}

/// A plain record with these members on top; those that are null are taken out.
fn record(changes: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.10", "eventTime": "2024-05-01T10:00:00Z", "eventType": "AwsApiCall",
        "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "awsRegion": "eu-west-1",
        "eventID": "00000000-0000-4000-8000-000000000001", "sourceIPAddress": "192.0.2.7",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": "111122223333"},
    });
    let members = record.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    record
}

/// The event of a record made by [`record`].
fn event(changes: &Value) -> Value {
    let mapped = mapped(record(changes).to_string());
    assert_eq!(mapped.counts.events, 1, "{changes}: {:?}", mapped.rejects);
    mapped.json().remove(0)
}
