//! Typed mapping tables from log records to OCSF Arrow record batches.
//!
//! A log source is described once: which fields its records have, which record goes to which OCSF class, and for each
//! class a table with an OCSF path on the left and a source field, or an expression, on the right. The core makes a
//! [`Mapper`] of it. A mapper takes the decompressed bytes of log objects, or their columns, and gives Arrow batches of
//! events; records that
//! cannot be events come back as [`Reject`]s with their place and their bytes. Nothing here reads files, starts threads or
//! looks at a clock, and data never becomes an error.
//!
//! # Example
//!
//! ```
//! use ocsf_core::{
//!     Enumerated, Envelope, Field, Fields, Format, Mapper, MapperInfo, MapperOptions, ObjectInfo, Output, Place,
//!     RejectCode, Route, Row, Shape, Source, SourceMapper, Tables, event, fields, reads,
//! };
//!
//! // A vault writes: {"at":"2024-05-01T10:00:00Z","did":"ReadItem","who":{"name":"ana"},"from":"192.0.2.7"}
//! fields! { VAULT: AT = "at", DID = "did", WHO = "who.name", FROM = "from" }
//!
//! #[derive(Debug)]
//! struct Vault;
//!
//! impl Shape for Vault {
//!     const FIELDS: &'static [Field] = VAULT;
//!     type Facts<'b> = ();
//!     fn facts(_: Fields<'_, '_>) {}
//! }
//!
//! impl Source for Vault {
//!     const INFO: MapperInfo = MapperInfo::new("vault", "Vault", 1);
//!     const FORMAT: Format = Format::Json(Envelope { arrays: &["entries"], beside: &[] });
//!
//!     fn route(row: Row<'_, '_, Self>) -> Route {
//!         row.text(DID).map_or(Route::Foreign, |_| Route::Table(0))
//!     }
//!
//!     fn place<'b>(_: Row<'_, 'b, Self>) -> Place<'b> {
//!         Place::default()
//!     }
//!
//!     fn tables(tables: &mut Tables<Self>) {
//!         tables.class("vault-activity", 6003, &["datetime"], |t| {
//!             t.time("time", AT);
//!             t.id("activity_id", reads(&[DID]), "2 Read for what begins so", |r| match r.text(DID) {
//!                 Some(did) if did.starts_with("Read") => Enumerated::Id(2),
//!                 Some(did) => Enumerated::Other(did),
//!                 None => Enumerated::Missing,
//!             });
//!             t.id_konst("severity_id", 1);
//!             t.konst("metadata.product.name", "Vault");
//!             t.konst("metadata.product.vendor_name", "Example");
//!             t.dict("actor.user.name", WHO);
//!             t.dict("api.operation", DID);
//!             t.dict("src_endpoint.ip", FROM);
//!         });
//!     }
//! }
//!
//! let mut mapper = SourceMapper::<Vault>::new(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "vault.log".into(), ..ObjectInfo::default() });
//! mapper.decode(
//!     br#"{"at":"2024-05-01T10:00:00Z","did":"ReadItem","who":{"name":"ana"},"from":"192.0.2.7","note":"x"}
//! {"at":"yesterday","did":"ReadItem","who":{"name":"ana"},"from":"192.0.2.7"}"#,
//!     true,
//! );
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//!
//! // A record became a row. Class, captions and the version follow from the schema.
//! let batch = &out.batches[0].batch;
//! assert_eq!(batch.num_rows(), 1);
//! let event = event::to_json(batch, 0);
//! assert_eq!(event["type_name"], "API Activity: Read");
//! assert_eq!(event["time_dt"], "2024-05-01T10:00:00Z");
//! // What no line takes is kept.
//! assert_eq!(event["unmapped"]["note"], "x");
//!
//! // The other became a reject.
//! let reject = &out.rejects[0];
//! assert_eq!((reject.code, reject.at.line), (RejectCode::TimeOutOfRange, 2));
//! assert!(out.counts.balances());
//! # Ok::<(), ocsf_core::PlanError>(())
//! ```
//!
//! # What a mapper promises
//!
//! - The columns of a table follow from source, OCSF version and options alone, never from the data.
//! - Every record is an event, a reject, or a skip with a reason; [`Counts`] adds up.
//! - The same bytes, or rows, give the same output, in whatever pieces they come.
//! - An event is valid by the facts of its version. A value that an attribute cannot hold is left out, kept in
//!   `unmapped` and counted in [`Issues`]; so is an object that lacks what it must have. A record without what its class
//!   requires is a reject.
//! - Values that no column takes are in `unmapped`, once; members that a source calls secret are hidden.
//!
//! [`testing`] checks all of this for any mapper, also for one that implements [`Mapper`] itself.
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | writing a source | [`Source`], [`Shape`], [`fields!`], [`Table`] |
//! | running one | [`SourceMapper`], [`Mapper`], [`Output`], [`MapperOptions`] |
//! | the facts of an OCSF version | [`schema`] |
//! | events as JSON | [`event`] |
//! | recognising a log | [`Sample`], [`Verdict`] |

pub mod batch;
mod derive;
pub mod event;
mod frame;
pub mod mapper;
mod number;
pub mod options;
mod partition;
mod record;
pub mod reject;
mod rows;
mod scan;
pub mod schema;
pub mod sniff;
mod source_mapper;
mod source_option;
mod table;
pub mod testing;
mod text;
pub mod time;
mod unwrap;

pub use arrow;

pub use batch::{EventBatch, PartitionKey, RowKeys, TableId};
pub use frame::{Envelope, Form, Format, Lines};
pub use mapper::{
    Counts, Issues, Mapper, MapperInfo, MappingLine, NotColumnar, ObjectInfo, Output, Routing, TableInfo,
};
pub use options::{MapperOptions, Observables, Unmapped};
pub use partition::{is_account_id, is_region_name};
pub use record::{Fields, Layout, Origin, Place, Route, Row, Shape, Source};
pub use reject::{Position, Reject, RejectCode};
pub use scan::{
    Cursor, Field, FieldSet, FieldTree, Json, JsonItems, Leftover, ScanError, Secrets, Value, items, lookup,
    members,
};
pub use schema::Version;
pub use sniff::{Sample, Verdict};
pub use source_mapper::SourceMapper;
pub use source_option::{OptionKind, SourceOption};
pub use table::{Enumerated, First, Items, Line, PlanError, Table, Tables, Uses, reads, takes};
pub use text::Look;
