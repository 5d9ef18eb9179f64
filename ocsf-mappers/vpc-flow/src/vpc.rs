//! `vpc-flow`: what interfaces of a VPC send and receive.

use ocsf_core::{Enumerated, Table, reads, takes};

use crate::common;
use crate::facts::PLACE;
use crate::fields::{
    ACTION, FLOW_DIRECTION, INSTANCE, INTERFACE, REJECT_REASON, RESOURCE, SUBNET, TRAFFIC_PATH, VPC,
};
use crate::record::VpcFlow;

pub(crate) fn table(t: &mut Table<VpcFlow>) {
    t.id("activity_id", reads(&[ACTION]), "`ACCEPT` 6 Traffic, `REJECT` 5 Refuse, else 0", |r| {
        Enumerated::Id(match r.text(ACTION) {
            Some("ACCEPT") => 6,
            Some("REJECT") => 5,
            _ => 0,
        })
    });
    common::lines(t);
    t.konst("metadata.product.name", "Amazon VPC");
    t.konst("metadata.product.feature.name", "Flowlogs");
    t.id("action_id", takes(&[ACTION]), "`ACCEPT` 1 Allowed, `REJECT` 2 Denied, else 0", |r| {
        match r.text(ACTION) {
            Some("ACCEPT") => Enumerated::Id(1),
            Some("REJECT") => Enumerated::Id(2),
            Some(word) => Enumerated::Other(word),
            None => Enumerated::Id(0),
        }
    });
    t.id("disposition_id", reads(&[ACTION]), "`ACCEPT` 1 Allowed, `REJECT` 2 Blocked, else 0", |r| {
        Enumerated::Id(match r.text(ACTION) {
            Some("ACCEPT") => 1,
            Some("REJECT") => 2,
            _ => 0,
        })
    });
    t.dict("status_detail", REJECT_REASON);
    t.id(
        "connection_info.boundary_id",
        takes(&[TRAFFIC_PATH]).or_nothing(),
        "the path of egress traffic: 1 to 8 are 4 Same VPC to 11 Internet Gateway, others 99",
        |r| match r.text(TRAFFIC_PATH).map(|path| (path, path.parse::<i32>())) {
            Some((_, Ok(path @ 1..=8))) => Enumerated::Id(path + 3),
            Some((path, _)) => Enumerated::Other(path),
            None => Enumerated::Missing,
        },
    );
    interface(t);
}

/// The capturing interface and where it stands. AWS names it without saying which end of the flow it is.
fn interface(t: &mut Table<VpcFlow>) {
    const SRC: &str = "of outbound flows and those of unknown direction; at OCSF 1.1.0, which wants both ends, also where \
                       nothing names one";
    const DST: &str = "of inbound flows, and where nothing else names the destination";
    const UID: &str = "a regional NAT gateway, which has no interface; else, when nothing else names the end, the first \
                       of the others that is known";

    let version = t.version();
    let uses = |field| takes(&[field]).and_reads(&[FLOW_DIRECTION]).or_nothing();
    let places = || takes(&[RESOURCE]).and_reads(&PLACE).and_reads(&[FLOW_DIRECTION]);
    t.dict_by("src_endpoint.interface_uid", uses(INTERFACE), SRC, move |r| {
        r.text(INTERFACE).filter(|_| r.facts.at_src(version))
    })
    .searched();
    t.dict_by("src_endpoint.vpc_uid", uses(VPC), SRC, move |r| {
        r.text(VPC).filter(|_| r.facts.at_src(version))
    });
    t.dict_by("src_endpoint.subnet_uid", uses(SUBNET), SRC, move |r| {
        r.text(SUBNET).filter(|_| r.facts.at_src(version))
    });
    t.dict_by("src_endpoint.instance_uid", uses(INSTANCE), SRC, move |r| {
        r.text(INSTANCE).filter(|_| r.facts.at_src(version))
    })
    .searched();
    t.dict_by("src_endpoint.uid", places(), UID, move |r| {
        r.text(RESOURCE).or(r.facts.place).filter(|_| r.facts.at_src(version))
    });

    t.dict_by("dst_endpoint.interface_uid", uses(INTERFACE), DST, |r| {
        r.text(INTERFACE).filter(|_| r.facts.at_dst)
    })
    .searched();
    t.dict_by("dst_endpoint.vpc_uid", uses(VPC), DST, |r| r.text(VPC).filter(|_| r.facts.at_dst));
    t.dict_by("dst_endpoint.subnet_uid", uses(SUBNET), DST, |r| r.text(SUBNET).filter(|_| r.facts.at_dst));
    t.dict_by("dst_endpoint.instance_uid", uses(INSTANCE), DST, |r| {
        r.text(INSTANCE).filter(|_| r.facts.at_dst)
    })
    .searched();
    t.dict_by("dst_endpoint.uid", places(), UID, |r| {
        r.text(RESOURCE).or(r.facts.place).filter(|_| r.facts.at_dst)
    });
}
