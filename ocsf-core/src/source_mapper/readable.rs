//! Text of a buffer, with the bytes that are no UTF-8 told apart.

use std::cell::Cell;
use std::fmt::Write as _;
use std::ops::Range;

use bumpalo::Bump;

/// Stands for a byte that is no UTF-8: harmless inside a JSON string, and no JSON outside of one.
const STAND_IN: char = '?';

/// Text of a buffer. Bytes that are no UTF-8 are replaced one by one, so that places stay, and noted.
pub(super) struct Readable<'a> {
    pub(super) original: &'a [u8],
    replaced: Option<String>,
    valid: &'a str,
    bad: Vec<usize>,
    /// The place that was last asked for, and the number of line ends before it.
    mark: Cell<(usize, u64)>,
}

impl<'a> Readable<'a> {
    pub(super) fn new(original: &'a [u8], last: bool) -> Self {
        let (valid, fault) = match std::str::from_utf8(original) {
            Ok(valid) => (valid, None),
            Err(error) => {
                let upto = error.valid_up_to();
                (std::str::from_utf8(&original[..upto]).unwrap_or_default(), Some(error))
            }
        };
        let torn = fault.is_some_and(|error| error.error_len().is_none());
        let mut text = Self { original, replaced: None, valid, bad: Vec::new(), mark: Cell::new((0, 0)) };
        if fault.is_none() || (torn && !last) {
            return text;
        }
        let mut replaced = String::with_capacity(original.len());
        for chunk in original.utf8_chunks() {
            replaced.push_str(chunk.valid());
            let rest = original.len() - replaced.len();
            if chunk.invalid().len() == rest && !last && rest < 4 && torn_tail(original) == rest {
                break;
            }
            text.bad.extend((0..chunk.invalid().len()).map(|i| replaced.len() + i));
            replaced.extend(chunk.invalid().iter().map(|_| STAND_IN));
        }
        text.replaced = Some(replaced);
        text
    }

    pub(super) fn text(&self) -> &str {
        self.replaced.as_deref().unwrap_or(self.valid)
    }

    /// Line ends before a place. Places mostly rise, so that each byte is looked at about once.
    pub(super) fn lines_before(&self, at: usize) -> u64 {
        let at = at.min(self.original.len());
        let (from, lines) = self.mark.get();
        let lines = if from <= at {
            lines + count_lines(&self.original[from..at])
        } else {
            lines - count_lines(&self.original[at..from])
        };
        self.mark.set((at, lines));
        lines
    }

    pub(super) fn is_bad(&self, range: &Range<usize>) -> bool {
        let at = self.bad.partition_point(|bad| *bad < range.start);
        self.bad.get(at).is_some_and(|bad| *bad < range.end)
    }

    /// A stretch with `\xHH` for each byte that is no UTF-8.
    pub(super) fn escaped<'b>(&self, range: Range<usize>, arena: &'b Bump) -> &'b str {
        let mut escaped = String::new();
        for chunk in self.original.get(range).unwrap_or_default().utf8_chunks() {
            escaped.push_str(chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(escaped, "\\x{byte:02X}");
            }
        }
        arena.alloc_str(&escaped)
    }
}

/// Bytes at the end that begin a character and wait for the rest of it.
fn torn_tail(bytes: &[u8]) -> usize {
    (1..=3.min(bytes.len()))
        .find(|tail| {
            let start = &bytes[bytes.len() - tail..];
            std::str::from_utf8(start)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

pub(super) fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
