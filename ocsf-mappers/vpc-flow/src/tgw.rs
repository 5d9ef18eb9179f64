//! `tgw-flow`: what passes a transit gateway. The log says nothing of allowing and denying.
//!
//! The mapping is not verified against real logs: AWS documents the fields, and publishes no records.

use ocsf_core::{Table, Version, reads};

use crate::common;
use crate::fields::{
    LOG_STATUS, TGW, TGW_ATTACHMENT, TGW_DST_ACCOUNT, TGW_DST_INTERFACE, TGW_DST_SUBNET, TGW_DST_VPC,
    TGW_SRC_ACCOUNT, TGW_SRC_INTERFACE, TGW_SRC_SUBNET, TGW_SRC_VPC,
};
use crate::record::VpcFlow;

pub(crate) fn table(t: &mut Table<VpcFlow>) {
    const UID: &str =
        "when nothing else names the end: its subnet, else its VPC, else the attachment, else the gateway";

    t.id(
        "activity_id",
        reads(&[LOG_STATUS]),
        "6 Traffic; 0 when the window has no traffic",
        common::traffic_or_unknown,
    );
    common::lines(t);
    t.konst("metadata.product.name", "AWS Transit Gateway");
    t.konst("metadata.product.feature.name", "Flowlogs");
    t.dict("metadata.product.feature.uid", TGW).searched();

    t.dict("src_endpoint.vpc_uid", TGW_SRC_VPC);
    t.dict("src_endpoint.subnet_uid", TGW_SRC_SUBNET);
    t.dict("src_endpoint.interface_uid", TGW_SRC_INTERFACE);
    t.dict("dst_endpoint.vpc_uid", TGW_DST_VPC);
    t.dict("dst_endpoint.subnet_uid", TGW_DST_SUBNET);
    t.dict("dst_endpoint.interface_uid", TGW_DST_INTERFACE);
    t.since(Version::V1_3, |t| {
        t.dict("src_endpoint.owner.account.uid", TGW_SRC_ACCOUNT);
        t.dict("dst_endpoint.owner.account.uid", TGW_DST_ACCOUNT);
    });
    let version = t.version();
    t.dict_by(
        "src_endpoint.uid",
        reads(&[TGW_SRC_SUBNET, TGW_SRC_VPC, TGW_ATTACHMENT, TGW]),
        UID,
        move |r| r.facts.src.place.or_else(|| r.facts.place.filter(|_| r.facts.at_src(version))),
    );
    t.dict_by("dst_endpoint.uid", reads(&[TGW_DST_SUBNET, TGW_DST_VPC, TGW_ATTACHMENT, TGW]), UID, |r| {
        r.facts.dst.place.or_else(|| r.facts.place.filter(|_| r.facts.at_dst))
    });
}
