//! What a lake promises, over invented events.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod belongs;
mod compact;
mod events;
mod files;
mod publish;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use events::{Event, MAPPER, batch, table};
use ocsf_lake::{GroupCounts, GroupRecord, InputRecord, Lake, LakeSettings, Manifest};

fn input(key: &str) -> InputRecord {
    InputRecord {
        etag: None,
        key: key.into(),
        size: 10,
        sha256: format!("sha of {key}"),
        read_as: "invented".into(),
        fault: None,
    }
}

/// Publishes one group of `events`, handed over in batches of `batch_rows`.
fn publish(lake: &Lake, key: &str, events: &[Event], batch_rows: usize, memory: usize) -> Manifest {
    let mut group = lake.group(memory).unwrap();
    let handle = group.table(&table(), &MAPPER).unwrap();
    for events in events.chunks(batch_rows) {
        group.write(handle, &batch(events)).unwrap();
    }
    let counts =
        GroupCounts { records: events.len() as u64, events: events.len() as u64, ..GroupCounts::default() };
    let record = GroupRecord {
        inputs: vec![input(key)],
        mappings: BTreeMap::from([(MAPPER.name.to_owned(), MAPPER.mapping_version)]),
        counts,
        side_files: Vec::new(),
    };
    lake.publish(group.finish().unwrap(), record).unwrap().unwrap()
}

fn open(dir: &Path) -> Lake {
    Lake::open(LakeSettings::new(dir)).unwrap()
}

/// Every file below `dir` with its bytes, by path.
fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, dir: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, out);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                out.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(dir, dir, &mut out);
    out
}
