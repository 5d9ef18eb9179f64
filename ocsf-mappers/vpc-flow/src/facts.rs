//! What is decided once for each record: addresses, direction, and the endpoint that captured the flow.

use ocsf_aws_common::is_ip;
use ocsf_core::schema::Version;
use ocsf_core::{Field, Fields};

use crate::fields::{
    DSTADDR, ECS_CONTAINER, ECS_CONTAINER_INSTANCE, ECS_CONTAINER_INSTANCE_ARN, ECS_TASK, ECS_TASK_ARN,
    FLOW_DIRECTION, INSTANCE, INTERFACE, LOG_STATUS, PKT_DST_SERVICE, PKT_DSTADDR, PKT_SRC_SERVICE,
    PKT_SRCADDR, RESOURCE, SRCADDR, SUBNET, TGW, TGW_ATTACHMENT, TGW_DST_INTERFACE, TGW_DST_SUBNET,
    TGW_DST_VPC, TGW_SRC_INTERFACE, TGW_SRC_SUBNET, TGW_SRC_VPC, TYPE, VPC,
};

/// What tells the end of a flow that has no address, no interface and no instance: the narrowest first.
pub(crate) const PLACE: [Field; 7] =
    [ECS_TASK_ARN, ECS_TASK, ECS_CONTAINER, ECS_CONTAINER_INSTANCE_ARN, ECS_CONTAINER_INSTANCE, SUBNET, VPC];

/// What is decided once a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'b> {
    pub(crate) src: Side<'b>,
    pub(crate) dst: Side<'b>,
    /// The interface, with its VPC, subnet and instance, belongs to the destination.
    pub(crate) at_dst: bool,
    /// It belongs to either: the record names no direction and no end.
    pub(crate) at_either: bool,
    /// The end where it is, when nothing else names that.
    pub(crate) place: Option<&'b str>,
    /// The window has no traffic: `NODATA` or `SKIPDATA`.
    pub(crate) is_empty: bool,
    /// Version of the Internet Protocol: 4 or 6.
    pub(crate) ip_version: Option<i32>,
}

/// The addresses of one end of a flow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'b> {
    /// The address in the packet, else the interface's.
    pub(crate) ip: Option<&'b str>,
    /// The interface's address where the packet has another.
    pub(crate) between: Option<&'b str>,
    /// Text where an address should be.
    pub(crate) name: Option<&'b str>,
    /// Where it is, when nothing else names it.
    pub(crate) place: Option<&'b str>,
    /// The record says of it what makes it an endpoint.
    pub(crate) is_named: bool,
}

impl<'b> Facts<'b> {
    pub(crate) fn of(fields: &Fields<'_, 'b>) -> Self {
        let src = Side::of(
            fields,
            [PKT_SRCADDR, SRCADDR],
            [PKT_SRC_SERVICE, TGW_SRC_INTERFACE],
            [TGW_SRC_SUBNET, TGW_SRC_VPC],
        );
        let dst = Side::of(
            fields,
            [PKT_DSTADDR, DSTADDR],
            [PKT_DST_SERVICE, TGW_DST_INTERFACE],
            [TGW_DST_SUBNET, TGW_DST_VPC],
        );
        let gateway = fields.first([TGW_ATTACHMENT, TGW]);
        let (at_dst, is_told) = match fields.text(FLOW_DIRECTION) {
            // What passes a gateway ends neither at it nor at its attachment.
            Some("ingress") if gateway.is_none() => (true, true),
            Some("egress") if gateway.is_none() => (false, true),
            // Nothing tells; an end that nothing names is known by the interface at least.
            _ => (!dst.is_named, false),
        };
        let end = if at_dst { dst } else { src };
        let is_known = end.is_named || fields.first([INTERFACE, INSTANCE, RESOURCE]).is_some();
        let place = if is_known { None } else { gateway.or_else(|| fields.first(PLACE)) };
        let version = |ip: &str| if ip.contains(':') { 6 } else { 4 };
        let ip_version = match fields.text(TYPE) {
            Some("IPv4") => Some(4),
            Some("IPv6") => Some(6),
            Some(_) => None,
            None => src.ip.or(dst.ip).map(version),
        };
        let is_empty = matches!(fields.text(LOG_STATUS), Some("NODATA" | "SKIPDATA"));
        let at_either = !is_told && !src.is_named && !dst.is_named;
        Self { src, dst, at_dst, at_either, place, is_empty, ip_version }
    }
}

impl Facts<'_> {
    /// The interface, or the place where the flow was seen, belongs to the source. OCSF 1.1.0 has no event without a source
    /// and a destination: there, what may be either is both.
    pub(crate) fn at_src(&self, version: Version) -> bool {
        !self.at_dst || (self.at_either && version < Version::V1_3)
    }
}

impl<'b> Side<'b> {
    /// One end by its addresses, in the packet and at the interface; by what else names it; and by where it is.
    fn of(
        fields: &Fields<'_, 'b>,
        [packet, interface]: [Field; 2],
        others: [Field; 2],
        places: [Field; 2],
    ) -> Self {
        let (packet, interface) = (fields.text(packet), fields.text(interface));
        let only = packet.or(interface);
        let (ip, between, name) = match (packet, interface) {
            (Some(packet), Some(interface)) if packet != interface => {
                match (is_ip(packet), is_ip(interface)) {
                    (true, true) => (Some(packet), Some(interface), None),
                    (true, false) => (Some(packet), None, Some(interface)),
                    (false, true) => (Some(interface), None, Some(packet)),
                    (false, false) => {
                        let both = fields.arena().alloc_str(&format!("{packet}, {interface}"));
                        (None, None, Some(&*both))
                    }
                }
            }
            _ if only.is_some_and(is_ip) => (only, None, None),
            _ => (None, None, only),
        };
        let has_name = only.is_some() || fields.first(others).is_some();
        let place = if has_name { None } else { fields.first(places) };
        Self { ip, between, name, place, is_named: has_name || place.is_some() }
    }
}
