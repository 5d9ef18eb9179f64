//! Query logs of Route 53: of its Resolver in VPCs, and of public hosted zones.

use std::net::Ipv4Addr;

use crate::clock::{Date, Iso, SECOND, stamp};
use crate::dice::Dice;
use crate::objects::{Delivery, Log, Moment, Records, Slot};
use crate::pack::Packing;
use crate::world::{Site, client, client_port, internet, ipv6, private};

const HOSTS: [&str; 20] = [
    "api", "www", "auth", "cdn", "metrics", "db-main", "cache", "queue", "static", "mail", "login", "git",
    "registry", "search", "images", "status", "vault", "ntp", "backup", "updates",
];

const DOMAINS: [&str; 8] = [
    "example.com",
    "shop.example.com",
    "example.net",
    "svc.example.com",
    "eu.example.com",
    "example.org",
    "partner.example.net",
    "test.example.org",
];

const SERVICES: [&str; 12] = [
    "s3",
    "dynamodb",
    "sts",
    "monitoring",
    "logs",
    "ec2",
    "ssm",
    "kms",
    "sqs",
    "secretsmanager",
    "ecr.api",
    "ec2messages",
];

/// Clients in a VPC.
const CLIENTS: u64 = 80;

/// Queries that the Resolver answered, one JSON object a line.
#[derive(Debug)]
pub(crate) struct Resolver;

impl Log for Resolver {
    fn name(&self) -> &'static str {
        "route53-resolver"
    }

    fn usual_records(&self) -> u64 {
        15_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let Site { account, .. } = &slot.site;
        let queries = Queries::of(&slot.site);
        let folders = Date::of(slot.begin).folders();
        let (vpc, stamp, end) = (&queries.vpc, stamp(slot.begin), dice.hex(8));
        Delivery {
            key: format!(
                "AWSLogs/{account}/vpcdnsquerylogs/{vpc}/{folders}/{vpc}_vpcdnsquerylogs_{account}_{stamp}_{end}.log.gz"
            ),
            packing: Packing::Gzip,
            head: "",
            between: "\n",
            tail: "\n",
            records: Box::new(queries),
        }
    }
}

struct Queries {
    account: String,
    region: &'static str,
    vpc: String,
    clients: Vec<(Ipv4Addr, String)>,
    endpoint: String,
    firewall: [String; 2],
}

impl Queries {
    fn of(site: &Site) -> Self {
        let mut dice = site.things("dns clients");
        Self {
            account: site.account.clone(),
            region: site.region,
            vpc: format!("vpc-{}", dice.hex(17)),
            clients: (0..CLIENTS).map(|_| (private(&mut dice), dice.hex(17).to_string())).collect(),
            endpoint: dice.hex(17).to_string(),
            firewall: [format!("rslvr-frg-{}", dice.hex(17)), format!("rslvr-fdl-{}", dice.hex(17))],
        }
    }
}

impl Records for Queries {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        let Self { account, region, vpc, .. } = self;
        put!(out, r#"{{"version":"1.100000","account_id":"{account}","region":"{region}","vpc_id":"{vpc}""#);
        put!(out, r#","query_timestamp":"{}","query_name":""#, Iso::seconds(moment.at));
        let begin = out.len();
        let blocked = dice.in_thousand(8);
        let kind = if blocked { "A" } else { dice.weighted(&KINDS) };
        self.name(kind, blocked, dice, out);
        let name = out[begin..].to_owned();
        let answer = if blocked { "NXDOMAIN" } else { dice.weighted(&ANSWERS) };
        put!(out, r#"","query_type":"{kind}","query_class":"IN","rcode":"{answer}","answers":["#);
        if answer == "NOERROR" && !dice.in_thousand(60) {
            answers(&name, kind, dice, out);
        }
        let (address, instance) = &self.clients[dice.rank(CLIENTS) as usize];
        let transport = if dice.in_thousand(15) { "TCP" } else { "UDP" };
        put!(out, r#"],"srcaddr":"{address}","srcport":"{}","transport":"{transport}""#, client_port(dice));
        match dice.below(100) {
            0..=2 => put!(out, r#","srcids":{{"resolver_endpoint":"rslvr-in-{}"}}"#, self.endpoint),
            3..=12 => out.push_str(r#","srcids":{}"#),
            _ => put!(out, r#","srcids":{{"instance":"i-{instance}"}}"#),
        }
        if blocked || dice.in_thousand(4) {
            let [group, domains] = &self.firewall;
            let action = if blocked { "BLOCK" } else { "ALERT" };
            put!(out, r#","firewall_rule_group_id":"{group}","firewall_rule_action":"{action}""#);
            put!(out, r#","firewall_domain_list_id":"{domains}""#);
        }
        if moment.late {
            out.push_str(r#","additional_properties":{"is_delayed":true}"#);
        }
        out.push('}');
    }
}

const KINDS: [(u64, &str); 9] = [
    (560, "A"),
    (290, "AAAA"),
    (60, "PTR"),
    (40, "HTTPS"),
    (15, "SRV"),
    (15, "TXT"),
    (10, "MX"),
    (5, "CNAME"),
    (5, "NS"),
];

const ANSWERS: [(u64, &str); 4] = [(905, "NOERROR"), (80, "NXDOMAIN"), (12, "SERVFAIL"), (3, "REFUSED")];

impl Queries {
    /// Appends a name that is asked for, with the dot at its end.
    fn name(&self, kind: &str, blocked: bool, dice: &mut Dice, out: &mut String) {
        let region = self.region;
        if blocked {
            put!(out, "{}.bad.example.net.", dice.letters(16));
            return;
        }
        if kind == "PTR" {
            let [a, b, c, d] = private(dice).octets();
            put!(out, "{d}.{c}.{b}.{a}.in-addr.arpa.");
            return;
        }
        match dice.below(100) {
            0..=39 => put!(out, "{}.{region}.amazonaws.com.", dice.favour(&SERVICES)),
            40..=54 => {
                let address = private(dice).to_string().replace('.', "-");
                put!(out, "ip-{address}.{region}.compute.internal.");
            }
            55..=84 => put!(out, "{}.{}.", dice.favour(&HOSTS), dice.favour(&DOMAINS)),
            _ => put!(out, "{}.{}.{}.", dice.hex(12), dice.favour(&HOSTS), dice.favour(&DOMAINS)),
        }
    }
}

/// Appends what is answered: some names lead to another one first.
fn answers(name: &str, kind: &str, dice: &mut Dice, out: &mut String) {
    let mut put = |data: &dyn std::fmt::Display, kind: &str| {
        if out.ends_with('}') {
            out.push(',');
        }
        put!(out, r#"{{"Rdata":"{data}","Type":"{kind}","Class":"IN"}}"#);
    };
    match kind {
        "A" | "AAAA" => {
            if dice.in_thousand(250) {
                let label = name.split('.').next().unwrap_or_default();
                put(&format_args!("{label}.{}.edge.example.net.", dice.hex(6)), "CNAME");
            }
            for _ in 0..=dice.rank(8) {
                if kind == "A" { put(&internet(dice), kind) } else { put(&ipv6(dice), kind) }
            }
        }
        "PTR" => put(&format_args!("host-{}.example.com.", dice.below(5_000)), kind),
        "MX" => put(&"10 mail.example.com.", kind),
        "TXT" => put(&r#"\"v=spf1 include:example.com -all\""#, kind),
        "SRV" => {
            put(&format_args!("1 10 {} node-{}.example.com.", 8_000 + dice.below(10), dice.below(40)), kind);
        }
        "HTTPS" => put(&r#"1 . alpn=\"h3,h2\""#, kind),
        _ => put(&"ns.example.com.", kind),
    }
}

/// Queries for public hosted zones, as CloudWatch Logs exports them: a time before each line.
#[derive(Debug)]
pub(crate) struct Public;

const EDGES: [&str; 12] =
    ["FRA50", "IAD89", "DFW3", "SIN2", "LHR50", "NRT20", "GRU1", "SYD4", "AMS1", "ORD51", "BOM78", "HKG62"];

impl Log for Public {
    fn name(&self) -> &'static str {
        "route53-public"
    }

    fn usual_records(&self) -> u64 {
        30_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let mut own = slot.site.things("hosted zone");
        let (task, zone) = (own.uuid(), format!("Z{}", own.capitals(19)));
        let edge = dice.pick(&EDGES);
        Delivery {
            key: format!("exportedlogs/{task}/{zone}-{edge}/{:06}.gz", slot.number),
            packing: Packing::Gzip,
            head: "",
            between: "\n",
            tail: "\n",
            records: Box::new(PublicQueries { zone, edge }),
        }
    }
}

struct PublicQueries {
    zone: String,
    edge: &'static str,
}

impl Records for PublicQueries {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        let (zone, edge, at) = (&self.zone, self.edge, Iso::millis(moment.at));
        put!(out, "{} 1.0 {at} {zone} ", Iso::millis(moment.at + dice.between(1, 4) as i64 * SECOND));
        match dice.below(10) {
            0..=6 => put!(out, "{}.example.com", dice.favour(&HOSTS)),
            7..=8 => put!(out, "{}.{}.example.com", dice.hex(8), dice.favour(&HOSTS)),
            _ => out.push_str("_dmarc.example.com"),
        }
        let kind = dice.weighted(&KINDS);
        let answer = dice.weighted(&ANSWERS);
        let protocol = if dice.in_thousand(30) { "TCP" } else { "UDP" };
        put!(out, " {kind} {answer} {protocol} {edge} {} ", client(dice, 150));
        if dice.in_thousand(350) {
            let [a, b, c, _] = internet(dice).octets();
            put!(out, "{a}.{b}.{c}.0/24");
        } else {
            out.push('-');
        }
    }
}
