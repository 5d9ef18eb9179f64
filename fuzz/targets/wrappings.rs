//! Lines in the wrappings that deliver them, up to four deep: a fuzzer hardly finds these by itself.
#![no_main]

use ocsf_fuzz::check_bytes;
use serde_json::{Value, json};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [options, cut, wrap, source, rest @ ..] = data else { return };
    let mut text = String::from_utf8_lossy(rest).into_owned();
    let mut wrap = *wrap;
    for _ in 0..1 + source % 4 {
        text = wrapped(wrap % 8, &text);
        wrap = wrap.rotate_left(3);
    }
    let input = [&[*options, *cut], text.as_bytes()].concat();
    let source =
        ["cloudtrail", "vpc-flow", "route53-resolver", "route53-public", "elb"][usize::from(source / 4 % 5)];
    check_bytes(source, &input);
});

fn wrapped(wrap: u8, text: &str) -> String {
    let record = || serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let events = || -> Vec<Value> {
        let event = |(at, line): (usize, &str)| json!({"id": at.to_string(), "timestamp": 1_714_557_600_000_i64, "message": line});
        text.split('\n').enumerate().map(event).collect()
    };
    let value = match wrap {
        0 => {
            json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["f"], "logEvents": events()})
        }
        1 => json!({"messageType": "CONTROL_MESSAGE", "owner": text, "logEvents": events()}),
        2 => {
            json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": record()})
        }
        3 => json!({"Records": [record(), record()]}),
        4 => json!({"Events": [{"EventId": "1", "CloudTrailEvent": text}]}),
        5 => json!({"events": events(), "nextForwardToken": "f/1"}),
        6 => json!({"message": text, "timestamp": 1_714_557_600_000_i64}),
        // Lines as a subscription to Firehose or an export writes them.
        _ => return text.split('\n').map(|line| format!("2024-05-01T10:00:00.000Z {line}\n")).collect(),
    };
    value.to_string()
}
