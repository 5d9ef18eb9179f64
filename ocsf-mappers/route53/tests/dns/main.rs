//! Query logs in, OCSF events out.

mod complete;
mod conformance;
mod corpus;
mod decisions;
mod forms;
mod golden;

use ocsf_core::testing::{Mapped, map};
use ocsf_core::{MapperOptions, SourceMapper};
use ocsf_route53::{Public, Resolver};
use serde_json::{Value, json};

fn resolver(options: &MapperOptions) -> SourceMapper<Resolver> {
    ocsf_route53::resolver_mapper(options).expect("the table fits every version")
}

fn public(options: &MapperOptions) -> SourceMapper<Public> {
    ocsf_route53::public_mapper(options).expect("the table fits every version")
}

fn options(version: &str) -> MapperOptions {
    let mut options = MapperOptions::default();
    version.clone_into(&mut options.version);
    options
}

fn queries(input: impl AsRef<[u8]>) -> Mapped {
    map(&mut resolver(&MapperOptions::default()), input.as_ref())
}

fn lines(input: impl AsRef<[u8]>) -> Mapped {
    map(&mut public(&MapperOptions::default()), input.as_ref())
}

/// Name and content of the samples whose names begin so, ordered by name.
fn samples(beginning: &str) -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let files = std::fs::read_dir(folder).expect("tests/data").map(|file| file.expect("a file").path());
    let mut samples: Vec<_> = files
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a sample"))
        })
        .filter(|(name, _)| name.starts_with(beginning))
        .collect();
    samples.sort();
    assert!(samples.len() > 3, "{beginning}");
    samples
}

/// A plain Resolver record with these members on top; those that are null are taken out.
fn record(changes: &Value) -> Value {
    let mut record = json!({
        "version": "1.100000", "account_id": "111122223333", "region": "eu-west-1", "vpc_id": "vpc-0aa1",
        "query_timestamp": "2026-01-02T03:04:05Z", "query_name": "www.example.com.", "query_type": "A",
        "query_class": "IN", "rcode": "NOERROR", "answers": [{"Rdata": "192.0.2.80", "Type": "A", "Class": "IN"}],
        "srcaddr": "10.0.4.9", "srcport": "40112", "transport": "UDP", "srcids": {"instance": "i-0bb2"},
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
    let mapped = queries(record(changes).to_string());
    assert_eq!(mapped.counts.events, 1, "{changes}: {:?}", mapped.rejects);
    mapped.json().remove(0)
}
