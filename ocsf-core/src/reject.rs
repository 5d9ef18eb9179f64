//! Records that could not become events: as data, with their place and their bytes.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// A record that is no event, with all that is needed to find and retry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Why.
    pub code: RejectCode,
    /// Where.
    pub at: Position,
    /// The source field or OCSF attribute at fault, where one is.
    pub path: Option<Box<str>>,
    /// What was expected and found, for people.
    pub detail: Box<str>,
    /// The record as it came; the first 64 KiB of one that is larger than
    /// [`max_record_bytes`](crate::MapperOptions::max_record_bytes).
    pub raw: Bytes,
    /// Full length of the record in bytes; more than `raw.len()` when `raw` was cut.
    pub raw_len: u64,
    /// SHA-256 of the whole record when `raw` was cut.
    pub raw_sha256: Option<[u8; 32]>,
    /// The columns that a header, or the user, gave the line, in order, parted by blanks: what
    /// [`ObjectInfo::columns`](crate::ObjectInfo::columns) wants when it is read again. `None` for other records.
    pub columns: Option<Arc<str>>,
    /// When the wrapping that the record came in says that it was logged, milliseconds since the epoch:
    /// [`ObjectInfo::time`](crate::ObjectInfo::time) when it is read again, without its wrapping.
    pub logged: Option<i64>,
    /// The account of the log group that the wrapping names; [`ObjectInfo::account`](crate::ObjectInfo::account) then.
    pub account: Option<Arc<str>>,
}

/// Place of a record in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Name of the object: a path, a key, `-` for standard input.
    pub object: Arc<str>,
    /// Number of the record within the object, from 0.
    pub record: u64,
    /// First byte of the record in the decompressed object, from 0; 0 for a row of columns.
    pub byte: u64,
    /// Line of that byte, from 1; 0 for a row of columns.
    pub line: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, record, byte, line } = self;
        write!(f, "`{object}` record {record}")?;
        if *line > 0 { write!(f, " (line {line}, byte {byte})") } else { Ok(()) }
    }
}

/// Why a record was rejected. The text form is stable and part of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RejectCode {
    /// Not JSON where JSON is expected.
    JsonSyntax,
    /// JSON nested deeper than the limit.
    TooDeep,
    /// Bytes that are no UTF-8.
    InvalidUtf8,
    /// The input ended inside the record.
    Truncated,
    /// Larger than the limit for one record.
    RecordTooLarge,
    /// A value that is no record of this source.
    ForeignRecord,
    /// No time at all.
    NoTime,
    /// A time that cannot be read or lies outside 1990..2100.
    TimeOutOfRange,
    /// No valid event exists without an attribute that the record does not give.
    MissingRequired,
    /// More or fewer fields than the format has.
    FieldCount,
}

impl RejectCode {
    /// The stable name, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsonSyntax => "json-syntax",
            Self::TooDeep => "too-deep",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::Truncated => "truncated",
            Self::RecordTooLarge => "record-too-large",
            Self::ForeignRecord => "foreign-record",
            Self::NoTime => "no-time",
            Self::TimeOutOfRange => "time-out-of-range",
            Self::MissingRequired => "missing-required",
            Self::FieldCount => "field-count",
        }
    }
}

impl fmt::Display for RejectCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
