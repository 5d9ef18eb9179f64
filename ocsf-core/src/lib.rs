//! Typed mapping tables from log records to OCSF Arrow record batches.

pub mod batch;
mod derive;
pub mod event;
mod frame;
pub mod mapper;
pub mod options;
mod partition;
mod record;
pub mod reject;
mod scan;
pub mod schema;
pub mod sniff;
mod source_mapper;
mod table;
pub mod testing;
pub mod time;
mod unwrap;

pub use arrow;

pub use batch::{EventBatch, PartitionKey, RowKeys, TableId};
pub use frame::{Envelope, Format};
pub use mapper::{Counts, Issues, Mapper, MapperInfo, MappingLine, ObjectInfo, Output, TableInfo};
pub use options::{MapperOptions, Observables, Unmapped};
pub use partition::{is_account_id, is_region_name};
pub use record::{Fields, Place, Route, Row, Shape, Source};
pub use reject::{Position, Reject, RejectCode};
pub use scan::{
    Cursor, Field, FieldTree, Json, JsonItems, Leftover, ScanError, Secrets, Value, items, lookup, members,
};
pub use schema::Version;
pub use sniff::{Sample, Verdict};
pub use source_mapper::SourceMapper;
pub use table::{Enumerated, First, Items, Line, PlanError, Table, Tables, Uses, reads, takes};
