//! How records are spread over objects.

use crate::clock::{DAY, SECOND};
use crate::dice::Dice;
use crate::pack::Packing;
use crate::world::{self, Site};
use crate::{FlowForm, Settings, Source, cloudtrail, elb, route53, vpc_flow};

/// 2026-01-01T00:00:00Z.
const BEGIN: i64 = 1_767_225_600 * SECOND;

/// Time that the records of an object span.
const WINDOW: i64 = 300 * SECOND;

/// A log object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key in the bucket: a relative path with `/`.
    pub key: String,
    /// Its bytes, compressed as AWS compresses them.
    pub bytes: Vec<u8>,
    /// Bytes of its text.
    pub text_bytes: u64,
    /// Its records, broken ones among them.
    pub records: u64,
    /// Those of them that are broken.
    pub broken: u64,
}

/// The log objects of `source`, in the order in which they are delivered.
pub fn objects(source: Source, settings: Settings) -> Objects {
    let accounts = settings.accounts.clamp(1, world::MAX_ACCOUNTS);
    let regions = settings.regions.clamp(1, world::MAX_REGIONS);
    let days = settings.days.clamp(1, 3_650);
    let log = log(source);
    let spread = settings.events.div_ceil(accounts * regions * days);
    let average = settings.events_per_object.unwrap_or_else(|| log.usual_records().min(spread)).max(1);
    Objects { log, accounts, regions, days, average, left: settings.events, number: 0, settings }
}

/// An iterator of log objects.
#[derive(Debug)]
pub struct Objects {
    log: Box<dyn Log>,
    settings: Settings,
    accounts: u64,
    regions: u64,
    days: u64,
    /// Records of an object on average.
    average: u64,
    /// Records to come.
    left: u64,
    /// Number of the next object.
    number: u64,
}

impl Iterator for Objects {
    type Item = Object;

    fn next(&mut self) -> Option<Object> {
        if self.left == 0 {
            return None;
        }
        let mut dice = Dice::new(Dice::named(self.settings.seed, self.log.name()).next(), self.number);
        let records = dice.between(self.average.div_ceil(2), self.average * 3 / 2 + 1).min(self.left);
        // Deliveries of all accounts and Regions follow each other, and the days pass as the records do.
        let places = self.accounts * self.regions;
        let place = self.number % places;
        let span = i128::from(self.days) * i128::from(DAY - WINDOW);
        let passed = span * i128::from(self.settings.events - self.left) / i128::from(self.settings.events);
        let slot = Slot {
            number: self.number,
            site: Site::new(self.settings.seed, place / self.regions, place % self.regions),
            begin: BEGIN + passed as i64 / WINDOW * WINDOW,
            records,
        };
        self.left -= records;
        self.number += 1;
        Some(self.object(&slot, &mut dice))
    }
}

impl Objects {
    fn object(&self, slot: &Slot, dice: &mut Dice) -> Object {
        let Delivery { key, packing, head, between, tail, records: writer } = self.log.deliver(slot, dice);
        let (mut text, mut record) = (head.to_owned(), String::new());
        let mut broken = 0;
        for number in 0..slot.records {
            record.clear();
            writer.write(slot.moment(number, dice), dice, &mut record);
            if dice.below(1_000_000) < self.settings.broken_per_million {
                record.truncate(record.len() / 10 + dice.below(record.len() as u64 / 20) as usize);
                broken += 1;
            }
            if number > 0 {
                text.push_str(between);
            }
            text.push_str(&record);
        }
        text.push_str(tail);
        let (text_bytes, records) = (text.len() as u64, slot.records);
        Object { key, bytes: packing.pack(text.into_bytes()), text_bytes, records, broken }
    }
}

/// A kind of log.
pub(crate) trait Log: std::fmt::Debug + Send {
    /// Names the stream of chance.
    fn name(&self) -> &'static str;

    /// Records in an object of a busy account.
    fn usual_records(&self) -> u64;

    /// Prepares an object.
    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery;
}

/// Writes the records of an object, one after the other.
pub(crate) trait Records {
    /// Appends a record, all of it ASCII, without what separates it from the next.
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String);
}

/// An object that is to be filled.
pub(crate) struct Delivery {
    pub(crate) key: String,
    pub(crate) packing: Packing,
    pub(crate) head: &'static str,
    pub(crate) between: &'static str,
    pub(crate) tail: &'static str,
    pub(crate) records: Box<dyn Records>,
}

/// What an object is about.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u64,
    pub(crate) site: Site,
    /// Microseconds since the epoch at which its window begins.
    pub(crate) begin: i64,
    records: u64,
}

impl Slot {
    /// Microseconds since the epoch at which its window ends.
    pub(crate) fn end(&self) -> i64 {
        self.begin + WINDOW
    }

    /// When the record of that number happened: about in order, one in a hundred up to an hour late, one in a thousand up
    /// to a day.
    fn moment(&self, number: u64, dice: &mut Dice) -> Moment {
        let place = (number * WINDOW as u64 / self.records + dice.rank(30_000_000)) % WINDOW as u64;
        let late = match dice.below(1_000) {
            0 => dice.between(3_600, 86_400),
            1..=10 => dice.between(60, 3_600),
            _ => 0,
        };
        Moment { at: self.begin + place as i64 - late as i64 * SECOND, late: late > 0 }
    }
}

/// When a record happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Microseconds since the epoch.
    pub(crate) at: i64,
    /// It was delivered later than others of its time.
    pub(crate) late: bool,
}

fn log(source: Source) -> Box<dyn Log> {
    match source {
        Source::CloudTrail => Box::new(cloudtrail::Trail::default()),
        Source::VpcFlow(FlowForm::V2) => Box::new(vpc_flow::V2),
        Source::VpcFlow(FlowForm::V5) => Box::new(vpc_flow::V5),
        Source::Route53Resolver => Box::new(route53::Resolver),
        Source::Route53Public => Box::new(route53::Public),
        Source::Alb => Box::new(elb::Alb),
        Source::Nlb => Box::new(elb::Nlb),
        Source::Clb => Box::new(elb::Clb),
    }
}
