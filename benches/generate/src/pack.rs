//! How the text of an object is stored.

use libdeflater::{CompressionLvl, Compressor};

/// Bytes of text in each member of an object of many.
const MEMBER_BYTES: usize = 1 << 20;

/// How the text of an object is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As it is.
    Plain,
    /// As one gzip member.
    Gzip,
    /// As gzip members one behind the other, cut anywhere, as Application Load Balancers do.
    GzipMembers,
}

impl Packing {
    pub(crate) fn pack(self, text: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Plain => text,
            Self::Gzip => gzip([text.as_slice()]),
            Self::GzipMembers => gzip(text.chunks(MEMBER_BYTES)),
        }
    }
}

/// The compressor gives the same bytes on every machine.
fn gzip<'t>(parts: impl IntoIterator<Item = &'t [u8]>) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut out = Vec::new();
    for part in parts {
        let begin = out.len();
        out.resize(begin + compressor.gzip_compress_bound(part.len()), 0);
        // The buffer has the size that the compressor may need, so that it cannot fail.
        let written = compressor.gzip_compress(part, &mut out[begin..]).unwrap_or_default();
        out.truncate(begin + written);
    }
    out
}
