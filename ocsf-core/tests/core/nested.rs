//! Ids, limits and lists inside the items of a list.

use ocsf_core::testing::{conformance, map};
use ocsf_core::{
    Enumerated, Envelope, Field, Fields, Format, MapperInfo, MapperOptions, Place, Route, Row, Shape, Source,
    SourceMapper, Table, Tables, fields, reads,
};
use serde_json::json;

fields! { SHELF: AT = "at", WHO = "who", PORT = "port", BOOKS = "books" }
fields! { BOOK: TITLE = "title", OWNER = "owner.name", KIND = "owner.kind", GROUPS = "owner.groups" }
fields! { GROUP: GROUP_NAME = "name", GROUP_ID = "id" }

macro_rules! shape {
    ($name:ident, $fields:ident) => {
        #[derive(Debug)]
        struct $name;

        impl Shape for $name {
            const FIELDS: &'static [Field] = $fields;
            type Facts<'b> = ();
            fn facts(_: Fields<'_, '_>) {}
        }
    };
}
shape!(Shelf, SHELF);
shape!(Book, BOOK);
shape!(Group, GROUP);

impl Source for Shelf {
    const INFO: MapperInfo = MapperInfo::new("shelf", "Shelf", 1);
    const FORMAT: Format = Format::Json(Envelope { arrays: &[], beside: &[] });

    fn route(_: Row<'_, '_, Self>) -> Route {
        Route::Table(0)
    }

    fn place<'b>(_: Row<'_, 'b, Self>) -> Place<'b> {
        Place::default()
    }

    fn tables(tables: &mut Tables<Self>) {
        tables.class("shelf", 6003, &[], |t| {
            t.id("activity_id", reads(&[]), "always 2 Read", |_| Enumerated::Id(2));
            t.time("time", AT);
            t.id_konst("severity_id", 1);
            t.konst("metadata.product.name", "Shelf");
            t.konst("metadata.product.vendor_name", "Example");
            t.konst("api.operation", "Read");
            t.dict("actor.user.name", WHO);
            t.konst("src_endpoint.name", "desk");
            t.int("src_endpoint.port", PORT);
            t.list::<Book>("resources", BOOKS, book);
        });
    }
}

fn book(t: &mut Table<Book>) {
    t.id("owner.type_id", reads(&[KIND]), "2 Admin, else 99 Other by its own name", |r| match r.text(KIND) {
        Some("admin") => Enumerated::Id(2),
        Some(kind) => Enumerated::Other(kind),
        None => Enumerated::Missing,
    });
    t.str("name", TITLE);
    t.dict("owner.name", OWNER);
    t.list::<Group>("owner.groups", GROUPS, |t| {
        t.dict("name", GROUP_NAME);
        t.dict("uid", GROUP_ID);
    });
}

fn shelf(options: &MapperOptions) -> SourceMapper<Shelf> {
    SourceMapper::new(options).expect("the tables fit every version")
}

const RECORD: &str = r#"{"at":"2024-05-01T10:00:00Z","who":"ana","port":80,"books":[
    {"title":"a","owner":{"name":"bob","kind":"admin","groups":[{"name":"g"},{"id":"7","x":1},{"y":2}]}},
    {"title":"b","owner":{"kind":"lender","groups":[{"name":"h"}]}},
    {"title":"c","owner":{"name":"cal","kind":"lender"}}, {"owner":{"name":"nobody"}}]}"#;

/// What the ids of items were told used to be told to the columns of the table.
#[test]
fn items_have_ids_captions_and_lists_of_their_own() {
    let mapped = map(&mut shelf(&MapperOptions::default()), RECORD.as_bytes());
    let event = &mapped.json()[0];
    assert_eq!(event["activity_name"], "Read");
    assert_eq!(
        event["resources"],
        json!([
            {"name": "a", "owner": {
                "type_id": 2, "type": "Admin", "name": "bob", "groups": [{"name": "g"}, {"uid": "7"}]
            }},
            {"name": "b"},
            {"name": "c", "owner": {"type_id": 99, "type": "lender", "name": "cal"}},
        ])
    );
    // The groups of the first stay whole, as one of them leaves something; so does the owner without a name.
    let unmapped = event["unmapped"].to_string();
    for left in ["\\\"y\\\":2", "\\\"x\\\":1", "lender", "\\\"name\\\":\\\"h\\\"", "nobody"] {
        assert!(unmapped.contains(left), "{left} in {unmapped}");
    }
}

#[test]
fn a_port_lies_within_its_limits() {
    for (port, is_kept) in [("0", true), ("65535", true), ("65536", false), ("-1", false)] {
        let input = format!(r#"{{"at":"2024-05-01T10:00:00Z","who":"ana","port":{port}}}"#);
        let event = map(&mut shelf(&MapperOptions::default()), input.as_bytes()).json().remove(0);
        assert_eq!(event["src_endpoint"].get("port").is_some(), is_kept, "{port}");
        assert_eq!(event["unmapped"].get("port").is_some(), !is_kept, "{port}");
    }
}

#[test]
fn nested_lists_conform() {
    conformance(shelf, &[RECORD.as_bytes()]);
}
