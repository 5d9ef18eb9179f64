//! The conformance kit over all samples.

use ocsf_core::testing::{check_damaged, conformance};
use ocsf_core::{MapperOptions, Unmapped};

use super::{public, record, resolver, samples};

/// At most this much of a sample: a few records of each kind say as much as many.
const MOST: usize = 6_000;

fn parts(samples: &[(String, Vec<u8>)]) -> Vec<&[u8]> {
    samples.iter().map(|(_, sample)| &sample[..sample.len().min(MOST)]).collect()
}

#[test]
fn resolver_queries_conform() {
    conformance(resolver, &parts(&samples("resolver")));
}

#[test]
fn public_queries_conform() {
    conformance(public, &parts(&samples("public")));
}

#[test]
fn damaged_records_conform_with_unmapped_as_json() {
    let mut options = MapperOptions::default();
    options.unmapped = Unmapped::Json;
    let one = record(&serde_json::json!({
        "firewall_rule_action": "BLOCK", "firewall_rule_group_id": "g", "additional_properties": {"a": [1, {"b": 2}]},
    }));
    let lines = format!("{one}\n{one}\n");
    check_damaged(resolver, &options, &[lines.as_bytes(), one.to_string().as_bytes()]);
}
