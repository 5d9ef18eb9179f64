//! Generated objects, stored and decompressed, and what the program does with them.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use ocsf_cli::input::{Decoder, Limits};
use ocsf_core::{EventBatch, Mapper, ObjectInfo, Output};
use ocsf_generate::{Settings, Source, objects};
use ocsf_mappers::LogKey;

/// Bytes that the program decompresses at a time, and bytes of events that it takes from a mapper at a time.
const WINDOW: usize = 2 << 20;
const FLUSH_BYTES: usize = 16 << 20;

/// Objects of one source.
pub(crate) struct Set {
    keys: Vec<String>,
    pub(crate) stored: Vec<Vec<u8>>,
    pub(crate) texts: Vec<Vec<u8>>,
    pub(crate) is_gzip: bool,
    pub(crate) records: u64,
    pub(crate) text_bytes: u64,
}

impl Set {
    /// Two accounts, one Region, one day: objects about as large as those of a busy account.
    pub(crate) fn new(source: Source, records: u64) -> Self {
        let settings = Settings { events: records, accounts: 2, regions: 1, days: 1, ..Settings::default() };
        let (keys, stored): (Vec<_>, Vec<_>) =
            objects(source, settings).map(|object| (object.key, object.bytes)).unzip();
        let texts: Vec<_> = stored.iter().map(|stored| inflate(stored.clone())).collect();
        Self {
            is_gzip: stored.iter().all(|stored| stored.starts_with(&[0x1F, 0x8B])),
            records,
            text_bytes: texts.iter().map(|text| text.len() as u64).sum(),
            keys,
            stored,
            texts,
        }
    }

    /// Decompresses all objects as the program does, file reads aside; it hashes what it reads.
    pub(crate) fn inflate(&self) -> usize {
        self.stored.iter().map(|stored| inflate(stored.clone()).len()).sum()
    }

    /// Maps all objects as the program does.
    pub(crate) fn map(&self, mapper: &mut dyn Mapper) -> Vec<EventBatch> {
        let mut output = Output::default();
        for (sequence, (key, text)) in self.keys.iter().zip(&self.texts).enumerate() {
            let LogKey { account, region, .. } = LogKey::parse(key);
            mapper.begin(ObjectInfo {
                name: key.as_str().into(),
                sequence: sequence as u32,
                account: account.map(Into::into),
                region: region.map(Into::into),
                ..ObjectInfo::default()
            });
            let (mut at, mut last) = (0, false);
            while !last {
                let end = text.len().min(at + WINDOW);
                last = end == text.len();
                at += mapper.decode(&text[at..end], last);
                if mapper.buffered_bytes() >= FLUSH_BYTES {
                    mapper.flush(&mut output);
                }
            }
        }
        mapper.flush(&mut output);
        assert_eq!((output.counts.records, output.counts.rejects), (self.records, 0), "not all was mapped");
        output.batches
    }
}

fn inflate(stored: Vec<u8>) -> Vec<u8> {
    let size = stored.len() as u64;
    let mut decoder = Decoder::new(Cursor::new(stored), Some(size), &Limits::default()).expect("a decoder");
    let mut text = Vec::new();
    while decoder.fill(&mut text, WINDOW).expect("good gzip") {}
    text
}

/// The files in the staging folder of a group, which are Parquet under another name.
///
/// # Panics
/// There is none.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "part")).collect();
    assert!(!files.is_empty(), "a group has files");
    files
}
