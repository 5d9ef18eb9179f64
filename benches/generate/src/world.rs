//! The invented organisation: accounts, Regions, networks, addresses, agents.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::dice::Dice;

/// The most accounts there are.
pub const MAX_ACCOUNTS: u64 = 100_000;

/// The most Regions an account is active in.
pub const MAX_REGIONS: u64 = REGIONS.len() as u64;

const ACCOUNTS: [&str; 4] = ["111122223333", "444455556666", "012345678901", "777788889999"];

const REGIONS: [&str; 12] = [
    "us-east-1",
    "eu-west-1",
    "ap-southeast-2",
    "us-west-2",
    "eu-central-1",
    "us-east-2",
    "ap-northeast-1",
    "eu-north-1",
    "ca-central-1",
    "sa-east-1",
    "ap-south-1",
    "eu-west-2",
];

/// An account in a Region.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) account: String,
    pub(crate) region: &'static str,
    seed: u64,
}

impl Site {
    pub(crate) fn new(seed: u64, account: u64, region: u64) -> Self {
        let name = ACCOUNTS.get(account as usize).map(|name| (*name).to_owned());
        Self {
            account: name.unwrap_or_else(|| format!("5555{account:08}")),
            region: REGIONS[region as usize % REGIONS.len()],
            seed,
        }
    }

    /// Chance for the things of one kind in the Region: the same whenever it is asked for.
    pub(crate) fn things(&self, kind: &str) -> Dice {
        Dice::named(self.seed, &format!("{} {} {kind}", self.account, self.region))
    }

    /// Chance for the things of one kind that are the same in all Regions of the account.
    pub(crate) fn account_things(&self, kind: &str) -> Dice {
        Dice::named(self.seed, &format!("{} {kind}", self.account))
    }
}

/// An IPv6 address of the documentation range; few are common.
pub(crate) fn ipv6(dice: &mut Dice) -> Ipv6Addr {
    let host = dice.rank(1 << 32);
    let part = |shift: u32| (host >> shift) as u16 | 1;
    Ipv6Addr::new(0x2001, 0xDB8, part(16), part(0), 0, 0, 0, part(8))
}

/// An address out on the internet: few are common, many are seen once. They are of the ranges for documentation and, as
/// those are small, of the range for measurements.
pub(crate) fn internet(dice: &mut Dice) -> Ipv4Addr {
    let bits = match dice.below(4) {
        0 => 0xC000_0201 + dice.rank(254),
        1 => 0xC633_6401 + dice.rank(254),
        _ => 0xC612_0000 + dice.rank(1 << 17),
    };
    Ipv4Addr::from_bits(bits as u32)
}

/// The address of a client; so many in a thousand have an IPv6 address.
pub(crate) fn client(dice: &mut Dice, ipv6_in_thousand: u64) -> IpAddr {
    if dice.in_thousand(ipv6_in_thousand) { ipv6(dice).into() } else { internet(dice).into() }
}

/// An address in a VPC.
pub(crate) fn private(dice: &mut Dice) -> Ipv4Addr {
    Ipv4Addr::new(10, dice.below(4) as u8, dice.below(8) as u8, 4 + dice.below(250) as u8)
}

/// A port that clients call from.
pub(crate) fn client_port(dice: &mut Dice) -> u64 {
    dice.between(1_024, 65_536)
}

/// Browsers, apps and tools that call web services.
pub(crate) const WEB_AGENTS: [&str; 12] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "grpc-go/1.68.0",
    "okhttp/4.12.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "python-requests/2.32.3",
    "Apache-HttpClient/4.5.14 (Java/17.0.13)",
    "curl/8.9.1",
    "axios/1.7.7",
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://www.example.com/bot.html)",
];
