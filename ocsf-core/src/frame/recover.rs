//! Finding the way again behind a broken JSON record: where the next one probably begins.

use std::ops::Range;

/// First names of the records so far, quoted: how the next one probably begins.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    names: Vec<Vec<u8>>,
}

impl Signatures {
    /// True when no record was seen yet.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Bytes at the end of a text that may belong to the beginning of a record.
    pub(super) fn reach(&self) -> usize {
        self.names.iter().map(Vec::len).max().unwrap_or(0) + LOOK_BACK
    }

    /// Notes how a record begins.
    pub(super) fn learn(&mut self, record: &[u8]) {
        if let Some(name) = signature_of(record)
            && !self.names.iter().any(|known| known == name)
            && self.names.len() < MAX_SIGNATURES
        {
            self.names.push(name.to_vec());
        }
    }

    /// First place from `from` on where an element probably begins: a comma, `{`, and a first name seen before.
    pub(super) fn next_element(&self, text: &[u8], from: usize) -> Option<usize> {
        memchr::memchr_iter(b'{', text.get(from..)?).map(|open| from + open).find(|open| {
            self.first_name(text, *open).is_some_and(|name| {
                let floor = from.max(name.start.saturating_sub(LOOK_BACK));
                before(text, floor, *open).is_some_and(|comma| text[comma] == b',')
            })
        })
    }

    /// First place from `from` on where a record probably begins, behind another or at the start of a line, up to the end
    /// of the line that `at` is in.
    pub(super) fn next_at_top(&self, text: &[u8], from: usize, at: usize) -> Next {
        for found in memchr::memchr2_iter(b'{', b'\n', text.get(from..).unwrap_or_default()) {
            let found = from + found;
            if text[found] == b'\n' {
                if found >= at {
                    return Next::EndOfLine;
                }
            } else if let Some(name) = self.first_name(text, found) {
                let is_on_line = !text[at.clamp(found, name.end)..name.end].contains(&b'\n');
                let line = text[..found].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
                if is_on_line && matches!(line, Some(b'\n' | b'}')) {
                    return Next::Record(found);
                }
            }
        }
        Next::Unseen
    }

    /// The first name of the object that opens at `open`, if it was seen before.
    fn first_name(&self, text: &[u8], open: usize) -> Option<Range<usize>> {
        let inside = text.get(open + 1..)?;
        let blanks = inside.iter().take(LOOK_BACK).take_while(|byte| byte.is_ascii_whitespace()).count();
        let (name, start) = (inside.get(blanks..)?, open + 1 + blanks);
        let known = self.names.iter().find(|known| name.starts_with(known))?;
        (start - open <= LOOK_BACK).then_some(start..start + known.len())
    }
}

/// What comes behind a broken record between values at the top.
pub(super) enum Next {
    /// Another record, here.
    Record(usize),
    EndOfLine,
    /// The text ends first.
    Unseen,
}

/// End of the value whose start was passed in an earlier part of the text, when it lies in this one.
pub(super) fn end_of_value(
    text: &[u8],
    depth: &mut u64,
    in_string: &mut bool,
    escaped: &mut bool,
) -> Option<usize> {
    for (at, byte) in text.iter().enumerate() {
        if *in_string {
            match byte {
                _ if *escaped => *escaped = false,
                b'\\' => *escaped = true,
                b'"' => *in_string = false,
                _ => continue,
            }
        } else {
            match byte {
                b'"' => *in_string = true,
                b'{' | b'[' => *depth += 1,
                b'}' | b']' => *depth = depth.saturating_sub(1),
                _ => continue,
            }
        }
        if *depth == 0 && !*in_string {
            return Some(at + 1);
        }
    }
    None
}

/// Longer first names tell no records.
const LONGEST_NAME: usize = 64;

/// Kinds of records that are told apart by their first names.
const MAX_SIGNATURES: usize = 4;

/// Blanks between a comma, `{` and a first name are followed this far.
const LOOK_BACK: usize = 256;

/// The first name of an object, in its quotes.
fn signature_of(record: &[u8]) -> Option<&[u8]> {
    record.first().filter(|byte| **byte == b'{')?;
    let quote = 1 + record.get(1..)?.iter().position(|byte| !byte.is_ascii_whitespace())?;
    record.get(quote).filter(|byte| **byte == b'"')?;
    let end = record.iter().skip(quote + 1).take(LONGEST_NAME + 1).position(|byte| *byte == b'"')?;
    (end > 0).then(|| &record[quote..quote + end + 2])
}

/// Place of the last byte before `at` that is no blank, not before `floor`.
fn before(text: &[u8], floor: usize, at: usize) -> Option<usize> {
    text.get(floor..at)?.iter().rposition(|byte| !byte.is_ascii_whitespace()).map(|found| floor + found)
}
