//! Payloads: what stands for the `<names>` in them.

use super::calls::POLICY_TEXT;
use crate::clock::Iso;
use crate::dice::Dice;
use crate::world::{Site, internet};

const NAMES: [&str; 16] = [
    "orders", "billing", "search", "frontend", "ingest", "reports", "auth", "catalog", "mailer", "metrics",
    "payments", "exports", "sessions", "images", "audit", "batch",
];

pub(crate) const PEOPLE: [&str; 16] = [
    "ana", "bea", "carl", "dora", "emil", "fatima", "gus", "hana", "ivan", "jo", "kim", "lea", "mo", "nina",
    "omar", "pia",
];

pub(crate) const ROLES: [&str; 16] = [
    "app-server",
    "lambda-exec",
    "ci-deploy",
    "eks-node",
    "ecs-task",
    "data-pipeline",
    "ReadOnly",
    "Administrator",
    "backup",
    "monitoring",
    "security-audit",
    "terraform",
    "AWSServiceRoleForAutoScaling",
    "glue-etl",
    "batch-jobs",
    "support",
];

/// Things that are the same throughout a record.
#[derive(Debug)]
pub(crate) struct Things<'s> {
    site: &'s Site,
    at: i64,
    name: &'static str,
    person: &'static str,
    pub(crate) role: &'static str,
    bucket: u64,
    key: (u64, u64),
    kms: u64,
}

impl<'s> Things<'s> {
    pub(crate) fn draw(site: &'s Site, at: i64, dice: &mut Dice) -> Self {
        Self {
            site,
            at,
            name: dice.favour(&NAMES),
            person: dice.favour(&PEOPLE),
            role: dice.favour(&ROLES),
            bucket: dice.rank(300),
            key: (dice.rank(20_000), dice.next()),
            kms: dice.rank(40),
        }
    }

    /// Appends a payload with its names filled in.
    pub(crate) fn fill(&self, payload: &str, dice: &mut Dice, out: &mut String) {
        let mut parts = payload.split('<');
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (name, rest) = part.split_once('>').unwrap_or((part, ""));
            self.put(name, dice, out);
            out.push_str(rest);
        }
    }

    fn put(&self, name: &str, dice: &mut Dice, out: &mut String) {
        match name {
            "account" => out.push_str(&self.site.account),
            "region" => out.push_str(self.site.region),
            "name" => out.push_str(self.name),
            "person" => out.push_str(self.person),
            "role" => out.push_str(self.role),
            "function" => put!(out, "{}-worker", self.name),
            "table" => put!(out, "{}-items", self.name),
            "session" => put!(out, "{}-{}", self.name, dice.rank(400)),
            "bucket" => put!(out, "example-{}-{:03}", self.name, self.bucket),
            "key" => put!(out, "{}/2026/part-{:05}-{:08x}.json.gz", self.name, self.key.0, self.key.1 >> 32),
            "kms" => {
                // The same key has the same id in all records.
                let mut own = self.site.things("kms");
                let part = own.next().wrapping_add(self.kms.wrapping_mul(0x9E37_79B9));
                put!(out, "{}", Dice::new(part, 0).uuid());
            }
            "time" => put!(out, "{}", Iso::seconds(self.at)),
            "ms" => put!(out, "{}", self.at / 1_000),
            "ip" => put!(out, "{}", internet(dice)),
            "small" => put!(out, "{}", 1 + dice.rank(20)),
            "size" => put!(out, "{}", if dice.in_thousand(300) { 0 } else { dice.size(4, 22) }),
            "sub" => out.push_str(dice.pick(&["location", "encryption", "policy", "lifecycle", "tagging"])),
            "yes" => out.push_str(if dice.in_thousand(800) { "Yes" } else { "No" }),
            "uuid" => put!(out, "{}", dice.uuid()),
            "hex16" => put!(out, "{}", dice.hex(16)),
            "hex17" => put!(out, "{}", dice.hex(17)),
            "hex32" => put!(out, "{}", dice.hex(32)),
            "id6" => put!(out, "{}", dice.letters(6)),
            "id12" => put!(out, "{}", dice.capitals(12)),
            "id2" => (0..3).for_each(|_| put!(out, "{}", dice.letters(20))),
            "secret" => (0..18).for_each(|_| put!(out, "{}", dice.letters(20))),
            "policy" => self.fill(POLICY_TEXT, dice, out),
            "instances" => self.instances(dice, out),
            other => unreachable!("a payload names `{other}`"),
        }
    }

    fn instances(&self, dice: &mut Dice, out: &mut String) {
        const ITEM: &str = r#"{"instanceId":"i-<hex17>","imageId":"ami-<hex17>","instanceState":{"code":0,"name":"pending"},"amiLaunchIndex":0,"productCodes":{},"instanceType":"m7g.large","launchTime":<ms>,"placement":{"availabilityZone":"<region>a","tenancy":"default"},"monitoring":{"state":"disabled"},"subnetId":"subnet-<hex17>","vpcId":"vpc-<hex17>","privateIpAddress":"10.0.1.23","stateReason":{"code":"pending","message":"pending"},"architecture":"arm64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{},"virtualizationType":"hvm","hypervisor":"xen","groupSet":{"items":[{"groupId":"sg-<hex17>","groupName":"<name>"}]},"sourceDestCheck":true}"#;
        for number in 0..=dice.rank(12) {
            if number > 0 {
                out.push(',');
            }
            self.fill(ITEM, dice, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calls::CALLS;
    use super::*;

    #[test]
    fn every_name_in_a_payload_is_filled_in() {
        let site = Site::new(1, 0, 0);
        let mut dice = Dice::new(1, 0);
        let mut out = String::new();
        for call in CALLS {
            let things = Things::draw(&site, 0, &mut dice);
            for payload in [call.request, call.response, call.resources, call.more] {
                things.fill(payload, &mut dice, &mut out);
            }
        }
        assert!(!out.contains(['<', '>']));
    }
}
