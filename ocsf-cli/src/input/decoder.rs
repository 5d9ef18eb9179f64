//! The decompressed bytes of an input, in bounded memory.

use std::fs::File;
use std::io::{self, Read};

use super::fault::{FaultKind, ReadFault};
use super::feed::{Bounds, Feed, Identity, Source, Stored};
use super::gzip::Gzip;
use super::list::{Input, Origin};
use super::magic::{Magic, PEEK};
use super::read_ahead::ReadAhead;
use super::zstd::Zstd;

/// Compressions inside compressions are followed this deep.
const MAX_LAYERS: usize = 3;

/// Bounds on reading one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A gzip object and each of its members up to this size are decompressed in one go, which holds both in memory; 0
    /// streams everything. Default 16 MiB.
    pub one_shot_bytes: usize,
    /// An object ends with [`FaultKind::ObjectTooLarge`] after this many bytes, stored or decompressed; a Parquet file of more
    /// is not read at all. Default none: then decompression gives 1 GiB, and 1,032 bytes more for each stored one, at most.
    pub max_object_bytes: Option<u64>,
    /// Stored bytes are hashed while they pass, for [`Decoder::identity`]; without, the hash is that of no bytes. Default true.
    pub hash: bool,
    /// Of an object in a bucket, about so many bytes are in memory before they are read. Default 16 MiB.
    pub read_ahead_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { one_shot_bytes: 16 << 20, max_object_bytes: None, hash: true, read_ahead_bytes: 16 << 20 }
    }
}

/// A compression that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Gzip of any number of members.
    Gzip,
    /// Zstandard of any number of frames.
    Zstd,
}

impl Compression {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// What an object is below its compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Bytes to be looked at.
    Data,
    /// A Parquet file.
    Parquet,
    /// A compression or an archive that is not read: its name. Such an object has no bytes.
    Unsupported(&'static str),
}

/// Reads the decompressed bytes of one input.
///
/// Compression is told by magic bytes, never by name, also inside of compressed data. All stored bytes that pass are
/// hashed.
///
/// ```
/// use std::io::Write;
/// use ocsf_cli::input::{Compression, Decoder, Limits};
///
/// let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
/// gzip.write_all(b"some log")?;
/// let stored = gzip.finish()?;
///
/// let mut decoder = Decoder::new(std::io::Cursor::new(stored.clone()), None, &Limits::default())?;
/// assert_eq!(decoder.layers(), [Compression::Gzip]);
/// let mut bytes = Vec::new();
/// while decoder.fill(&mut bytes, 4)? {}
/// assert_eq!(bytes, b"some log");
/// assert_eq!(decoder.identity().bytes, stored.len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    feed: Feed,
    layers: Vec<Compression>,
    kind: Kind,
    unsupported: Option<ReadFault>,
}

impl Decoder {
    /// Opens an input. Its first bytes are read.
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
        match &input.origin {
            Origin::Path(path) => Self::new(File::open(path)?, input.size, limits),
            Origin::Object(bucket, object) => Self::new(ahead.open(bucket, object), input.size, limits),
            Origin::Stdin => Self::new(io::stdin(), None, limits),
        }
    }

    /// Reads from `stored`, which gives `size` bytes where that is known.
    ///
    /// # Errors
    /// A decompressor could not be made. What is wrong with the bytes comes from [`fill`](Self::fill).
    pub fn new(stored: impl Read + Send + 'static, size: Option<u64>, limits: &Limits) -> io::Result<Self> {
        let fits = size.is_none_or(|size| size <= limits.one_shot_bytes as u64);
        let bounds = Bounds { max: limits.max_object_bytes, size };
        let mut feed = Feed::new(Box::new(Stored::new(stored, limits.hash)), 0, bounds);
        let mut layers = Vec::new();
        let (kind, unsupported) = loop {
            let magic = Magic::of(feed.ensure(PEEK));
            let compression = match magic {
                Magic::Gzip => Compression::Gzip,
                Magic::Zstd => Compression::Zstd,
                Magic::Parquet => break (Kind::Parquet, None),
                Magic::Unsupported(name) => {
                    break (Kind::Unsupported(name), Some(unsupported(name, layers.len())));
                }
                Magic::None => break (Kind::Data, None),
            };
            if layers.len() == MAX_LAYERS {
                let name = "more than three compressions inside each other";
                break (Kind::Unsupported(name), Some(unsupported(name, layers.len())));
            }
            let source: Box<dyn Source> = match compression {
                // What lies deeper is streamed: one buffer of that size an object is enough.
                Compression::Gzip if fits && layers.is_empty() => {
                    Box::new(Gzip::new(feed, limits.one_shot_bytes))
                }
                Compression::Gzip => Box::new(Gzip::new(feed, 0)),
                Compression::Zstd => Box::new(Zstd::new(feed)?),
            };
            layers.push(compression);
            feed = Feed::new(source, layers.len(), bounds);
        };
        Ok(Self { feed, layers, kind, unsupported })
    }

    /// The compressions, outermost first.
    pub fn layers(&self) -> &[Compression] {
        &self.layers
    }

    /// What the object is below them.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Appends the next decompressed bytes to `out`, up to `at_most` of them; false when nothing follows.
    ///
    /// Fewer than `at_most` bytes come only with the last ones and with a fault.
    ///
    /// # Errors
    /// Something is wrong with the object; bytes before it were appended all the same. The next call goes on behind it
    /// where that is possible, and says false otherwise.
    pub fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault> {
        match (self.kind, self.unsupported.take()) {
            (_, Some(fault)) => Err(fault),
            (Kind::Unsupported(_), None) => Ok(false),
            _ => self.feed.fill(out, at_most),
        }
    }

    /// Reads what is left of the stored object and tells its identity.
    pub fn identity(mut self) -> Identity {
        self.feed.identity()
    }
}

fn unsupported(name: &str, layer: usize) -> ReadFault {
    let detail = format!("{name} is not read, decompress it first");
    ReadFault { kind: FaultKind::UnsupportedCompression, layer, byte: 0, detail }
}
