//! Rejected records as an input: the raw bytes that an earlier run set aside, to be read again.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ocsf_core::ObjectInfo;
use serde::{Deserialize, Serialize};

use super::detect::Object;
use super::fault::ReadFault;

/// What a line holds besides the bytes of its record, at most.
const MAX_REST: usize = 1 << 20;

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// One line of a file of rejected records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectLine {
    /// Key of the object that the record was in.
    pub object: String,
    /// Number of the record within the object, from 0.
    pub record: u64,
    /// First byte of the record in the decompressed object; 0 for a row of columns.
    pub byte: u64,
    /// Line of that byte, from 1; 0 for a row of columns.
    pub line: u64,
    /// The source that the object was read as.
    pub source: String,
    /// Why it was rejected: the name of a [`RejectCode`](ocsf_core::RejectCode).
    pub code: String,
    /// The source field or OCSF attribute at fault, where one is.
    pub path: Option<String>,
    /// What was expected and found.
    pub detail: String,
    /// The record as it came, in base64; the first 64 KiB of one that is larger than the limit for records.
    pub raw_b64: String,
    /// Full length of the record in bytes.
    pub raw_len: u64,
    /// SHA-256 of the record, in hexadecimal digits, where only a part of it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_sha256: Option<String>,
    /// The columns of the record, parted by blanks, where a header or the user gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// When the wrapping that the record came in says that it was logged, milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged: Option<i64>,
    /// The account of the log group that the wrapping names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl RejectLine {
    /// What a mapper is told of the record: what is known of its object, and what its wrapping and its header said.
    pub fn info(&self, object: ObjectInfo) -> ObjectInfo {
        let shared = |text: &Option<String>| text.as_deref().map(Arc::from);
        ObjectInfo {
            account: shared(&self.account).or(object.account),
            time: self.logged.or(object.time),
            columns: shared(&self.columns),
            ..object
        }
    }

    /// The record as it came; `None` when the line has only a part of it.
    pub fn raw(&self) -> Option<Vec<u8>> {
        let raw = BASE64_STANDARD.decode(&self.raw_b64).ok()?;
        (raw.len() as u64 == self.raw_len).then_some(raw)
    }
}

/// What [`Retries`] yields.
#[derive(Debug)]
pub enum Retry {
    /// A rejected record.
    Record(Box<RejectLine>),
    /// A line that is none, from 1.
    Malformed {
        /// Its number.
        line: u64,
    },
    /// Something wrong with the bytes of the file; records before it were yielded.
    Fault(ReadFault),
}

/// Reads the rejected records of an object.
#[derive(Debug)]
pub struct Retries<'o> {
    object: &'o mut Object,
    buf: Vec<u8>,
    at: usize,
    line: u64,
    more: bool,
    /// A longer line is no rejected record.
    max_line: usize,
}

impl<'o> Retries<'o> {
    /// Reads what is left of `object`: records of up to `max_record_bytes`.
    pub fn new(object: &'o mut Object, max_record_bytes: usize) -> Self {
        let max_line = (max_record_bytes / 3).saturating_add(1).saturating_mul(4).saturating_add(MAX_REST);
        Self { object, buf: Vec::new(), at: 0, line: 0, more: true, max_line }
    }

    /// The next complete line as a range of the buffer, its end behind the line break.
    fn next_line(&mut self) -> Result<Option<(usize, usize)>, ReadFault> {
        let mut looked = self.at;
        loop {
            let rest = self.buf.get(looked..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', rest) {
                return Ok(Some((self.at, looked + found + 1)));
            }
            if !self.more || self.buf.len() - self.at > self.max_line {
                let whole = (self.at, self.buf.len());
                return Ok((whole.0 < whole.1).then_some(whole));
            }
            self.buf.drain(..self.at);
            self.at = 0;
            looked = self.buf.len();
            self.more = self.object.fill(&mut self.buf, CHUNK)?;
        }
    }
}

impl Iterator for Retries<'_> {
    type Item = Retry;

    fn next(&mut self) -> Option<Retry> {
        loop {
            let (start, end) = match self.next_line() {
                Ok(found) => found?,
                Err(fault) => return Some(Retry::Fault(fault)),
            };
            self.at = end;
            self.line += 1;
            let line = self.buf.get(start..end).unwrap_or_default().trim_ascii();
            if !line.is_empty() {
                let parsed = serde_json::from_slice(line);
                let malformed = Retry::Malformed { line: self.line };
                return Some(parsed.map_or(malformed, |record| Retry::Record(Box::new(record))));
            }
        }
    }
}

/// True for the first bytes of a file of rejected records. The first line may reach beyond `head`.
pub(super) fn is_rejects(head: &[u8]) -> bool {
    let end = memchr::memchr(b'\n', head).unwrap_or(head.len());
    let line = head.get(..end).unwrap_or_default().trim_ascii();
    let has = |member: &str| memchr::memmem::find(line, member.as_bytes()).is_some();
    if has("\"raw_b64\"") && serde_json::from_slice::<RejectLine>(line).is_ok() {
        return true;
    }
    line.starts_with(b"{\"object\":\"")
        && ["\"record\":", "\"source\":\"", "\"code\":\"", "\"raw_b64\":\""].into_iter().all(has)
        && !line.ends_with(b"}")
}
