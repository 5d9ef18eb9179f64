//! What is decided once for each record: its log, both ends, the request, and the load balancer.

use bumpalo::Bump;
use ocsf_aws_common::file_name;
use ocsf_core::{Fields, Place};

use crate::fields::{
    BACKEND, CERT_ARN, CLIENT, CLIENT_IP, CLIENT_PORT, DESTINATION, ELB, NODE_IP, REQUEST, REQUEST_LINE,
    TARGET, TARGET_ADDRESS, TARGET_GROUP_ARN,
};
use crate::form::Log;
use crate::request::Request;
use crate::values::{Endpoint, arn_place};

/// What is decided once a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'b> {
    /// `None` for what is no record of any log.
    pub(crate) log: Option<Log>,
    pub(crate) client: Endpoint<'b>,
    /// What the load balancer spoke to.
    pub(crate) target: Endpoint<'b>,
    /// The load balancer's own address.
    pub(crate) node: Endpoint<'b>,
    pub(crate) request: Request<'b>,
    pub(crate) balancer: Balancer<'b>,
    /// Account and Region of the ARNs: target groups and certificates are those of the load balancer.
    pub(crate) place: Place<'b>,
}

/// The load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Balancer<'b> {
    /// `app/<name>/<id>` or `net/<name>/<id>`; a Classic Load Balancer has none.
    pub(crate) uid: Option<&'b str>,
    pub(crate) name: Option<&'b str>,
}

impl<'b> Facts<'b> {
    pub(crate) fn of(fields: &Fields<'_, 'b>) -> Self {
        let log = Log::of(fields);
        let end = |text: Option<&'b str>| text.map_or_else(Endpoint::default, Endpoint::of);
        let address = |field| fields.text(field).map_or_else(Endpoint::default, Endpoint::of_address);
        let target = match log {
            Some(Log::AlbAccess) => Some(TARGET),
            Some(Log::AlbHealth) => Some(TARGET_ADDRESS),
            Some(Log::Clb) => Some(BACKEND),
            _ => None,
        };
        let request = fields.first([REQUEST, REQUEST_LINE]);
        let named = || Balancer::of_object(fields.origin().object, fields.arena());
        Self {
            log,
            client: match log {
                Some(Log::AlbConnection) => address(CLIENT_IP),
                // Where the fields are chosen one by one, the name has no colon.
                _ => end(fields.first([CLIENT, CLIENT_PORT])),
            },
            target: end(target.and_then(|field| fields.text(field))),
            node: match log {
                Some(Log::Nlb) => end(fields.text(DESTINATION)),
                _ => address(NODE_IP),
            },
            request: request.map_or_else(Request::default, |line| Request::of(line, fields.arena())),
            balancer: fields.text(ELB).map_or_else(named, Balancer::of),
            place: place(fields),
        }
    }
}

fn place<'b>(fields: &Fields<'_, 'b>) -> Place<'b> {
    let of = |field| fields.text(field).map_or((None, None), arn_place);
    let (group, certificate) = (of(TARGET_GROUP_ARN), of(CERT_ARN));
    Place { account: group.0.or(certificate.0), region: group.1.or(certificate.1) }
}

impl<'b> Balancer<'b> {
    pub(crate) fn is_known(&self) -> bool {
        self.uid.or(self.name).is_some()
    }

    fn of(text: &'b str) -> Self {
        match text.split_once('/').and_then(|(_, rest)| rest.split_once('/')) {
            Some((name, _)) => Self { uid: Some(text), name: Some(name).filter(|name| !name.is_empty()) },
            None => Self { uid: None, name: Some(text) },
        }
    }

    /// The load balancer whose logs the object holds, as the end of its key says: `..._app.<name>.<id>_...`.
    fn of_object(object: &str, arena: &'b Bump) -> Self {
        let mut parts = file_name(object).split('_').map(|part| part.splitn(3, '.'));
        let named = parts.find_map(|mut part| {
            let kind = part.next().filter(|kind| matches!(*kind, "app" | "net"))?;
            Some((kind, part.next()?, part.next()?))
        });
        named.map_or_else(Self::default, |(kind, name, id)| {
            Self::of(arena.alloc_str(&format!("{kind}/{name}/{id}")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balancers_of_records_and_objects() {
        let arena = Bump::new();
        let shop = Balancer { uid: Some("app/shop/0123456789abcdef"), name: Some("shop") };
        assert_eq!(Balancer::of("app/shop/0123456789abcdef"), shop);
        assert_eq!(Balancer::of("legacy-lb"), Balancer { uid: None, name: Some("legacy-lb") });
        let key = "logs/conn_log_111122223333_elasticloadbalancing_eu-west-1_app.shop.0123456789abcdef_20260801T1000Z_203.0.113.10_1a2b3c4d.log.gz";
        assert_eq!(Balancer::of_object(key, &arena), shop);
        for object in
            ["", "-", "app.log", "x/111122223333_elasticloadbalancing_eu-west-1_legacy-lb_20260801T1000Z"]
        {
            assert_eq!(Balancer::of_object(object, &arena), Balancer::default(), "{object}");
        }
    }
}
