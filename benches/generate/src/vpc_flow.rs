//! Flow logs of VPCs.

use std::net::Ipv4Addr;

use crate::clock::{Date, SECOND, stamp};
use crate::dice::Dice;
use crate::objects::{Delivery, Log, Moment, Records, Slot};
use crate::pack::Packing;
use crate::world::{Site, client_port, internet, ipv6, private};

const HEADER_V2: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";

const HEADER_V5: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path\n";

/// Network interfaces of an account in a Region.
const INTERFACES: u64 = 60;

/// The default format.
#[derive(Debug)]
pub(crate) struct V2;

/// All fields up to version 5.
#[derive(Debug)]
pub(crate) struct V5;

impl Log for V2 {
    fn name(&self) -> &'static str {
        "vpc-flow v2"
    }

    fn usual_records(&self) -> u64 {
        60_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        deliver(slot, dice, HEADER_V2, Flows { interfaces: Interface::all(&slot.site), later: None })
    }
}

impl Log for V5 {
    fn name(&self) -> &'static str {
        "vpc-flow v5"
    }

    fn usual_records(&self) -> u64 {
        30_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let region = slot.site.region;
        let later = Later { region, zones: zones(region) };
        deliver(slot, dice, HEADER_V5, Flows { interfaces: Interface::all(&slot.site), later: Some(later) })
    }
}

fn deliver(slot: &Slot, dice: &mut Dice, head: &'static str, flows: Flows) -> Delivery {
    let Site { account, region, .. } = &slot.site;
    let folders = Date::of(slot.begin).folders();
    let flow_log = slot.site.things("flow log").hex(17);
    let (stamp, end) = (stamp(slot.begin), dice.hex(8));
    Delivery {
        key: format!(
            "AWSLogs/{account}/vpcflowlogs/{region}/{folders}/{account}_vpcflowlogs_{region}_fl-{flow_log}_{stamp}_{end}.log.gz"
        ),
        packing: Packing::Gzip,
        head,
        between: "\n",
        tail: "\n",
        records: Box::new(flows),
    }
}

struct Flows {
    interfaces: Vec<Interface>,
    /// What the fields behind version 2 need, where they are written.
    later: Option<Later>,
}

struct Later {
    region: &'static str,
    /// What the ids of its zones begin with.
    zones: String,
}

/// What ids of zones begin with: `use1` for us-east-1, `apse2` for ap-southeast-2.
fn zones(region: &str) -> String {
    let short = [("north", "n"), ("south", "s"), ("east", "e"), ("west", "w"), ("central", "c"), ("-", "")];
    short.iter().fold(region.to_owned(), |name, (long, short)| name.replace(long, short))
}

struct Interface {
    account: String,
    id: String,
    address: Ipv4Addr,
    vpc: String,
    subnet: String,
    instance: Option<String>,
    zone: u64,
}

impl Interface {
    fn all(site: &Site) -> Vec<Self> {
        let mut dice = site.things("interfaces");
        let vpcs = [dice.hex(17), dice.hex(17)];
        let subnets: Vec<_> = (0..6).map(|_| dice.hex(17)).collect();
        let one = |_| {
            let subnet = dice.below(6);
            Self {
                account: site.account.clone(),
                id: format!("eni-{}", dice.hex(17)),
                address: private(&mut dice),
                vpc: format!("vpc-{}", vpcs[subnet as usize / 3]),
                subnet: format!("subnet-{}", subnets[subnet as usize]),
                instance: (!dice.in_thousand(250)).then(|| format!("i-{}", dice.hex(17))),
                zone: subnet % 3 + 1,
            }
        };
        (0..INTERFACES).map(one).collect()
    }
}

/// A flow as one interface sees it.
struct Flow {
    inbound: bool,
    /// The other end.
    peer: Peer,
    peer_port: u64,
    own_port: u64,
    protocol: u64,
    packets: u64,
    bytes: u64,
    accepted: bool,
    tcp_flags: u64,
}

enum Peer {
    Internet(Ipv4Addr),
    Inside(Ipv4Addr),
    /// A service of AWS.
    Service(Ipv4Addr, &'static str),
}

impl Peer {
    fn address(&self) -> Ipv4Addr {
        let (Self::Internet(address) | Self::Inside(address) | Self::Service(address, _)) = self;
        *address
    }

    fn service(&self) -> &'static str {
        if let Self::Service(_, name) = self { name } else { "-" }
    }
}

impl Flow {
    fn draw(dice: &mut Dice) -> Self {
        let (open, high) = (
            |dice: &mut Dice| dice.favour(&[443, 80, 8080, 5432, 3306, 6379, 9092, 22, 8443, 9200]),
            client_port,
        );
        let traffic = |dice: &mut Dice| {
            let packets = 1 + dice.size(0, 9) - 1;
            (packets, packets * dice.between(40, 1_480))
        };
        match dice.below(100) {
            // Somebody tries doors.
            0..=13 => Self {
                inbound: true,
                peer: Peer::Internet(internet(dice)),
                peer_port: high(dice),
                own_port: dice.favour(&[23, 22, 445, 3389, 8080, 5060, 1433, 6379, 8728, 2375, 5555, 9200]),
                protocol: if dice.in_thousand(100) { 17 } else { 6 },
                packets: 1,
                bytes: dice.between(40, 61),
                accepted: false,
                tcp_flags: 2,
            },
            // Names are asked for.
            14..=20 => Self {
                inbound: false,
                peer: Peer::Inside(Ipv4Addr::new(10, 0, 0, 2)),
                peer_port: 53,
                own_port: high(dice),
                protocol: 17,
                packets: 1 + dice.below(2),
                bytes: dice.between(60, 300),
                accepted: true,
                tcp_flags: 0,
            },
            21..=23 => Self {
                inbound: dice.in_thousand(500),
                peer: Peer::Inside(private(dice)),
                peer_port: 0,
                own_port: 0,
                protocol: 1,
                packets: 1 + dice.below(5),
                bytes: 84 * (1 + dice.below(5)),
                accepted: true,
                tcp_flags: 0,
            },
            // Requests of the world, and their answers.
            kind @ 24..=54 => {
                let (packets, bytes) = traffic(dice);
                Self {
                    inbound: kind % 2 == 0,
                    peer: Peer::Internet(internet(dice)),
                    peer_port: high(dice),
                    own_port: if dice.in_thousand(850) { 443 } else { 80 },
                    protocol: 6,
                    packets,
                    bytes,
                    accepted: true,
                    tcp_flags: dice.favour(&[3, 19, 0, 2, 18, 1, 4, 7]),
                }
            }
            // Calls of AWS and of others.
            kind @ 55..=69 => {
                let (packets, bytes) = traffic(dice);
                let service = dice.favour(&["S3", "AMAZON", "DYNAMODB", "EC2", "CLOUDFRONT", "API_GATEWAY"]);
                let address = internet(dice);
                Self {
                    inbound: kind % 2 == 0,
                    peer: if dice.in_thousand(600) {
                        Peer::Service(address, service)
                    } else {
                        Peer::Internet(address)
                    },
                    peer_port: 443,
                    own_port: high(dice),
                    protocol: 6,
                    packets,
                    bytes,
                    accepted: true,
                    tcp_flags: dice.favour(&[3, 19, 0, 2]),
                }
            }
            // Inside the VPC.
            _ => {
                let (packets, bytes) = traffic(dice);
                let serves = dice.in_thousand(500);
                let (mut own_port, mut peer_port) = (open(dice), high(dice));
                if serves {
                    std::mem::swap(&mut own_port, &mut peer_port);
                }
                Self {
                    inbound: dice.in_thousand(500),
                    peer: Peer::Inside(private(dice)),
                    peer_port,
                    own_port,
                    protocol: 6,
                    packets,
                    bytes,
                    accepted: !dice.in_thousand(10),
                    tcp_flags: dice.favour(&[3, 0, 19, 2, 18]),
                }
            }
        }
    }
}

impl Records for Flows {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        let interface = &self.interfaces[dice.rank(INTERFACES) as usize];
        let version = if self.later.is_some() { 5 } else { 2 };
        let account = if dice.in_thousand(1) { "unknown" } else { &interface.account };
        put!(out, "{version} {account} {} ", interface.id);
        let start = moment.at / SECOND;
        let end = start + dice.between(20, 61) as i64;
        let status = dice.weighted(&[(979, "OK"), (20, "NODATA"), (1, "SKIPDATA")]);
        if status == "OK" {
            let flow = Flow::draw(dice);
            // One in fifty is IPv6, at both ends.
            let six = dice.in_thousand(20).then(|| (ipv6(dice), ipv6(dice)));
            let mut ends = [interface.address.to_string(), flow.peer.address().to_string()];
            if let Some((own, peer)) = six {
                ends = [own.to_string(), peer.to_string()];
            }
            let mut ports = [flow.own_port, flow.peer_port];
            if flow.inbound {
                ends.reverse();
                ports.reverse();
            }
            let ([source, destination], [source_port, destination_port]) = (ends, ports);
            let Flow { packets, bytes, .. } = flow;
            let protocol = if six.is_some() && flow.protocol == 1 { 58 } else { flow.protocol };
            let action = if flow.accepted { "ACCEPT" } else { "REJECT" };
            put!(out, "{source} {destination} {source_port} {destination_port} {protocol} {packets} {bytes}");
            put!(out, " {start} {end} {action} OK");
            if let Some(later) = &self.later {
                later.write(interface, &flow, [&source, &destination], six.is_some(), out);
            }
        } else {
            put!(out, "- - - - - - - {start} {end} - {status}");
            if self.later.is_some() {
                out.push_str(&" -".repeat(15));
            }
        }
    }
}

impl Later {
    fn write(&self, interface: &Interface, flow: &Flow, ends: [&str; 2], is_ipv6: bool, out: &mut String) {
        let Interface { vpc, subnet, zone, .. } = interface;
        let instance = interface.instance.as_deref().unwrap_or("-");
        let ([source, destination], region) = (ends, self.region);
        let family = if is_ipv6 { "IPv6" } else { "IPv4" };
        let tcp_flags = if flow.protocol == 6 { flow.tcp_flags } else { 0 };
        put!(out, " {vpc} {subnet} {instance} {tcp_flags} {family} {source} {destination}");
        put!(out, " {region} {}-az{zone} - -", self.zones);
        let service = flow.peer.service();
        let (from, to) = if flow.inbound { (service, "-") } else { ("-", service) };
        let direction = if flow.inbound { "ingress" } else { "egress" };
        let path = match (&flow.peer, flow.inbound) {
            (_, true) => "-",
            (Peer::Inside(_), false) => "1",
            (Peer::Internet(_), false) => "8",
            (Peer::Service(..), false) => "7",
        };
        put!(out, " {from} {to} {direction} {path}");
    }
}
