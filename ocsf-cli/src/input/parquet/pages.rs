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

/// All pages that are held at a time, decompressed, have this many bytes at most. Writers make pages of about one MiB.
const MAX_PAGES: u64 = 256 << 20;

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
    /// [`MAX_PAGES`].
    pub(super) most: u64,
    /// Bytes of levels, which are not compressed, by where the bytes of the page start.
    expected: Arc<Mutex<BTreeMap<u64, usize>>>,
    held: Arc<Mutex<Held>>,
}

impl Pages {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            size,
            most: MAX_PAGES,
            expected: Arc::default(),
            held: Arc::default(),
        })
    }

    /// The same file for another reader: nothing of it is held yet.
    pub(super) fn afresh(&self) -> Self {
        Self { expected: Arc::default(), held: Arc::default(), ..self.clone() }
    }

    /// What was decoded so far is dropped: of each column, a dictionary and the current page are still held.
    pub(super) fn begin_batch(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).forget();
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The same file once more.
    pub(super) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Notes that the rows of a column's current page hold `bytes` that stand in no page, instead of `before`.
    pub(super) fn hold(&self, before: u64, bytes: u64) -> Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.beside = held.beside.saturating_sub(before).saturating_add(bytes);
        if held.sum.saturating_add(held.beside) > self.most {
            return Err(refused(format!("values of more than {} bytes together", self.most)));
        }
        Ok(())
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
        if header.uncompressed > self.most {
            return Err(refused(format!("a page of {} bytes at byte {start}", header.uncompressed)));
        }
        let at = start.saturating_add(header.len as u64);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.add(start, at.saturating_add(header.compressed), header.uncompressed) > self.most {
            return Err(refused(format!("pages of more than {} bytes together at byte {start}", self.most)));
        }
        drop(held);
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(at, header.levels);
        Ok(())
    }
}

/// Bytes of the pages that readers of columns hold. Rows refer to all pages that they were decoded from.
#[derive(Debug, Default)]
struct Held {
    columns: Vec<HeldColumn>,
    sum: u64,
    /// Bytes that values take beside their pages.
    beside: u64,
}

/// Readers of columns are told apart by where they are: two at one place have read the same.
#[derive(Debug)]
struct HeldColumn {
    /// Where its next page starts.
    end: u64,
    /// Its first page may be a dictionary.
    first: u64,
    /// Its current page.
    last: u64,
    /// Pages since the first one.
    since: u64,
}

impl Held {
    /// Adds a page. Returns the bytes of all.
    fn add(&mut self, start: u64, end: u64, bytes: u64) -> u64 {
        match self.columns.iter_mut().find(|column| column.end == start) {
            Some(column) => (column.end, column.last, column.since) = (end, bytes, column.since + 1),
            None => self.columns.push(HeldColumn { end, first: bytes, last: bytes, since: 0 }),
        }
        self.sum = self.sum.saturating_add(bytes);
        self.sum.saturating_add(self.beside)
    }

    fn forget(&mut self) {
        let held = |column: &HeldColumn| column.first + if column.since > 0 { column.last } else { 0 };
        self.sum = self.columns.iter().map(held).fold(0, u64::saturating_add);
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
        if length as u64 > self.most || end.is_none_or(|end| end > self.size) {
            return Err(refused(format!("{length} bytes at byte {start}")));
        }
        let mut bytes = vec![0; length];
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        let levels = self.expected.lock().unwrap_or_else(PoisonError::into_inner).remove(&start);
        if inflates_beyond(self.most, bytes.get(levels.unwrap_or(0)..).unwrap_or_default()) {
            return Err(refused(format!("a page of more than {} bytes at byte {start}", self.most)));
        }
        Ok(bytes.into())
    }
}

fn refused(what: String) -> ParquetError {
    ParquetError::General(what)
}

/// Whether bytes that may be gzip become more than `most`. Only large pages can, and are looked at.
fn inflates_beyond(most: u64, bytes: &[u8]) -> bool {
    if !bytes.starts_with(&[0x1f, 0x8b]) || (bytes.len() as u64).saturating_mul(MAX_INFLATION) <= most {
        return false;
    }
    let mut inflated = MultiGzDecoder::new(bytes).take(most.saturating_add(1));
    // What cannot be inflated is told by the library.
    io::copy(&mut inflated, &mut io::sink()).is_ok_and(|len| len > most)
}

/// What the header of a page says.
struct Header {
    /// Its own bytes.
    len: usize,
    uncompressed: u64,
    compressed: u64,
    /// Bytes before the compressed ones.
    levels: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut shapes = Shapes::new(bytes);
        shapes.pass(PAGE_HEADER)?;
        let told = |number| shapes.told.iter().filter(move |told| told.0 == number).map(|told| told.1);
        let most =
            |number| told(number).try_fold(0, |most: u64, size| Some(most.max(u64::try_from(size).ok()?)));
        let (uncompressed, compressed) = (most(UNCOMPRESSED)?, most(COMPRESSED)?);
        let levels =
            told(LEVELS).try_fold(0_usize, |sum, len| sum.checked_add(usize::try_from(len).ok()?))?;
        Some(Self { len: bytes.len() - shapes.rest().len(), uncompressed, compressed, levels })
    }
}

/// Numbers that the shapes below tell under.
const UNCOMPRESSED: u8 = 0;
const LEVELS: u8 = 1;
const COMPRESSED: u8 = 2;

const PAGE_HEADER: &[(i16, Shape)] = &[
    (1, I32),
    (2, Told(UNCOMPRESSED)),
    (3, Told(COMPRESSED)),
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn gzip_that_becomes_too_much_is_told() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&vec![0; 1 << 20]).unwrap();
        let bomb = gzip.finish().unwrap();
        assert!(inflates_beyond((1 << 20) - 1, &bomb));
        assert!(!inflates_beyond(1 << 20, &bomb));
        assert!(inflates_beyond(1 << 20, &bomb.repeat(2)), "members add up");
        assert!(!inflates_beyond(1 << 20, &bomb[..bomb.len() / 2]));
        assert!(!inflates_beyond(100, &[7; 5_000]), "no gzip");
    }

    #[test]
    fn headers_tell_sizes_and_levels() {
        // Type 3, 300 bytes in 200, eight values in eight rows, levels of 2 and 1 bytes.
        let v2 = [
            0x15, 6, 0x15, 0xd8, 4, 0x15, 0x90, 3, 0x5c, 0x15, 16, 0x15, 0, 0x15, 16, 0x15, 0, 0x15, 4, 0x15,
            2, 0, 0,
        ];
        let header = Header::read(&[&v2[..], b"page"].concat()).unwrap();
        assert_eq!((header.len, header.uncompressed, header.compressed), (v2.len(), 300, 200));
        assert_eq!(header.levels, 3);
        assert!(Header::read(&v2[..v2.len() - 1]).is_none());
        assert!(Header::read(&[0x15, 0, 0x15, 1, 0]).is_none(), "a size below zero");
    }
}
