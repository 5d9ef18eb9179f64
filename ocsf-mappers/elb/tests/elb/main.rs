//! Logs of load balancers in, OCSF events out.

mod columns;
mod complete;
mod conformance;
mod corpus;
mod decisions;
mod forms;
mod golden;

use ocsf_core::testing::{Mapped, map};
use ocsf_core::{MapperOptions, SourceMapper};
use ocsf_elb::Elb;
use serde_json::Value;

fn mapper(options: &MapperOptions) -> SourceMapper<Elb> {
    ocsf_elb::mapper(options).expect("the tables fit every version")
}

fn options(version: &str) -> MapperOptions {
    let mut options = MapperOptions::default();
    version.clone_into(&mut options.version);
    options
}

fn mapped(version: &str, input: impl AsRef<[u8]>) -> Mapped {
    map(&mut mapper(&options(version)), input.as_ref())
}

/// The event of a line, at the first version.
fn event(line: &str) -> Value {
    event_at("1.1.0", line)
}

fn event_at(version: &str, line: &str) -> Value {
    let mapped = mapped(version, line);
    assert_eq!(mapped.counts.events, 1, "{line}: {:?}", mapped.rejects);
    mapped.json().remove(0)
}

/// A request to an Application Load Balancer, with every field that AWS documents.
const ALB: [&str; 34] = [
    "https",
    "2026-08-01T10:00:00.123456Z",
    "app/shop/0123456789abcdef",
    "198.51.100.4:50123",
    "10.0.1.5:8080",
    "0.001",
    "0.020",
    "0.003",
    "200",
    "201",
    "310",
    "1542",
    "\"GET https://shop.example.com:8443/a/b?c=d HTTP/2.0\"",
    "\"curl/8.9\"",
    "TLS_AES_128_GCM_SHA256",
    "TLSv1.3",
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/aaaabbbbccccdddd",
    "\"Root=1-66aaaaaa-000000000000000000000009\"",
    "\"sni.example.com\"",
    "\"arn:aws:acm:eu-west-2:444455556666:certificate/00000000-0000-4000-8000-000000000001\"",
    "3",
    "2026-08-01T10:00:00.100000Z",
    "\"waf,forward\"",
    "\"https://www.example.com/moved\"",
    "\"LambdaInvalidResponse\"",
    "\"10.0.1.5:8081\"",
    "\"202\"",
    "\"Acceptable\"",
    "\"SpaceInUri\"",
    "TID_00112233445566778899aabbccddeeff",
    "\"inner.example.com\"",
    "\"/v2/a\"",
    "\"TransformSuccess\"",
    "203.0.113.10",
];

/// The line [`ALB`] with other values in some places.
fn alb(changes: &[(usize, &str)]) -> String {
    let mut fields = ALB;
    for (at, value) in changes {
        fields[*at] = value;
    }
    fields.join(" ")
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
