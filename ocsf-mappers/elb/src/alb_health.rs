//! `alb-health`: health checks of targets by Application Load Balancers, as Network Activity.
//!
//! A check is a request that the load balancer itself makes, so that it is the source, and the target the destination.
//! HTTP Activity would say more of it, but it needs a request and a response, of which the log has neither method nor URL
//! nor, for checks that fail, a status; and checks of Lambda functions are no HTTP at all. Classes of findings and of
//! scans tell of what somebody found out about a resource over time, and have no place for both ends.
//!
//! The mapping is not verified against real logs: AWS documents the fields, and publishes no records.

use ocsf_core::{Enumerated, Field, Row, Table, reads, takes};

use crate::common::{self, OPENS};
use crate::fields::{LATENCY, NODE_IP, REASON_CODE, STATUS, STATUS_CODE, TARGET_ADDRESS, TIME, TYPE};
use crate::record::Elb;

pub(crate) fn table(t: &mut Table<Elb>) {
    t.id(
        "activity_id",
        reads(&[STATUS, STATUS_CODE]),
        "6 Traffic; 4 Fail when the check failed without an answer",
        |r| {
            let has_failed = r.text(STATUS) == Some("FAIL") && r.text(STATUS_CODE).is_none();
            Enumerated::Id(if has_failed { 4 } else { 6 })
        },
    );
    common::event(t, "Application Load Balancer", "Health check logs");
    common::balancer(t, &OPENS, NODE_IP);
    target(t);
    connection(t);
    t.id("status_id", takes(&[STATUS]), "`PASS` 1 Success, `FAIL` 2 Failure, others 99", |r| {
        match r.text(STATUS) {
            Some("PASS") => Enumerated::Id(1),
            Some("FAIL") => Enumerated::Id(2),
            Some(word) => Enumerated::Other(word),
            None => Enumerated::Missing,
        }
    });
    t.dict("status_code", STATUS_CODE);
    t.dict("status_detail", REASON_CODE);
    t.time("start_time", TIME).note("the check began");
    common::duration(t, &reads(&[LATENCY]), "seconds to milliseconds", |r| common::ms(r, LATENCY));
    common::metrics(t, &[LATENCY]);
}

fn target(t: &mut Table<Elb>) {
    const FIELD: [Field; 1] = [TARGET_ADDRESS];
    t.dict_by("dst_endpoint.ip", takes(&FIELD), "", |r| r.facts.target.ip).searched();
    t.port_by("dst_endpoint.port", takes(&FIELD), "", |r| r.facts.target.port);
    t.dict_by("dst_endpoint.uid", takes(&FIELD), "the ARN of a Lambda function", |r| {
        r.facts.target.name.filter(|name| name.starts_with("arn:"))
    });
    t.dict_by("dst_endpoint.name", takes(&FIELD), "when it is neither address nor ARN", |r| {
        r.facts.target.name.filter(|name| !name.starts_with("arn:"))
    });
    t.dict_by(
        "dst_endpoint.svc_name",
        reads(&[TYPE, TARGET_ADDRESS]),
        "`lambda.amazonaws.com` for functions",
        |r| is_function(r).then_some("lambda.amazonaws.com"),
    );
}

/// Functions are called through the service, of whose connection the log says nothing.
fn connection(t: &mut Table<Elb>) {
    t.dict_by("connection_info.protocol_name", reads(&[TYPE]), "`tcp`, unless it is a function", |r| {
        (!is_function(r)).then_some("tcp")
    });
    t.int_by("connection_info.protocol_num", reads(&[TYPE]), "6, unless it is a function", |r| {
        (!is_function(r)).then_some(6)
    });
    t.id("connection_info.protocol_ver_id", reads(&[TARGET_ADDRESS]), "by the target's address", |r| {
        common::ip_version(r.facts.target)
    });
    t.id_konst("connection_info.direction_id", 2);
}

fn is_function(r: Row<'_, '_, Elb>) -> bool {
    r.text(TYPE) == Some("lambda")
}
