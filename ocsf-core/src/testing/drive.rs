//! Driving a mapper, and what must hold of everything it gives.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use serde_json::Value;

use super::mutate::Random;
use crate::batch::EventBatch;
use crate::event;
use crate::mapper::{Counts, Mapper, ObjectInfo, Output};
use crate::reject::Reject;
use crate::time::is_plausible;

/// Said of a check when it fails.
pub(super) struct Note(pub(super) String);

impl Drop for Note {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("  {}", self.0);
        }
    }
}

/// What an input became, in a form that does not depend on how it was cut into batches.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// Events of each table as JSON text, in the order of the input, with the number of the record that each came from.
    pub events: Vec<Vec<(u64, String)>>,
    /// Records that are no events, in the order of the input.
    pub rejects: Vec<Reject>,
    /// Code, path, number of occurrences and first record of each issue.
    pub issues: Vec<(String, String, u64, u64)>,
    /// All records.
    pub counts: Counts,
    /// The values beside each event: time, partition, byte and length.
    keys: Vec<(i64, String, u64, u32)>,
}

/// How an input is cut into pieces.
#[derive(Clone)]
pub(super) enum Cut {
    Every(usize),
    Random(Random),
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(size) => write!(f, "every {size} bytes"),
            Self::Random(random) => write!(f, "at random {random:?}"),
        }
    }
}

impl Cut {
    /// The sizes of the pieces.
    pub(super) fn sizes(self) -> impl FnMut() -> usize {
        let mut cut = self;
        move || match &mut cut {
            Self::Every(size) => *size,
            Self::Random(random) => {
                let most = [3, 40, 700, 9_000][random.below(4)];
                random.below(most)
            }
        }
    }
}

/// Maps an input that is presented whole.
///
/// # Panics
/// The output breaks a rule: a record is not accounted for, keys and rows or counts and rejects disagree, a batch has not
/// the declared schema.
pub fn map(mapper: &mut impl Mapper, input: &[u8]) -> Mapped {
    map_in_pieces(mapper, input, &mut || input.len().max(1), false)
}

/// Maps an input that is presented in pieces, each of the size that `size` says, with `flush` after each of them.
///
/// # Panics
/// As [`map`].
pub fn map_in_pieces(
    mapper: &mut impl Mapper,
    input: &[u8],
    size: &mut dyn FnMut() -> usize,
    flush: bool,
) -> Mapped {
    let mut out = Output::default();
    mapper.begin(ObjectInfo { name: "sample".into(), sequence: 3, ..ObjectInfo::default() });
    let (mut start, mut end, mut idle) = (0, 0, 0);
    loop {
        // A piece of no bytes is allowed, also as the last one; it must not go on for ever.
        let more = size();
        idle = if more == 0 { idle + 1 } else { 0 };
        let last = end == input.len();
        end = input.len().min(end + more.max(usize::from(idle > 3)));
        let taken = mapper.decode(&input[start..end], last);
        assert!(taken <= end - start, "took {taken} of {} bytes", end - start);
        start += taken;
        if flush {
            mapper.flush(&mut out);
        }
        if last {
            assert_eq!(start, input.len(), "the last call takes everything");
            break;
        }
    }
    mapper.flush(&mut out);
    assert_eq!(mapper.buffered_bytes(), 0, "nothing is held after a flush");
    Mapped::new(mapper, out, input.len() as u64)
}

impl Mapped {
    pub(super) fn new(mapper: &impl Mapper, out: Output, len: u64) -> Self {
        let Output { batches, rejects, issues, counts } = out;
        let mut whole = Self {
            events: vec![Vec::new(); mapper.tables().len()],
            rejects,
            issues: issues
                .iter()
                .map(|(code, path, issue)| {
                    (code.to_owned(), path.to_owned(), issue.count, issue.first.record)
                })
                .collect(),
            counts,
            keys: Vec::new(),
        };
        for batch in &batches {
            check_batch(mapper, batch, len);
            for row in 0..batch.num_rows() {
                let mut text = String::new();
                event::push_json(&batch.batch, row, &mut text);
                let keys = &batch.keys;
                whole.events[batch.table].push((keys.record[row], text));
                let partition = format!("{:?}", keys.partitions[keys.partition[row] as usize]);
                whole.keys.push((keys.time[row], partition, keys.byte[row], keys.bytes[row]));
            }
        }
        // Batches of different tables come in the order of flushes.
        whole.keys.sort();
        whole.check_counts(len);
        whole
    }

    /// Events of all tables, parsed; null in place of one that is nested too deep for that.
    pub fn json(&self) -> Vec<Value> {
        self.events.iter().flatten().map(|(_, text)| serde_json::from_str(text).unwrap_or_default()).collect()
    }

    pub(super) fn check_events(&self, faults: fn(&Value) -> Vec<String>) {
        for (record, text) in self.events.iter().flatten() {
            let Ok(event) = serde_json::from_str(text) else { continue };
            let faults = faults(&event);
            assert!(faults.is_empty(), "record {record}: {}\n{text}", faults.join("; "));
        }
    }

    fn check_counts(&self, len: u64) {
        let Counts { records, events, rejects, .. } = self.counts;
        assert!(self.counts.balances(), "records do not balance: {:?}", self.counts);
        assert_eq!(
            events,
            self.events.iter().map(Vec::len).sum::<usize>() as u64,
            "events counted and given"
        );
        assert_eq!(rejects, self.rejects.len() as u64, "rejects counted and given");
        for table in &self.events {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0), "the rows of a table follow the records");
            assert!(
                table.iter().all(|(record, _)| *record < records),
                "a row of a record that was not counted"
            );
        }
        assert!(self.rejects.is_sorted_by(|a, b| a.at.record < b.at.record), "rejects follow the records");
        for reject in &self.rejects {
            assert!(
                reject.at.record < records && reject.at.byte <= len,
                "{:?} lies outside the input",
                reject.at
            );
            assert!(reject.raw.len() as u64 <= reject.raw_len, "{:?}: more bytes than there were", reject.at);
            assert!(!reject.detail.is_empty(), "{:?}: says nothing", reject.at);
        }
    }

    pub(super) fn assert_same(&self, other: &Self) {
        assert_eq!(self.counts, other.counts, "counts, whole and in pieces");
        assert_eq!(self.rejects, other.rejects, "rejects, whole and in pieces");
        assert_eq!(self.events, other.events, "events, whole and in pieces");
        assert_eq!(self.issues, other.issues, "issues, whole and in pieces");
        assert_eq!(self.keys, other.keys, "keys, whole and in pieces");
    }
}

/// A batch has the declared schema, sound arrays, and keys that agree with its rows.
fn check_batch(mapper: &impl Mapper, batch: &EventBatch, len: u64) {
    let table = mapper.tables().get(batch.table).unwrap_or_else(|| panic!("no table {}", batch.table));
    let _note = Note(format!("table `{}`", table.name));
    assert_eq!(batch.batch.schema(), table.schema, "a batch has not the declared schema");
    for (field, column) in table.schema.fields().iter().zip(batch.batch.columns()) {
        let sound = column.to_data().validate_full();
        assert!(
            sound.is_ok(),
            "column `{}`: {}",
            field.name(),
            sound.err().map_or_else(String::new, |e| e.to_string())
        );
    }
    let (rows, keys) = (batch.num_rows(), &batch.keys);
    assert!(rows > 0, "an empty batch");
    let lengths = [
        keys.time.len(),
        keys.partition.len(),
        keys.object.len(),
        keys.record.len(),
        keys.byte.len(),
        keys.bytes.len(),
    ];
    assert_eq!(lengths, [rows; 6], "keys and rows");
    let time = batch.batch.column_by_name("time").map(Arc::clone);
    let time = time.unwrap_or_else(|| panic!("no column `time`"));
    assert_eq!(time.null_count(), 0, "an event without a time");
    assert_eq!(time.as_primitive::<Int64Type>().values(), &keys.time, "`time` and its key");
    assert!(keys.time.iter().all(|ms| is_plausible(*ms)), "a time outside 1990..2100");
    assert!(keys.object.iter().all(|object| *object == 3), "rows of another object");
    assert!(keys.byte.iter().all(|byte| *byte < len), "rows of bytes that were not there");
}
