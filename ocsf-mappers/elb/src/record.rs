//! Logs of load balancers as a source: forms of lines, and where a record goes.

use ocsf_core::{Field, Fields, Format, Lines, MapperInfo, Place, Route, Row, Shape, Source, Tables};

use crate::facts::Facts;
use crate::fields::{ELB_STATUS, FIELDS, REQUEST};
use crate::form::{FORMS, Log, begins};
use crate::{alb, alb_connection, alb_health, clb, nlb};

/// Elastic Load Balancing as a [`Source`].
#[derive(Debug)]
pub struct Elb;

/// Numbers of the tables.
const ALB_ACCESS: usize = 0;
const ALB_CONNECTION: usize = 1;
const ALB_HEALTH: usize = 2;
const NLB_TLS: usize = 3;
const CLB_HTTP: usize = 4;
const CLB_TCP: usize = 5;

impl Shape for Elb {
    const FIELDS: &'static [Field] = FIELDS;
    type Facts<'b> = &'b Facts<'b>;

    fn facts<'b>(fields: Fields<'_, 'b>) -> &'b Facts<'b> {
        fields.arena().alloc(Facts::of(&fields))
    }
}

impl Source for Elb {
    const INFO: MapperInfo =
        MapperInfo::new("elb", "Elastic Load Balancing logs", 1).delivered_as(&["elasticloadbalancing"]);

    const FORMAT: Format = Format::Lines(Lines::new(FORMS).with_line_breaks(begins).with_escapes());

    fn route(row: Row<'_, '_, Self>) -> Route {
        match row.facts.log {
            Some(Log::AlbAccess) => Route::Table(ALB_ACCESS),
            Some(Log::AlbConnection) => Route::Table(ALB_CONNECTION),
            Some(Log::AlbHealth) => Route::Table(ALB_HEALTH),
            Some(Log::Nlb) => Route::Table(NLB_TLS),
            // Listeners of TCP and SSL see neither requests nor statuses.
            Some(Log::Clb) if row.text(ELB_STATUS).is_none() && row.facts.request.is_empty() => {
                Route::Table(CLB_TCP)
            }
            Some(Log::Clb) => Route::Table(CLB_HTTP),
            None => Route::Foreign,
        }
    }

    fn place<'b>(row: Row<'_, 'b, Self>) -> Place<'b> {
        row.facts.place
    }

    fn tables(tables: &mut Tables<Self>) {
        const PROFILES: &[&str] = &["cloud", "datetime", "load_balancer"];
        tables
            .class("alb-access", 4002, PROFILES, alb::table)
            .gets(
                "access logs of Application Load Balancers, told by the form of the record",
                Log::AlbAccess.signs(),
            )
            .class("alb-connection", 4001, PROFILES, alb_connection::table)
            .gets(
                "connection logs of Application Load Balancers, told by the form of the record",
                Log::AlbConnection.signs(),
            )
            .class("alb-health", 4001, PROFILES, alb_health::table)
            .gets(
                "health check logs of Application Load Balancers, told by the form of the record",
                Log::AlbHealth.signs(),
            )
            .class("nlb-tls", 4001, PROFILES, nlb::table)
            .gets("access logs of Network Load Balancers, told by the form of the record", Log::Nlb.signs())
            .class("clb-http", 4002, PROFILES, clb::http_table)
            .gets("access logs of Classic Load Balancers with a request or a status", &[ELB_STATUS, REQUEST])
            .class("clb-tcp", 4001, PROFILES, clb::tcp_table)
            .gets(
                "access logs of Classic Load Balancers without: listeners of TCP and SSL",
                &[ELB_STATUS, REQUEST],
            );
    }
}
