//! The same records in every form in which they reach users.

use ocsf_core::testing::Mapped;
use serde_json::{Value, json};

use super::{lines, queries, record};

/// The records between a text before and a text behind each.
fn each(records: &[String], before: &str, behind: &str) -> String {
    records.iter().map(|record| [before, record, behind].concat()).collect()
}

fn subscription(records: &[String]) -> String {
    let events: Vec<Value> = records
        .iter()
        .map(|record| json!({"id": "1", "timestamp": 1_767_323_046_000_i64, "message": record}))
        .collect();
    json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "dns", "logStream": "s",
        "subscriptionFilters": ["all"], "logEvents": events,
    })
    .to_string()
}

#[track_caller]
fn check(map: fn(String) -> Mapped, form: String, plain: &Mapped) {
    let form = map(form);
    assert_eq!(form.json(), plain.json());
    assert_eq!((form.counts, form.rejects), (plain.counts.clone(), plain.rejects.clone()));
}

#[test]
fn resolver_records_in_every_form() {
    let names = ["a.example.com.", "b.example.com.", "c.example.com."];
    let records = names.map(|name| record(&json!({"query_name": name})).to_string());
    let plain = queries(each(&records, "", "\n"));
    assert_eq!(plain.counts.events, 3);
    let map = |form: String| queries(form);
    check(map, each(&records, "", ""), &plain);
    check(map, each(&records, "", "\r\n"), &plain);
    check(map, each(&records, "\u{FEFF}", "\n").replacen("\n\u{FEFF}", "\n", 2), &plain);
    check(map, each(&records, "2026-01-02T03:04:06.000Z ", "\n"), &plain);
    check(map, subscription(&records), &plain);
    check(map, subscription(&records[..1]) + &subscription(&records[1..]), &plain);
    let values: Vec<Value> = records.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
    check(map, json!(values).to_string(), &plain);
    check(map, values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect(), &plain);
    check(map, records.iter().map(|record| json!({"message": record}).to_string()).collect(), &plain);
}

#[test]
fn public_lines_in_every_form() {
    let records = ["a", "b", "c"].map(|name| {
        format!("1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 {name}.example.com A NOERROR UDP FRA50 192.0.2.53 -")
    });
    let map = |form: String| lines(form);
    let plain = lines(each(&records, "", "\n"));
    assert_eq!(plain.counts.events, 3);
    check(map, each(&records, "", "\r\n"), &plain);
    check(map, each(&records, "\n\n", "\n"), &plain);
    check(map, each(&records, "2026-01-02T03:04:06.000Z ", "\n"), &plain);
    let wrapped = lines(subscription(&records));
    assert_eq!(wrapped.json()[0]["cloud"]["account"]["uid"], "111122223333");
    assert_eq!((wrapped.counts.events, wrapped.issues.len()), (3, 0));
    let messages: String = records.iter().map(|record| json!({"message": record}).to_string()).collect();
    check(map, messages, &plain);
}
