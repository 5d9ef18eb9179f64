//! Inputs: which there are, what their bytes are, and what logs they hold.

mod decoder;
mod detect;
mod fault;
mod feed;
mod gzip;
mod info;
mod key;
mod list;
mod magic;
mod one_shot;
mod parquet;
mod read_ahead;
mod real_path;
mod remote;
mod retry;
mod spool;
mod stream;
mod walk;
mod zstd;

pub use decoder::{Compression, Decoder, Kind, Limits};
pub use detect::{Found, Object};
pub use fault::{FaultKind, ReadFault};
pub use feed::Identity;
pub(crate) use info::object_info;
pub use list::{Input, Listing, Origin, Problem, list};
pub(crate) use parquet::guard;
#[doc(hidden)]
pub use parquet::is_guarded;
pub use parquet::{ParquetRows, Piece};
pub use read_ahead::ReadAhead;
pub use retry::{RejectLine, Retries, Retry};
pub use stream::MoreObjects;
pub(crate) use walk::data_files;

#[cfg(test)]
mod decoder_tests;
