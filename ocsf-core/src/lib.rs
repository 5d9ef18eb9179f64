//! Typed mapping tables from log records to OCSF Arrow record batches.

pub mod batch;
pub mod mapper;
pub mod options;
pub mod reject;
pub mod sniff;

pub use arrow;

pub use batch::{EventBatch, PartitionKey, RowKeys, TableId};
pub use mapper::{Counts, Issues, Mapper, MapperInfo, ObjectInfo, Output, TableInfo};
pub use options::{MapperOptions, Observables, Unmapped};
pub use reject::{Position, Reject, RejectCode};
pub use sniff::{Sample, Verdict};
