//! Compressions and containers by their first bytes.

use super::gzip::Gzip;
use super::zstd::Zstd;

/// First bytes that [`Magic::of`] looks at: those of a tar archive reach furthest.
pub(super) const PEEK: usize = 262;

/// What the first bytes of an object tell of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Magic {
    Gzip,
    Zstd,
    Parquet,
    /// Recognised and not read: its name.
    Unsupported(&'static str),
    None,
}

impl Magic {
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            _ if Gzip::is_magic(head) => Self::Gzip,
            _ if Zstd::is_magic(head) => Self::Zstd,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Self::Unsupported("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Unsupported("xz"),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Unsupported("zip"),
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::Unsupported("7z"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Unsupported("lz4"),
            [0xff, 0x06, 0x00, 0x00, b's', b'N', b'a', b'P', b'p', b'Y', ..] => Self::Unsupported("snappy"),
            _ if head.get(257..).is_some_and(|rest| rest.starts_with(b"ustar")) => Self::Unsupported("tar"),
            _ => Self::None,
        }
    }
}
