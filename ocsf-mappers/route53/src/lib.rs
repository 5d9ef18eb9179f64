//! Amazon Route 53 query logs to OCSF DNS Activity 4003: two sources, a table each.
//!
//! # Resolver query logs
//!
//! [`Resolver`] is the source `route53-resolver`; its events fill the table `r53-resolver`. Read are JSON objects: one a
//! line as in S3, glued together as Firehose leaves them, in CloudWatch Logs subscriptions and exports. Where the
//! mapping is not AWS's own, or AWS leaves a choice, this is decided:
//!
//! - The dot at the end of `query_name` is taken off: `query.hostname` is then what a user types, joins with other
//!   tables, and passes the check of host names in OCSF up to 1.3. Security Lake keeps it; the option
//!   [`keep-trailing-dot`](KEEP_TRAILING_DOT) does too. The root stays `.`, escapes such as `\052` stay as written, and
//!   so does the data of answers.
//! - `answers` that is `[]` stays an empty list, since AWS's sample queries find names without an answer by
//!   `cardinality(answers) = 0`. Where the member is not there, the list is null.
//! - `rcode` is compared without case, as prose about the service writes codes otherwise than records do. Codes of the
//!   IANA registry have their number, any other word is 99 Other with the word as caption. `status_id` follows: 1 Success
//!   for `NOERROR`, 2 Failure for any other code, 0 without one; AWS writes none. `status_code` has the code as it came.
//! - Only records that a DNS Firewall rule matched declare the profile `security_control`. AWS declares it on all, but
//!   up to OCSF 1.3 it requires an action, and there was none. `ALERT` is allowed with an alert, `BLOCK` is denied and
//!   blocked whatever the response code says: a blocked query may be answered with `NXDOMAIN`, with nothing, or with
//!   another name.
//! - A Resolver endpoint and its interface are the destination, as AWS has it, also for outbound endpoints. The client is
//!   `srcaddr` with port, VPC and instance. A record that names neither address nor instance has the VPC as
//!   `src_endpoint.uid`, since OCSF 1.1 requires a source.
//! - Text that is no address never becomes `src_endpoint.ip`; it is `src_endpoint.name`.
//! - Ids of domain lists, `additional_properties` and members that AWS adds later stay in `unmapped`.
//!
//! # Public DNS query logs
//!
//! [`Public`] is the source `route53-public`; its events fill the table `r53-public`. Read are lines of ten fields, bare,
//! behind the time stamp of a CloudWatch Logs export, or in the messages of subscriptions. AWS publishes no mapping of
//! this log; these are our decisions, made to join with the Resolver's table:
//!
//! - The source is the recursive resolver that asked, not the client behind it. The EDNS client subnet stays in
//!   `unmapped`: an `ip_t` holds no network, and an endpoint has no attribute for one.
//! - The destination is the edge location, by name, of the service `route53.amazonaws.com`; the direction is inbound. The
//!   hosted zone is `metadata.product.feature.uid`.
//! - No record names an account: it is the owner of the log group, else the account of the object or of the user. The
//!   Region is the one given with the object, else `us-east-1`, where Route 53 keeps these log groups.
//! - The log says nothing of the query's class, so that `query.class` stays empty.
//! - Fields behind the tenth stay in `unmapped` as `field_11` and so on, and are reported once an object.
//!
//! Both mappings follow the documented format. That of public queries is verified against the few records that AWS
//! publishes.
//!
//! ```
//! use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
//!
//! let mut mapper = ocsf_route53::resolver_mapper(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "example".into(), ..ObjectInfo::default() });
//! mapper.decode(br#"{"version":"1.100000","account_id":"111122223333","region":"eu-west-1","vpc_id":"vpc-0aa1",
//!     "query_timestamp":"2026-01-02T03:04:05Z","query_name":"www.example.com.","query_type":"A","query_class":"IN",
//!     "rcode":"NOERROR","answers":[{"Rdata":"192.0.2.80","Type":"A","Class":"IN"}],
//!     "srcaddr":"10.0.4.9","srcport":"40112","transport":"UDP","srcids":{"instance":"i-0bb2"}}"#, true);
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//! let event = event::to_json(&out.batches[0].batch, 0);
//! assert_eq!(event["query"]["hostname"], "www.example.com");
//! assert_eq!(event["answers"][0]["rdata"], "192.0.2.80");
//! assert_eq!(event["rcode"], "NoError");
//! # Ok::<(), ocsf_core::PlanError>(())
//! ```

mod dns_activity;
mod public;
mod resolver;
mod sniff;
mod values;

pub use dns_activity::Facts;
pub use public::Public;
pub use resolver::{KEEP_TRAILING_DOT, Resolver};
pub use sniff::{sniff_public, sniff_resolver};

use ocsf_core::{MapperOptions, PlanError, SourceMapper};

/// A mapper for Resolver query logs.
///
/// # Errors
/// The OCSF version of the options is unknown, or `keep-trailing-dot` is neither `true` nor `false`.
pub fn resolver_mapper(options: &MapperOptions) -> Result<SourceMapper<Resolver>, PlanError> {
    SourceMapper::new(options)
}

/// A mapper for public DNS query logs.
///
/// # Errors
/// The OCSF version of the options is unknown.
///
/// ```
/// use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
///
/// let mut mapper = ocsf_route53::public_mapper(&MapperOptions::default())?;
/// mapper.begin(ObjectInfo { name: "example".into(), account: Some("111122223333".into()), ..ObjectInfo::default() });
/// mapper.decode(b"1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com A NXDOMAIN UDP FRA50 192.0.2.53 -\n", true);
/// let mut out = Output::default();
/// mapper.flush(&mut out);
/// let event = event::to_json(&out.batches[0].batch, 0);
/// assert_eq!(event["src_endpoint"]["ip"], "192.0.2.53");
/// assert_eq!(event["status"], "Failure");
/// # Ok::<(), ocsf_core::PlanError>(())
/// ```
pub fn public_mapper(options: &MapperOptions) -> Result<SourceMapper<Public>, PlanError> {
    SourceMapper::new(options)
}
