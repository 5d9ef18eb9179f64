//! What is decided once for each record: addresses, direction, and the endpoint that captured the flow.

use std::net::IpAddr;

use ocsf_core::{Field, Fields};

use crate::fields::{DSTADDR, FLOW_DIRECTION, LOG_STATUS, PKT_DSTADDR, PKT_SRCADDR, SRCADDR, TYPE};

/// What is decided once a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'b> {
    pub(crate) src: Side<'b>,
    pub(crate) dst: Side<'b>,
    /// The interface, with its VPC, subnet and instance, belongs to the destination.
    pub(crate) at_dst: bool,
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
}

impl<'b> Facts<'b> {
    pub(crate) fn of(fields: &Fields<'_, 'b>) -> Self {
        let src = Side::of(fields, PKT_SRCADDR, SRCADDR);
        let dst = Side::of(fields, PKT_DSTADDR, DSTADDR);
        let at_dst = match fields.text(FLOW_DIRECTION) {
            Some("ingress") => true,
            Some("egress") => false,
            // Nothing tells; an end without an address is known by the interface at least.
            _ => dst.ip.or(dst.name).is_none(),
        };
        let version = |ip: &str| if ip.contains(':') { 6 } else { 4 };
        let ip_version = match fields.text(TYPE) {
            Some("IPv4") => Some(4),
            Some("IPv6") => Some(6),
            Some(_) => None,
            None => src.ip.or(dst.ip).map(version),
        };
        let is_empty = matches!(fields.text(LOG_STATUS), Some("NODATA" | "SKIPDATA"));
        Self { src, dst, at_dst, is_empty, ip_version }
    }
}

impl<'b> Side<'b> {
    fn of(fields: &Fields<'_, 'b>, packet: Field, interface: Field) -> Self {
        let (packet, interface) = (fields.text(packet), fields.text(interface));
        if packet == interface || packet.is_none() || interface.is_none() {
            let only = packet.or(interface);
            let ip = only.filter(|text| is_ip(text));
            return Self { ip, between: None, name: if ip.is_some() { None } else { only } };
        }
        let (packet, interface) = (packet.unwrap_or_default(), interface.unwrap_or_default());
        match (is_ip(packet), is_ip(interface)) {
            (true, true) => Self { ip: Some(packet), between: Some(interface), name: None },
            (true, false) => Self { ip: Some(packet), between: None, name: Some(interface) },
            (false, true) => Self { ip: Some(interface), between: None, name: Some(packet) },
            (false, false) => {
                let both = fields.arena().alloc_str(&format!("{packet}, {interface}"));
                Self { ip: None, between: None, name: Some(both) }
            }
        }
    }
}

fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}
