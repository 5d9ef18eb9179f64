//! What an input is.

use std::fs::File;
use std::io;

use ocsf_core::{Sample, Verdict};
use ocsf_mappers::{Detection, Entry, Registry};
use serde::Deserialize;

use super::decoder::{Compression, Decoder, Kind, Limits};
use super::fault::ReadFault;
use super::feed::Identity;
use super::list::{Input, Origin};
use super::parquet::ParquetRows;
use super::read_ahead::ReadAhead;
use super::retry::is_rejects;
use super::spool::spool;

/// Decompressed bytes that detection looks at.
const SAMPLE: usize = 64 << 10;

/// Bytes that it looks at when those tell nothing: the first record may be large, with what tells it at its end.
const LARGE_SAMPLE: usize = 4 << 20;

/// What an input turned out to be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// Logs of a source.
    Source {
        /// Its name.
        name: &'static str,
        /// 0..1; 1 when the user said so.
        confidence: f32,
        /// The rule that matched.
        reason: String,
    },
    /// Known, and rightly no log.
    Skip {
        /// Stable kind, such as `cloudtrail-digest`, `empty`, `ocsf-events` or `ocsf-parquet`.
        kind: &'static str,
        /// The rule that matched.
        reason: String,
    },
    /// Records that an earlier run rejected: read them with [`Retries`](super::Retries).
    Rejects,
    /// Several sources fit about as well, the most likely first.
    Ambiguous(Vec<(&'static str, f32)>),
    /// Nothing that is read.
    Unknown {
        /// Why, for people.
        reason: String,
    },
}

/// An input with its first bytes at hand. Detection looks at them; reading starts with them, so nothing is read twice.
#[derive(Debug)]
pub struct Object {
    decoder: Decoder,
    head: Vec<u8>,
    at: usize,
    /// Bytes of `head` that detection looks at.
    sample: usize,
    more: bool,
    /// Faults behind the head.
    fault: Option<ReadFault>,
    /// The rows of a Parquet file, or why they cannot be read. Such an object has no other bytes.
    rows: Option<Result<ParquetRows, String>>,
}

impl Object {
    /// Opens an input and reads its first 64 KiB, decompressed.
    ///
    /// # Errors
    /// The input cannot be opened.
    pub fn open(input: &Input, limits: &Limits) -> io::Result<Self> {
        Self::open_among(input, limits, &ReadAhead::new([input], limits.read_ahead_bytes))
    }

    /// As [`open`](Self::open), for an input that is read together with others.
    ///
    /// # Errors
    /// The input cannot be opened.
    pub fn open_among(input: &Input, limits: &Limits, ahead: &ReadAhead) -> io::Result<Self> {
        let decoder = Decoder::open_among(input, limits, ahead)?;
        match &input.origin {
            Origin::Path(path) if decoder.kind() == Kind::Parquet && decoder.layers().is_empty() => {
                Ok(Self::of_parquet(decoder, Ok(File::open(path)?), limits))
            }
            _ => Ok(Self::new(decoder, limits)),
        }
    }

    /// Reads the first 64 KiB of what `decoder` gives; a Parquet file whole, into a temporary file.
    pub fn new(mut decoder: Decoder, limits: &Limits) -> Self {
        if decoder.kind() == Kind::Parquet {
            let file = spool(&mut decoder);
            return Self::of_parquet(decoder, file, limits);
        }
        let mut object =
            Self { decoder, head: Vec::new(), at: 0, sample: 0, more: true, fault: None, rows: None };
        object.look_at(SAMPLE);
        object
    }

    /// Reads until there are as many bytes to look at.
    fn look_at(&mut self, bytes: usize) {
        self.sample = bytes;
        // One byte more tells an object of just that size from a longer one.
        while self.more && self.fault.is_none() && self.head.len() <= bytes {
            let room = bytes + 1 - self.head.len();
            match self.decoder.fill(&mut self.head, room) {
                Ok(follows) => self.more = follows,
                Err(found) => self.fault = Some(found),
            }
        }
    }

    fn of_parquet(decoder: Decoder, file: Result<File, String>, limits: &Limits) -> Self {
        let rows = file.and_then(ParquetRows::open).and_then(|rows| {
            let largest = rows.stored_bytes().max(rows.bytes());
            if limits.max_object_bytes.is_some_and(|limit| largest > limit) {
                return Err("has more bytes than the limit for one object".to_owned());
            }
            Ok(rows)
        });
        Self { decoder, head: Vec::new(), at: 0, sample: 0, more: false, fault: None, rows: Some(rows) }
    }

    /// Says what the input is. `wanted` is the source that the user named; what that source itself knows to hold no events
    /// is still skipped.
    ///
    /// It looks at the first 64 KiB; when they tell nothing, at up to 4 MiB, for the sake of objects that begin with a large
    /// record. To be asked before anything is read.
    pub fn detect(&mut self, input: &Input, registry: &Registry, wanted: Option<&dyn Entry>) -> Found {
        let found = self.sniff(input, registry, wanted);
        let is_told = !matches!(found, Found::Unknown { .. });
        if is_told || self.decoder.kind() != Kind::Data || !self.more {
            return found;
        }
        self.look_at(LARGE_SAMPLE);
        self.sniff(input, registry, wanted)
    }

    fn sniff(&self, input: &Input, registry: &Registry, wanted: Option<&dyn Entry>) -> Found {
        if let Some(rows) = &self.rows {
            return parquet(input, rows.as_ref(), registry, wanted);
        }
        match self.decoder.kind() {
            Kind::Unsupported(name) => {
                return Found::Unknown { reason: format!("{name}, decompress it first") };
            }
            Kind::Data | Kind::Parquet => {}
        }
        let head = self.head.get(..self.head.len().min(self.sample)).unwrap_or_default();
        let complete = !self.more && self.fault.is_none() && self.head.len() <= self.sample;
        if let (Some(fault), true) = (&self.fault, head.trim_ascii().is_empty()) {
            return Found::Unknown { reason: fault.to_string() };
        }
        if is_rejects(head) {
            return Found::Rejects;
        }
        let sample = Sample { name: &input.key, head, complete };
        if let Some(entry) = wanted {
            return said_to_be(entry, &sample);
        }
        if is_ocsf_event(head) {
            let reason = "members `class_uid` and `metadata`".to_owned();
            return Found::Skip { kind: "ocsf-events", reason };
        }
        found(registry.detect(&sample), "no source fits")
    }

    /// The rows of a Parquet file, or why it cannot be read; `None` for any other object.
    pub(crate) fn parquet(&self) -> Option<Result<&ParquetRows, &str>> {
        self.rows.as_ref().map(|rows| rows.as_ref().map_err(String::as_str))
    }

    /// The rows of a Parquet file that can be read.
    pub fn rows(&self) -> Option<&ParquetRows> {
        self.parquet()?.ok()
    }

    /// The compressions, outermost first.
    pub fn layers(&self) -> &[Compression] {
        self.decoder.layers()
    }

    /// Appends the next decompressed bytes to `out`, up to `at_most` of them, from the first one on; false when nothing
    /// follows. A Parquet file gives [`rows`](Self::rows) instead.
    ///
    /// # Errors
    /// As [`Decoder::fill`].
    pub fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault> {
        let start = out.len();
        if let Some(rest) = self.head.get(self.at..).filter(|rest| !rest.is_empty()) {
            let n = rest.len().min(at_most);
            out.extend_from_slice(rest.get(..n).unwrap_or_default());
            self.at += n;
            if self.at == self.head.len() {
                (self.head, self.at) = (Vec::new(), 0);
            }
        }
        if !self.head.is_empty() {
            return Ok(true);
        }
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let room = at_most - (out.len() - start);
        if self.more && room > 0 {
            self.more = self.decoder.fill(out, room)?;
        }
        Ok(self.more)
    }

    /// Reads what is left of the stored object and tells its identity.
    pub fn identity(self) -> Identity {
        self.decoder.identity()
    }
}

/// The user's word counts, but for what the source itself knows to hold no events.
fn said_to_be(entry: &dyn Entry, sample: &Sample<'_>) -> Found {
    if sample.complete && sample.head.trim_ascii().is_empty() {
        return Found::Skip { kind: "empty", reason: "no bytes but blanks".to_owned() };
    }
    match entry.sniff(sample) {
        Verdict::Skip { kind, reason } => Found::Skip { kind, reason },
        _ => named(entry),
    }
}

/// True when the first JSON value is an OCSF event.
fn is_ocsf_event(head: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Event {
        #[serde(rename = "class_uid")]
        _class_uid: u32,
        #[serde(rename = "metadata")]
        _metadata: serde_json::Map<String, serde_json::Value>,
    }
    if memchr::memmem::find(head, b"\"class_uid\"").is_none() {
        return false;
    }
    let text = head.trim_ascii_start();
    let text = text.strip_prefix(b"[").unwrap_or(text);
    matches!(serde_json::Deserializer::from_slice(text).into_iter::<Event>().next(), Some(Ok(_)))
}

/// Says what a Parquet file is, by its columns.
fn parquet(
    input: &Input,
    rows: Result<&ParquetRows, &String>,
    registry: &Registry,
    wanted: Option<&dyn Entry>,
) -> Found {
    let rows = match rows {
        Ok(rows) => rows,
        Err(why) => return Found::Unknown { reason: format!("looks like a Parquet file, but {why}") },
    };
    let columns = rows.columns();
    if columns.contains(&"class_uid") && columns.contains(&"metadata") {
        let reason = "columns `class_uid` and `metadata`".to_owned();
        return Found::Skip { kind: "ocsf-parquet", reason };
    }
    match wanted {
        None => {
            found(registry.detect_columns(&input.key, &columns), "a Parquet file whose columns fit no source")
        }
        Some(entry) if entry.reads_columns() => match entry.sniff_columns(&input.key, &columns) {
            Verdict::Skip { kind, reason } => Found::Skip { kind, reason },
            _ => named(entry),
        },
        Some(entry) => Found::Unknown { reason: format!("`{}` is not read from Parquet", entry.name()) },
    }
}

fn found(detection: Detection, otherwise: &str) -> Found {
    match detection {
        Detection::Source { name, confidence, reason } => Found::Source { name, confidence, reason },
        Detection::Skip { kind, reason } => Found::Skip { kind, reason },
        Detection::Ambiguous(sources) => Found::Ambiguous(sources),
        Detection::Unknown => Found::Unknown { reason: otherwise.to_owned() },
    }
}

/// The source that the user named.
fn named(entry: &dyn Entry) -> Found {
    Found::Source { name: entry.name(), confidence: 1.0, reason: "named with `--source`".to_owned() }
}
