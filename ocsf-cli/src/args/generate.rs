//! `ocsf generate`

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum, ValueHint};
use ocsf_generate::{FlowForm, MAX_ACCOUNTS, MAX_REGIONS, Settings, Source};

use crate::error::CliError;

/// `ocsf generate`
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// What is logged
    #[arg(value_enum)]
    pub source: LogName,
    /// Directory to write to, empty or not there yet; objects lie in it under their keys
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, required = true, env = "OCSF_OUT")]
    pub out: PathBuf,
    /// Write so many records
    #[arg(long, value_name = "N", default_value_t = 10_000, env = "OCSF_EVENTS")]
    pub events: u64,
    /// Another seed gives other logs of the same kind
    #[arg(long, value_name = "S", default_value_t = 1, env = "OCSF_SEED")]
    pub seed: u64,
    /// Fields of VPC flow logs, in place of the default format
    #[arg(long, value_enum, env = "OCSF_FORM")]
    pub form: Option<FlowFormName>,
    /// Cut short this share of the records, such as 0.1%
    #[arg(long, value_name = "P%", default_value = "0%", env = "OCSF_BROKEN")]
    pub broken: Share,
    /// Spread them over so many accounts
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = up_to(MAX_ACCOUNTS), env = "OCSF_ACCOUNTS")]
    pub accounts: u64,
    /// Spread them over so many Regions of each account
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = up_to(MAX_REGIONS), env = "OCSF_REGIONS")]
    pub regions: u64,
    /// Spread them over so many days from 2026-01-01 on
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = up_to(3_650), env = "OCSF_DAYS")]
    pub days: u64,
    /// Put about so many records into an object, instead of as many as a busy account delivers at a time
    #[arg(long, value_name = "N", value_parser = up_to(u64::MAX / 2), env = "OCSF_EVENTS_PER_OBJECT")]
    pub events_per_object: Option<u64>,
}

fn up_to(most: u64) -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=most)
}

impl GenerateArgs {
    /// What to generate, and how.
    ///
    /// # Errors
    /// `--form` is given for logs that have one form only.
    pub fn plan(&self) -> Result<(Source, Settings), CliError> {
        if self.form.is_some() && self.source != LogName::VpcFlow {
            return Err(CliError::usage("`--form` is for `vpc-flow` alone"));
        }
        let source = match self.source {
            LogName::Cloudtrail => Source::CloudTrail,
            LogName::VpcFlow => Source::VpcFlow(match self.form {
                None | Some(FlowFormName::V2) => FlowForm::V2,
                Some(FlowFormName::V5) => FlowForm::V5,
            }),
            LogName::Route53Resolver => Source::Route53Resolver,
            LogName::Route53Public => Source::Route53Public,
            LogName::Alb => Source::Alb,
            LogName::Nlb => Source::Nlb,
            LogName::Clb => Source::Clb,
        };
        let settings = Settings {
            events: self.events,
            seed: self.seed,
            accounts: self.accounts,
            regions: self.regions,
            days: self.days,
            events_per_object: self.events_per_object,
            broken_per_million: self.broken.per_million(),
        };
        Ok((source, settings))
    }
}

/// Logs that can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogName {
    /// Events of a CloudTrail trail
    Cloudtrail,
    /// VPC flow logs
    VpcFlow,
    /// Query logs of Route 53 Resolver
    #[value(name = "route53-resolver")]
    Route53Resolver,
    /// Query logs of public hosted zones, exported from CloudWatch Logs
    #[value(name = "route53-public")]
    Route53Public,
    /// Access logs of Application Load Balancers
    Alb,
    /// TLS logs of Network Load Balancers
    Nlb,
    /// Access logs of Classic Load Balancers
    Clb,
}

/// Fields of VPC flow logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FlowFormName {
    /// The 14 fields of version 2, as by default
    V2,
    /// All 29 fields up to version 5
    V5,
}

/// A share of the whole: `0.1%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(f64);

impl Share {
    /// Parts of a million.
    pub fn per_million(self) -> u64 {
        (self.0 * 10_000.0).round() as u64
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim().strip_suffix('%').and_then(|share| share.trim_end().parse::<f64>().ok());
        let share = number.filter(|share| (0.0..=100.0).contains(share));
        share.map(Self).ok_or_else(|| "expected a share such as 0.1%".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let check = |text: &str, parts: u64| assert_eq!(text.parse::<Share>().unwrap().per_million(), parts);
        check("0%", 0);
        check("0.1%", 1_000);
        check("12.5 %", 125_000);
        check("100%", 1_000_000);
        for text in ["", "1", "-1%", "101%", "NaN%", "ten%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
