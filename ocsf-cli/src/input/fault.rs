//! What can be wrong with the bytes of an object, as data.

use std::fmt;

/// Something wrong with the bytes of an object. What was read before it is good, as far as anyone can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The layer at fault: 0 is the object as it is stored, 1 what its compression holds, and so on.
    pub layer: usize,
    /// First byte at fault, counted in that layer's bytes.
    pub byte: u64,
    /// The particulars, for people.
    pub detail: String,
}

/// Kinds of [`ReadFault`]. The text form is stable and part of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// The object ends inside a compressed member or frame.
    Truncated,
    /// Compressed data that cannot be read on, or that does not match its checksum.
    Corrupt,
    /// Bytes behind the last member or frame that are no compressed data.
    TrailingGarbage,
    /// More bytes than the limit for one object.
    ObjectTooLarge,
    /// A compression or an archive that is recognised but not read.
    UnsupportedCompression,
    /// The operating system could not read the object.
    Io,
}

impl FaultKind {
    /// The stable name, in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Corrupt => "corrupt",
            Self::TrailingGarbage => "trailing-garbage",
            Self::ObjectTooLarge => "object-too-large",
            Self::UnsupportedCompression => "unsupported-compression",
            Self::Io => "io",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ReadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, layer, byte, detail } = self;
        write!(f, "{kind}: {detail}, byte {byte}")?;
        match layer {
            0 => Ok(()),
            1 => f.write_str(" of the decompressed object"),
            more => write!(f, " after decompressing {more} times"),
        }
    }
}

impl std::error::Error for ReadFault {}
