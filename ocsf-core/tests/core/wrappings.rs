//! Wrappings that records reach users in.

use ocsf_core::RejectCode;
use serde_json::{Value, json, to_string};

use super::{mapped, record};

fn wrapped(document: &Value) -> ocsf_core::testing::Mapped {
    mapped(document.to_string())
}

#[test]
fn each_wrapping_is_opened() {
    let good = record("");
    let object: Value = serde_json::from_str(&good).unwrap();
    for document in [
        json!({"messageType": "DATA_MESSAGE", "owner": "o", "logEvents": [{"id": "1", "message": good}]}),
        json!({"Events": [{"EventId": "1", "CloudTrailEvent": good}]})["Events"][0].clone(),
        json!({"version": "0", "detail-type": "t", "source": "aws.x", "detail": object}),
        json!({"timestamp": 1, "message": good}),
        json!({"detail-type": "t", "detail": {"logEvents": [{"message": to_string(&json!({"message": good})).unwrap()}]}}),
    ] {
        let mapped = wrapped(&document);
        assert_eq!((mapped.counts.records, mapped.counts.events), (1, 1), "{document}");
        assert_eq!(mapped.json()[0]["actor"]["user"]["name"], "ana");
    }
}

/// Numbers and half characters used to be changed, or made the whole wrapping a reject.
#[test]
fn what_is_wrapped_stays_as_it_was_written() {
    let inside =
        record(r#","ticket":"t","asked":{"n":1.50,"big":123456789012345678901234567890,"s":"\ud83d"}"#);
    let mapped = mapped(format!(r#"{{"detail-type":"t","detail":{inside}}}"#));
    assert_eq!(
        mapped.json()[0]["api"]["request"]["data"],
        r#"{"n":1.50,"big":123456789012345678901234567890,"s":"\ud83d"}"#
    );
}

#[test]
fn notices_are_skipped_and_control_messages_are_no_records() {
    let notice = json!({"entries": [{"eventSource": "aws:s3", "s3": {}}]});
    assert_eq!(wrapped(&notice).counts.skipped["notification"], 1);
    let topic =
        json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": "m"});
    assert_eq!(wrapped(&topic).counts.skipped["notification"], 1);
    let control =
        json!({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE"}]});
    assert_eq!(wrapped(&control).counts.records, 0);
}

#[test]
fn nesting_ends_after_three_wrappings() {
    let mut document = json!({"message": record("")});
    for _ in 0..2 {
        document = json!({"message": document.to_string()});
    }
    assert_eq!(wrapped(&document).counts.events, 1);
    let mapped = wrapped(&json!({"message": document.to_string()}));
    assert_eq!(mapped.rejects[0].code, RejectCode::ForeignRecord);
}
