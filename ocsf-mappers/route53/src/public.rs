//! `r53-public`: queries that Route 53 answered for public hosted zones.

use ocsf_core::{
    Field, Fields, Form, Format, Layout, Lines, MapperInfo, Place, Route, Row, Shape, Source, Table, Tables,
    fields, reads,
};

use crate::dns_activity::{self, Facts, Shared};

/// Public DNS query logs as a [`Source`].
#[derive(Debug)]
pub struct Public;

fields! { pub(crate) FIELDS:
    VERSION = "log_format_version",
    TIME = "query_timestamp",
    ZONE = "hosted_zone_id",
    NAME = "query_name",
    TYPE = "query_type",
    RCODE = "response_code",
    PROTOCOL = "protocol",
    EDGE = "edge_location",
    RESOLVER_IP = "resolver_ip",
    EDNS_SUBNET = "edns_client_subnet",
}

const SHARED: Shared = Shared {
    version: VERSION,
    time: TIME,
    name: NAME,
    kind: TYPE,
    rcode: RCODE,
    transport: PROTOCOL,
    client: RESOLVER_IP,
    direction: 1,
};

/// The Region of the log groups that Route 53 writes to.
const LOG_REGION: &str = "us-east-1";

impl Shape for Public {
    const FIELDS: &'static [Field] = FIELDS;
    type Facts<'b> = Facts<'b>;

    fn facts<'b>(fields: Fields<'_, 'b>) -> Facts<'b> {
        Facts::of(&fields, &SHARED)
    }
}

impl Source for Public {
    const INFO: MapperInfo = MapperInfo::new("route53-public", "Amazon Route 53 public DNS query logs", 1);

    const FORMAT: Format = Format::Lines(Lines::new(&[Form::new(FIELDS, is_query)]));

    fn route(row: Row<'_, '_, Self>) -> Route {
        let values = FIELDS.iter().filter(|field| row.text(**field).is_some()).count();
        if row.origin().layout == Layout::Json && (row.text(ZONE).is_none() || values < 5) {
            Route::Foreign
        } else {
            Route::Table(0)
        }
    }

    fn place<'b>(row: Row<'_, 'b, Self>) -> Place<'b> {
        Place { account: None, region: Some(region(row)) }
    }

    fn tables(tables: &mut Tables<Self>) {
        tables.class("r53-public", 4003, &["cloud", "datetime"], table);
    }
}

fn table(t: &mut Table<Public>) {
    dns_activity::lines(t, SHARED);
    t.konst("metadata.product.feature.name", "Public DNS Query Logs");
    t.dict("metadata.product.feature.uid", ZONE).searched();
    t.dict_by("cloud.account.uid", reads(&[]), "the account of the log group or object", |r| {
        r.origin().account
    })
    .searched();
    t.dict_by(
        "cloud.region",
        reads(&[]),
        "the Region of the object, else `us-east-1`, where Route 53 keeps the log groups",
        |r| Some(region(r)),
    );
    t.dict("dst_endpoint.name", EDGE);
    t.konst("dst_endpoint.svc_name", "route53.amazonaws.com");
}

fn region<'b>(row: Row<'_, 'b, Public>) -> &'b str {
    row.origin().region.unwrap_or(LOG_REGION)
}

/// A line begins with a version such as `1.0`, a time, and the id of a hosted zone.
pub(crate) fn is_query(line: &str) -> bool {
    let mut fields = line.split_ascii_whitespace();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_version = |text: &str| text.split_once('.').is_some_and(|(a, b)| is_number(a) && is_number(b));
    let is_date = |text: &str| text.len() > 10 && text.as_bytes().get(4) == Some(&b'-') && text.contains('T');
    fields.next().is_some_and(is_version)
        && fields.next().is_some_and(is_date)
        && fields.next().is_none_or(|zone| zone.starts_with('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_by_their_beginning() {
        for line in [
            "1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com",
            "1.1 2026-01-02T03:04:05Z Z1",
            "2.10 2026-13-02T03:04:05Z",
        ] {
            assert!(is_query(line), "{line}");
        }
        for line in [
            "",
            "1.0",
            "1 2026-01-02T03:04:05Z ZEXAMPLE1",
            "1.0 1767225600 ZEXAMPLE1",
            "1.0 2026-01-02T03:04:05Z example",
            "tls 2.0 2026-01-02T03:04:05",
            "1. 2026-01-02T03:04:05Z Z1",
        ] {
            assert!(!is_query(line), "{line}");
        }
    }
}
