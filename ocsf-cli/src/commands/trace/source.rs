//! The object that a record is in, and the record itself.

use std::path::{Path, PathBuf};

use ocsf_lake::{Manifest, TracedRow};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::input;
use crate::args::TraceArgs;
use crate::events::{event_text, plain};
use ocsf_lake::Stores;

use crate::input::{Identity, Input, Limits, Object, list};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// A record that is longer than this is not looked for the end of.
const LONGEST: usize = 64 << 20;

/// A record as its object has it.
pub(super) struct Raw {
    bytes: Vec<u8>,
    /// It is a row of columns.
    pub(super) is_row: bool,
    key: String,
    identity: Identity,
}

impl Raw {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether its object has the bytes that the manifest knows; true when the manifest knows none of that key.
    pub(super) fn is_what_was_converted(&self, manifest: &Manifest) -> bool {
        input(manifest, &self.key).is_none_or(|known| known.sha256 == self.identity.hex())
    }
}

/// The record at a place. Says in words why it cannot be had.
pub(super) fn find(args: &TraceArgs, state: &Path, at: &TracedRow) -> Result<Raw, String> {
    let input = find_input(args, state, &at.object)?;
    let cannot = |why: &dyn std::fmt::Display| format!("`{}` cannot be read: {why}", input.name());
    let mut object = Object::open(&input, &Limits::default()).map_err(|error| cannot(&error))?;
    let mut is_row = false;
    let bytes = if let Some(rows) = object.rows() {
        is_row = true;
        let mut found = None;
        for piece in rows.read() {
            let piece = piece.map_err(|fault| cannot(&fault))?;
            let row = at.record.checked_sub(piece.first_row).and_then(|row| usize::try_from(row).ok());
            if let Some(row) = row.filter(|row| *row < piece.rows.num_rows()) {
                let rows = plain(&piece.rows).map_err(|error| cannot(&error))?;
                found = Some(event_text(&rows, row, false).into_bytes());
                break;
            }
        }
        found.ok_or_else(|| format!("`{}` has no row {}", input.name(), at.record))?
    } else {
        record_at(&mut object, at.byte).map_err(|why| cannot(&why))?
    };
    Ok(Raw { bytes, is_row, key: input.key.clone(), identity: object.identity() })
}

/// The input whose key the object has: of those that were named, or one that lies where its key says.
fn find_input(args: &TraceArgs, state: &Path, key: &str) -> Result<Input, String> {
    let candidates: Vec<PathBuf> = if args.input.is_empty() {
        let beside = state.parent().map(|parent| parent.join(key));
        [Some(PathBuf::from(key)), beside].into_iter().flatten().filter(|path| path.is_file()).collect()
    } else {
        args.input.clone()
    };
    if candidates.is_empty() {
        return Err(format!("`{key}` is not at hand"));
    }
    let listing = list(&candidates, None, &Stores::default()).map_err(|error| error.message().to_owned())?;
    let known = listing.inputs.into_iter().find(|input| input.key == key || args.input.is_empty());
    known.ok_or_else(|| format!("no input has the key `{key}`"))
}

/// The record that begins at a byte: a whole JSON value, or a line. What is damaged behind it does no harm.
fn record_at(object: &mut Object, byte: u64) -> Result<Vec<u8>, String> {
    let mut fault = None;
    let mut fill = |buffer: &mut Vec<u8>, at_most| match object.fill(buffer, at_most) {
        Ok(more) => more,
        Err(found) => {
            fault.get_or_insert(found);
            true
        }
    };
    let mut buffer = Vec::new();
    let (mut skipped, mut more) = (0, true);
    while more && skipped < byte {
        buffer.clear();
        more = fill(&mut buffer, CHUNK);
        let skip = (byte - skipped).min(buffer.len() as u64);
        buffer.drain(..skip as usize);
        skipped += skip;
    }
    while end_of(&buffer, more).is_none() && more && buffer.len() < LONGEST {
        // Twice as much each time, since a value is looked at from its beginning.
        let chunk = CHUNK.max(buffer.len());
        more = fill(&mut buffer, chunk);
    }
    let Some(end) = end_of(&buffer, more) else {
        return Err(fault.map_or_else(|| "it ends before the record".to_owned(), |fault| fault.to_string()));
    };
    buffer.truncate(end);
    Ok(buffer)
}

/// Where the record at the beginning of `buffer` ends; none when that is not in sight.
fn end_of(buffer: &[u8], more: bool) -> Option<usize> {
    if matches!(buffer.first()?, b'{' | b'[') {
        let mut values = Deserializer::from_slice(buffer).into_iter::<&RawValue>();
        if matches!(values.next(), Some(Ok(_))) {
            return Some(values.byte_offset());
        }
    }
    let line = memchr::memchr(b'\n', buffer).or_else(|| (!more).then_some(buffer.len()))?;
    let line = buffer.get(..line)?;
    // JSON on many lines may only be torn at the end of what is there.
    let is_line = !more || !matches!(line.first(), Some(b'{' | b'['));
    is_line.then(|| line.strip_suffix(b"\r").unwrap_or(line).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_with_their_value_or_line() {
        assert_eq!(end_of(b"{\"a\":\n1},{", true), Some(8));
        assert_eq!(end_of(b"{\"a\":\n1", true), None);
        assert_eq!(end_of(b"2 x y\r\n3", true), Some(5));
        assert_eq!(end_of(b"2 x y", true), None);
        assert_eq!(end_of(b"2 x y", false), Some(5));
        assert_eq!(end_of(b"", false), None);
    }
}
