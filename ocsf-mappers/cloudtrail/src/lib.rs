//! AWS CloudTrail to OCSF.
//!
//! Records become [API Activity 6003](api_activity), [Authentication 3002](authentication) or
//! [Account Change 3001](account_change); see `route` for which. All three share one schema.
//!
//! Read are management, data, network activity and Insights events of every `eventVersion`, in every form in which they
//! reach users: `{"Records":[...]}`, arrays, one object a line, glued objects, CloudWatch Logs subscriptions and exports,
//! EventBridge events, LookupEvents results. Aggregated summaries are recognised and skipped as `aggregated-summary`,
//! notices of other services as `notification`.
//!
//! ```
//! use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
//!
//! let mut mapper = ocsf_cloudtrail::mapper(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "example".into(), ..ObjectInfo::default() });
//! mapper.decode(br#"{"Records":[{"eventVersion":"1.08","eventTime":"2024-05-01T10:00:00Z",
//!     "eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"eu-west-1",
//!     "sourceIPAddress":"192.0.2.7","userIdentity":{"type":"IAMUser","userName":"ana"},
//!     "eventID":"00000000-0000-4000-8000-000000000001","recipientAccountId":"111122223333"}]}"#, true);
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//! let event = event::to_json(&out.batches[0].batch, 0);
//! assert_eq!(event["class_name"], "API Activity");
//! assert_eq!(event["activity_name"], "Read");
//! assert_eq!(event["src_endpoint"]["ip"], "192.0.2.7");
//! # Ok::<(), ocsf_core::PlanError>(())
//! ```

mod account_change;
mod api_activity;
mod authentication;
mod common;
mod record;
mod route;
mod secrets;
mod sniff;
mod values;

pub use record::CloudTrail;
pub use secrets::SECRETS;
pub use sniff::sniff;

use ocsf_core::{MapperInfo, MapperOptions, PlanError, Source, SourceMapper};

/// Name and version of the mapping.
pub const INFO: MapperInfo = CloudTrail::INFO;

/// A mapper for CloudTrail.
///
/// # Errors
/// The OCSF version of the options is unknown.
pub fn mapper(options: &MapperOptions) -> Result<SourceMapper<CloudTrail>, PlanError> {
    SourceMapper::new(options)
}
