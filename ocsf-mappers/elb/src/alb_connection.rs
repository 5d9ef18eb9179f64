//! `alb-connection`: connections of clients to Application Load Balancers, as Network Activity.
//!
//! The mapping is not verified against real logs: AWS documents the fields, and publishes no records.
//!
//! A handshake that failed before a protocol was agreed leaves a line without any field of TLS, as every connection to a
//! listener without TLS does: nothing in the log tells them apart, not the port either. Both are Open with status Unknown.
//!
//! The client's certificate stays in `unmapped`: a certificate of OCSF needs an issuer, which the log does not name.

use ocsf_core::{Enumerated, Layout, Row, Table, reads, takes};

use crate::common::{self, ACCEPTS};
use crate::fields::{
    CLIENT, CLIENT_IP, CLIENT_PORT, CONN_TRACE, LISTENER_PORT, NODE_IP, TLS_CIPHER, TLS_HANDSHAKE_LATENCY,
    TLS_PROTOCOL, TLS_VERIFY_STATUS,
};
use crate::record::Elb;

pub(crate) fn table(t: &mut Table<Elb>) {
    let handshake = || reads(&[TLS_VERIFY_STATUS, TLS_PROTOCOL, TLS_HANDSHAKE_LATENCY]);
    t.id(
        "activity_id",
        handshake(),
        "1 Open; 4 Fail when the client's certificate was refused, or there is a protocol and no latency of the handshake",
        |r| Enumerated::Id(if handshake_of(r) == Handshake::Failed { 4 } else { 1 }),
    );
    common::event(t, "Application Load Balancer", "Connection logs");
    t.dict_by("src_endpoint.ip", takes(&[CLIENT_IP]), "", |r| r.facts.client.ip).searched();
    // Where the fields are chosen one by one, `client_port` is also the name of `client:port` in other logs.
    t.port("src_endpoint.port", [CLIENT_PORT, CLIENT]);
    t.dict_by("src_endpoint.name", takes(&[CLIENT_IP]), "when it is no address", |r| r.facts.client.name);
    common::balancer(t, &ACCEPTS, NODE_IP);
    t.port("dst_endpoint.port", LISTENER_PORT);
    common::connection(t);
    t.str("connection_info.uid", CONN_TRACE).searched().note("joins with the access logs");
    t.id(
        "status_id",
        handshake(),
        "2 Failure when it failed, 1 Success when there was a handshake; 0 where the log says nothing of one, as on listeners without TLS",
        |r| {
            Enumerated::Id(match handshake_of(r) {
                Handshake::Unknown => 0,
                Handshake::Done => 1,
                Handshake::Failed => 2,
            })
        },
    );
    t.dict("status_detail", TLS_VERIFY_STATUS);
    common::tls(t, TLS_PROTOCOL, TLS_CIPHER);
    t.int_by(
        "tls.handshake_dur",
        reads(&[TLS_HANDSHAKE_LATENCY, TLS_PROTOCOL]),
        "seconds to milliseconds",
        |r| {
            let ms = common::ms(r, TLS_HANDSHAKE_LATENCY).filter(|_| r.text(TLS_PROTOCOL).is_some());
            i32::try_from(ms?).ok()
        },
    );
    common::metrics(t, &[TLS_HANDSHAKE_LATENCY]);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Handshake {
    Unknown,
    Done,
    Failed,
}

/// AWS writes a latency for handshakes that succeed only, and a protocol for all of TLS.
fn handshake_of(r: Row<'_, '_, Elb>) -> Handshake {
    let is_refused = r.text(TLS_VERIFY_STATUS).is_some_and(|status| status.starts_with("Failed"));
    let has_latency = r.text(TLS_HANDSHAKE_LATENCY).is_some();
    // Users may choose the fields of JSON and columns.
    let is_whole = matches!(r.origin().layout, Layout::Form(_));
    let has_protocol = r.text(TLS_PROTOCOL).is_some();
    if is_refused || (has_protocol && !has_latency && is_whole) {
        Handshake::Failed
    } else if has_protocol || has_latency {
        Handshake::Done
    } else {
        Handshake::Unknown
    }
}
