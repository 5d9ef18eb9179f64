//! Application Load Balancers.

use std::net::{IpAddr, Ipv4Addr};

use super::{Balancer, CIPHERS, METHODS, STATUSES, key, path};
use crate::clock::Iso;
use crate::dice::Dice;
use crate::objects::{Delivery, Log, Moment, Records, Slot};
use crate::pack::Packing;
use crate::world::{WEB_AGENTS, client, client_port, internet, private};

#[derive(Debug)]
pub(crate) struct Alb;

impl Log for Alb {
    fn name(&self) -> &'static str {
        "alb"
    }

    fn usual_records(&self) -> u64 {
        10_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let balancer = Balancer::of(&slot.site, "app", dice);
        let node = internet(dice);
        let name = format!("app.{}.{}", balancer.name, balancer.id);
        let mut own = slot.site.things("targets");
        Delivery {
            key: key(slot, &name, &format!("{node}_{}.log.gz", dice.letters(8))),
            packing: Packing::GzipMembers,
            head: "",
            between: "\n",
            tail: "\n",
            records: Box::new(Requests {
                domain: format!("{}.example.com", balancer.name),
                balancer,
                account: slot.site.account.clone(),
                region: slot.site.region,
                node,
                targets: (0..12).map(|_| private(&mut own)).collect(),
            }),
        }
    }
}

struct Requests {
    balancer: Balancer,
    domain: String,
    account: String,
    region: &'static str,
    node: Ipv4Addr,
    targets: Vec<Ipv4Addr>,
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Forwarded,
    Redirected,
    /// By the web application firewall.
    Refused,
    /// No request at all.
    Malformed,
    NoTarget,
}

const ENDS: [(u64, End); 5] = [
    (940, End::Forwarded),
    (25, End::Redirected),
    (20, End::Refused),
    (5, End::Malformed),
    (10, End::NoTarget),
];

impl Records for Requests {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        let Self { balancer: Balancer { name, id }, domain, account, region, node, .. } = self;
        let end = dice.weighted(&ENDS);
        let kind = match end {
            End::Redirected => "http",
            _ => dice.weighted(&[(500, "https"), (330, "h2"), (60, "http"), (80, "grpcs"), (30, "wss")]),
        };
        let secure = kind != "http";
        put!(out, "{kind} {} app/{name}/{id} ", Iso::micros(moment.at));
        match client(dice, 60) {
            IpAddr::V4(client) => put!(out, "{client}:{} ", client_port(dice)),
            IpAddr::V6(client) => put!(out, "[{client}]:{} ", client_port(dice)),
        }
        let target = dice.favour(&self.targets);
        let forwarded = end == End::Forwarded;
        let took = dice.size(0, 10);
        if forwarded {
            put!(out, "{target}:8080 0.00{} {}.{:03} 0.000 ", dice.rank(10), took / 1_000, took % 1_000);
        } else {
            out.push_str("- -1 -1 -1 ");
        }
        let status = match end {
            End::Forwarded if kind == "wss" => 101,
            End::Forwarded => dice.weighted(&STATUSES),
            End::Redirected => 301,
            End::Refused => 403,
            End::Malformed => 400,
            End::NoTarget => 503,
        };
        put!(out, "{status} ");
        if forwarded {
            put!(out, "{status} ");
        } else {
            out.push_str("- ");
        }
        put!(out, "{} {} ", 80 + dice.size(3, 9), 100 + dice.size(5, 15));
        let (scheme, port) = match kind {
            "wss" => ("wss", 443),
            "http" => ("http", 80),
            _ => ("https", 443),
        };
        if end == End::Malformed {
            put!(out, r#""- {scheme}://{domain}:{port}- -" "-" "#);
        } else {
            put!(out, r#""{} {scheme}://{domain}:{port}"#, dice.weighted(&METHODS));
            path(dice, out);
            let version = if matches!(kind, "h2" | "grpcs") { "2.0" } else { "1.1" };
            put!(out, r#" HTTP/{version}" "{}" "#, dice.favour(&WEB_AGENTS));
        }
        let (cipher, protocol) = if secure { dice.weighted(&CIPHERS) } else { ("-", "-") };
        put!(out, "{cipher} {protocol} ");
        if end == End::Malformed || end == End::Redirected {
            out.push_str("- ");
        } else {
            put!(out, "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{id} ");
        }
        let seconds = moment.at / 1_000_000;
        put!(out, r#""Root=1-{seconds:08x}-{}" "#, dice.hex(24));
        let certificate = match () {
            () if !secure => "-".to_owned(),
            () if dice.in_thousand(300) => "session-reused".to_owned(),
            () => format!("arn:aws:acm:{region}:{account}:certificate/{id}-0000"),
        };
        put!(out, r#""{}" "{certificate}" "#, if secure { domain } else { "-" });
        put!(
            out,
            "{} ",
            if end == End::Malformed { "-" } else { dice.favour(&["0", "1", "2", "10", "201"]) }
        );
        put!(out, "{} ", Iso::micros(moment.at - took as i64 * 1_000));
        let actions = match end {
            End::Forwarded => "waf,forward",
            End::Redirected => "redirect",
            End::Refused => "waf",
            End::Malformed => "-",
            End::NoTarget => "forward",
        };
        put!(out, r#""{actions}" "#);
        if end == End::Redirected {
            put!(out, r#""https://{domain}:443/" "-" "#);
        } else {
            out.push_str(r#""-" "-" "#);
        }
        if forwarded {
            put!(out, r#""{target}:8080" "{status}" "#);
        } else {
            out.push_str(r#""-" "-" "#);
        }
        let classification = if dice.in_thousand(6) { r#""Ambiguous" "AmbiguousUri""# } else { r#""-" "-""# };
        put!(out, "{classification} TID_{} ", dice.hex(32));
        put!(out, r#""-" "-" "-" {node}"#);
    }
}
