//! Nothing lost: the law itself, and that it finds what is.

use ocsf_core::testing::{Law, LookedAt, Transform, check_nothing_lost, losses, map};
use ocsf_core::{
    Enumerated, Envelope, Field, Fields, Format, MapperInfo, MapperOptions, Place, Route, Row, Shape, Source,
    SourceMapper, Table, Tables, Unmapped, fields, takes,
};
use proptest::prelude::*;

use super::{options, record, vault};

const STATUS: Transform = Transform {
    attribute: "status_id",
    carries: |value, event| {
        matches!((value, event["status_id"].as_i64()), ("true", Some(1)) | ("false", Some(2)))
    },
};

const LAW: Law<'_> = Law::new(&[STATUS]).with_secrets(&["pin"]);

fn check(samples: &[&str]) -> LookedAt {
    let samples: Vec<&[u8]> = samples.iter().map(|sample| sample.as_bytes()).collect();
    check_nothing_lost(vault, &samples, &LAW, |place| place.text().map(str::to_owned))
}

#[test]
fn a_good_mapper_loses_nothing() {
    let full = record(
        r#","ok":true,"number":7,"ticket":"t-1","asked":{"reason":"audit","pin":"1234","more":[1.50,{"pin":{"a":1}}]},
        "items":[{"id":"i-1","kind":"note","x":{"y":null}},"odd",{"kind":"k"}],"note":"","left":[{},[],"a,b",{"pin":2}],
        "big":123456789012345678901234567890,"none":null,"e":{}"#,
    );
    let odd = record(r#","ok":"maybe","number":99999999999,"ticket":{"a":1},"asked":"text","items":{}"#);
    let nulls = r#"{"at":"2024-05-01T10:00:00Z","did":"Lock","who":{"name":null,"id":"u"},"from":"door","ticket":"","items":[]}"#;
    // An item that has nothing at all is dropped with the object that it would be, and is not forgotten.
    let empty = record(r#","items":[{},{"id":"i-1"},{}],"who":{"id":"u"}"#);
    let LookedAt { events, found, .. } = check(&[&full, &odd, nulls, &empty]);
    assert_eq!((events, found), (4 * 4 * 3, 4 * 4 * 3));
}

fn json() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "b", "pin", "id", "a.b", "x,y", "-", "true"]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        any::<bool>().prop_map(|truth| truth.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        (0..2_000i32, 0..100u8).prop_map(|(whole, part)| format!("{whole}.{part:02}0")),
        word.clone().prop_map(|word| format!("{word:?}")),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        // Each name once: what becomes of a name that stands twice has rules and tests of its own.
        let members = prop::collection::btree_map(word.clone(), inner.clone(), 0..4);
        let object = members.prop_map(|members| {
            let members: Vec<_> = members.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
            format!("{{{}}}", members.join(","))
        });
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            object,
        ]
    })
}

proptest! {
    #[test]
    fn no_value_is_lost_wherever_it_stands(
        members in prop::collection::btree_map(
            prop::sample::select(vec!["who", "ok", "number", "ticket", "asked", "items", "note", "pin", "more"]),
            json(),
            0..6,
        ),
    ) {
        let members: Vec<String> = members.iter().map(|(name, value)| format!(",{name:?}:{value}")).collect();
        let text = format!(
            r#"{{"at":"2024-05-01T10:00:00Z","did":"ReadItem","from":"192.0.2.7"{}}}"#,
            members.concat()
        );
        check(&[&text]);
    }
}

/// A table that says of fields that it carries them, and does not.
#[derive(Debug)]
struct Careless;

fields! { CARELESS: AT = "at", DID = "did", WHO = "who", FROM = "from", LIST = "list", OK = "ok" }

impl Shape for Careless {
    const FIELDS: &'static [Field] = CARELESS;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}

impl Source for Careless {
    const INFO: MapperInfo = MapperInfo::new("careless", "Careless", 1);
    const FORMAT: Format = Format::Json(Envelope { arrays: &[], beside: &[] });

    fn route(_: Row<'_, '_, Self>) -> Route {
        Route::Table(0)
    }

    fn place<'b>(_: Row<'_, 'b, Self>) -> Place<'b> {
        Place { account: Some("111122223333"), region: Some("eu-west-1") }
    }

    fn tables(tables: &mut Tables<Self>) {
        tables.class("careless", 6003, &["datetime"], careless);
    }
}

fn careless(t: &mut Table<Careless>) {
    t.time("time", AT);
    t.id("activity_id", takes(&[OK]), "forgets what it knew", |_| Enumerated::Id(1));
    t.id_konst("severity_id", 1);
    t.konst("metadata.product.name", "Careless");
    t.konst("metadata.product.vendor_name", "Example");
    // The line for `who` was taken out, and another one still claims the field.
    t.dict_by("api.operation", takes(&[DID, WHO]), "", |r| r.text(DID));
    t.dict_by("actor.user.name", takes(&[]), "", |_| Some("somebody"));
    // Cut short.
    t.str_by("src_endpoint.name", takes(&[FROM]), "", |r| r.text(FROM)?.get(..4));
    t.strs_by("metadata.labels", takes(&[LIST]), "", |r, texts| {
        texts.extend(r.text(LIST).and(Some("first")));
    });
}

#[test]
fn what_is_lost_is_found() {
    let record = r#"{"at":"2024-05-01T10:00:00Z","did":"x","who":"ana","from":"north door","ok":true,"list":"a","left":[1]}"#;
    for unmapped in [Unmapped::Map, Unmapped::Json] {
        let options = options(|options| {
            "1.3.0".clone_into(&mut options.version);
            options.unmapped = unmapped;
        });
        let mut source = SourceMapper::<Careless>::new(&options).expect("the table fits");
        let table = ocsf_core::Mapper::tables(&source)[0].clone();
        let mapped = map(&mut source, record.as_bytes());
        let (_, event) = &mapped.events[0][0];
        let lost = losses(&table, record, event, unmapped, &LAW);
        let expected = [
            r#"`from` Text("north door")"#,
            r#"`list` Text("a")"#,
            "`ok` Bool(true)",
            r#"`who` Text("ana")"#,
        ];
        assert_eq!(lost, expected, "{event}");
        // A transform that is documented makes it right.
        let says = Transform {
            attribute: "metadata.labels",
            carries: |_, event| event["metadata"]["labels"][0] == "first",
        };
        assert_eq!(losses(&table, record, event, unmapped, &Law::new(&[says])).len(), 3);
    }
}

/// A line takes what has a value. What is null, or empty, stays where it can be told from what is absent.
#[test]
fn nothing_is_not_taken() {
    let options = options(|options| options.unmapped = Unmapped::Json);
    for (value, is_kept) in [("null", true), ("\"\"", true), ("{}", true), ("\"ana\"", false)] {
        let text = format!(r#"{{"at":"2024-05-01T10:00:00Z","did":"x","from":"door","who":{value}}}"#);
        let mut mapper = SourceMapper::<Careless>::new(&options).expect("the table fits");
        let event = map(&mut mapper, text.as_bytes()).json().remove(0);
        let kept = event["unmapped"].get("who").map(ToString::to_string);
        assert_eq!(kept.as_deref(), is_kept.then_some(value), "{event}");
    }
}

#[test]
fn what_is_hidden_must_be() {
    let text = record(r#","asked":{"pin":"1234"},"more":{"pin":7}"#);
    let mapped = map(&mut vault(&options(|o| o.unmapped = Unmapped::Json)), text.as_bytes());
    let table = ocsf_core::Mapper::tables(&vault(&MapperOptions::default()))[0].clone();
    let event = &mapped.events[0][0].1;
    assert_eq!(losses(&table, &text, event, Unmapped::Json, &LAW), [""; 0]);
    let open = event.replace("REDACTED", "1234");
    assert_eq!(losses(&table, &text, &open, Unmapped::Json, &LAW).len(), 2);
}
