//! A conformance kit: what every mapper promises, checked over sample inputs.
//!
//! Give [`conformance`] a way to make the mapper and some inputs of a few kilobytes each: good ones in every form that
//! the source comes in, and broken ones. For every OCSF version and several options it checks that
//!
//! - the mapper builds, and its schema is a function of the options alone ([`check_tables`]),
//! - the same bytes give the same events, rejects, issues and counts, in whatever pieces they come ([`check_splits`]),
//! - every record is an event, a reject or a skip, and rows, keys and rejects agree with the counts ([`map`]),
//! - every event is valid by the facts of its version ([`faults`]),
//! - damaged inputs are handled like any other ([`check_damaged`]).
//!
//! [`conformance_of_columns`] does the same for objects that come as columns. [`check_nothing_lost`] finds every value of
//! the records again in their events; it needs to be told of the transforms that columns do.
//!
//! All checks are deterministic. They panic with the input's number, what was done to it, and what is wrong.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/vault/source.rs"));
//! use ocsf_core::{MapperOptions, SourceMapper, testing};
//!
//! // `Vault` is the source of `examples/vault` of this crate.
//! fn vault(options: &MapperOptions) -> SourceMapper<Vault> {
//!     SourceMapper::new(options).expect("the tables fit every version")
//! }
//! # fn main() {
//! testing::conformance(
//!     vault,
//!     &[
//!         br#"{"at":"2024-05-01T10:00:00Z","did":"ReadItem","who":{"name":"ana"},"from":"192.0.2.7"}"#,
//!         br#"{"version":1,"entries":[{"did":"Heartbeat"},{"did":"ReadItem","at":"yesterday"},{"did":"#,
//!     ],
//! );
//!
//! let mapped = testing::map(
//!     &mut vault(&MapperOptions::default()),
//!     br#"{"at":"2024-05-01T10:00:00Z","did":"Rename","who":{"id":"u-7"},"from":"north door"}"#,
//! );
//! assert_eq!(mapped.json()[0]["src_endpoint"]["name"], "north door");
//! # }
//! ```

mod columns;
mod drive;
mod faults;
mod losses;
mod mutate;
mod nothing_lost;
mod tree;

use arrow::datatypes::{DataType, Field, FieldRef, Schema as ArrowSchema};

use crate::mapper::Mapper;
use crate::options::{MapperOptions, Observables, Unmapped};
use crate::schema::{Schema, VERSIONS};

pub use columns::{conformance_of_columns, map_rows};
pub use drive::{Mapped, map, map_in_pieces};
pub use faults::faults;
pub use losses::{Law, Transform, losses};
pub use nothing_lost::{LookedAt, RecordPlace, check_nothing_lost};

use drive::{Cut, Note};
use mutate::Random;

/// Runs every check of this module over the samples.
///
/// # Panics
/// A check fails.
pub fn conformance<M: Mapper>(make: impl Fn(&MapperOptions) -> M, samples: &[&[u8]]) {
    for options in options() {
        let _note = Note(format!("with {options:?}"));
        check_tables(&make, &options);
        for (number, sample) in samples.iter().enumerate() {
            let _note = Note(format!("sample {number}"));
            check_splits(&make, &options, sample);
        }
        check_reuse(&make, &options, samples);
    }
    let _note = Note("damaged".to_owned());
    check_damaged(&make, &MapperOptions::default(), samples);
}

/// Options that differ from each other in every choice, at every version.
fn options() -> Vec<MapperOptions> {
    VERSIONS
        .iter()
        .flat_map(|version| {
            let plain = MapperOptions { version: (*version).to_owned(), ..MapperOptions::default() };
            let rich = MapperOptions {
                unmapped: Unmapped::Json,
                raw_data: true,
                observables: Observables::All,
                dictionaries: false,
                ..plain.clone()
            };
            let bare = MapperOptions {
                unmapped: Unmapped::None,
                observables: Observables::None,
                keep_secrets: true,
                max_record_bytes: 500,
                ..plain.clone()
            };
            [plain, rich, bare]
        })
        .collect()
}

/// The tables of two mappers of the same options are equal; their names, classes and columns are as they must be.
///
/// # Panics
/// They are not.
pub fn check_tables<M: Mapper>(make: impl Fn(&MapperOptions) -> M, options: &MapperOptions) {
    let mapper = make(options);
    let again = make(options);
    let words = make(&MapperOptions { dictionaries: !options.dictionaries, ..options.clone() });
    let schema = Schema::get(&options.version).unwrap_or_else(|error| panic!("{error}"));
    assert!(!mapper.tables().is_empty(), "no tables");
    assert!(
        !mapper.info().name.is_empty() && !mapper.info().title.is_empty(),
        "a source has a name and a title"
    );
    for (number, table) in mapper.tables().iter().enumerate() {
        let _note = Note(format!("table `{}`", table.name));
        assert!((1..=20).contains(&table.name.len()), "a name has 1 to 20 characters");
        assert!(
            mapper.tables()[..number].iter().all(|other| other.name != table.name),
            "its name comes twice"
        );
        assert_eq!(&*table.version, options.version, "its version is not the one of the options");
        let class = schema.class(table.class_uid).unwrap_or_else(|| panic!("no class {}", table.class_uid));
        assert_eq!(*table.class_name, *class.1.caption, "class name");
        assert_eq!(table.schema, again.tables()[number].schema, "another mapper of the same options differs");
        let flat =
            |schema: &ArrowSchema| schema.fields().iter().map(without_dictionaries).collect::<Vec<_>>();
        assert_eq!(
            flat(&table.schema),
            flat(&words.tables()[number].schema),
            "`dictionaries` changes more than the encoding"
        );
        for name in
            ["time", "class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "metadata"]
        {
            assert!(table.schema.field_with_name(name).is_ok(), "no column `{name}`");
        }
        assert!(table.schema.fields().iter().all(|field| field.is_nullable()), "a column is not nullable");
        assert!(!table.mapping.is_empty(), "it does not describe its mapping");
    }
}

/// A field with plain values where it has dictionaries.
fn without_dictionaries(field: &FieldRef) -> Field {
    let inner = |field: &FieldRef| std::sync::Arc::new(without_dictionaries(field));
    let kind = match field.data_type() {
        DataType::Dictionary(_, values) => (**values).clone(),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(without_dictionaries).collect()),
        DataType::List(item) => DataType::List(inner(item)),
        DataType::Map(entry, sorted) => DataType::Map(inner(entry), *sorted),
        kind => kind.clone(),
    };
    Field::new(field.name(), kind, field.is_nullable())
}

/// The input gives the same result whole and in pieces of any size, with flushes anywhere, and its events are valid.
///
/// # Panics
/// It does not, or they are not.
pub fn check_splits<M: Mapper>(make: impl Fn(&MapperOptions) -> M, options: &MapperOptions, input: &[u8]) {
    let whole = map(&mut make(options), input);
    whole.check_events(faults);
    let single_bytes = if input.len() <= 1_500 { Some(Cut::Every(1)) } else { None };
    let even = [7, 61, 509, 4_099].map(Cut::Every);
    let uneven = (1..4).map(|seed| Cut::Random(Random::new(seed)));
    for cut in single_bytes.into_iter().chain(even).chain(uneven) {
        let _note = Note(format!("cut {cut:?}"));
        for flush in [false, true] {
            whole.assert_same(&map_in_pieces(&mut make(options), input, &mut cut.clone().sizes(), flush));
        }
    }
}

/// A mapper that has read other objects before gives what a fresh one gives.
fn check_reuse<M: Mapper>(make: impl Fn(&MapperOptions) -> M, options: &MapperOptions, samples: &[&[u8]]) {
    let mut used = make(options);
    for (number, sample) in samples.iter().enumerate() {
        let _note = Note(format!("sample {number} after the ones before it"));
        map(&mut make(options), sample).assert_same(&map(&mut used, sample));
    }
}

/// Damaged inputs are handled like any other: no panic, nothing uncounted, valid events, the same in any pieces.
///
/// # Panics
/// They are not.
pub fn check_damaged<M: Mapper>(
    make: impl Fn(&MapperOptions) -> M,
    options: &MapperOptions,
    samples: &[&[u8]],
) {
    const ROUNDS: u64 = 60;
    for (number, sample) in samples.iter().enumerate() {
        for round in 0..ROUNDS {
            let mut random = Random::new(round * 1_000 + number as u64);
            let other = samples[random.below(samples.len())];
            let input = mutate::damaged(sample, other, &mut random);
            let _note = Note(format!(
                "sample {number}, round {round}: `{}`",
                String::from_utf8_lossy(&input[..input.len().min(4_000)])
            ));
            let whole = map(&mut make(options), &input);
            whole.check_events(faults::faults_of_damaged);
            let cut = Cut::Random(random);
            whole.assert_same(&map_in_pieces(&mut make(options), &input, &mut cut.sizes(), round % 2 == 0));
        }
    }
}
