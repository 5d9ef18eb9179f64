//! The law of [`losses`](super::losses) over whole inputs, with every choice of options that it depends on.

use std::collections::BTreeMap;

use super::drive::Note;
use super::losses::{Law, Lines};
use crate::batch::EventBatch;
use crate::event;
use crate::mapper::{Mapper, ObjectInfo, Output};
use crate::options::{MapperOptions, Unmapped};
use crate::schema::VERSIONS;

/// A record of an object, to be found by another reader than the mapper.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RecordPlace<'a> {
    /// The object, decompressed.
    pub input: &'a [u8],
    /// Number of the record within the object, from 0.
    pub record: u64,
    /// First byte of the record, or of the wrapping that it came in.
    pub byte: usize,
    /// Length of the record's own text.
    pub len: usize,
}

impl<'a> RecordPlace<'a> {
    /// The text that stands at the place: the record, unless it came in a wrapping.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.input.get(self.byte..self.byte.checked_add(self.len)?)?).ok()
    }
}

/// How many events [`check_nothing_lost`] saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookedAt {
    /// All events, with every choice of options.
    pub events: usize,
    /// Those whose record was found again.
    pub found: usize,
}

/// Checks that [`losses`](super::losses) finds none, over samples, at every version, for both forms of `unmapped`, with secrets hidden
/// and kept.
///
/// `read` finds a record again without the mapper and gives it as a JSON object of its fields: for JSON,
/// [`RecordPlace::text`]; for a line, an object of the names and texts of its fields. An event for which it gives `None`
/// is not looked at. It is asked for the records of a sample in their order, and once for each.
///
/// # Panics
/// A value is lost; the message names all of its record.
pub fn check_nothing_lost<M: Mapper>(
    make: impl Fn(&MapperOptions) -> M,
    samples: &[&[u8]],
    law: &Law<'_>,
    mut read: impl FnMut(RecordPlace<'_>) -> Option<String>,
) -> LookedAt {
    // Older versions ask for more, and may have fewer events.
    let choices = VERSIONS.iter().rev().flat_map(|version| {
        let choices = [(Unmapped::Map, true), (Unmapped::Json, true), (Unmapped::Json, false)];
        choices.map(|(unmapped, keep_secrets)| MapperOptions {
            version: (*version).to_owned(),
            unmapped,
            keep_secrets,
            ..MapperOptions::default()
        })
    });
    let mut mappers: Vec<(MapperOptions, M)> =
        choices.map(|options| (options.clone(), make(&options))).collect();
    let mut looked_at = LookedAt::default();
    for (number, sample) in samples.iter().enumerate() {
        let _note = Note(format!("sample {number}"));
        let mut records = BTreeMap::new();
        for (options, mapper) in &mut mappers {
            let _note = Note(format!("with {options:?}"));
            let law = Law { secrets: if options.keep_secrets { &[] } else { law.secrets }, ..*law };
            let out = decoded(mapper, sample);
            let rows = rows(&out);
            if records.is_empty() {
                records = rows.iter().map(|row| (row.record, read(row.place(sample)))).collect();
            }
            let lines: Vec<Lines<'_>> = mapper.tables().iter().map(Lines::of).collect();
            looked_at.events += rows.len();
            for Row { record: number, batch: EventBatch { table, batch, .. }, at } in rows {
                let Some(Some(record)) = records.get(&number) else { continue };
                let mut event = String::new();
                event::push_json(batch, at, &mut event);
                let lost = lines[*table].losses(record, &event, options.unmapped, &law);
                assert!(lost.is_empty(), "record {number} loses {}\n{record}\n{event}", lost.join("; "));
                looked_at.found += 1;
            }
        }
    }
    looked_at
}

fn decoded(mapper: &mut impl Mapper, input: &[u8]) -> Output {
    let mut out = Output::default();
    mapper.begin(ObjectInfo { name: "sample".into(), ..ObjectInfo::default() });
    mapper.decode(input, true);
    mapper.flush(&mut out);
    out
}

/// A row of a batch.
struct Row<'o> {
    record: u64,
    batch: &'o EventBatch,
    at: usize,
}

impl Row<'_> {
    fn place<'i>(&self, input: &'i [u8]) -> RecordPlace<'i> {
        let keys = &self.batch.keys;
        let (byte, len) = (keys.byte[self.at] as usize, keys.bytes[self.at] as usize);
        RecordPlace { input, record: self.record, byte, len }
    }
}

/// All rows in the order of their records.
fn rows(out: &Output) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for batch in &out.batches {
        let records = batch.keys.record.iter().enumerate();
        rows.extend(records.map(|(at, record)| Row { record: *record, batch, at }));
    }
    rows.sort_by_key(|row| row.record);
    rows
}
