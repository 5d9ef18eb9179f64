//! Generated logs from outside: the same bytes each time, and like real ones.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use ocsf_generate::{FlowForm, Object, Settings, Source, objects};
use sha2::{Digest, Sha256};

/// All that can be generated, with what 200 records of each hash to.
const SOURCES: [(Source, &str); 8] = [
    (Source::CloudTrail, "d336a926a2ae7845"),
    (Source::VpcFlow(FlowForm::V2), "97df186757bef38c"),
    (Source::VpcFlow(FlowForm::V5), "b3077344090e7b48"),
    (Source::Route53Resolver, "787f1954ad96a4d4"),
    (Source::Route53Public, "923d9366a676ef2f"),
    (Source::Alb, "02732c1474d9507f"),
    (Source::Nlb, "62797bb74638953e"),
    (Source::Clb, "a104dfbbb0e86261"),
];

fn all(source: Source, settings: &Settings) -> Vec<Object> {
    objects(source, settings.clone()).collect()
}

fn text(object: &Object) -> String {
    if !object.bytes.starts_with(&[0x1F, 0x8B]) {
        return String::from_utf8(object.bytes.clone()).expect("text");
    }
    let mut text = String::new();
    MultiGzDecoder::new(object.bytes.as_slice()).read_to_string(&mut text).expect("gzip of text");
    text
}

/// The lines of all objects.
fn lines(source: Source, events: u64) -> Vec<String> {
    let all = all(source, &Settings { events, ..Settings::default() });
    all.iter().flat_map(|object| text(object).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// So many in a thousand hold `part`.
fn in_thousand(records: &[String], part: &str) -> usize {
    records.iter().filter(|record| record.contains(part)).count() * 1_000 / records.len()
}

#[test]
fn keys_and_text_stay_as_they_are() {
    let settings = Settings { events: 200, broken_per_million: 20_000, ..Settings::default() };
    let found = SOURCES.map(|(source, _)| {
        let mut hash = Sha256::new();
        for object in all(source, &settings) {
            hash.update(object.key.as_bytes());
            hash.update(text(&object).as_bytes());
        }
        format!("{:x}", hash.finalize())[..16].to_owned()
    });
    let expected = SOURCES.map(|(_, hash)| hash);
    assert_eq!(found, expected, "other logs than before: figures measured with those no longer compare");
}

#[test]
fn the_same_settings_give_the_same_bytes() {
    for (source, _) in SOURCES {
        let settings = Settings { events: 500, ..Settings::default() };
        assert!(all(source, &settings) == all(source, &settings), "{source:?}");
        let other = Settings { seed: 2, ..settings.clone() };
        assert!(all(source, &settings) != all(source, &other), "{source:?}");
    }
}

#[test]
fn what_objects_say_of_themselves_is_true() {
    for (source, _) in SOURCES {
        for (events, per_object) in [(0, None), (1, None), (777, None), (777, Some(5)), (777, Some(10_000))] {
            let settings = Settings { events, events_per_object: per_object, ..Settings::default() };
            let all = all(source, &settings);
            assert_eq!(all.iter().map(|object| object.records).sum::<u64>(), events, "{source:?}");
            assert_eq!(all.iter().map(|object| &object.key).collect::<BTreeSet<_>>().len(), all.len());
            for object in &all {
                let text = text(object);
                assert_eq!(text.len() as u64, object.text_bytes, "{}", object.key);
                assert!(text.is_ascii() && text.ends_with('\n'), "{}", object.key);
                let header = u64::from(matches!(source, Source::VpcFlow(_)));
                if source != Source::CloudTrail {
                    assert_eq!(text.lines().count() as u64, object.records + header, "{}", object.key);
                }
            }
        }
    }
}

#[test]
fn objects_are_spread_over_accounts_regions_and_days() {
    let settings = Settings { accounts: 6, regions: 2, days: 3, ..Settings::default() };
    for source in [Source::CloudTrail, Source::VpcFlow(FlowForm::V2), Source::Alb] {
        let all = all(source, &settings);
        let parts = |from: usize, to: usize| -> BTreeSet<String> {
            all.iter().map(|object| object.key.split('/').collect::<Vec<_>>()[from..to].join("/")).collect()
        };
        assert_eq!(parts(1, 2).len(), 6, "accounts");
        assert_eq!(parts(3, 4).len(), 2, "Regions");
        assert_eq!(parts(4, 7), ["2026/01/01", "2026/01/02", "2026/01/03"].map(str::to_owned).into());
    }
    let none = Settings { accounts: 0, regions: 0, days: 0, events_per_object: Some(0), ..settings };
    assert_eq!(objects(Source::Nlb, none).map(|object| object.records).sum::<u64>(), 10_000);
}

#[test]
fn as_many_are_broken_as_was_asked_for() {
    for (source, _) in SOURCES {
        let settings = Settings { events: 2_000, broken_per_million: 100_000, ..Settings::default() };
        let broken: u64 = objects(source, settings.clone()).map(|object| object.broken).sum();
        assert!((150..250).contains(&broken), "{source:?}: {broken}");
        let all_of_them = Settings { broken_per_million: 1_000_000, ..settings };
        assert!(objects(source, all_of_them).all(|object| object.broken == object.records));
    }
}

#[test]
fn trails_are_like_real_ones() {
    let text = lines(Source::CloudTrail, 20_000).concat();
    let records: Vec<String> = text.split("{\"eventVersion\":").skip(1).map(str::to_owned).collect();
    assert_eq!(records.len(), 20_000);
    let mean = text.len() / records.len();
    assert!((1_200..1_500).contains(&mean), "{mean} bytes a record");
    let name = |record: &str| record.split("\"eventName\":\"").nth(1)?.split('"').next().map(str::to_owned);
    let names = records.iter().filter_map(|record| name(record)).collect::<BTreeSet<_>>().len();
    assert!(names > 200, "{names} names");
    for (part, from, to) in [
        ("\"errorCode\"", 70, 130),
        ("\"type\":\"AssumedRole\"", 400, 650),
        ("\"type\":\"AWSService\"", 150, 300),
        ("\"type\":\"IAMUser\"", 100, 250),
        ("\"type\":\"Root\"", 5, 30),
        ("\"readOnly\":true", 650, 900),
        ("\"eventCategory\":\"Data\"", 150, 300),
        ("\"responseElements\":null", 700, 930),
        ("\"addendum\"", 5, 20),
    ] {
        let share = in_thousand(&records, part);
        assert!((from..to).contains(&share), "{part}: {share} in a thousand");
    }
}

#[test]
fn flows_are_like_real_ones() {
    let v2 = lines(Source::VpcFlow(FlowForm::V2), 20_000);
    for (part, from, to) in
        [(" REJECT OK", 100, 200), (" NODATA", 10, 30), (" 6 ", 700, 950), ("2001:db8:", 10, 30)]
    {
        let share = in_thousand(&v2, part);
        assert!((from..to).contains(&share), "{part}: {share} in a thousand");
    }
    let fields = |lines: &[String]| lines.iter().map(|line| line.split(' ').count()).collect::<BTreeSet<_>>();
    assert_eq!(fields(&v2), BTreeSet::from([14]));
    assert_eq!(fields(&lines(Source::VpcFlow(FlowForm::V5), 5_000)), BTreeSet::from([29]));
}

#[test]
fn requests_are_like_real_ones() {
    let requests = lines(Source::Alb, 5_000);
    let mean = requests.iter().map(String::len).sum::<usize>() / requests.len();
    assert!((550..800).contains(&mean), "{mean} bytes a request");
    for (part, from, to) in [(" 200 200 ", 700, 850), (" - -1 -1 -1 ", 40, 80), ("\"waf\"", 10, 30)] {
        let share = in_thousand(&requests, part);
        assert!((from..to).contains(&share), "{part}: {share} in a thousand");
    }
    let queries = lines(Source::Route53Resolver, 5_000);
    for (part, from, to) in [("\"NOERROR\"", 850, 950), ("\"BLOCK\"", 3, 15), ("\"is_delayed\"", 5, 20)] {
        let share = in_thousand(&queries, part);
        assert!((from..to).contains(&share), "{part}: {share} in a thousand");
    }
}
