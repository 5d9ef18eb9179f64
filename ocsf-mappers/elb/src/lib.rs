//! Elastic Load Balancing logs to OCSF HTTP Activity 4002 and Network Activity 4001.
//!
//! | log | table | class |
//! |---|---|---|
//! | access logs of Application Load Balancers | `alb-access` | HTTP Activity |
//! | their connection logs | `alb-connection` | Network Activity |
//! | their health check logs | `alb-health` | Network Activity |
//! | access logs of Network Load Balancers (listeners of TLS) | `nlb-tls` | Network Activity |
//! | access logs of Classic Load Balancers, listeners of HTTP and HTTPS | `clb-http` | HTTP Activity |
//! | the same, listeners of TCP and SSL | `clb-tcp` | Network Activity |
//!
//! All tables share one schema and declare the profile `load_balancer`.
//!
//! Read are lines of every age, with the first fields only or with fields that AWS added since, which stay in `unmapped`
//! as `field_<n>`; lines of several logs in one object; the same in CloudWatch Logs subscriptions and exports and in
//! `{"message":...}` objects; and JSON objects or columns (Parquet) of the fields, in which the logs can also be delivered.
//! A user agent with a raw line break belongs to one record, and quotes in it that nobody escaped are part of it; with both
//! in one agent, the record ends at the line break, and what follows is rejected.
//!
//! Vended delivery also offers W3C lines and lines with a delimiter of one's choice. They name no fields in a way that tells
//! them from other logs, so they are not recognised: choose JSON or Parquet.
//!
//! # Decisions
//!
//! Neither OCSF nor AWS publishes a mapping of these logs. Fields mean what AWS documents of them, and go where the
//! definitions of the attributes put that.
//!
//! - The load balancer is the destination of the client's connection (`dst_endpoint`) and speaks for itself in
//!   `load_balancer`, where its targets are. `received_bytes` is what the client sends: `traffic.bytes_out`, out of the
//!   source.
//! - A health check is Network Activity from the load balancer to the target. HTTP Activity needs a request and a
//!   response, of which that log has too little, and checks of Lambda functions are no HTTP.
//! - A duration is in milliseconds, rounded; the exact seconds of the log are in `load_balancer.metrics`. A phase that
//!   was not reached, `-1`, has neither.
//! - Times are cut to milliseconds, as `timestamp_t` has them. Those of Network Load Balancers have no zone and are UTC.
//! - `\xHH` and `\"` in user agents, requests and redirects become what was sent; control characters, and bytes that are
//!   no UTF-8, stay as they are written.
//! - The method `PATCH` has an id since OCSF 1.8.0 only; before, as for methods that OCSF does not know, it is the name of
//!   the activity 99 Other. `- http://host:80- -` is a URL without a path, and no method.
//! - An event of HTTP Activity needs a status before OCSF 1.5.0: 0 where the log has none.
//! - Certificates are named by ARN, or by subject and serial number without an issuer. OCSF has no certificate without
//!   an issuer, so they stay in `unmapped`, as do the matched rule, the actions and with them the verdict of AWS WAF.
//! - Account and Region are those of the ARNs in the record, else of the log group or object. A load balancer that the
//!   record does not name is that of the object's key.
//!
//! The mappings of access logs of Application and Classic Load Balancers are verified against real logs; those of
//! `alb-connection`, `alb-health` and `nlb-tls` are not, since AWS publishes no more than the fields and a few examples.
//!
//! ```
//! use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
//!
//! let mut mapper = ocsf_elb::mapper(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "example".into(), region: Some("eu-west-1".into()), ..ObjectInfo::default() });
//! mapper.decode(br#"2026-08-01T10:00:00.000001Z legacy-lb 198.51.100.4:2817 10.0.0.9:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/a?b HTTP/1.1" "tool/1 {\"a\":1}" - -"#, true);
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//! let event = event::to_json(&out.batches[0].batch, 0);
//! assert_eq!(event["activity_name"], "Get");
//! assert_eq!(event["http_request"]["url"]["query_string"], "b");
//! assert_eq!(event["http_request"]["user_agent"], r#"tool/1 {"a":1}"#);
//! assert_eq!(event["load_balancer"]["dst_endpoint"]["ip"], "10.0.0.9");
//! # Ok::<(), ocsf_core::PlanError>(())
//! ```

mod alb;
mod alb_connection;
mod alb_health;
mod clb;
mod common;
mod facts;
mod fields;
mod form;
mod http_activity;
mod nlb;
mod record;
mod request;
mod sniff;
mod values;

pub use facts::Facts;
pub use record::Elb;
pub use sniff::{sniff, sniff_columns};

use ocsf_core::{MapperInfo, MapperOptions, PlanError, Source, SourceMapper};

/// Name and version of the mapping.
pub const INFO: MapperInfo = Elb::INFO;

/// A mapper for logs of load balancers.
///
/// # Errors
/// The OCSF version of the options is unknown.
pub fn mapper(options: &MapperOptions) -> Result<SourceMapper<Elb>, PlanError> {
    SourceMapper::new(options)
}
