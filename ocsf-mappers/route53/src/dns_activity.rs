//! Lines that both tables share: time, product, question, outcome, connection, client.

use ocsf_aws_common::is_ip;
use ocsf_core::{Enumerated, Field, Fields, Row, Shape, Table, reads, takes};

use crate::resolver::KEEP_TRAILING_DOT;
use crate::values;

/// What is decided once a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'b> {
    /// Address of who asked.
    pub(crate) ip: Option<&'b str>,
    /// Text where that address should be.
    pub(crate) name: Option<&'b str>,
    /// Version of the Internet Protocol: 4 or 6.
    version: Option<i32>,
    rcode: Enumerated<'b>,
}

/// The fields that both logs have, each under a name of its own, and the direction of the traffic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared {
    pub(crate) version: Field,
    pub(crate) time: Field,
    pub(crate) name: Field,
    pub(crate) kind: Field,
    pub(crate) rcode: Field,
    pub(crate) transport: Field,
    pub(crate) client: Field,
    pub(crate) direction: i32,
}

impl<'b> Facts<'b> {
    pub(crate) fn of(fields: &Fields<'_, 'b>, shared: &Shared) -> Self {
        let client = fields.text(shared.client);
        let ip = client.filter(|text| is_ip(text));
        Self {
            ip,
            name: client.filter(|_| ip.is_none()),
            version: ip.map(|ip| if ip.contains(':') { 6 } else { 4 }),
            rcode: fields.text(shared.rcode).map_or(Enumerated::Missing, values::rcode),
        }
    }
}

/// Adds the lines that stand in both tables.
pub(crate) fn lines<S>(t: &mut Table<S>, shared: Shared)
where
    S: for<'b> Shape<Facts<'b> = Facts<'b>>,
{
    event(t, shared);
    connection(t, shared);
}

fn event<S>(t: &mut Table<S>, shared: Shared)
where
    S: for<'b> Shape<Facts<'b> = Facts<'b>>,
{
    t.id("activity_id", reads(&[]), "always 6 Traffic: the log has a query and its response in one", |_| {
        Enumerated::Id(6)
    });
    t.time("time", shared.time);
    t.id_konst("severity_id", 1);
    t.id(
        "status_id",
        reads(&[shared.rcode]),
        "`NOERROR` 1 Success, any other code 2 Failure, 0 without one",
        |r| {
            Enumerated::Id(match r.facts.rcode {
                Enumerated::Id(0) => 1,
                Enumerated::Missing => 0,
                _ => 2,
            })
        },
    );
    t.dict("status_code", shared.rcode);
    t.konst("metadata.product.name", "Route 53");
    t.konst("metadata.product.vendor_name", "AWS");
    t.dict("metadata.product.version", shared.version).note("of the log");
    t.konst("cloud.provider", "AWS");
    t.str_by(
        "query.hostname",
        takes(&[shared.name]),
        "without the dot at its end, unless the option `keep-trailing-dot` is on",
        move |r| r.text(shared.name).map(|name| hostname(r, name)),
    )
    .searched();
    t.dict("query.type", shared.kind);
    t.id(
        "rcode_id",
        takes(&[shared.rcode]),
        "by name, whatever its case; a code that the IANA registry does not have is 99 with the word as caption",
        |r| r.facts.rcode,
    );
}

fn hostname<'b, S: Shape>(r: Row<'_, 'b, S>, name: &'b str) -> &'b str {
    if r.is_set(&KEEP_TRAILING_DOT) { name } else { values::without_root(name) }
}

fn connection<S>(t: &mut Table<S>, shared: Shared)
where
    S: for<'b> Shape<Facts<'b> = Facts<'b>>,
{
    let transport = move || takes(&[shared.transport]);
    t.dict_by("connection_info.protocol_name", transport(), "in lower case", move |r| {
        let word = r.text(shared.transport)?;
        let known = values::protocol(word).map(|(_, name)| name);
        Some(known.unwrap_or_else(|| r.arena().alloc_str(&word.to_lowercase())))
    });
    t.int_by("connection_info.protocol_num", reads(&[shared.transport]), "`TCP` 6, `UDP` 17", move |r| {
        values::protocol(r.text(shared.transport)?).map(|(number, _)| number)
    });
    t.id("connection_info.protocol_ver_id", reads(&[shared.client]), "by the address: 4 or 6", |r| {
        r.facts.version.map_or(Enumerated::Missing, Enumerated::Id)
    });
    t.id_konst("connection_info.direction_id", shared.direction);
    t.dict_by("src_endpoint.ip", takes(&[shared.client]), "when it is an address", |r| r.facts.ip).searched();
    t.dict_by("src_endpoint.name", takes(&[shared.client]), "when it is none", |r| r.facts.name);
}
