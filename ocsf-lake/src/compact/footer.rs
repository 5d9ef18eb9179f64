//! What the end of a file says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use bytes::{Buf, Bytes};
use object_store::path::Path as StorePath;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::reader::{ChunkReader, Length};

use super::fault::guarded;
use super::read::unreadable;
use crate::error::LakeError;
use crate::fingerprint::schema_fingerprint;
use crate::store::{AT_ONCE, Folder, OnDisk, Tail};

/// Bytes behind the metadata of a file: their number, and a mark.
const MARK: u64 = 8;

/// What the footer of a file says of all its rows. Files are merged when they agree in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) table: String,
    pub(crate) class_uid: i32,
    pub(crate) class_name: String,
    pub(crate) version: String,
    pub(crate) mapper: String,
    pub(crate) mapping_version: u32,
    pub(crate) fingerprint: String,
}

/// What there is to know of a file before it is merged. The footer itself is many times as large.
#[derive(Debug, Clone)]
pub(crate) struct Footer {
    pub(crate) kind: Kind,
    pub(crate) rows: u64,
    /// Bytes of all pages as stored.
    pub(crate) page_bytes: u64,
    pub(super) schema: SchemaRef,
    /// Numbers of the columns whose values were written as words of a dictionary.
    pub(super) words: Box<[u32]>,
    /// Paths of the columns that have Bloom filters.
    pub(super) searched: Arc<[String]>,
}

/// What is the same in many files.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// By their fingerprints.
    schemas: BTreeMap<String, SchemaRef>,
    searched: BTreeSet<Arc<[String]>>,
}

impl Footer {
    /// The footers of files of these paths and sizes.
    pub(super) fn read_each(
        folder: &Folder,
        files: &[(StorePath, u64)],
        shared: &mut Shared,
    ) -> Vec<Result<Self, LakeError>> {
        metadata_each(folder, files, |name, read| Self::of(&read?, name, shared))
    }

    fn of(metadata: &ArrowReaderMetadata, name: &str, shared: &mut Shared) -> Result<Self, LakeError> {
        let about = metadata.metadata().file_metadata();
        let entries = about.key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        let kind = Kind::of(entries).filter(|kind| kind.fingerprint == schema_fingerprint(metadata.schema()));
        let kind = kind.ok_or_else(|| LakeError::Schema {
            reason: format!("`{name}` does not say what it holds: this program did not write it"),
        })?;
        let rows = u64::try_from(about.num_rows()).unwrap_or_default();
        let groups = metadata.metadata().row_groups().iter();
        let page_bytes = groups.map(|group| u64::try_from(group.compressed_size()).unwrap_or_default()).sum();
        let schema = shared.schemas.entry(kind.fingerprint.clone());
        let schema = Arc::clone(schema.or_insert_with(|| Arc::clone(metadata.schema())));
        let columns = || metadata.metadata().row_groups().iter().flat_map(|group| (0..).zip(group.columns()));
        let words = columns().filter(|(_, column)| column.dictionary_page_offset().is_some());
        let words: BTreeSet<u32> = words.map(|(number, _)| number).collect();
        let searched = columns().filter(|(_, column)| column.bloom_filter_offset().is_some());
        let searched: BTreeSet<String> = searched.map(|(_, column)| column.column_path().string()).collect();
        let searched = shared.searched(searched.into_iter().collect());
        Ok(Self { kind, rows, page_bytes, schema, words: words.into_iter().collect(), searched })
    }
}

impl Shared {
    fn searched(&mut self, paths: Arc<[String]>) -> Arc<[String]> {
        let known = self.searched.get(&paths).cloned();
        known.unwrap_or_else(|| {
            self.searched.insert(Arc::clone(&paths));
            paths
        })
    }
}

/// What `of` makes of the names and metadata of Parquet files of these paths and sizes. Of those in a bucket the ends alone are
/// fetched. Metadata take much memory: those of one file are there at a time, and the ends of a few.
pub(super) fn metadata_each<T>(
    folder: &Folder,
    files: &[(StorePath, u64)],
    mut of: impl FnMut(&str, Result<ArrowReaderMetadata, LakeError>) -> T,
) -> Vec<T> {
    let mut read = Vec::with_capacity(files.len());
    for files in files.chunks(AT_ONCE) {
        if let Some(dir) = folder.dir() {
            read.extend(files.iter().map(|(path, _)| {
                let file = OnDisk::local(dir.join(path.as_ref()));
                of(path.as_ref(), file.open().and_then(|open| load(&open, &file.name)))
            }));
            continue;
        }
        let asked: Vec<_> = files.iter().map(|(path, size)| (path.clone(), *size, None)).collect();
        read.extend(folder.tails(&asked).into_iter().zip(files).map(|(tail, (path, size))| {
            let tail = tail.and_then(|tail| enough(folder, tail, path, *size));
            of(path.as_ref(), tail.and_then(|tail| load(&tail, path.as_ref())))
        }));
    }
    read
}

/// The end of a file that holds its metadata whole.
fn enough(folder: &Folder, tail: Tail, path: &StorePath, size: u64) -> Result<Tail, LakeError> {
    let needed = tail.needed();
    if needed > tail.bytes.len() as u64 && needed <= size {
        return folder.tails(&[(path.clone(), size, Some(needed))]).remove(0);
    }
    Ok(tail)
}

fn load(file: &impl ChunkReader, name: &str) -> Result<ArrowReaderMetadata, LakeError> {
    guarded(name, || {
        ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).map_err(|error| unreadable(name, &error))
    })
}

impl Kind {
    fn of(entries: &[KeyValue]) -> Option<Self> {
        let value = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key.strip_prefix("ocsf.") == Some(key))?;
            entry.value.clone()
        };
        Some(Self {
            table: value("table")?,
            class_uid: value("class_uid")?.parse().ok()?,
            class_name: value("class_name")?,
            version: value("version")?,
            mapper: value("mapper")?,
            mapping_version: value("mapping_version")?.parse().ok()?,
            fingerprint: value("schema_fingerprint")?,
        })
    }
}

impl Tail {
    /// Bytes of the end of the file that hold its metadata, by its own account.
    fn needed(&self) -> u64 {
        let mark = self.bytes.len().checked_sub(MARK as usize).and_then(|at| self.bytes.get(at..));
        let length = mark.and_then(|mark| mark.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes));
        MARK + u64::from(length)
    }
}

impl Length for Tail {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Tail {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let length = usize::try_from(self.size.saturating_sub(start)).unwrap_or(usize::MAX);
        self.get_bytes(start, length).map(Buf::reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let first = self.size - (self.bytes.len() as u64).min(self.size);
        let at = start.checked_sub(first).and_then(|at| usize::try_from(at).ok());
        let range = at.and_then(|at| Some(at..at.checked_add(length)?));
        let range = range.filter(|range| range.end <= self.bytes.len());
        range.map(|range| self.bytes.slice(range)).ok_or_else(|| {
            let why = "its metadata are said to begin before the file, or to end behind it";
            ParquetError::External(Box::new(io::Error::other(why)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn file() -> Bytes {
        let column = Arc::new(Int64Array::from_iter_values(0..10_000));
        let batch = RecordBatch::try_from_iter([("a", column as _)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        let large = KeyValue::new("large".to_owned(), "x".repeat(100_000));
        writer.append_key_value_metadata(large);
        writer.close().unwrap();
        bytes.into()
    }

    fn tail(file: &Bytes, bytes: usize) -> Tail {
        Tail { size: file.len() as u64, bytes: file.slice(file.len() - bytes..) }
    }

    fn rows(tail: &Tail) -> Option<i64> {
        let read = ArrowReaderMetadata::load(tail, ArrowReaderOptions::new()).ok()?;
        Some(read.metadata().file_metadata().num_rows())
    }

    #[test]
    fn the_end_of_a_file_is_enough_to_know_it() {
        let file = file();
        let short = tail(&file, 100);
        let needed = usize::try_from(short.needed()).unwrap();
        assert!(needed > 100_000 && needed < file.len());
        assert_eq!(rows(&short), None);
        assert_eq!(rows(&tail(&file, needed - 1)), None);
        for enough in [needed, needed + 1, file.len()] {
            assert_eq!(rows(&tail(&file, enough)), Some(10_000), "{enough}");
        }
    }

    #[test]
    fn ends_that_say_anything_are_refused() {
        for (bytes, size) in
            [(&b""[..], 0), (b"PAR1", 4), (b"\xff\xff\xff\xffPAR1", 8), (b"\xff\xff\xff\x7fPAR1", 4)]
        {
            let tail = Tail { size, bytes: Bytes::from_static(bytes) };
            assert_eq!(rows(&tail), None, "{bytes:?}");
            let _ = tail.needed();
            assert!(tail.get_bytes(u64::MAX, usize::MAX).is_err() && tail.get_bytes(0, usize::MAX).is_err());
        }
    }
}
