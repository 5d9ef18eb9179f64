//! The object-safe surface that pipelines hold: bytes or columns in, event batches and rejects out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::batch::EventBatch;
use crate::reject::{Position, Reject};
use crate::source_option::SourceOption;

/// Turns log objects into OCSF events: their decompressed bytes, or their columns.
///
/// Data never becomes an error: what cannot be an event is a [`Reject`] or a counted skip.
///
/// Feed an object like this: [`begin`](Self::begin), then [`decode`](Self::decode) until all its bytes are taken,
/// the last time with `last`, or [`decode_batch`](Self::decode_batch) for each batch of its rows; take events with [`flush`](Self::flush) whenever [`buffered_bytes`](Self::buffered_bytes)
/// says that it is time, and once after the last object. Batches may span objects.
pub trait Mapper: Send + fmt::Debug {
    /// What this mapper reads.
    fn info(&self) -> &MapperInfo;

    /// The tables that it fills, one a class; [`EventBatch::table`] is an index into it.
    fn tables(&self) -> &[TableInfo];

    /// Starts an object.
    fn begin(&mut self, object: ObjectInfo);

    /// Decodes records from `buf`, which continues where the last call stopped taking, and returns how many bytes it took.
    ///
    /// The caller presents the bytes that were not taken again, with more behind them: at least twice as many, so that a
    /// large record is scanned a bounded number of times. With `last`, no more bytes follow, all of `buf` is taken and
    /// the object ends; a torn record becomes a reject.
    fn decode(&mut self, buf: &[u8], last: bool) -> usize;

    /// Decodes the rows of a batch, of an object that comes as columns: Parquet, say. Each row is a record.
    ///
    /// Columns are fields by their names; `-`, `_` and `:` in them are one, and case does not count. Their types may be
    /// any: numbers, text, bytes, time stamps and the rest read as the text that they would be in a log. Null and `-` are
    /// no value. Columns that are no fields of the source stay in `unmapped`, and are an issue once an object.
    ///
    /// `first_row` is the number of the batch's first row within the object. Rows have no place in bytes: in their
    /// [`Position`]s `byte` and `line` are 0. The raw text of a row, in a [`Reject`] or in `raw_data`, is a JSON object.
    ///
    /// The caller ends an object with its last batch. An object is fed to this method or to [`decode`](Self::decode), never
    /// to both; how its rows are cut into batches changes nothing.
    ///
    /// # Errors
    /// The source is not read from columns; nothing was taken. This is what a mapper says that does not implement it.
    fn decode_batch(&mut self, batch: &RecordBatch, first_row: u64) -> Result<(), NotColumnar> {
        let _ = (batch, first_row);
        Err(NotColumnar::new(self.info().name))
    }

    /// Bytes that decoded events and rejects hold in memory until the next flush.
    fn buffered_bytes(&self) -> usize;

    /// Moves everything decoded since the last flush into `out`.
    fn flush(&mut self, out: &mut Output);
}

impl<M: Mapper + ?Sized> Mapper for Box<M> {
    fn info(&self) -> &MapperInfo {
        (**self).info()
    }

    fn tables(&self) -> &[TableInfo] {
        (**self).tables()
    }

    fn begin(&mut self, object: ObjectInfo) {
        (**self).begin(object);
    }

    fn decode(&mut self, buf: &[u8], last: bool) -> usize {
        (**self).decode(buf, last)
    }

    fn decode_batch(&mut self, batch: &RecordBatch, first_row: u64) -> Result<(), NotColumnar> {
        (**self).decode_batch(batch, first_row)
    }

    fn buffered_bytes(&self) -> usize {
        (**self).buffered_bytes()
    }

    fn flush(&mut self, out: &mut Output) {
        (**self).flush(out);
    }
}

/// A source is not read from columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotColumnar {
    /// Name of the source.
    pub source_name: &'static str,
}

impl NotColumnar {
    /// What the source of that name says.
    pub const fn new(source_name: &'static str) -> Self {
        Self { source_name }
    }
}

impl fmt::Display for NotColumnar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not read from columns", self.source_name)
    }
}

impl std::error::Error for NotColumnar {}

/// Name and content of a log source.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MapperInfo {
    /// Name on the command line and in reports, such as `cloudtrail`.
    pub name: &'static str,
    /// Name for people, such as `AWS CloudTrail`.
    pub title: &'static str,
    /// Version of the mapping; it changes whenever the same input would give other events.
    pub mapping_version: u32,
    /// Options that this source alone has.
    pub options: &'static [SourceOption],
    /// Names that AWS gives the source in keys of what it delivers, such as `CloudTrail`.
    pub delivered_as: &'static [&'static str],
}

impl MapperInfo {
    /// An info of its three parts.
    pub const fn new(name: &'static str, title: &'static str, mapping_version: u32) -> Self {
        Self { name, title, mapping_version, options: &[], delivered_as: &[] }
    }

    /// Declares options of the source's own.
    pub const fn with_options(mut self, options: &'static [SourceOption]) -> Self {
        self.options = options;
        self
    }

    /// Declares the names that AWS gives the source in keys of what it delivers. An object with such a key, whose content is
    /// certainly of the source, need not be looked at for other ones. None by default.
    pub const fn delivered_as(mut self, names: &'static [&'static str]) -> Self {
        self.delivered_as = names;
        self
    }
}

/// One table of a mapper: the events of one OCSF class.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TableInfo {
    /// Default source name in a lake, at most 20 characters, such as `ct-api-activity`.
    pub name: &'static str,
    /// `class_uid` of every event.
    pub class_uid: i32,
    /// Caption of the class, such as `API Activity`.
    pub class_name: Arc<str>,
    /// OCSF version of every event.
    pub version: Arc<str>,
    /// Columns of every batch of this table.
    pub schema: SchemaRef,
    /// Which records become events of this table.
    pub routing: Routing,
    /// The mapping itself: its lines in order.
    pub mapping: Vec<MappingLine>,
    /// Paths of string leaves that people search by exact value: candidates for Bloom filters.
    pub lookup_paths: Vec<String>,
}

impl TableInfo {
    /// A table without mapping lines and lookup paths: for a [`Mapper`] that is no [`SourceMapper`](crate::SourceMapper).
    pub fn new(
        name: &'static str,
        class_uid: i32,
        class_name: &str,
        version: &str,
        schema: SchemaRef,
    ) -> Self {
        Self {
            name,
            class_uid,
            class_name: class_name.into(),
            version: version.into(),
            schema,
            routing: Routing::default(),
            mapping: Vec::new(),
            lookup_paths: Vec::new(),
        }
    }
}

/// Why records become events of a table, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Routing {
    /// Source fields that decide.
    pub sources: Vec<&'static str>,
    /// How they decide; empty when all records of the source go to the table.
    pub rule: &'static str,
}

/// One line of a mapping, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MappingLine {
    /// OCSF path within the class, with `[]` behind lists.
    pub path: String,
    /// Source fields that the value comes from; empty for a constant. For the columns of a list, fields of its items.
    pub sources: Vec<&'static str>,
    /// Those of `sources` whose whole value this attribute carries in rows where it comes from them: then they are not in
    /// `unmapped`. At the others the line only looks.
    pub takes: Vec<&'static str>,
    /// What becomes of them; empty when the value is taken over as it is.
    pub rule: String,
}

/// What is known of an object before its bytes are read.
#[derive(Debug, Clone, Default)]
pub struct ObjectInfo {
    /// Path or key, for messages and rejects.
    pub name: Arc<str>,
    /// Order of the object among its peers: rows of equal time are ordered by it.
    pub sequence: u32,
    /// Account for records that do not say: from the object key or from the user.
    pub account: Option<Arc<str>>,
    /// Region for records that do not say: from the object key or from the user.
    pub region: Option<Arc<str>>,
    /// When the object was delivered, milliseconds since the epoch: the time of records that have none, neither of their own
    /// nor of their wrapping, where the mapping takes it. Each is noted as `time-of-object`.
    pub time: Option<i64>,
    /// The columns of lines before the first header, in order, parted by blanks: those of a [`Reject`] that is read again.
    pub columns: Option<Arc<str>>,
}

/// What a flush yields.
#[derive(Debug, Default)]
pub struct Output {
    /// Events. A table has more than one batch when much was decoded at once.
    pub batches: Vec<EventBatch>,
    /// Records that are no events.
    pub rejects: Vec<Reject>,
    /// Values that could not be used as intended, counted.
    pub issues: Issues,
    /// Records of all kinds, counted.
    pub counts: Counts,
}

/// The balance of a mapper: `records = events + rejects + skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records seen.
    pub records: u64,
    /// Records that became events.
    pub events: u64,
    /// Records that were rejected.
    pub rejects: u64,
    /// Records that are rightly no events, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// Records that are rightly no events.
    pub fn skipped_total(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// True when every record is accounted for.
    pub fn balances(&self) -> bool {
        self.records == self.events + self.rejects + self.skipped_total()
    }

    /// Adds the counts of another part of the run.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.events += other.events;
        self.rejects += other.rejects;
        for (reason, n) in &other.skipped {
            *self.skipped.entry(reason).or_default() += n;
        }
    }
}

/// Values that could not be used as intended: counted by code and path, with the first place each.
#[derive(Debug, Clone, Default)]
pub struct Issues {
    map: BTreeMap<&'static str, BTreeMap<Arc<str>, Issue>>,
}

/// How often an issue came up, and where first.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Number of values.
    pub count: u64,
    /// The first of them.
    pub first: Position,
}

impl Issues {
    /// Counts one occurrence of `code` at `path` (a source field or an OCSF attribute).
    ///
    /// Occurrences in one object may come in any order; the earliest record of the object counts as the first.
    pub fn add(&mut self, code: &'static str, path: &str, at: Position) {
        let paths = self.map.entry(code).or_default();
        let Some(issue) = paths.get_mut(path) else {
            paths.insert(path.into(), Issue { count: 1, first: at });
            return;
        };
        issue.count += 1;
        if at.object == issue.first.object && at.record < issue.first.record {
            issue.first = at;
        }
    }

    /// Adds the issues of a later part of the run.
    pub fn merge(&mut self, later: Self) {
        for (code, paths) in later.map {
            let own = self.map.entry(code).or_default();
            for (path, issue) in paths {
                own.entry(path).and_modify(|mine| mine.count += issue.count).or_insert(issue);
            }
        }
    }

    /// Code, path and issue, ordered by code and path.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str, &Issue)> {
        self.map.iter().flat_map(|(code, paths)| paths.iter().map(|(path, issue)| (*code, &**path, issue)))
    }

    /// True when nothing came up.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}
