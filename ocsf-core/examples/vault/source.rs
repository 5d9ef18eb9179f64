// A whole mapper for an invented log: a vault that writes down who did what to which of its items.
//
// {"at":"2024-05-01T10:00:00Z","did":"ReadItem","who":{"name":"ana","id":"u-7"},"from":"192.0.2.7","ok":true,
//  "ticket":"t-1","asked":{"reason":"audit","pin":"1234"},"items":[{"id":"i-1","kind":"note"}]}

use ocsf_core::{
    Enumerated, Envelope, Field, Fields, Format, MapperInfo, Place, Route, Row, Secrets, Shape, Source, Table,
    Tables, fields, reads, takes,
};

fields! { pub VAULT:
    AT = "at",
    DID = "did",
    WHO_NAME = "who.name",
    WHO_ID = "who.id",
    FROM = "from",
    OK = "ok",
    TICKET = "ticket",
    ASKED = "asked",
    NUMBER = "number",
    ITEMS = "items",
}

/// The log.
#[derive(Debug)]
pub struct Vault;

impl Shape for Vault {
    const FIELDS: &'static [Field] = VAULT;
    /// Two columns need to know whether `from` is an address.
    type Facts<'b> = bool;

    fn facts(fields: Fields<'_, '_>) -> bool {
        fields.text(FROM).is_some_and(|from| from.parse::<std::net::IpAddr>().is_ok())
    }
}

impl Source for Vault {
    const INFO: MapperInfo = MapperInfo::new("vault", "Vault", 1);
    const FORMAT: Format = Format::Json(Envelope { arrays: &["entries"], beside: &["version"] });
    const SECRETS: Secrets = Secrets::new(&["pin"]);

    fn route(row: Row<'_, '_, Self>) -> Route {
        match row.text(DID) {
            Some("Heartbeat") => Route::Skip("heartbeat"),
            Some(_) => Route::Table(0),
            None => Route::Foreign,
        }
    }

    fn place<'b>(_: Row<'_, 'b, Self>) -> Place<'b> {
        Place { account: Some("111122223333"), region: Some("eu-west-1") }
    }

    fn tables(tables: &mut Tables<Self>) {
        tables.class("vault-activity", 6003, &["datetime"], activity);
    }
}

fn activity(t: &mut Table<Vault>) {
    t.time("time", AT);
    t.id("activity_id", reads(&[DID]), "by the first word; 99 Other for words that are none of these", |r| {
        match r.text(DID) {
            Some(did) if did.starts_with("Read") => Enumerated::Id(2),
            Some(did) if did.starts_with("Remove") => Enumerated::Id(4),
            Some(did) => Enumerated::Other(did),
            None => Enumerated::Missing,
        }
    });
    t.id_konst("severity_id", 1);
    t.id("status_id", takes(&[OK]), "1 Success, 2 Failure", |r| match r.text(OK) {
        Some("true") => Enumerated::Id(1),
        Some("false") => Enumerated::Id(2),
        _ => Enumerated::Missing,
    });
    t.konst("metadata.product.name", "Vault");
    t.konst("metadata.product.vendor_name", "Example");
    t.int("metadata.sequence", NUMBER);
    t.dict("actor.user.name", WHO_NAME).searched();
    t.dict("actor.user.uid", WHO_ID);
    t.dict("api.operation", DID);
    t.str("api.request.uid", TICKET);
    t.json("api.request.data", ASKED);
    t.dict_by("src_endpoint.ip", takes(&[FROM]), "when it is an address", |r| r.text(FROM).filter(|_| *r.facts));
    t.dict_by("src_endpoint.name", takes(&[FROM]), "when it is none", |r| r.text(FROM).filter(|_| !r.facts));
    t.list::<Item>("resources", ITEMS, |t| {
        t.str("uid", ITEM_ID);
        t.dict("type", ITEM_KIND);
    });
}

/// One of the items of an entry.
#[derive(Debug)]
pub struct Item;

fields! { ITEM: ITEM_ID = "id", ITEM_KIND = "kind" }

impl Shape for Item {
    const FIELDS: &'static [Field] = ITEM;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}
