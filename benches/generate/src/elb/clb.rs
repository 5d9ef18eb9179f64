//! Classic Load Balancers: plain text, uncompressed.

use std::net::Ipv4Addr;

use super::{CIPHERS, METHODS, STATUSES, key, path};
use crate::clock::Iso;
use crate::dice::Dice;
use crate::objects::{Delivery, Log, Moment, Records, Slot};
use crate::pack::Packing;
use crate::world::{WEB_AGENTS, client_port, internet, private};

#[derive(Debug)]
pub(crate) struct Clb;

impl Log for Clb {
    fn name(&self) -> &'static str {
        "clb"
    }

    fn usual_records(&self) -> u64 {
        10_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let mut own = slot.site.things("backends");
        let rest = format!("{}_{}.log", internet(dice), dice.letters(8));
        Delivery {
            key: key(slot, "legacy-shop", &rest),
            packing: Packing::Plain,
            head: "",
            between: "\n",
            tail: "\n",
            records: Box::new(Requests { backends: (0..12).map(|_| private(&mut own)).collect() }),
        }
    }
}

struct Requests {
    backends: Vec<Ipv4Addr>,
}

impl Records for Requests {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        put!(out, "{} legacy-shop ", Iso::micros(moment.at));
        put!(out, "{}:{} ", internet(dice), client_port(dice));
        let backend = dice.favour(&self.backends);
        let took = dice.size(8, 20);
        match dice.below(100) {
            // A listener of TCP.
            0..=4 => {
                put!(out, "{backend}:80 0.000{} 0.0000{} 0.000015 - - ", dice.below(100), dice.below(100));
                put!(out, "{} {} \"- - - \" \"-\" - -", dice.size(4, 12), dice.size(4, 16));
            }
            5..=6 => {
                out.push_str("- -1 -1 -1 503 0 0 0 \"GET http://legacy.example.com:80");
                path(dice, out);
                put!(out, " HTTP/1.1\" \"{}\" - -", dice.favour(&WEB_AGENTS));
            }
            _ => {
                put!(
                    out,
                    "{backend}:80 0.0000{} {}.{:06} ",
                    15 + dice.below(30),
                    took / 1_000_000,
                    took % 1_000_000
                );
                let status = dice.weighted(&STATUSES);
                put!(out, "0.0000{} {status} {status} ", 15 + dice.below(30));
                let received = if dice.in_thousand(890) { 0 } else { dice.size(4, 11) };
                put!(out, "{received} {} ", dice.size(0, 15));
                put!(out, "\"{} https://legacy.example.com:443", dice.weighted(&METHODS));
                path(dice, out);
                let agent = if dice.in_thousand(87) { "-" } else { dice.favour(&WEB_AGENTS) };
                let (cipher, protocol) = dice.weighted(&CIPHERS);
                put!(out, " HTTP/1.1\" \"{agent}\" {cipher} {protocol}");
            }
        }
    }
}
