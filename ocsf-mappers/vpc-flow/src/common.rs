//! Lines that both tables share: times, product, connection, traffic, addresses.

use ocsf_core::{Enumerated, Row, Table, Value, reads, takes};

use crate::fields::{
    ACCOUNT, AZ, BYTES, DSTADDR, DSTPORT, END, FLOW_DIRECTION, LOG_STATUS, PACKETS, PKT_DST_SERVICE,
    PKT_DSTADDR, PKT_SRC_SERVICE, PKT_SRCADDR, PROTOCOL, REGION, SRCADDR, SRCPORT, START, TCP_FLAGS, TYPE,
    VERSION,
};
use crate::protocols;
use crate::record::VpcFlow;

/// Adds the lines that stand in both tables.
pub(crate) fn lines(t: &mut Table<VpcFlow>) {
    event(t);
    connection(t);
    endpoints(t);
    t.long("traffic.packets", PACKETS);
    t.long("traffic.bytes", BYTES);
}

fn event(t: &mut Table<VpcFlow>) {
    t.time_by(
        "time",
        reads(&[START, END]),
        "the start of the window; else its end, else the time of the log event that it came in, else the time in the key \
         of the object",
        |r| seconds(r.value(START)).or_else(|| seconds(r.value(END))).or_else(|| r.origin().time),
    );
    t.seconds("start_time", START);
    t.seconds("end_time", END);
    t.id_konst("severity_id", 1);
    t.dict("status_code", LOG_STATUS).note("the log says nothing of success, so `status_id` stays empty");
    t.konst("metadata.product.vendor_name", "AWS");
    t.dict("metadata.product.version", VERSION);
    t.konst("cloud.provider", "AWS");
    t.dict_by(
        "cloud.account.uid",
        takes(&[ACCOUNT]),
        "when it is `unknown` or not there, the account of the log group or object",
        |r| match r.text(ACCOUNT) {
            Some("unknown") => r.origin().account,
            _ => r.text_or(ACCOUNT, r.origin().account),
        },
    )
    .searched();
    t.dict_by("cloud.region", takes(&[REGION]), "when it is not there, the Region of the object", |r| {
        r.text_or(REGION, r.origin().region)
    });
    t.dict("cloud.zone", AZ);
}

fn connection(t: &mut Table<VpcFlow>) {
    t.int("connection_info.protocol_num", PROTOCOL);
    t.dict_by("connection_info.protocol_name", reads(&[PROTOCOL]), "IANA keyword in lower case", |r| {
        r.text(PROTOCOL).and_then(protocols::name)
    });
    t.id(
        "connection_info.protocol_ver_id",
        takes(&[TYPE]).and_reads(&[SRCADDR, DSTADDR]),
        "`IPv4` 4, `IPv6` 6, others 99 with the word as caption; when it is not there, by the addresses",
        |r| match (r.facts.ip_version, r.text(TYPE)) {
            (Some(version), _) => Enumerated::Id(version),
            (None, Some(kind)) => Enumerated::Other(kind),
            (None, None) => Enumerated::Missing,
        },
    );
    t.int("connection_info.tcp_flags", TCP_FLAGS).note("all flags of the window");
    t.id(
        "connection_info.direction_id",
        takes(&[FLOW_DIRECTION]),
        "`ingress` 1 Inbound, `egress` 2 Outbound, else 0",
        |r| match r.text(FLOW_DIRECTION) {
            Some("ingress") => Enumerated::Id(1),
            Some("egress") => Enumerated::Id(2),
            Some(word) => Enumerated::Other(word),
            None => Enumerated::Id(0),
        },
    );
}

fn endpoints(t: &mut Table<VpcFlow>) {
    const IP: &str = "the packet's address; the interface's when the packet's is not there";
    const BETWEEN: &str = "the interface's address where the packet has another";
    const NAME: &str = "when it is no address";

    let src = || takes(&[PKT_SRCADDR, SRCADDR]);
    t.dict_by("src_endpoint.ip", src(), IP, |r| r.facts.src.ip).searched();
    t.strs_by(
        "src_endpoint.intermediate_ips",
        takes(&[SRCADDR]).and_reads(&[PKT_SRCADDR]),
        BETWEEN,
        |r, ips| {
            ips.extend(r.facts.src.between);
        },
    );
    t.dict_by("src_endpoint.name", src(), NAME, |r| r.facts.src.name);
    t.port("src_endpoint.port", SRCPORT);
    t.dict("src_endpoint.svc_name", PKT_SRC_SERVICE);

    let dst = || takes(&[PKT_DSTADDR, DSTADDR]);
    t.dict_by("dst_endpoint.ip", dst(), IP, |r| r.facts.dst.ip).searched();
    t.strs_by(
        "dst_endpoint.intermediate_ips",
        takes(&[DSTADDR]).and_reads(&[PKT_DSTADDR]),
        BETWEEN,
        |r, ips| {
            ips.extend(r.facts.dst.between);
        },
    );
    t.dict_by("dst_endpoint.name", dst(), NAME, |r| r.facts.dst.name);
    t.port("dst_endpoint.port", DSTPORT);
    t.dict("dst_endpoint.svc_name", PKT_DST_SERVICE);
}

/// The activity of a flow that no action tells more of.
pub(crate) fn traffic_or_unknown<'b>(r: Row<'_, 'b, VpcFlow>) -> Enumerated<'b> {
    Enumerated::Id(if r.facts.is_empty { 0 } else { 6 })
}

fn seconds(value: Value<'_>) -> Option<i64> {
    ocsf_core::time::parse_seconds_or_iso_ms(value.text()?)
}
