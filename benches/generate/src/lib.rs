//! Invented AWS logs, delivered as AWS delivers them, the same ones every time: for tests, demonstrations and
//! measurements.
//!
//! [`objects`] yields log objects one after the other. What they hold follows from the source and the [`Settings`]
//! alone, to the byte. The mix of events, callers, errors, sizes, agents and ports is that of real logs; nothing in them
//! is anyone's: accounts such as 111122223333, `example.com`, and addresses that are set aside for documentation, for
//! measurements and for private networks.
//!
//! ```
//! use ocsf_generate::{Settings, Source, objects};
//!
//! let settings = Settings { events: 1_000, ..Settings::default() };
//! let first = objects(Source::CloudTrail, settings.clone()).next().unwrap();
//! assert!(first.key.starts_with("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/01/"));
//! assert_eq!(first.bytes[..2], [0x1f, 0x8b]);
//! assert_eq!(objects(Source::CloudTrail, settings).map(|object| object.records).sum::<u64>(), 1_000);
//! ```

/// Appends formatted text; that cannot fail.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {{
        use std::fmt::Write as _;
        let _ = write!($out, $($text)*);
    }};
}

mod clock;
mod cloudtrail;
mod dice;
mod elb;
mod objects;
mod pack;
mod route53;
mod vpc_flow;
mod world;

pub use objects::{Object, Objects, objects};
pub use world::{MAX_ACCOUNTS, MAX_REGIONS};

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// AWS CloudTrail: management and data events of a trail.
    CloudTrail,
    /// Flow logs of a VPC.
    VpcFlow(FlowForm),
    /// Queries that Route 53 Resolver answered.
    Route53Resolver,
    /// Queries for public hosted zones, exported from CloudWatch Logs.
    Route53Public,
    /// Access logs of Application Load Balancers.
    Alb,
    /// TLS logs of Network Load Balancers.
    Nlb,
    /// Access logs of Classic Load Balancers.
    Clb,
}

/// Fields of flow logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FlowForm {
    /// The default format: the 14 fields of version 2.
    #[default]
    V2,
    /// A custom format: all 29 fields up to version 5.
    V5,
}

/// How much of it, and how it is spread. A number out of bounds counts as the nearest one within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Records in all objects together, those of windows without traffic and broken ones among them. Default 10,000.
    pub events: u64,
    /// Another seed gives other logs of the same kind. Default 1.
    pub seed: u64,
    /// Accounts, 1 to [`MAX_ACCOUNTS`]. Default 4.
    pub accounts: u64,
    /// Regions of each account, 1 to [`MAX_REGIONS`]. Default 3.
    pub regions: u64,
    /// Days, 1 to 3,650, from 2026-01-01 on. Default 2.
    pub days: u64,
    /// Records in an object, on average, at least 1. `None`: as many as a busy account delivers at a time, and fewer
    /// where there would be no object for every account, Region and day.
    pub events_per_object: Option<u64>,
    /// Broken ones in a million records: cut short behind a tenth. Default 0.
    pub broken_per_million: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            events: 10_000,
            seed: 1,
            accounts: 4,
            regions: 3,
            days: 2,
            events_per_object: None,
            broken_per_million: 0,
        }
    }
}
