//! Sources whose records are lines of text, through the public surface.

use ocsf_core::schema::Version;
use ocsf_core::testing::{conformance, map, map_in_pieces};
use ocsf_core::{
    Enumerated, Field, Fields, Form, Format, Layout, Lines, Mapper, MapperInfo, MapperOptions, ObjectInfo,
    Output, Place, Route, Row, Shape, Source, SourceMapper, SourceOption, Tables, event, fields, reads,
    takes,
};
use proptest::prelude::*;
use serde_json::Value;

fields! { FIELDS: KIND = "kind", TIME = "time", CLIENT = "client:port", AGENT = "agent", NAME = "name" }

const SHOUT: SourceOption = SourceOption::flag("shout", "Writes names in another way");
const NEWER: SourceOption = SourceOption::flag("newer", "Needs a newer OCSF").since(Version::V1_3);
const COLUMNS: SourceOption = SourceOption::columns("gate-columns", "Columns of lines without a header");

/// Lines as no service writes them.
#[derive(Debug)]
pub(crate) struct Gate;

impl Shape for Gate {
    const FIELDS: &'static [Field] = FIELDS;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}

impl Source for Gate {
    const INFO: MapperInfo = MapperInfo::new("gate", "Gate", 1).with_options(&[SHOUT, NEWER, COLUMNS]);
    const FORMAT: Format = Format::Lines(
        Lines::new(&[
            Form::new(FIELDS, |line| line.starts_with("gate ")).at_least(3).quoted(),
            Form::new(&[TIME, NAME], |line| {
                line.starts_with("2024-") && !line.contains('"') && !line.contains("gate")
            }),
        ])
        .with_header()
        .with_line_breaks(|line| line.starts_with("gate ")),
    );

    fn route(row: Row<'_, '_, Self>) -> Route {
        match row.text(KIND) {
            Some("quiet") => Route::Skip("quiet"),
            _ if row.text(TIME).is_none() && row.text(CLIENT).is_none() => Route::Foreign,
            _ => Route::Table(0),
        }
    }

    fn place<'b>(_: Row<'_, 'b, Self>) -> Place<'b> {
        Place::default()
    }

    fn tables(tables: &mut Tables<Self>) {
        tables.class("gate", 4003, &["cloud", "datetime"], |t| {
            t.time_by("time", takes(&[TIME]), "else the wrapping's", |r| {
                r.text(TIME).and_then(ocsf_core::time::parse_iso_ms).or_else(|| r.origin().time)
            });
            t.id("activity_id", reads(&[]), "", |_| Enumerated::Id(6));
            t.id_konst("severity_id", 1);
            t.konst("metadata.product.vendor_name", "Gate");
            t.konst("metadata.product.name", "Gate");
            t.konst("cloud.provider", "Example");
            t.str_by("metadata.log_name", reads(&[]), "", |r| Some(r.origin().object));
            t.dict_by("cloud.account.uid", reads(&[]), "", |r| r.origin().account);
            t.dict_by("cloud.region", reads(&[]), "", |r| r.origin().region);
            t.str("src_endpoint.name", CLIENT);
            t.str_by("src_endpoint.uid", reads(&[]), "the form", |r| match r.origin().layout {
                Layout::Form(0) => Some("first"),
                Layout::Form(_) => Some("second"),
                Layout::Named => Some("named"),
                Layout::Json => Some("json"),
            });
            t.str_by("query.hostname", takes(&[NAME]), "", |r| {
                if r.is_set(&SHOUT) { r.text(NAME).map(|_| "SHOUTED") } else { r.text(NAME) }
            });
        });
    }
}

#[derive(Debug, PartialEq, Default)]
struct Outcome {
    /// `account region time client form name {unmapped}` of each event, and byte and line that it began at.
    events: Vec<String>,
    /// `code byte line: raw` of each reject.
    rejects: Vec<String>,
    issues: Vec<String>,
    records: u64,
    skipped: u64,
}

fn run_with(options: &MapperOptions, input: &[u8], cuts: &[usize]) -> Outcome {
    let mut mapper = SourceMapper::<Gate>::new(options).expect("a plan");
    let object = ObjectInfo {
        name: "o".into(),
        account: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        ..ObjectInfo::default()
    };
    mapper.begin(object);
    let mut from = 0;
    for end in cuts.iter().copied().filter(|cut| *cut < input.len()).chain([input.len()]) {
        if end > from {
            from += mapper.decode(&input[from..end], end == input.len());
        }
    }
    assert_eq!(from, input.len());
    let mut out = Output::default();
    mapper.flush(&mut out);
    assert!(out.counts.balances(), "{:?}", out.counts);
    let mut outcome =
        Outcome { records: out.counts.records, skipped: out.counts.skipped_total(), ..Outcome::default() };
    for batch in &out.batches {
        for row in 0..batch.num_rows() {
            let event = event::to_json(&batch.batch, row);
            let text = |pointer| event.pointer(pointer).map_or("-", |value| value.as_str().unwrap_or("?"));
            let unmapped = event.get("unmapped").map_or(String::new(), Value::to_string);
            outcome.events.push(
                format!(
                    "{} {} {} {} {} {} {unmapped}",
                    text("/cloud/account/uid"),
                    text("/cloud/region"),
                    text("/time_dt"),
                    text("/src_endpoint/name"),
                    text("/src_endpoint/uid"),
                    text("/query/hostname"),
                )
                .trim_end()
                .replace("111122223333 eu-west-1 2024-05-01T", "@"),
            );
        }
    }
    let reject = |r: &ocsf_core::Reject| {
        format!("{} {} {}: {}", r.code, r.at.byte, r.at.line, String::from_utf8_lossy(&r.raw))
    };
    outcome.rejects = out.rejects.iter().map(reject).collect();
    let issues = out.issues.iter();
    outcome.issues = issues
        .map(|(code, path, issue)| format!("{code} {path} {} {}", issue.count, issue.first.line))
        .collect();
    outcome
}

fn run(input: &str) -> Outcome {
    run_with(&MapperOptions::default(), input.as_bytes(), &[])
}

#[track_caller]
fn check(input: &str, events: &[&str], rejects: &[&str]) {
    let outcome = run(input);
    assert_eq!(outcome.events, events, "{input}");
    assert_eq!(outcome.rejects, rejects, "{input}");
}

#[test]
fn forms_and_quotes() {
    check(
        "gate 2024-05-01T10:00:00Z 192.0.2.7:80 \"a \\\"b\\\" \\x22c\" n.example.com\n\
         2024-05-01T11:00:00Z m.example.com\r\n\
         gate 2024-05-01T12:00:00Z -",
        &[
            r#"@10:00:00Z 192.0.2.7:80 first n.example.com {"agent":"a \\\"b\\\" \\x22c","kind":"gate"}"#,
            "@11:00:00Z - second m.example.com",
            r#"@12:00:00Z - first - {"kind":"gate"}"#,
        ],
        &[],
    );
}

#[test]
fn what_is_no_record_is_not_counted() {
    let outcome = run("\u{FEFF}# comment\n\n  \r\n#\nname time\nn 2024-05-01T10:00:00Z\n\t\n");
    assert_eq!((outcome.records, outcome.events.len()), (1, 1));
    assert_eq!(run("name time\n"), Outcome::default());
    assert_eq!(run("").records, 0);
}

#[test]
fn lines_between_a_byte_order_mark_and_a_wrapping_are_read_once() {
    let input = "\u{FEFF}name time\nn 2024-05-01T10:00:00Z\n{\"message\":\"gate 2024-05-01T12:00:00Z c\"}\n";
    assert_eq!(run(input).records, 2);
    // Within the object it is text.
    let input = "name time\nn 2024-05-01T10:00:00Z\n\u{FEFF}{\"message\":\"gate 2024-05-01T12:00:00Z c\"}\n";
    let mut mapper = SourceMapper::<Gate>::new(&MapperOptions::default()).unwrap();
    let whole = map(&mut mapper, input.as_bytes());
    for size in 1..input.len() {
        assert_eq!(map_in_pieces(&mut mapper, input.as_bytes(), &mut || size, false), whole);
    }
}

#[test]
fn a_header_names_columns_until_the_next_one_or_the_next_object() {
    let input = "new name TIME client_port\nx n 2024-05-01T10:00:00Z c\nnew name time\n\
                 name time kind\nm 2024-05-01T11:00:00Z quiet\nm 2024-05-01T11:00:01Z loud 7 - 8\n";
    let outcome = run(input);
    assert_eq!(
        outcome.events,
        [
            r#"@10:00:00Z c named n {"new":"x"}"#,
            r#"@11:00:01Z - named m {"field_4":"7","field_6":"8","kind":"loud"}"#
        ]
    );
    assert_eq!((outcome.records, outcome.skipped), (3, 1));
    assert_eq!(outcome.issues, ["drift field_6 1 6", "drift new 1 1"]);

    let mut mapper = SourceMapper::<Gate>::new(&MapperOptions::default()).unwrap();
    mapper.begin(ObjectInfo::default());
    mapper.decode(b"name time kind\n", true);
    mapper.begin(ObjectInfo::default());
    mapper.decode(b"2024-05-01T11:00:00Z m\n", true);
    let mut out = Output::default();
    mapper.flush(&mut out);
    assert_eq!(out.counts.events, 1, "{:?}", out.rejects);
}

#[test]
fn wrappings_give_lines_with_time_and_account() {
    check(
        "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"444455556666\",\"logEvents\":[\n\
           {\"timestamp\":1714557600000,\"message\":\"gate - c\"},{\"timestamp\":1,\"message\":\"gate - c\"}]}\n\
         {\"message\":\"2024-05-01T10:00:00Z a\"}{\"message\":\"2024-05-01T11:00:00Z b\\n2024-05-01T12:00:00Z c\\n\"}\n\
         2024-05-01T10:00:01.000Z gate - c\n\
         2024-05-01T10:00:02.000Z {\"message\":\"gate - c\"}\n\
         [ {\"message\":\"gate 2024-05-01T13:00:00Z c\"},\n{\"message\":\"nothing\"} ]\n2024-05-01T14:00:00Z d\n",
        &[
            r#"444455556666 eu-west-1 2024-05-01T10:00:00Z c first - {"kind":"gate"}"#,
            "@10:00:00Z - second a",
            "@11:00:00Z - second b",
            "@12:00:00Z - second c",
            r#"@10:00:01Z c first - {"kind":"gate"}"#,
            r#"@10:00:02Z c first - {"kind":"gate"}"#,
            r#"@13:00:00Z c first - {"kind":"gate"}"#,
            "@14:00:00Z - second d",
        ],
        &["no-time 0 1: gate - c", "foreign-record 381 7: nothing"],
    );
    check(r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"gate - c"}]}"#, &[], &[]);
    assert_eq!(run(r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#).skipped, 1);
}

#[test]
fn members_of_an_object_are_fields_too() {
    check(
        r#"{"time":"2024-05-01T10:00:00Z","NAME":"n","client_port":"-","other":1}"#,
        &[r#"@10:00:00Z - json n {"other":"1"}"#],
        &[],
    );
    check(r#"{"colour":"red"}"#, &[], &[r#"foreign-record 0 1: {"colour":"red"}"#]);
}

#[test]
fn quoted_line_breaks_join_lines_that_belong_together() {
    check(
        "gate 2024-05-01T10:00:00Z c \"agent\n of two lines\" n\n\
         gate 2024-05-01T10:00:01Z c \"open\ngate 2024-05-01T10:00:02Z c \"x\" n\n\
         gate 2024-05-01T10:00:03Z c \"open to the end\nz",
        &[
            r#"@10:00:00Z c first n {"agent":"agent\n of two lines","kind":"gate"}"#,
            r#"@10:00:01Z c first - {"agent":"open","kind":"gate"}"#,
            r#"@10:00:02Z c first n {"agent":"x","kind":"gate"}"#,
            r#"@10:00:03Z c first - {"agent":"open to the end","kind":"gate"}"#,
        ],
        &["foreign-record 165 6: z"],
    );
    let far = format!("gate 2024-05-01T10:00:00Z c \"agent{}\" n\n", "\nx".repeat(4));
    assert_eq!(run(&far).rejects.len(), 4);
}

#[test]
fn bad_lines_stand_alone() {
    check(
        "nonsense\ngate 2024-05-01T10:00:00Z\n[odd bracket\ngate later c\n{\"a\":\n2024-05-01T11:00:00Z n\n",
        &["@11:00:00Z - second n"],
        &[
            "foreign-record 0 1: nonsense",
            "field-count 9 2: gate 2024-05-01T10:00:00Z",
            "foreign-record 35 3: [odd bracket",
            "no-time 48 4: gate later c",
            "json-syntax 61 5: {\"a\":\n",
        ],
    );
    let input = b"gate 2024-05-01T10:00:00Z c \xFFx\n2024-05-01T11:00:00Z \xC3\xA9\n";
    let outcome = run_with(&MapperOptions::default(), input, &[]);
    assert_eq!(outcome.events, ["@11:00:00Z - second é"]);
    assert_eq!(outcome.rejects, ["invalid-utf8 0 1: gate 2024-05-01T10:00:00Z c \u{FFFD}x"]);
}

#[test]
fn a_line_that_is_too_large_is_passed_however_it_comes() {
    let mut options = MapperOptions::default();
    options.max_record_bytes = 40;
    let input = format!("gate 2024-05-01T10:00:00Z {}\n2024-05-01T11:00:00Z n\n", "c".repeat(90));
    let whole = run_with(&options, input.as_bytes(), &[]);
    assert_eq!(whole.events, ["@11:00:00Z - second n"]);
    assert!(whole.rejects[0].starts_with("record-too-large 0 1: gate"), "{:?}", whole.rejects);
    assert_eq!(whole.rejects[0].len(), "record-too-large 0 1: ".len() + input.find('\n').unwrap());
    assert_eq!(run_with(&options, input.as_bytes(), &[30, 45, 70, 116, 117]), whole);
}

#[test]
fn options_of_the_source() {
    let line = "x 2024-05-01T10:00:00Z";
    let options = MapperOptions::default()
        .with_source_option("gate-columns", "${name},${time}")
        .with_source_option("shout", "true")
        .with_source_option("of-another-source", "whatever");
    assert_eq!(run_with(&options, line.as_bytes(), &[]).events, ["@10:00:00Z - named SHOUTED"]);
    // A header says more than the user does.
    let headed = format!("kind time\n{line}");
    assert_eq!(run_with(&options, headed.as_bytes(), &[]).events, [r#"@10:00:00Z - named - {"kind":"x"}"#]);

    let options = MapperOptions::default()
        .with_source_option("gate-columns", "no such")
        .with_source_option("shout", "maybe")
        .with_source_option("newer", "true");
    let error = SourceMapper::<Gate>::new(&options).unwrap_err();
    assert_eq!(error.problems.len(), 3, "{error}");
    assert!(error.to_string().contains("`newer` needs OCSF 1.3.0 or later"), "{error}");
    let mut options = MapperOptions::default();
    options.version = "1.3.0".into();
    assert!(SourceMapper::<Gate>::new(&options.with_source_option("newer", "true")).is_ok());
}

#[test]
fn a_record_knows_the_name_of_its_object() {
    let line = "gate 2024-05-01T10:00:00Z c";
    for input in [line.to_owned(), format!("{{\"message\":\"{line}\"}}")] {
        let mapped =
            map(&mut SourceMapper::<Gate>::new(&MapperOptions::default()).unwrap(), input.as_bytes());
        assert_eq!(mapped.json()[0]["metadata"]["log_name"], "sample", "{input}");
    }
}

#[test]
fn raw_data_is_the_line_itself() {
    let mut options = MapperOptions::default();
    options.raw_data = true;
    let mut mapper = SourceMapper::<Gate>::new(&options).unwrap();
    mapper.begin(ObjectInfo::default());
    mapper.decode(b"2024-05-01T10:00:01Z gate - \"c\"\r\n", true);
    let mut out = Output::default();
    mapper.flush(&mut out);
    assert_eq!(event::to_json(&out.batches[0].batch, 0)["raw_data"], "gate - \"c\"");
}

#[test]
fn lines_conform() {
    let parts = PARTS.concat();
    let mut bytes = parts.clone().into_bytes();
    bytes.extend(b"2024-05-01T10:00:00Z a\xFFb\n\xFF\n2024-05-01T10:00:00Z c");
    let wrapped = serde_json::json!({
        "messageType": "DATA_MESSAGE", "owner": "444455556666",
        "logEvents": [{"timestamp": 1_714_557_600_000_i64, "message": PARTS[0]}, {"message": "plain"}],
    });
    let headed = "name time kind extra\nn 2024-05-01T10:00:00Z k x 5 6\nn 2024-05-01T10:00:00Z\n";
    let samples = [
        PARTS[0].as_bytes(),
        parts.as_bytes(),
        &bytes,
        wrapped.to_string().as_bytes(),
        headed.as_bytes(),
        b"",
    ]
    .map(<[u8]>::to_vec);
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    conformance(|options: &MapperOptions| SourceMapper::<Gate>::new(options).expect("a plan"), &samples);
}

const PARTS: [&str; 17] = [
    "\u{FEFF}",
    "gate 2024-05-01T10:00:00Z c \"a\" n\n",
    "gate 2024-05-01T10:00:00Z c \"a",
    " b\" n",
    "\n",
    "\r\n",
    "name time kind extra\n",
    "n 2024-05-01T10:00:00Z k é\n",
    "2024-05-01T11:00:00Z m\n",
    "2024-05-01T11:00:00Z gate - c 1 2 3\n",
    "{\"message\":\"gate 2024-05-01T12:00:00Z c\"}",
    "[{\"message\":\"x\"}",
    "]",
    ",",
    "# c\n",
    "{\"a\":",
    "zz z\n",
];

proptest! {
    #[test]
    fn any_split_gives_the_same(
        picks in proptest::collection::vec(0..PARTS.len(), 0..14),
        mut cuts in proptest::collection::vec(0usize..400, 0..12),
    ) {
        let input: String = picks.iter().map(|pick| PARTS[*pick]).collect();
        cuts.sort_unstable();
        let options = MapperOptions::default();
        prop_assert_eq!(run_with(&options, input.as_bytes(), &cuts), run_with(&options, input.as_bytes(), &[]));
    }

    #[test]
    fn any_bytes_are_safe_and_balance(
        input in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b"gate 2024-\"\\\n{[]}:,".to_vec())], 0..300),
        mut cuts in proptest::collection::vec(0usize..300, 0..4),
    ) {
        cuts.sort_unstable();
        let options = MapperOptions::default();
        let whole = run_with(&options, &input, &[]);
        prop_assert_eq!(run_with(&options, &input, &cuts), whole);
    }
}

fn output(object: ObjectInfo, input: &str) -> Output {
    let mut mapper = SourceMapper::<Gate>::new(&MapperOptions::default()).expect("a plan");
    mapper.begin(object);
    mapper.decode(input.as_bytes(), true);
    let mut out = Output::default();
    mapper.flush(&mut out);
    out
}

#[test]
fn rejects_know_the_columns_of_their_header() {
    let input =
        "name time\nn -\nCLIENT:PORT NEW Time\nc 1 no-time\nc\n{\"kind\":\"gate\",\"client:port\":\"c\"}\n";
    let out = output(ObjectInfo::default(), input);
    let found: Vec<_> =
        out.rejects.iter().map(|r| (r.code.as_str(), r.columns.as_deref().unwrap_or("-"))).collect();
    let second = "client:port NEW time";
    assert_eq!(
        found,
        [("foreign-record", "name time"), ("no-time", second), ("field-count", second), ("no-time", "-")]
    );
    let reject = &out.rejects[1];
    let mended = String::from_utf8_lossy(&reject.raw).replace("no-time", "2024-05-01T10:00:00Z");
    let again = ObjectInfo { columns: reject.columns.clone(), ..ObjectInfo::default() };
    let event = event::to_json(&output(again, &mended).batches[0].batch, 0);
    assert_eq!(
        (&event["src_endpoint"]["name"], &event["unmapped"]["NEW"], &event["time_dt"]),
        (&"c".into(), &"1".into(), &"2024-05-01T10:00:00Z".into())
    );
    // A header of the text itself counts more.
    let given = ObjectInfo { columns: Some("time name".into()), ..ObjectInfo::default() };
    let out = output(given, "2024-05-01T10:00:00Z n\nname time\nn 2024-05-01T11:00:00Z\n");
    assert_eq!((out.counts.events, out.counts.rejects), (1, 1));
}

#[test]
fn a_line_of_unknown_columns_is_told_of_the_option() {
    let out = output(ObjectInfo::default(), "neither\n");
    assert!(out.rejects[0].detail.contains("`gate-columns` names the columns"), "{}", out.rejects[0].detail);
}

#[test]
fn the_object_gives_a_time_where_nothing_else_does() {
    let object = ObjectInfo { time: Some(1_714_557_600_000), ..ObjectInfo::default() };
    let out = output(
        object,
        "client:port time\na -\nb 2024-05-01T11:00:00Z\n{\"message\":\"c -\",\"timestamp\":1714564800000}\nd -\n",
    );
    let times: Vec<_> = (0..4)
        .map(|row| event::to_json(&out.batches[0].batch, row)["time_dt"].as_str().unwrap_or("-").to_owned())
        .collect();
    assert_eq!(
        times,
        ["2024-05-01T10:00:00Z", "2024-05-01T11:00:00Z", "2024-05-01T12:00:00Z", "2024-05-01T10:00:00Z"]
    );
    let issues: Vec<_> = out
        .issues
        .iter()
        .filter(|(code, ..)| *code == "time-of-object")
        .map(|(_, path, issue)| (path, issue.count, issue.first.line))
        .collect();
    assert_eq!(issues, [("time", 2, 2)]);
}
