//! The bytes of a Parquet file, as the library asks for them, and no more of them than memory holds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use super::footer::STATISTICS;
use super::thrift::Shape::{self, Bool, I32, Struct, Told};
use super::thrift::Shapes;

/// A page, stored or decompressed, has this many bytes at most. Writers make pages of about one MiB.
const MAX_PAGE: u64 = 256 << 20;

/// A byte of gzip becomes this many bytes at most.
const MAX_INFLATION: u64 = 1_032;

/// Most headers are much smaller than the first, none of a file of logs is larger than the other: texts in statistics may be
/// long.
const HEADER_BYTES: [u64; 2] = [4 << 10, 4 << 20];

/// A file that gives pages of bounded size alone.
///
/// The library takes room for a page as its header says, and inflates gzip without any bound. It asks for a header first
/// and for the bytes behind it later, maybe after other pages, so that what headers say is kept until then.
#[derive(Debug, Clone)]
pub(super) struct Pages {
    file: Arc<File>,
    size: u64,
    /// Bytes of levels, which are not compressed, by where the bytes of the page start.
    expected: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl Pages {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), size, expected: Arc::default() })
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The same file once more.
    pub(super) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Checks the page header at a place.
    fn expect(&self, start: u64) -> Result<()> {
        let mut found = None;
        for at_most in HEADER_BYTES {
            let mut bytes = Vec::new();
            let mut file = &*self.file;
            file.seek(SeekFrom::Start(start))?;
            file.take(at_most).read_to_end(&mut bytes)?;
            found = Header::read(&bytes);
            if found.is_some() || (bytes.len() as u64) < at_most {
                break;
            }
        }
        let header = found.ok_or_else(|| refused(format!("no page header at byte {start}")))?;
        if header.uncompressed > MAX_PAGE {
            return Err(refused(format!("a page of {} bytes at byte {start}", header.uncompressed)));
        }
        let at = start.saturating_add(header.len as u64);
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(at, header.levels);
        Ok(())
    }
}

impl Length for Pages {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Pages {
    type T = BufReader<File>;

    /// Asked for where a page header starts, or for where the bytes of a page start whose header is known.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        if !self.expected.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&start) {
            self.expect(start)?;
        }
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(BufReader::new(file))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64);
        if length as u64 > MAX_PAGE || end.is_none_or(|end| end > self.size) {
            return Err(refused(format!("{length} bytes at byte {start}")));
        }
        let mut bytes = vec![0; length];
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        let levels = self.expected.lock().unwrap_or_else(PoisonError::into_inner).remove(&start);
        if inflates_too_far(bytes.get(levels.unwrap_or(0)..).unwrap_or_default()) {
            return Err(refused(format!("a page of more than {MAX_PAGE} bytes at byte {start}")));
        }
        Ok(bytes.into())
    }
}

fn refused(what: String) -> ParquetError {
    ParquetError::General(what)
}

/// Whether bytes that may be gzip become more than a page may have. Only large pages can, and are looked at.
fn inflates_too_far(bytes: &[u8]) -> bool {
    if !bytes.starts_with(&[0x1f, 0x8b]) || (bytes.len() as u64).saturating_mul(MAX_INFLATION) <= MAX_PAGE {
        return false;
    }
    let mut inflated = MultiGzDecoder::new(bytes).take(MAX_PAGE + 1);
    // What cannot be inflated is told by the library.
    io::copy(&mut inflated, &mut io::sink()).is_ok_and(|len| len > MAX_PAGE)
}

/// What the header of a page says.
struct Header {
    /// Its own bytes.
    len: usize,
    uncompressed: u64,
    /// Bytes before the compressed ones.
    levels: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut shapes = Shapes::new(bytes);
        shapes.pass(PAGE_HEADER)?;
        let told = |number| shapes.told.iter().filter(move |told| told.0 == number).map(|told| told.1);
        let uncompressed =
            told(UNCOMPRESSED).try_fold(0, |most, size| Some(most.max(u64::try_from(size).ok()?)))?;
        let levels =
            told(LEVELS).try_fold(0_usize, |sum, len| sum.checked_add(usize::try_from(len).ok()?))?;
        Some(Self { len: bytes.len() - shapes.rest().len(), uncompressed, levels })
    }
}

/// Numbers that the shapes below tell under.
const UNCOMPRESSED: u8 = 0;
const LEVELS: u8 = 1;

const PAGE_HEADER: &[(i16, Shape)] = &[
    (1, I32),
    (2, Told(UNCOMPRESSED)),
    (3, I32),
    (4, I32),
    (5, Struct(&[(1, I32), (2, I32), (3, I32), (4, I32), (5, Struct(STATISTICS))])),
    (6, Struct(&[])),
    (7, Struct(&[(1, I32), (2, I32), (3, Bool)])),
    (8, Struct(DATA_PAGE_V2)),
];

const DATA_PAGE_V2: &[(i16, Shape)] = &[
    (1, I32),
    (2, I32),
    (3, I32),
    (4, I32),
    (5, Told(LEVELS)),
    (6, Told(LEVELS)),
    (7, Bool),
    (8, Struct(STATISTICS)),
];
