//! AWS CloudTrail to OCSF.
//!
//! Records become API Activity (6003), Authentication (3002) or Account Change (3001), at every OCSF version that
//! [`ocsf_core::schema::VERSIONS`] lists. The tables are `ct-api-activity`, `ct-authentication` and `ct-account-change`;
//! they share one schema, so that a union of them needs no casts. [`TableInfo::mapping`](ocsf_core::TableInfo::mapping)
//! holds every line of each.
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
//!
//! # Forms
//!
//! Management, data, network activity and Insights events of every `eventVersion`, as they reach users:
//!
//! | form | |
//! |---|---|
//! | trail files | `{"Records":[...]}`, on one line or many |
//! | arrays, one record a line, records side by side, one record alone | with or without a byte order mark |
//! | CloudWatch Logs subscriptions | `{"messageType":"DATA_MESSAGE","logEvents":[...]}`, also side by side as Firehose stores them; control messages are no records |
//! | CloudWatch Logs exports | a time stamp and a blank before each record |
//! | EventBridge | `{"detail-type":...,"detail":{...}}` |
//! | `LookupEvents` | `{"Events":[{"CloudTrailEvent":"..."}]}` |
//! | one of these in another | up to three deep |
//!
//! Aggregated summaries are skipped as `aggregated-summary`, notices of S3, SNS and SQS as `notification`; [`sniff`] also
//! knows digests, results of CloudTrail Lake queries and delivery tests.
//!
//! # Decisions
//!
//! AWS publishes its mapping of CloudTrail to OCSF as tables and examples. This one follows it, except where the
//! examples contradict the schema or themselves:
//!
//! - **Class.** AWS lists event names. Here the service must fit as well: `CreateUser` is an account change of IAM, not
//!   of a file transfer service.
//! - **Activity.** Account changes have the activity that their name means; a key that is made inactive is disabled, an
//!   inline policy that is deleted is detached. API calls go by the leading verb of their name, as a whole word, then by
//!   `readOnly`; what is neither is 99 Other under its own name.
//! - **Status.** Failure is an error code, a verdict `Failure` in `responseElements` or `serviceEventDetails` under the
//!   name of the event, or the error message of a sign-in. Insights, which are about many calls, are Unknown.
//! - **Caller.** `actor.user.type` is the identity type verbatim with `type_id` 99, since queries on Security Lake filter
//!   on that text. `root` stands for a root user without alias, the calling service for `AWSService`, `Unknown` for a
//!   caller of whom nothing is known: an event is never lost for want of a user.
//! - **User** of an authentication is the role that is assumed, else who signs in. Of an account change it is the user or
//!   role that the response or the request names, else the caller; a change to a group, a policy or an instance profile
//!   has the account alone.
//! - **Client.** Only an address is an `ip`. Service principals are `domain` and `svc_name`, other text is `name`; without
//!   any, the invoking or the called service stands in, since API Activity requires an endpoint.
//! - **Request id.** Where a request has no id of its own, the event id takes its place: OCSF requires one beside request
//!   data.
//! - **Payloads.** `requestParameters` and `responseElements` are JSON text as the source wrote them, without blanks.
//! - **Versions.** `actor.app_name` instead of `invoked_by` since 1.2, `policies` instead of `policy` since 1.4,
//!   `programmatic_credentials` instead of `credential_uid` since 1.6, as the older ones are deprecated.
//!
//! The events of real trails and of invented ones are validated at every version.
//!
//! # Secrets
//!
//! The values of the members in [`SECRETS`] are written as `REDACTED` in payloads, in `unmapped` and in `raw_data`, unless
//! [`MapperOptions::keep_secrets`] says otherwise. Rejects keep their bytes as they came. A secret inside a text, such as
//! JSON in a string or a signed address, is not found.

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
