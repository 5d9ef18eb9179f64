//! `alb-access`: requests to Application Load Balancers, as HTTP Activity.
//!
//! The event is what the client sees: it asks the load balancer (`dst_endpoint`), which answers (`http_response`,
//! `status_code`). What the load balancer did for it, the target and the target's answer are in `load_balancer`. OCSF and
//! AWS publish no mapping of these logs; this one follows the definitions of the attributes.
//!
//! Whether AWS WAF let the request through stays in `unmapped` under `actions_executed`: with the profile
//! `security_control`, OCSF before 1.5.0 asks for a verdict on every event.

use ocsf_core::time::parse_iso_ms;
use ocsf_core::{Field, Fields, Items, Row, Shape, Table, Value, fields, reads, takes};

use crate::common::{self, ACCEPTS, NAME, Named, VALUE};
use crate::fields::{
    CLASSIFICATION, CLASSIFICATION_REASON, CONN_TRACE, ERROR_REASON, NODE_IP, REDIRECT_URL, REQUEST_CREATED,
    REQUEST_TIME, RESPONSE_TIME, SSL_PROTOCOL, TARGET, TARGET_LIST, TARGET_STATUS, TARGET_STATUS_LIST,
    TARGET_TIME, TIME, TRACE,
};
use crate::http_activity::{self, Http};
use crate::record::Elb;
use crate::values::{Endpoint, unescaped};

const PHASES: &[Field] = &[REQUEST_TIME, TARGET_TIME, RESPONSE_TIME];

pub(crate) fn table(t: &mut Table<Elb>) {
    common::event(t, "Application Load Balancer", "Access logs");
    common::balancer(t, &ACCEPTS, NODE_IP);
    http_activity::lines(
        t,
        &Http { target: TARGET, target_time: TARGET_TIME, target_status: TARGET_STATUS, bodies: false },
    );
    common::metrics(t, PHASES);
    times(t);
    common::sni(t, SSL_PROTOCOL);
    t.str("connection_info.uid", CONN_TRACE).searched().note("joins with the connection logs");
    t.str("metadata.correlation_uid", TRACE).searched().note("joins with the logs of the targets");
    t.dict("status_detail", [ERROR_REASON, CLASSIFICATION_REASON]);
    t.dict("load_balancer.error_message", ERROR_REASON);
    t.dict("load_balancer.classification", CLASSIFICATION);
    t.dict("load_balancer.status_detail", CLASSIFICATION_REASON);
    t.list_by::<Named, _>(
        "http_response.http_headers",
        takes(&[REDIRECT_URL]),
        "the header `Location` of a redirect",
        |r, items| {
            if let Some(url) = r.text(REDIRECT_URL) {
                let url = Value::Str(unescaped(url, r.arena()));
                items.push(&[(NAME, Value::Str("Location")), (VALUE, url)]);
            }
        },
        Named::lines,
    );
    t.list_by::<Attempt, _>(
        "load_balancer.endpoint_connections",
        takes(&[TARGET_LIST, TARGET_STATUS_LIST]),
        "each target with its status code",
        attempts,
        |t| {
            t.dict_by("network_endpoint.ip", takes(&[ADDRESS]), "", |r| r.facts.ip);
            t.port_by("network_endpoint.port", takes(&[ADDRESS]), "", |r| r.facts.port);
            t.dict_by("network_endpoint.name", takes(&[ADDRESS]), "when it is no address", |r| r.facts.name);
            t.int("code", CODE);
        },
    );
}

fn times(t: &mut Table<Elb>) {
    t.time("start_time", REQUEST_CREATED).note("the request came");
    t.time("end_time", TIME).note("the response was made; for WebSockets, the connection ended");
    common::duration(
        t,
        &reads(&[TIME, REQUEST_CREATED, REQUEST_TIME, TARGET_TIME, RESPONSE_TIME]),
        "from the request to the response; when that cannot be told, the sum of the times of the phases that were reached",
        |r| elapsed(r).or_else(|| common::sum(r, PHASES)),
    );
}

fn elapsed(r: Row<'_, '_, Elb>) -> Option<i64> {
    let time = |field| r.text(field).and_then(parse_iso_ms);
    time(TIME)?.checked_sub(time(REQUEST_CREATED)?).filter(|ms| *ms >= 0)
}

/// A target that the load balancer tried.
#[derive(Debug)]
struct Attempt;

fields! { ATTEMPT: ADDRESS = "target:port", CODE = "target_status_code" }

impl Shape for Attempt {
    const FIELDS: &'static [Field] = ATTEMPT;
    type Facts<'b> = Endpoint<'b>;

    fn facts<'b>(fields: Fields<'_, 'b>) -> Endpoint<'b> {
        fields.text(ADDRESS).map_or_else(Endpoint::default, Endpoint::of)
    }
}

/// Pairs targets with codes. A list with a code that is no number stays unmapped, whole.
fn attempts<'b>(r: Row<'_, 'b, Elb>, items: &mut Items<'b>) {
    let words = |field| r.text(field).unwrap_or_default().split_ascii_whitespace();
    if words(TARGET_STATUS_LIST).any(|code| code != "-" && code.parse::<i32>().is_err()) {
        return;
    }
    let (mut targets, mut codes) = (words(TARGET_LIST), words(TARGET_STATUS_LIST));
    loop {
        let value = |word: Option<&'b str>| match word {
            None | Some("-") => Value::Absent,
            Some(word) => Value::Str(word),
        };
        match (targets.next(), codes.next()) {
            (None, None) => return,
            (None | Some("-"), None | Some("-")) => {}
            (target, code) => items.push(&[(ADDRESS, value(target)), (CODE, value(code))]),
        }
    }
}
