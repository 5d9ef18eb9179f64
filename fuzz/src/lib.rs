//! What the targets share: a mapper that is watched, and the promises that every mapper is held to.

use std::cell::RefCell;
use std::collections::HashMap;

use ocsf_core::arrow::array::RecordBatch;
use ocsf_core::testing::{self, Mapped, faults};
use ocsf_core::{
    Mapper, MapperInfo, MapperOptions, NotColumnar, ObjectInfo, Observables, Output, TableInfo, Unmapped,
    is_account_id, is_region_name,
};

const VERSIONS: [&str; 4] = ["1.1.0", "1.3.0", "1.5.0", "1.8.0"];

/// How an input is mapped: the first two bytes of what a target gets say so.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    options: u8,
    cut: u8,
}

impl Choice {
    /// The choice, and the input behind it. Digits and letters choose as well as other bytes, so that seeds are text.
    pub fn of(data: &[u8]) -> Option<(Self, &[u8])> {
        let ([options, cut], input) = data.split_first_chunk::<2>()?;
        Some((Self { options: options % 12, cut: *cut }, input))
    }

    fn options(self) -> MapperOptions {
        let mut options = MapperOptions::default();
        options.version = VERSIONS[usize::from(self.options % 4)].to_owned();
        match self.options / 4 {
            0 => {}
            1 => {
                options.unmapped = Unmapped::Json;
                options.raw_data = true;
                options.observables = Observables::All;
                options.dictionaries = false;
            }
            _ => {
                options.unmapped = Unmapped::None;
                options.observables = Observables::None;
                options.keep_secrets = true;
                options.max_record_bytes = 500;
            }
        }
        options
    }

    /// Sizes of the pieces that an input comes in: small, or uneven.
    fn sizes(self) -> impl FnMut() -> usize {
        let mut state = u32::from(self.cut).wrapping_mul(2_654_435_761) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as usize % (2 + usize::from(self.cut) * 3)
        }
    }
}

thread_local! {
    static MAPPERS: RefCell<HashMap<(&'static str, u8), [Watched; 2]>> = RefCell::default();
}

/// Runs `check` with two mappers of a source, made of equal options. They are used again: what an object leaves behind in one
/// must not show.
fn with_mappers(source: &'static str, choice: Choice, check: impl FnOnce(&mut [Watched; 2])) {
    MAPPERS.with_borrow_mut(|mappers| {
        let make = || {
            let registry = ocsf_mappers::registry();
            let entry = registry.get(source).unwrap_or_else(|| panic!("no source {source}"));
            Watched(entry.build(&choice.options()).unwrap_or_else(|error| panic!("{error}")))
        };
        check(mappers.entry((source, choice.options)).or_insert_with(|| [make(), make()]));
    });
}

/// Bytes become the same whole and in pieces; every record is accounted for, every event is valid, and no partition is named
/// by anything but an account and a Region.
pub fn check_bytes(source: &'static str, data: &[u8]) {
    let Some((choice, input)) = Choice::of(data) else { return };
    with_mappers(source, choice, |[whole, pieces]| {
        let whole = testing::map(whole, input);
        let pieces = testing::map_in_pieces(pieces, input, &mut choice.sizes(), choice.cut % 2 == 0);
        assert_eq!(whole, pieces, "whole and in pieces");
        check_events(&whole);
    });
}

/// The same for rows of columns, whatever was read before.
pub fn check_rows(source: &'static str, choice: Choice, rows: &RecordBatch) {
    with_mappers(source, choice, |[first, second]| {
        let whole = testing::map_rows(first, rows);
        assert_eq!(whole, testing::map_rows(second, rows), "twice");
        check_events(&whole);
    });
}

fn check_events(mapped: &Mapped) {
    for event in mapped.json().iter().filter(|event| !event.is_null()) {
        let mut faults = faults(event);
        // Any word may come from the source.
        faults.retain(|fault| !fault.ends_with("which says nothing"));
        assert!(faults.is_empty(), "{}\n{event}", faults.join("; "));
    }
}

/// A mapper whose partitions are looked at.
#[derive(Debug)]
struct Watched(Box<dyn Mapper>);

impl Mapper for Watched {
    fn info(&self) -> &MapperInfo {
        self.0.info()
    }

    fn tables(&self) -> &[TableInfo] {
        self.0.tables()
    }

    fn begin(&mut self, object: ObjectInfo) {
        self.0.begin(object);
    }

    fn decode(&mut self, buf: &[u8], last: bool) -> usize {
        self.0.decode(buf, last)
    }

    fn decode_batch(&mut self, batch: &RecordBatch, first_row: u64) -> Result<(), NotColumnar> {
        self.0.decode_batch(batch, first_row)
    }

    fn buffered_bytes(&self) -> usize {
        self.0.buffered_bytes()
    }

    fn flush(&mut self, out: &mut Output) {
        self.0.flush(out);
        for key in out.batches.iter().flat_map(|batch| batch.keys.partitions.iter()) {
            assert!(key.account.as_deref().is_none_or(is_account_id), "{key:?}");
            assert!(key.region.as_deref().is_none_or(is_region_name), "{key:?}");
        }
    }
}

/// Lets panics that are caught pass, which libfuzzer-sys would end the process for.
pub fn let_guarded_panics_pass() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !ocsf_cli::input::is_guarded() {
            abort(info);
        }
    }));
}
