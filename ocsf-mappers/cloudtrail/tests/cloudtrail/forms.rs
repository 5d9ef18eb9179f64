//! The same records in every form in which they reach users.

use serde_json::{Value, json};

use super::{mapped, record};

fn records() -> Vec<Value> {
    ["ListBuckets", "PutObject", "DeleteBucket"].map(|name| record(&json!({"eventName": name}))).into()
}

/// The records between a text before and a text behind each.
fn each(records: &[Value], before: &str, behind: &str) -> String {
    records.iter().map(|record| [before, &record.to_string(), behind].concat()).collect()
}

#[track_caller]
fn check(form: impl AsRef<[u8]>, records: &[Value]) {
    let plain = each(records, "", "\n");
    let (form, plain) = (mapped(form), mapped(plain));
    assert_eq!(plain.counts.events, records.len() as u64);
    assert_eq!(form.json(), plain.json());
    assert_eq!((form.counts, form.rejects), (plain.counts, plain.rejects));
}

#[test]
fn envelopes_arrays_lines_and_glue() {
    let records = records();
    let envelope = json!({"Records": records});
    check(envelope.to_string(), &records);
    check(serde_json::to_string_pretty(&envelope).unwrap(), &records);
    check(format!("\u{FEFF}{envelope}\r\n"), &records);
    check(json!(records).to_string(), &records);
    check(serde_json::to_string_pretty(&records).unwrap(), &records);
    check(each(&records, "", ""), &records);
    check(each(&records, "", ",\r\n"), &records);
    check(format!("{envelope}{envelope}"), &[records.clone(), records.clone()].concat());
    check(records[0].to_string(), &records[..1]);
    check(serde_json::to_string_pretty(&records[0]).unwrap(), &records[..1]);
}

fn subscription(records: &[Value]) -> String {
    let events: Vec<Value> = records
        .iter()
        .map(|record| json!({"id": "1", "timestamp": 1_714_557_600_000_i64, "message": record.to_string()}))
        .collect();
    json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "trail", "logStream": "s",
        "subscriptionFilters": ["all"], "logEvents": events,
    })
    .to_string()
}

fn event_bridge(record: &Value) -> String {
    json!({
        "version": "0", "id": "i", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
        "account": "111122223333", "time": "2024-05-01T10:00:00Z", "region": "eu-west-1", "resources": [],
        "detail": record,
    })
    .to_string()
}

#[test]
fn wrappings_alone_glued_and_nested() {
    let records = records();
    check(subscription(&records), &records);
    // Firehose puts what it gets side by side.
    let glued = subscription(&records[..1]) + &subscription(&records[1..]);
    check(glued, &records);
    check(records.iter().map(event_bridge).collect::<String>(), &records);
    check(records.iter().map(|record| event_bridge(record) + "\n").collect::<String>(), &records);
    let found: Vec<Value> =
        records.iter().map(|record| json!({"EventId": "e", "CloudTrailEvent": record.to_string()})).collect();
    check(json!({"Events": found, "NextToken": "t"}).to_string(), &records);
    check(json!({"NextToken": "t", "Events": found}).to_string(), &records);
    check(found[0].to_string(), &records[..1]);
    let bridged: Vec<Value> =
        records.iter().map(|record| serde_json::from_str(&event_bridge(record)).unwrap()).collect();
    check(subscription(&bridged), &records);
    let whole = json!({"Records": records});
    check(subscription(&[whole]), &records);
}

#[test]
fn exports_of_log_groups() {
    let records = records();
    check(each(&records, "2024-05-01T10:00:00.000Z ", "\n"), &records);
}

#[test]
fn a_torn_end_loses_one_record() {
    let records = records();
    let text = json!({"Records": records}).to_string();
    let torn = mapped(&text[..text.len() - 40]);
    assert_eq!((torn.counts.events, torn.counts.rejects), (2, 1));
    assert_eq!(torn.rejects[0].code.as_str(), "truncated");
    let ended = mapped(&text[..text.len() - 2]);
    assert_eq!((ended.counts.events, ended.counts.rejects), (3, 0));
    assert_eq!(ended.issues[0].0, "truncated-envelope");
}
