//! `r53-resolver`: queries that Route 53 Resolver answered for VPCs, and what DNS Firewall did with them.

use ocsf_core::{
    Enumerated, Envelope, Field, Fields, Format, MapperInfo, Place, Route, Row, Shape, Source, SourceOption,
    Table, Tables, fields, reads, takes,
};

use crate::dns_activity::{self, Facts, Shared};

/// Resolver query logs as a [`Source`].
#[derive(Debug)]
pub struct Resolver;

/// Host names keep the dot at their end.
pub const KEEP_TRAILING_DOT: SourceOption =
    SourceOption::flag("keep-trailing-dot", "Keep the dot at the end of names, as Security Lake does");

fields! { pub(crate) FIELDS:
    VERSION = "version",
    ACCOUNT = "account_id",
    REGION = "region",
    VPC = "vpc_id",
    TIME = "query_timestamp",
    NAME = "query_name",
    TYPE = "query_type",
    CLASS = "query_class",
    RCODE = "rcode",
    ANSWERS = "answers",
    SRCADDR = "srcaddr",
    SRCPORT = "srcport",
    TRANSPORT = "transport",
    INSTANCE = "srcids.instance",
    ENDPOINT = "srcids.resolver_endpoint",
    INTERFACE = "srcids.resolver_network_interface",
    FIREWALL_GROUP = "firewall_rule_group_id",
    FIREWALL_ACTION = "firewall_rule_action",
    FIREWALL_DOMAINS = "firewall_domain_list_id",
}

const SHARED: Shared = Shared {
    version: VERSION,
    time: TIME,
    name: NAME,
    kind: TYPE,
    rcode: RCODE,
    transport: TRANSPORT,
    client: SRCADDR,
    direction: 0,
};

impl Shape for Resolver {
    const FIELDS: &'static [Field] = FIELDS;
    type Facts<'b> = Facts<'b>;

    fn facts<'b>(fields: Fields<'_, 'b>) -> Facts<'b> {
        Facts::of(&fields, &SHARED)
    }
}

impl Source for Resolver {
    const INFO: MapperInfo = MapperInfo::new("route53-resolver", "Amazon Route 53 Resolver query logs", 1)
        .with_options(&[KEEP_TRAILING_DOT])
        .delivered_as(&["vpcdnsquerylogs"]);

    const DASH_IS_ABSENT: bool = true;
    const FORMAT: Format = Format::Json(Envelope { arrays: &[], beside: &[] });

    fn route(row: Row<'_, '_, Self>) -> Route {
        // Some tools leave out members that AWS always writes.
        const SIGNS: [Field; 6] = [VERSION, ACCOUNT, VPC, TYPE, RCODE, SRCADDR];
        let is_query = row.first([NAME, TIME]).is_some();
        let signs = SIGNS.iter().filter(|field| row.text(**field).is_some()).count();
        if is_query && signs >= 3 { Route::Table(0) } else { Route::Foreign }
    }

    fn place<'b>(row: Row<'_, 'b, Self>) -> Place<'b> {
        Place { account: row.text(ACCOUNT), region: row.text(REGION) }
    }

    fn tables(tables: &mut Tables<Self>) {
        tables.class("r53-resolver", 4003, &["cloud", "datetime"], table);
    }
}

fn table(t: &mut Table<Resolver>) {
    dns_activity::lines(t, SHARED);
    t.konst("metadata.product.feature.name", "Resolver Query Logs");
    t.dict_by(
        "cloud.account.uid",
        takes(&[ACCOUNT]),
        "when it is not there, the account of the log group or object",
        |r| r.text_or(ACCOUNT, r.origin().account),
    )
    .searched();
    t.dict_by("cloud.region", takes(&[REGION]), "when it is not there, the Region of the object", |r| {
        r.text_or(REGION, r.origin().region)
    });
    t.dict("query.class", CLASS);
    t.list_or_empty::<Answer>("answers", ANSWERS, |t| {
        t.str("rdata", [RDATA, RDATA_LOWER]).searched();
        t.dict("type", [ANSWER_TYPE, ANSWER_TYPE_LOWER, ANSWER_TYPE_LONG]);
        t.dict("class", [ANSWER_CLASS, ANSWER_CLASS_LOWER, ANSWER_CLASS_LONG]);
    });
    t.port("src_endpoint.port", SRCPORT);
    t.dict("src_endpoint.vpc_uid", VPC);
    t.dict("src_endpoint.instance_uid", INSTANCE).searched();
    t.dict_by(
        "src_endpoint.uid",
        reads(&[VPC, SRCADDR, INSTANCE]),
        "the VPC when neither address nor instance is there: OCSF 1.1 requires a source that one of the three names",
        |r| r.text(VPC).filter(|_| r.first([SRCADDR, INSTANCE]).is_none()),
    );
    t.dict("dst_endpoint.instance_uid", ENDPOINT);
    t.dict("dst_endpoint.interface_uid", INTERFACE);
    t.profile("security_control", firewall);
}

/// What a rule of DNS Firewall did.
fn firewall(t: &mut Table<Resolver>) {
    let uses = || takes(&[FIREWALL_ACTION]).and_reads(&[FIREWALL_GROUP, FIREWALL_DOMAINS]);
    t.id(
        "action_id",
        uses(),
        "`ALERT` and `ALLOW` 1 Allowed, `BLOCK` 2 Denied, other words 99; 0 when only a rule is named. Rows without a rule do not declare `security_control`",
        |r| decision(r, [1, 2, 1]),
    );
    t.id(
        "disposition_id",
        reads(&[FIREWALL_ACTION, FIREWALL_GROUP, FIREWALL_DOMAINS]),
        "`ALERT` 19 Alert, `BLOCK` 2 Blocked, `ALLOW` 1 Allowed, other words 99; 0 when only a rule is named",
        |r| decision(r, [19, 2, 1]),
    );
    t.dict("firewall_rule.uid", FIREWALL_GROUP).searched();
}

/// The id among those of `ALERT`, `BLOCK` and `ALLOW`.
fn decision<'b>(r: Row<'_, 'b, Resolver>, [alert, block, allow]: [i32; 3]) -> Enumerated<'b> {
    let Some(word) = r.text(FIREWALL_ACTION) else {
        let is_silent = !r.value(FIREWALL_ACTION).is_some();
        let is_matched = r.first([FIREWALL_GROUP, FIREWALL_DOMAINS]).is_some();
        return if is_silent && is_matched { Enumerated::Id(0) } else { Enumerated::Missing };
    };
    let is = |action: &str| word.eq_ignore_ascii_case(action);
    match () {
        () if is("ALERT") => Enumerated::Id(alert),
        () if is("BLOCK") => Enumerated::Id(block),
        () if is("ALLOW") => Enumerated::Id(allow),
        () => Enumerated::Other(word),
    }
}

/// A resource record of a response. The documentation names its members otherwise than records do.
#[derive(Debug)]
struct Answer;

fields! { ANSWER:
    RDATA = "Rdata",
    RDATA_LOWER = "rdata",
    ANSWER_TYPE = "Type",
    ANSWER_TYPE_LOWER = "type",
    ANSWER_TYPE_LONG = "answer_type",
    ANSWER_CLASS = "Class",
    ANSWER_CLASS_LOWER = "class",
    ANSWER_CLASS_LONG = "answer_class",
}

impl Shape for Answer {
    const FIELDS: &'static [Field] = ANSWER;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}
