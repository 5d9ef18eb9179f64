//! Values and records that cannot be used as they are.

use ocsf_core::testing::map;
use ocsf_core::{Mapper, ObjectInfo, Output, RejectCode, Unmapped};
use serde_json::json;

use super::{issues, mapped, options, record, vault};

#[test]
fn a_number_that_does_not_fit_is_left_over() {
    let fits = mapped(record(r#","number":2147483647"#));
    assert_eq!(fits.json()[0]["metadata"]["sequence"], 2_147_483_647);
    for number in ["2147483648", "1.5", "\"many\"", "[1]"] {
        let mapped = mapped(record(&format!(r#","number":{number}"#)));
        let event = &mapped.json()[0];
        assert_eq!(event["metadata"].get("sequence"), None, "{number}");
        assert_eq!(issues(&mapped), [("bad-value", "number", 1)]);
        let (key, text) =
            if number == "[1]" { ("number[]", "1") } else { ("number", number.trim_matches('"')) };
        assert_eq!(event["unmapped"], json!({key: text}));
    }
}

#[test]
fn an_object_that_cannot_be_valid_goes_to_unmapped_whole() {
    let mapped = mapped(record(r#","asked":{"reason":"x","n":1.50}"#));
    let event = &mapped.json()[0];
    assert_eq!(event["api"], json!({"operation": "ReadItem"}), "a request needs a uid");
    assert_eq!(event["unmapped"], json!({"asked.reason": "x", "asked.n": "1.50"}));
    assert_eq!(issues(&mapped), [("object-dropped", "api.request", 1)]);
}

#[test]
fn a_record_without_what_its_class_needs_is_a_reject() {
    let mapped = mapped(r#"{"at":"2024-05-01T10:00:00Z","did":"ReadItem","from":"192.0.2.7"}"#);
    assert_eq!(mapped.rejects[0].code, RejectCode::MissingRequired);
    assert_eq!(&*mapped.rejects[0].detail, "API Activity requires actor in OCSF 1.1.0");
    assert_eq!(mapped.rejects[0].raw_len, mapped.rejects[0].raw.len() as u64);
}

#[test]
fn times_tell_what_is_wrong_with_them() {
    for (time, code) in [
        ("null", RejectCode::NoTime),
        ("\"yesterday\"", RejectCode::TimeOutOfRange),
        ("\"1989-12-31T23:59:59Z\"", RejectCode::TimeOutOfRange),
        ("\"2100-01-01T00:00:00Z\"", RejectCode::TimeOutOfRange),
    ] {
        let mapped = mapped(format!(r#"{{"at":{time},"did":"ReadItem","who":{{"name":"a"}},"from":"f"}}"#));
        assert_eq!(mapped.rejects[0].code, code, "{time}");
    }
}

/// The limit used to hold only for records that did not fit the caller's buffer.
#[test]
fn a_record_over_the_limit_is_a_reject_also_when_it_is_all_there() {
    let (small, large) = (record(""), record(&format!(r#","note":"{}""#, "x".repeat(300))));
    let input = format!("{small}\n{large}\n{small}\n");
    let limited = options(|options| options.max_record_bytes = 250);
    let mapped = map(&mut vault(&limited), input.as_bytes());
    assert_eq!((mapped.counts.events, mapped.counts.rejects), (2, 1));
    assert_eq!(mapped.rejects[0].code, RejectCode::RecordTooLarge);
    assert_eq!(mapped.rejects[0].raw, large.as_bytes());
    assert_eq!(mapped.rejects[0].at.line, 2);
}

/// Only the first 64 KiB used to be kept of every reject, so that larger ones could not be read again.
#[test]
fn a_reject_keeps_all_of_a_record_within_the_limit() {
    let long = "x".repeat(200 << 10);
    let timeless = format!(r#"{{"did":"ReadItem","note":"{long}"}}"#);
    let broken = format!(r#"{{"did":"ReadItem","note":"{long}",}}"#);
    let wrapped = format!(r#"{{"detail-type":"t","detail":"{{\"did\":\"{long}\",}}"}}"#);
    let mapped = mapped(format!("{timeless}\n{broken}\n{wrapped}\n"));
    let raws: Vec<&[u8]> = mapped.rejects.iter().map(|reject| &*reject.raw).collect();
    let inner = format!(r#"{{"did":"{long}",}}"#);
    assert_eq!(raws, [timeless.as_bytes(), format!("{broken}\n").as_bytes(), inner.as_bytes()]);
    assert!(mapped.rejects.iter().all(|reject| reject.raw_sha256.is_none()));
    let limited = options(|options| options.max_record_bytes = 100 << 10);
    let reject = &map(&mut vault(&limited), timeless.as_bytes()).rejects[0];
    assert_eq!((reject.raw.len(), reject.raw_len), (64 << 10, timeless.len() as u64));
    assert!(reject.raw_sha256.is_some());
}

/// They used to grow without bound when nothing of an input was an event.
#[test]
fn rejects_count_as_memory_until_they_are_taken() {
    let mut mapper = vault(&options(|_| {}));
    mapper.begin(ObjectInfo::default());
    mapper.decode(format!(r#"{{"note":"{}"}}"#, "x".repeat(50_000)).as_bytes(), true);
    assert!(mapper.buffered_bytes() > 50_000);
    mapper.flush(&mut Output::default());
    assert_eq!(mapper.buffered_bytes(), 0);
}

#[test]
fn a_record_that_is_nested_too_deep_is_told_so() {
    let deep = record(&format!(r#","note":{}{}"#, "[".repeat(2_000), "]".repeat(2_000)));
    let reject = &mapped(deep).rejects[0];
    assert_eq!((reject.code, &*reject.detail), (RejectCode::TooDeep, "nested deeper than 1024 levels"));
}

/// Such bytes used to be reported as bad JSON, and were replaced in what was kept.
#[test]
fn bytes_that_are_no_text_are_kept_as_they_came() {
    let bad = b"{\"at\":\"2024-05-01T10:00:00Z\",\"did\":\"a\xFFb\xE2\x82\"}";
    let mut input = record("").into_bytes();
    input.extend(b"\n");
    input.extend(bad);
    input.extend(b"\nwords \xFF\n");
    let mapped = mapped(&input);
    assert_eq!(mapped.counts.events, 1);
    assert_eq!((mapped.rejects[0].code, &*mapped.rejects[0].raw), (RejectCode::InvalidUtf8, &bad[..]));
    assert_eq!(
        (mapped.rejects[1].code, &*mapped.rejects[1].raw),
        (RejectCode::JsonSyntax, &b"words \xFF\n"[..])
    );
}

#[test]
fn secrets_are_hidden_everywhere_but_in_rejects() {
    let secret =
        r#","ticket":"t","asked":{"Pin":["9876"],"why":"x"},"pin":"9876","deep":[{"pin":{"a":"9876"}}]"#;
    for unmapped in [Unmapped::Map, Unmapped::Json] {
        let hidden = options(|options| (options.raw_data, options.unmapped) = (true, unmapped));
        let mapped = map(&mut vault(&hidden), record(secret).as_bytes());
        let (_, text) = &mapped.events[0][0];
        assert!(!text.contains("9876"), "{text}");
        assert_eq!(mapped.json()[0]["api"]["request"]["data"], r#"{"Pin":"REDACTED","why":"x"}"#);
        assert_eq!(mapped.json()[0]["unmapped"]["pin"], "REDACTED");
    }
    let kept = options(|options| options.keep_secrets = true);
    assert!(map(&mut vault(&kept), record(secret).as_bytes()).events[0][0].1.contains("9876"));
    let torn = record(secret).replace('}', "");
    assert!(String::from_utf8_lossy(&mapped(torn).rejects[0].raw).contains("9876"));
}

#[test]
fn the_last_of_repeated_members_counts_and_other_records_keep_theirs() {
    let input = record(r#","who":{"team":"x"}"#)
        + "\n"
        + &record(r#","who":{"team":"y"},"who":{"name":"bob"},"z":1"#);
    let mapped = mapped(&input);
    let events = mapped.json();
    assert_eq!(mapped.rejects.len(), 1, "the first has no name any more");
    assert_eq!(events[0]["actor"]["user"]["name"], "bob");
    assert_eq!(events[0]["unmapped"], json!({"z": "1"}));
    assert_eq!(issues(&mapped), [("repeated-member", "", 3)]);
}
