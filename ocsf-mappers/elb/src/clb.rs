//! Access logs of Classic Load Balancers: `clb-http`, requests as HTTP Activity, and `clb-tcp`, what listeners of TCP and
//! SSL pass on, as Network Activity.
//!
//! Unlike in the other logs, the time of an event is when it began.

use ocsf_core::{Enumerated, Field, Row, Table, reads, takes};

use crate::common::{self, ACCEPTS, TARGET_END};
use crate::fields::{
    BACKEND, BACKEND_STATUS, BACKEND_TIME, NODE_IP, REQUEST, REQUEST_TIME, RESPONSE_TIME, SSL_CIPHER,
    SSL_PROTOCOL, TIME,
};
use crate::http_activity::{self, Http};
use crate::record::Elb;

const PHASES: &[Field] = &[REQUEST_TIME, BACKEND_TIME, RESPONSE_TIME];

pub(crate) fn http_table(t: &mut Table<Elb>) {
    http_activity::lines(
        t,
        &Http { target: BACKEND, target_time: BACKEND_TIME, target_status: BACKEND_STATUS, bodies: true },
    );
    both(t);
}

pub(crate) fn tcp_table(t: &mut Table<Elb>) {
    t.id(
        "activity_id",
        takes(&[REQUEST]).and_reads(&[REQUEST_TIME]),
        "6 Traffic; 4 Fail when no backend was reached; the request is dashes only",
        |r| Enumerated::Id(if has_failed(r) { 4 } else { 6 }),
    );
    t.id("status_id", reads(&[REQUEST_TIME]), "1 Success; 2 Failure when no backend was reached", |r| {
        Enumerated::Id(if has_failed(r) { 2 } else { 1 })
    });
    common::client(t);
    common::connection(t);
    common::traffic(t);
    common::tls(t, SSL_PROTOCOL, SSL_CIPHER);
    common::end(t, &TARGET_END, &takes(&[BACKEND]), |r| r.facts.target);
    both(t);
}

fn both(t: &mut Table<Elb>) {
    common::event(t, "Classic Load Balancer", "Access logs");
    common::balancer(t, &ACCEPTS, NODE_IP);
    common::metrics(t, PHASES);
    t.time("start_time", TIME).note("the request came, or the connection was made");
    common::duration(t, &reads(PHASES), "the sum of the times of the phases that were reached", |r| {
        common::sum(r, PHASES)
    });
}

/// The load balancer could not pass the connection on.
fn has_failed(r: Row<'_, '_, Elb>) -> bool {
    r.text(REQUEST_TIME).is_some_and(|time| time.starts_with('-'))
}
