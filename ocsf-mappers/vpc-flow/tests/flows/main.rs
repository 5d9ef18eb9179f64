//! Flow logs to events, through the public surface.

mod columns;
mod corpus;
mod forms;
mod golden;
mod properties;
mod subsets;

use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event};
use serde_json::Value;

const VERSIONS: [&str; 4] = ["1.1.0", "1.3.0", "1.5.0", "1.8.0"];

fn options(version: &str) -> MapperOptions {
    let mut options = MapperOptions::default();
    options.version = version.into();
    options
}

/// Maps one object, handed over in pieces that end at the given places.
fn map(options: &MapperOptions, input: &[u8], cuts: &[usize]) -> Output {
    let mut mapper = ocsf_vpc_flow::mapper(options).expect("a plan");
    mapper.begin(ObjectInfo {
        name: "object".into(),
        account: Some("999900001111".into()),
        region: Some("eu-south-2".into()),
        ..ObjectInfo::default()
    });
    let mut from = 0;
    for end in cuts.iter().copied().filter(|cut| *cut < input.len()).chain([input.len()]) {
        if end >= from {
            from += mapper.decode(&input[from..end], end == input.len());
        }
    }
    let mut out = Output::default();
    mapper.flush(&mut out);
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// Number of the table and event of every row.
fn events(out: &Output) -> Vec<(usize, Value)> {
    let rows = out.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    rows.map(|(batch, row)| (batch.table, event::to_json(&batch.batch, row))).collect()
}

/// The only event of some lines.
fn one(options: &MapperOptions, lines: &str) -> Value {
    let out = map(options, lines.as_bytes(), &[]);
    let mut events = events(&out);
    assert_eq!(events.len(), 1, "{lines}: {:?}", out.rejects);
    events.remove(0).1
}
