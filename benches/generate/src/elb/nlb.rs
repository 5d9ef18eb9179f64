//! Network Load Balancers: their TLS listeners.

use std::net::Ipv4Addr;

use super::{Balancer, CIPHERS, key};
use crate::clock::{Iso, SECOND};
use crate::dice::Dice;
use crate::objects::{Delivery, Log, Moment, Records, Slot};
use crate::pack::Packing;
use crate::world::{client_port, internet, private};

#[derive(Debug)]
pub(crate) struct Nlb;

impl Log for Nlb {
    fn name(&self) -> &'static str {
        "nlb"
    }

    fn usual_records(&self) -> u64 {
        10_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let balancer = Balancer::of(&slot.site, "net", dice);
        let name = format!("net.{}.{}", balancer.name, balancer.id);
        let mut own = slot.site.things("listener");
        Delivery {
            key: key(slot, &name, &format!("{}.log.gz", dice.letters(8))),
            packing: Packing::Gzip,
            head: "",
            between: "\n",
            tail: "\n",
            records: Box::new(Connections {
                account: slot.site.account.clone(),
                region: slot.site.region,
                balancer,
                listener: own.hex(16).to_string(),
                certificate: own.uuid().to_string(),
                address: private(&mut own),
            }),
        }
    }
}

struct Connections {
    account: String,
    region: &'static str,
    balancer: Balancer,
    listener: String,
    certificate: String,
    address: Ipv4Addr,
}

impl Records for Connections {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        let Self { account, region, balancer: Balancer { name, id }, listener, certificate, address } = self;
        put!(out, "tls 2.0 {} net/{name}/{id} {listener} ", Iso::without_zone(moment.at));
        put!(out, "{}:{} {address}:443 ", internet(dice), client_port(dice));
        let took = dice.size(2, 16);
        let begin = Iso::without_zone(moment.at - took as i64 * SECOND / 1_000);
        if dice.in_thousand(25) {
            // The handshake failed.
            let alert = dice.weighted(&[(6, "-"), (3, "48"), (1, "40")]);
            put!(out, "{took} - {} 7 {alert} - - - - - - - - - {begin}", dice.below(400));
            return;
        }
        put!(out, "{took} {} {} {} - ", dice.size(1, 6), 500 + dice.size(4, 14), 800 + dice.size(6, 20));
        put!(out, "arn:aws:acm:{region}:{account}:certificate/{certificate} - ");
        let (cipher, protocol) = dice.weighted(&CIPHERS);
        let protocol = if protocol == "TLSv1.3" { "tlsv13" } else { "tlsv12" };
        put!(out, "{cipher} {protocol} {} {name}.example.com ", dice.favour(&["x25519", "secp256r1", "-"]));
        put!(out, "{} {begin}", dice.weighted(&[(6, "h2 h2 \"h2\",\"http/1.1\""), (4, "- - -")]));
    }
}
