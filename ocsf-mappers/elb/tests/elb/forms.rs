//! The forms that records come in.

use ocsf_core::{Mapper, ObjectInfo, Output, event as events};
use serde_json::{Value, json};

use super::{ALB, alb, event, mapped, mapper, options};

#[test]
fn every_wrapping_gives_the_same_event() {
    let line = alb(&[(13, "\"tool \\\"1\\\" \\x22\"")]);
    let plain = event(&line);
    assert_eq!(plain["http_request"]["user_agent"], "tool \"1\" \"");
    for wrapped in [
        format!("# comment\n\n{line}\r\n"),
        format!("2026-08-01T10:01:00.000Z {line}\n"),
        json!({"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 0, "message": line}]})
            .to_string(),
        json!({"message": line, "timestamp": 0}).to_string(),
    ] {
        assert_eq!(event(&wrapped), plain, "{wrapped}");
    }
}

#[test]
fn lines_of_any_age_are_read() {
    for fields in 16..=ALB.len() {
        let mapped = mapped("1.1.0", ALB[..fields].join(" "));
        assert_eq!(
            (mapped.counts.events, mapped.issues.iter().any(|issue| issue.0 == "drift")),
            (1, false),
            "{fields}"
        );
    }
    let newer = format!("{} - \"-\" later \"and later\"", alb(&[]));
    let mapped = mapped("1.1.0", format!("{newer}\n{newer}"));
    let event = &mapped.json()[0];
    assert_eq!(
        (&event["unmapped"]["field_37"], &event["unmapped"]["field_38"]),
        (&json!("later"), &json!("and later"))
    );
    let drift: Vec<_> = mapped.issues.iter().filter(|issue| issue.0 == "drift").collect();
    assert_eq!(drift, [&("drift".into(), "field_38".into(), 1, 0)]);
}

#[test]
fn fewer_fields_than_any_log_ever_had_are_a_reject() {
    assert_eq!(mapped("1.1.0", ALB[..15].join(" ")).rejects[0].code.as_str(), "field-count");
}

#[test]
fn quotes_that_no_one_escaped_move_no_field() {
    let line = alb(&[(12, "\"GET http://a.example/ \"b\" c HTTP/1.1\""), (13, "\"x \"y\" z\"")]);
    let event = event(&line);
    assert_eq!(event["http_request"]["url"]["path"], "/ \"b\" c");
    assert_eq!(event["http_request"]["user_agent"], "x \"y\" z");
    assert_eq!((&event["tls"]["version"], &event["load_balancer"]["ip"]), (&json!("1.3"), &Value::Null));
}

#[test]
fn bytes_that_are_no_utf8_become_escapes() {
    let input = alb(&[(13, "\"caf@ \u{e9}\"")]).replace('@', "\0").into_bytes();
    let input: Vec<u8> = input.into_iter().map(|byte| if byte == 0 { 0xE9 } else { byte }).collect();
    let mapped = mapped("1.1.0", &input);
    assert_eq!((mapped.counts.events, mapped.counts.rejects), (1, 0));
    assert_eq!(mapped.json()[0]["http_request"]["user_agent"], "caf\\xE9 \u{e9}");
    assert_eq!(mapped.issues.iter().filter(|issue| issue.0 == "invalid-utf8").count(), 1);
}

#[test]
fn agents_may_hold_line_breaks() {
    let broken = "2026-08-01T10:00:00.000001Z lb 198.51.100.4:2817 10.0.0.9:80 0.1 0.1 0.1 200 200 0 57 \
                  \"GET http://www.example.com:80/ HTTP/1.1\" \"one\n2026 two\" - -";
    assert_eq!(event(broken)["http_request"]["user_agent"], "one\n2026 two");
    // An agent that is never closed does not swallow the next record.
    let torn = broken.split('\n').next().unwrap_or_default();
    let mapped = mapped("1.1.0", format!("{torn}\n{}\n{broken}", alb(&[])));
    assert_eq!((mapped.counts.events, mapped.counts.rejects), (3, 0));
}

#[test]
fn objects_of_chosen_fields_are_records_of_the_log_they_fit() {
    let mapped = mapped("1.1.0", include_str!("../data/selected.json"));
    assert_eq!(mapped.events.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1, 1, 0, 0]);
    let events = mapped.json();
    assert_eq!(events[0]["src_endpoint"], json!({"ip": "198.51.100.4", "port": 50123}));
    assert_eq!(events[0]["http_request"]["url"]["path"], "/a");
    assert_eq!(events[1]["src_endpoint"], json!({"ip": "198.51.100.4", "port": 40000}));
    assert_eq!((&events[1]["activity_name"], &events[1]["status"]), (&json!("Open"), &json!("Success")));
    assert_eq!((&events[2]["status_id"], &events[2]["status"]), (&json!(99), &json!("DRAIN")));
    assert_eq!(events[3]["activity_name"], "Traffic");
    let lines = include_str!("../data/selected.json").lines();
    let messages: Vec<_> = lines.map(|line| json!({"timestamp": 0, "message": line})).collect();
    assert_eq!(super::mapped("1.1.0", json!({"logEvents": messages}).to_string()).json(), events);
    let foreign =
        super::mapped("1.1.0", r#"{"type":"http","time":"2026-08-01T10:00:00Z","status":"ok","latency":1}"#);
    assert_eq!(foreign.rejects[0].code.as_str(), "foreign-record");
}

/// The event of a line in an object of that name, in an account and Region.
fn event_of(name: &str, line: &str) -> Value {
    let mut mapper = mapper(&options("1.1.0"));
    mapper.begin(ObjectInfo {
        name: name.into(),
        account: Some("777788889999".into()),
        region: Some("eu-south-2".into()),
        ..ObjectInfo::default()
    });
    mapper.decode(line.as_bytes(), true);
    let mut out = Output::default();
    mapper.flush(&mut out);
    events::to_json(&out.batches[0].batch, 0)
}

#[test]
fn keys_tell_what_records_do_not() {
    let line = "2024-01-01T10:00:00.000001Z 198.51.100.4 40000 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 \"-\" - - -";
    let key = "AWSLogs/777788889999/elasticloadbalancing/eu-south-2/2024/01/01/conn_log_777788889999_elasticloadbalancing_eu-south-2_app.shop.0123456789abcdef_20240101T1005Z_203.0.113.10_1a2b3c4d.log.gz";
    let event = event_of(key, line);
    assert_eq!(
        event["cloud"],
        json!({"provider": "AWS", "account": {"uid": "777788889999"}, "region": "eu-south-2"})
    );
    assert_eq!(
        (&event["load_balancer"]["uid"], &event["dst_endpoint"]["name"]),
        (&json!("app/shop/0123456789abcdef"), &json!("shop"))
    );
    let event = event_of("-", line);
    assert_eq!(event["dst_endpoint"]["svc_name"], "elasticloadbalancing.amazonaws.com");
    assert_eq!(
        (event.get("load_balancer"), &event["unmapped"]["tls_handshake_latency"]),
        (None, &json!("4.036"))
    );
    // What the record says goes before.
    let event = event_of(&key.replace("shop", "other"), &alb(&[]));
    assert_eq!(
        (&event["load_balancer"]["name"], &event["cloud"]["region"]),
        (&json!("shop"), &json!("eu-west-1"))
    );
}
