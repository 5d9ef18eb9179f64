//! `nlb-tls`: TLS connections to Network Load Balancers, as Network Activity.
//!
//! Only listeners of TLS write logs. Their times have no zone; they are UTC, as AWS documents the logs of load balancers.
//! Certificate, application protocols and key exchange stay in `unmapped`: a certificate of OCSF needs a serial number and
//! an issuer, which the log does not have. So does a destination that is no address, such as the endpoint of a VPC.
//!
//! The mapping is not verified against real logs, only against the examples that AWS documents.

use ocsf_core::{Enumerated, Layout, Row, Table, reads, takes};

use crate::common::{self, ACCEPTS};
use crate::fields::{
    CONNECTION_TIME, DESTINATION, DOMAIN, TIME, TLS_ALERT, TLS_CIPHER, TLS_CREATED, TLS_HANDSHAKE_TIME,
    TLS_PROTOCOL_VERSION, VERSION,
};
use crate::record::Elb;

pub(crate) fn table(t: &mut Table<Elb>) {
    t.id("activity_id", reads(&[TLS_HANDSHAKE_TIME]), "6 Traffic; 4 Fail without a handshake", |r| {
        Enumerated::Id(if has_failed(r) { 4 } else { 6 })
    });
    common::event(t, "Network Load Balancer", "Access logs");
    t.dict("metadata.product.version", VERSION).note("of the log");
    common::client(t);
    common::balancer(t, &ACCEPTS, DESTINATION);
    t.port_by("dst_endpoint.port", takes(&[DESTINATION]), "", |r| r.facts.node.port);
    common::host_name(t, &reads(&[DOMAIN]), "unless it is an address or cannot be a name");
    common::connection(t);
    common::traffic(t);
    t.id("status_id", reads(&[TLS_HANDSHAKE_TIME]), "1 Success; 2 Failure without a handshake", |r| {
        Enumerated::Id(if has_failed(r) { 2 } else { 1 })
    });
    t.dict("status_code", TLS_ALERT).note("the alert that the client sent");
    common::tls(t, TLS_PROTOCOL_VERSION, TLS_CIPHER);
    common::sni(t, TLS_PROTOCOL_VERSION);
    t.int_by("tls.alert", reads(&[TLS_ALERT, TLS_PROTOCOL_VERSION]), "where there is a TLS version", |r| {
        r.text(TLS_ALERT).filter(|_| has_tls(r))?.parse().ok()
    });
    t.int_by(
        "tls.handshake_dur",
        takes(&[TLS_HANDSHAKE_TIME]).and_reads(&[TLS_PROTOCOL_VERSION]),
        "where there is a TLS version",
        |r| r.text(TLS_HANDSHAKE_TIME).filter(|_| has_tls(r))?.parse().ok(),
    );
    t.time("start_time", TLS_CREATED).note("UTC");
    t.time("end_time", TIME).note("UTC");
    common::duration(t, &takes(&[CONNECTION_TIME]), "milliseconds", |r| {
        r.text(CONNECTION_TIME)?.parse().ok()
    });
}

fn has_tls(r: Row<'_, '_, Elb>) -> bool {
    r.text(TLS_PROTOCOL_VERSION).is_some()
}

/// Only lines have all fields; users may choose those of JSON and columns.
fn has_failed(r: Row<'_, '_, Elb>) -> bool {
    r.text(TLS_HANDSHAKE_TIME).is_none() && matches!(r.origin().layout, Layout::Form(_))
}
