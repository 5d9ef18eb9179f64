//! Recognising a source by an object's name and first bytes.

use std::borrow::Cow;

/// The beginning of an object.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Path or key.
    pub name: &'a str,
    /// First bytes, decompressed: 64 KiB, or up to 4 MiB when those told nothing.
    pub head: &'a [u8],
    /// True when `head` is the whole object.
    pub complete: bool,
}

impl<'a> Sample<'a> {
    /// The first bytes as text; what is no UTF-8, as a character that `head` cuts apart, is U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        // Mostly it is UTF-8, which the checked conversion finds out faster.
        std::str::from_utf8(self.head).map_or_else(|_| String::from_utf8_lossy(self.head), Cow::Borrowed)
    }
}

/// What one source says of a sample.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is a log of this source.
    Source {
        /// 0..1; 0.9 and above is certain, below 0.5 is a guess.
        confidence: f32,
        /// The rule that matched, for people.
        reason: String,
    },
    /// It belongs to this source but holds no events: a digest, a notice, a test file.
    Skip {
        /// Stable kind, such as `cloudtrail-digest`.
        kind: &'static str,
        /// The rule that matched, for people.
        reason: String,
    },
    /// Nothing known.
    No,
}
