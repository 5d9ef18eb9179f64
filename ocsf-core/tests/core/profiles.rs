//! Profiles that only some events declare, and lists that may be empty.

use ocsf_core::testing::{conformance, map};
use ocsf_core::{
    Enumerated, Envelope, Field, Fields, Format, MapperInfo, MapperOptions, Place, PlanError, Route, Row,
    Shape, Source, SourceMapper, Table, Tables, Unmapped, fields, reads, takes,
};
use serde_json::{Value, json};

fields! { LOOKUP: AT = "at", NAME = "name", RULE = "rule", ACTION = "action", FOUND = "found" }

/// A log of look-ups, some of them judged by a rule. `WHAT` chooses the lines of the profile.
#[derive(Debug)]
struct Lookups<const WHAT: u8>;

/// All lines.
const ALL: u8 = 0;
/// A line of the profile stands outside, or is constant.
const OUTSIDE: u8 = 1;
const CONSTANT: u8 = 2;
/// The profile comes twice, or is not one of the class.
const TWICE: u8 = 3;
const UNKNOWN: u8 = 4;
/// What the profile requires before OCSF 1.5 is not filled, or the profile has no line.
const NO_ACTION: u8 = 5;
const NO_LINE: u8 = 6;
/// No event declares any other profile.
const ALONE: u8 = 7;

impl<const WHAT: u8> Shape for Lookups<WHAT> {
    const FIELDS: &'static [Field] = LOOKUP;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}

impl<const WHAT: u8> Source for Lookups<WHAT> {
    const INFO: MapperInfo = MapperInfo::new("lookups", "Look-ups", 1);
    const FORMAT: Format = Format::Json(Envelope { arrays: &[], beside: &[] });

    fn route(row: Row<'_, '_, Self>) -> Route {
        if row.text(AT).is_some() { Route::Table(0) } else { Route::Foreign }
    }

    fn place<'b>(_: Row<'_, 'b, Self>) -> Place<'b> {
        Place { account: Some("111122223333"), region: Some("eu-west-1") }
    }

    fn tables(tables: &mut Tables<Self>) {
        let always: &[&str] = if WHAT == ALONE { &[] } else { &["datetime"] };
        tables.class("lookups", 4003, always, |t| {
            t.time("time", AT);
            t.id("activity_id", reads(&[]), "", |_| Enumerated::Id(6));
            t.id_konst("severity_id", 1);
            t.konst("metadata.product.name", "Look-ups");
            t.konst("metadata.product.vendor_name", "Example");
            t.konst("src_endpoint.svc_name", "lookups.example.com");
            t.str("query.hostname", NAME);
            t.list_or_empty::<Found>("answers", FOUND, |t| {
                t.str("rdata", FOUND_TEXT);
            });
            judged(t);
        });
    }
}

fn judged<const WHAT: u8>(t: &mut Table<Lookups<WHAT>>) {
    match WHAT {
        OUTSIDE => {
            t.str("firewall_rule.uid", RULE);
        }
        CONSTANT => t.profile("security_control", |t| {
            action(t);
            t.konst("firewall_rule.uid", "always");
        }),
        TWICE => {
            t.profile("security_control", action);
            t.profile("security_control", |t| {
                t.str("firewall_rule.uid", RULE);
            });
        }
        UNKNOWN => t.profile("colour", |t| {
            t.str("status_detail", RULE);
        }),
        NO_ACTION => t.profile("security_control", |t| {
            t.str("firewall_rule.uid", RULE);
        }),
        NO_LINE => t.profile("security_control", |_| {}),
        _ => t.profile("security_control", |t| {
            action(t);
            t.str("firewall_rule.uid", RULE);
        }),
    }
}

fn action<const WHAT: u8>(t: &mut Table<Lookups<WHAT>>) {
    t.id("action_id", takes(&[ACTION]), "", |r| {
        r.text(ACTION).map_or(Enumerated::Missing, Enumerated::Other)
    });
}

/// What a look-up found.
#[derive(Debug)]
struct Found;

fields! { FOUND_FIELDS: FOUND_TEXT = "text" }

impl Shape for Found {
    const FIELDS: &'static [Field] = FOUND_FIELDS;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}

fn mapper<const WHAT: u8>(options: &MapperOptions) -> Result<SourceMapper<Lookups<WHAT>>, PlanError> {
    SourceMapper::new(options)
}

fn events(options: &MapperOptions, records: &[&str]) -> (Vec<Value>, Vec<(String, u64)>) {
    let records = records.iter().map(|more| format!(r#"{{"at":"2024-05-01T10:00:00Z","name":"a"{more}}}"#));
    let input: String = records.collect();
    let mapped = map(&mut mapper::<ALL>(options).expect("a plan"), input.as_bytes());
    let issues = mapped.issues.iter().map(|(code, path, count, _)| (format!("{code} {path}"), *count));
    (mapped.json(), issues.collect())
}

#[test]
fn a_row_declares_the_profiles_that_it_has_values_of() {
    for dictionaries in [true, false] {
        let mut options = MapperOptions::default();
        options.dictionaries = dictionaries;
        let judged = r#","rule":"r","action":"sigh""#;
        let (events, issues) = events(&options, &["", judged, r#","action":"sigh""#, "", judged]);
        let profiles: Vec<_> = events.iter().map(|event| event["metadata"]["profiles"].clone()).collect();
        let (plain, controlled) = (json!(["datetime"]), json!(["datetime", "security_control"]));
        assert_eq!(profiles, [&plain, &controlled, &controlled, &plain, &controlled].map(Clone::clone));
        assert_eq!((&events[1]["firewall_rule"]["uid"], &events[1]["action"]), (&json!("r"), &json!("sigh")));
        assert_eq!(events[0].get("action_id"), None);
        assert_eq!(issues, []);
    }
}

#[test]
fn no_profile_is_no_list() {
    let input = r#"{"at":"2024-05-01T10:00:00Z"}{"at":"2024-05-01T10:00:00Z","action":"sigh"}"#;
    let events =
        map(&mut mapper::<ALONE>(&MapperOptions::default()).expect("a plan"), input.as_bytes()).json();
    assert_eq!(events[0]["metadata"].get("profiles"), None);
    assert_eq!(events[1]["metadata"]["profiles"], json!(["security_control"]));
}

#[test]
fn without_what_a_profile_requires_its_values_stay_unmapped() {
    let (old, issues) = events(&MapperOptions::default(), &[r#","rule":"r""#, ""]);
    assert_eq!(old[0]["metadata"]["profiles"], json!(["datetime"]));
    assert_eq!((old[0].get("firewall_rule"), &old[0]["unmapped"]["rule"]), (None, &json!("r")));
    assert_eq!(issues, [("object-dropped security_control".to_owned(), 1)]);
    // OCSF 1.5 requires nothing.
    let mut options = MapperOptions::default();
    options.version = "1.5.0".into();
    let (new, issues) = events(&options, &[r#","rule":"r""#]);
    assert_eq!(new[0]["metadata"]["profiles"], json!(["datetime", "security_control"]));
    assert_eq!((&new[0]["firewall_rule"]["uid"], issues.len()), (&json!("r"), 0));
}

#[test]
fn lines_of_a_profile_that_fit_no_event_are_no_plan() {
    fn problem<const WHAT: u8>() -> String {
        mapper::<WHAT>(&MapperOptions::default()).expect_err("a problem").problems.join("; ")
    }
    assert!(problem::<OUTSIDE>().contains("needs profile `security_control`"), "{}", problem::<OUTSIDE>());
    assert!(problem::<CONSTANT>().contains("needs profile `security_control`"), "{}", problem::<CONSTANT>());
    assert!(problem::<TWICE>().contains("is declared twice"), "{}", problem::<TWICE>());
    assert!(problem::<UNKNOWN>().contains("has no profile `colour`"), "{}", problem::<UNKNOWN>());
    assert!(problem::<NO_ACTION>().contains("requires `action_id`"), "{}", problem::<NO_ACTION>());
    assert!(mapper::<NO_LINE>(&MapperOptions::default()).is_ok());
}

#[test]
fn a_list_that_may_be_empty_is_empty_only_where_the_source_says_so() {
    let found = [
        r#","found":[]"#,
        "",
        r#","found":[{"text":"x"}]"#,
        r#","found":null"#,
        r#","found":["y"]"#,
        r#","found":[{"other":1}]"#,
        r#","found":[ ]"#,
    ];
    for unmapped in [Unmapped::Map, Unmapped::Json] {
        let mut options = MapperOptions::default();
        options.unmapped = unmapped;
        let (events, issues) = events(&options, &found);
        let answers: Vec<_> = events.iter().map(|event| event["answers"].clone()).collect();
        let null = Value::Null;
        let expected =
            [json!([]), null.clone(), json!([{"rdata": "x"}]), null.clone(), null.clone(), null, json!([])];
        assert_eq!(answers, expected);
        assert_eq!(events[0].get("unmapped"), None);
        assert_eq!(issues, [("item-dropped found".to_owned(), 1)]);
    }
}

#[test]
fn lookups_conform() {
    let record = r#"{"at":"2024-05-01T10:00:00Z","name":"a","rule":"r","action":"sigh","found":[{"text":"x"},{"n":1}]}"#;
    let bare = r#"{"at":"2024-05-01T10:00:00Z","name":"a","rule":"r","found":[]}"#;
    conformance(
        |options| mapper::<ALL>(options).expect("a plan"),
        &[record.as_bytes(), bare.as_bytes(), format!("{record}\n{bare}").as_bytes()],
    );
}
