//! The conformance kit over all samples.

use ocsf_core::testing::{check_damaged, conformance};
use ocsf_core::{MapperOptions, Unmapped};

use super::{mapper, record, samples};

/// At most this much of a sample: a few records of each kind say as much as many.
const MOST: usize = 6_000;

#[test]
fn all_forms_conform() {
    let samples = samples();
    let parts: Vec<&[u8]> = samples.iter().map(|(_, sample)| &sample[..sample.len().min(MOST)]).collect();
    conformance(mapper, &parts);
}

#[test]
fn damaged_records_conform_with_unmapped_as_json() {
    let mut options = MapperOptions::default();
    options.unmapped = Unmapped::Json;
    let one = record(&serde_json::json!({
        "resources": [{"ARN": "arn:aws:s3:::example-bucket", "accountId": "111122223333"}, {"type": "t"}],
        "requestParameters": {"a": {"password": "x"}}, "requestID": "r", "additionalEventData": {"k": [1, {"l": 2}]},
    }));
    let lines = format!("{one}\n{one}\n");
    check_damaged(mapper, &options, &[lines.as_bytes(), one.to_string().as_bytes()]);
}
