//! What an input is.

use std::fs::File;
use std::io;

use ocsf_core::{Sample, Verdict};
use ocsf_mappers::{Detection, Entry, Registry};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::Deserialize;

use super::decoder::{Compression, Decoder, Kind, Limits};
use super::fault::ReadFault;
use super::feed::Identity;
use super::list::{Input, Origin};
use super::retry::is_rejects;

/// Decompressed bytes that detection looks at.
const SAMPLE: usize = 64 << 10;

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
    /// True when `head` is all there is and nothing was wrong.
    complete: bool,
    more: bool,
    /// Faults behind the head.
    fault: Option<ReadFault>,
}

impl Object {
    /// Opens an input and reads its first 64 KiB, decompressed.
    ///
    /// # Errors
    /// The input cannot be opened.
    pub fn open(input: &Input, limits: &Limits) -> io::Result<Self> {
        Ok(Self::new(Decoder::open(input, limits)?))
    }

    /// Reads the first 64 KiB of what `decoder` gives.
    pub fn new(mut decoder: Decoder) -> Self {
        let mut head = Vec::new();
        let (mut more, mut fault) = (true, None);
        // One byte more tells an object of just that size from a longer one.
        while more && fault.is_none() && head.len() <= SAMPLE {
            let room = SAMPLE + 1 - head.len();
            match decoder.fill(&mut head, room) {
                Ok(follows) => more = follows,
                Err(found) => fault = Some(found),
            }
        }
        let complete = !more && fault.is_none() && head.len() <= SAMPLE;
        Self { decoder, head, at: 0, complete, more, fault }
    }

    /// Says what the input is. `wanted` is the source that the user named; what that source itself knows to hold no events
    /// is still skipped.
    pub fn detect(&self, input: &Input, registry: &Registry, wanted: Option<&dyn Entry>) -> Found {
        match self.decoder.kind() {
            Kind::Parquet => return parquet(input, self.layers()),
            Kind::Unsupported(name) => {
                return Found::Unknown { reason: format!("{name}, decompress it first") };
            }
            Kind::Data => {}
        }
        let head = self.head.get(..self.head.len().min(SAMPLE)).unwrap_or_default();
        if let (Some(fault), true) = (&self.fault, head.trim_ascii().is_empty()) {
            return Found::Unknown { reason: fault.to_string() };
        }
        if is_rejects(head) {
            return Found::Rejects;
        }
        let sample = Sample { name: &input.key, head, complete: self.complete };
        if let Some(entry) = wanted {
            return said_to_be(entry, &sample);
        }
        if is_ocsf_event(head) {
            let reason = "members `class_uid` and `metadata`".to_owned();
            return Found::Skip { kind: "ocsf-events", reason };
        }
        match registry.detect(&sample) {
            Detection::Source { name, confidence, reason } => Found::Source { name, confidence, reason },
            Detection::Skip { kind, reason } => Found::Skip { kind, reason },
            Detection::Ambiguous(sources) => Found::Ambiguous(sources),
            Detection::Unknown => Found::Unknown { reason: "no source fits".to_owned() },
        }
    }

    /// The compressions, outermost first.
    pub fn layers(&self) -> &[Compression] {
        self.decoder.layers()
    }

    /// Appends the next decompressed bytes to `out`, up to `at_most` of them, from the first one on; false when nothing
    /// follows.
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
    ///
    /// # Errors
    /// The operating system could not read the object.
    pub fn identity(self) -> io::Result<Identity> {
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
        _ => {
            Found::Source { name: entry.name(), confidence: 1.0, reason: "named with `--source`".to_owned() }
        }
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

fn parquet(input: &Input, layers: &[Compression]) -> Found {
    let unknown = |reason: &str| Found::Unknown { reason: reason.to_owned() };
    let (Origin::Path(path), []) = (&input.origin, layers) else {
        return unknown("a Parquet file is read only as a plain file");
    };
    let Ok(reader) = File::open(path).map_err(Into::into).and_then(SerializedFileReader::new) else {
        return unknown("looks like a Parquet file, but has no readable footer");
    };
    let schema = reader.metadata().file_metadata().schema();
    let has = |name: &str| schema.get_fields().iter().any(|field| field.name() == name);
    if has("class_uid") && has("metadata") {
        let reason = "columns `class_uid` and `metadata`".to_owned();
        return Found::Skip { kind: "ocsf-parquet", reason };
    }
    unknown("a Parquet file without OCSF events")
}
