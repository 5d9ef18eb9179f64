//! Checks OCSF events against the rules of their OCSF version: whoever wrote them, as JSON or as Arrow record batches.
//!
//! The rules are those of the official validator of the OCSF schema and some that it lacks; [`Code`] lists them. One
//! implementation serves all forms of events, over the small view that [`Value`] gives of them: [`Json`] for text,
//! [`Columns`] for Arrow. It shares nothing with the mappers but the facts of [`ocsf_core::schema`], so that what judges
//! is not what filled.
//!
//! ```
//! use ocsf_validate::{Json, Options, Validator};
//!
//! let event = br#"{"class_uid": 6003, "category_uid": 6, "activity_id": 1, "type_uid": 600302, "time": 1767225600,
//!     "severity_id": 1, "severity": "Informational", "metadata": {"version": "1.1.0", "product": {"vendor_name": "x", "name": "y"}},
//!     "api": {"operation": "ListBuckets"}, "actor": {"user": {"uid": "1"}}, "src_endpoint": {"ip": "192.0.2.1"}}"#;
//! let mut codes = Vec::new();
//! let mut validator = Validator::new(Options::default());
//! validator.check(&Json::parse(event)?, &mut |finding| codes.push(finding.code.as_str()));
//! codes.sort();
//! assert_eq!(codes, ["timestamp_unit_suspicious", "type_uid_incorrect"]);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A finding never stops the check of an event, and no event stops those behind it.

mod code;
mod columns;
mod facts;
mod finding;
mod json;
mod rules;
mod validator;
mod value;

pub use code::{Code, Level};
pub use columns::{Cell, Columns};
pub use finding::Finding;
pub use json::Json;
pub use validator::{Options, Validator};
pub use value::{Value, View};
