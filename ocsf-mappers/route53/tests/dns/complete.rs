//! Nothing is lost: every value of a record is in a column or in `unmapped`.

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::map;
use ocsf_core::{MapperOptions, Unmapped};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{options, public, resolver};

const MEMBERS: [&str; 19] = [
    "version",
    "account_id",
    "region",
    "vpc_id",
    "query_type",
    "query_class",
    "query_name",
    "rcode",
    "srcaddr",
    "srcport",
    "transport",
    "firewall_rule_group_id",
    "firewall_rule_action",
    "firewall_domain_list_id",
    "additional_properties",
    "srcids",
    "answers",
    "later",
    "is_delayed",
];

/// Text that occurs nowhere by chance; `()` stands for what it is a mark of.
fn mark() -> impl Strategy<Value = String> {
    prop_oneof![
        "q[a-z]{5}[0-9]{4}\\.?",
        "[1-9][0-9]{8}",
        "[1-5][0-9]{4}",
        "10\\.[1-9][0-9]\\.1[0-9]{2}\\.2[0-4][0-9]",
        "2001:db8::[1-9a-f]{4}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![6 => mark().prop_map(Value::from), 1 => (10_000_000_u64..99_999_999).prop_map(Value::from)];
    let names = prop::sample::select(vec![
        "instance",
        "resolver_endpoint",
        "resolver_network_interface",
        "Rdata",
        "rdata",
        "Type",
        "type",
        "answer_type",
        "Class",
        "other",
    ]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..5).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

fn marks(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| marks(item, found)),
        Value::Object(members) => members.values().for_each(|member| marks(member, found)),
        Value::String(text) => found.push(text.trim_end_matches('.').to_owned()),
        other => found.push(other.to_string()),
    }
}

fn choices(version: usize, json: bool) -> MapperOptions {
    let mut options = options(VERSIONS[version]);
    options.unmapped = if json { Unmapped::Json } else { Unmapped::Map };
    options
}

/// The event without what repeats its values.
fn text_of(mut event: Value) -> String {
    event.as_object_mut().expect("an event").remove("observables");
    event.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn of_resolver_records(
        values in prop::collection::vec(prop::option::weighted(0.7, value()), MEMBERS.len()),
        version in 0..VERSIONS.len(),
        json in any::<bool>(),
    ) {
        let mut record = Map::new();
        record.insert("query_timestamp".into(), json!("2026-01-02T03:04:05Z"));
        for (name, value) in MEMBERS.iter().zip(values) {
            record.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        for (name, value) in [("version", "1.1"), ("vpc_id", "vpc-0aa1"), ("query_type", "A"), ("srcaddr", "10.0.4.9")] {
            if !record.get(name).is_some_and(|value| value.is_string() || value.is_number()) {
                record.insert(name.into(), value.into());
            }
        }
        let record = Value::from(record);
        let mapped = map(&mut resolver(&choices(version, json)), record.to_string().as_bytes());
        prop_assert_eq!(mapped.counts.events, 1, "{:?}", mapped.rejects);
        let mut all = Vec::new();
        marks(&record, &mut all);
        let text = text_of(mapped.json().remove(0));
        for mark in all.iter().filter(|mark| !mark.starts_with("2026")) {
            prop_assert!(text.contains(mark.as_str()), "{} of {} is not in {}", mark, record, text);
        }
    }

    #[test]
    fn of_public_lines(
        values in prop::collection::vec(mark(), 8),
        more in prop::collection::vec(mark(), 0..3),
        version in 0..VERSIONS.len(),
        json in any::<bool>(),
    ) {
        let line = format!("1.0 2026-01-02T03:04:05.678Z Z{} {}", values.join(" "), more.join(" "));
        let mapped = map(&mut public(&choices(version, json)), line.as_bytes());
        prop_assert_eq!(mapped.counts.events, 1, "{:?}", mapped.rejects);
        let text = text_of(mapped.json().remove(0));
        for mark in values.iter().chain(&more) {
            let mark = mark.trim_end_matches('.');
            prop_assert!(text.contains(mark), "{} of {} is not in {}", mark, line, text);
        }
    }
}
