//! The promises of a mapper that reads columns, checked over sample batches.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema as ArrowSchema};
use serde_json::Value;

use super::drive::{Cut, Mapped, Note};
use super::mutate::Random;
use super::{faults, options};
use crate::mapper::{Mapper, ObjectInfo, Output};
use crate::options::MapperOptions;

/// Runs every check for columns over the samples, each of which is an object of some rows.
///
/// For every OCSF version and several options it checks that the rows give the same in whatever batches they come and
/// whatever types carry their values, that every event is valid, that every row is accounted for, and that batches whose
/// columns were dropped, renamed, doubled, exchanged or emptied are handled like any other.
///
/// # Panics
/// A check fails, or the mapper does not read columns.
pub fn conformance_of_columns<M: Mapper>(make: impl Fn(&MapperOptions) -> M, samples: &[RecordBatch]) {
    for options in options() {
        let _note = Note(format!("with {options:?}"));
        let mut used = make(&options);
        for (number, sample) in samples.iter().enumerate() {
            let _note = Note(format!("sample {number}"));
            check_batches(&make, &options, sample, faults::faults);
            check_types(&make, &options, sample);
            let _note = Note("after the ones before it".to_owned());
            map_rows(&mut make(&options), sample).assert_same(&map_rows(&mut used, sample));
        }
    }
    for (number, sample) in samples.iter().enumerate() {
        for round in 0..60 {
            let mut random = Random::new(round * 1_000 + number as u64);
            let damaged = damaged(sample, &mut random);
            let _note = Note(format!("sample {number}, round {round}: {:?}", damaged.schema()));
            check_batches(&make, &MapperOptions::default(), &damaged, faults::faults_of_damaged);
        }
    }
}

/// Maps an object of these rows, presented as one batch.
///
/// # Panics
/// The output breaks a rule, as [`map`](super::map) says, or the mapper does not read columns.
pub fn map_rows(mapper: &mut impl Mapper, rows: &RecordBatch) -> Mapped {
    map_in_batches(mapper, rows, &mut || rows.num_rows().max(1), false)
}

/// Maps an object of these rows in batches of the sizes that `size` says, with a flush after each when `flush` is set.
fn map_in_batches(
    mapper: &mut impl Mapper,
    rows: &RecordBatch,
    size: &mut dyn FnMut() -> usize,
    flush: bool,
) -> Mapped {
    let mut out = Output::default();
    mapper.begin(ObjectInfo { name: "sample".into(), sequence: 3, ..ObjectInfo::default() });
    let mut start = 0;
    loop {
        // A batch may be empty; the last one ends the object.
        let len = size().min(rows.num_rows() - start);
        if let Err(error) = mapper.decode_batch(&rows.slice(start, len), start as u64) {
            panic!("{error}");
        }
        start += len;
        if flush {
            mapper.flush(&mut out);
        }
        if start == rows.num_rows() {
            break;
        }
    }
    mapper.flush(&mut out);
    assert_eq!(mapper.buffered_bytes(), 0, "nothing is held after a flush");
    assert_eq!(out.counts.records, rows.num_rows() as u64, "every row is one record");
    // Rows stand at byte 0, which is inside an object of one byte.
    Mapped::new(mapper, out, 1)
}

fn check_batches<M: Mapper>(
    make: impl Fn(&MapperOptions) -> M,
    options: &MapperOptions,
    rows: &RecordBatch,
    faults: fn(&Value) -> Vec<String>,
) {
    let whole = map_rows(&mut make(options), rows);
    whole.check_events(faults);
    let even = [1, 2, 257].map(Cut::Every);
    for cut in even.into_iter().chain([Cut::Random(Random::new(1))]) {
        let _note = Note(format!("cut {cut:?}"));
        for flush in [false, true] {
            whole.assert_same(&map_in_batches(&mut make(options), rows, &mut cut.clone().sizes(), flush));
        }
    }
}

/// Types that hold the same values as another.
fn check_types<M: Mapper>(make: impl Fn(&MapperOptions) -> M, options: &MapperOptions, rows: &RecordBatch) {
    let word = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let texts = [DataType::LargeUtf8, DataType::Utf8View, DataType::Binary, DataType::BinaryView, word];
    let whole = map_rows(&mut make(options), rows);
    for text in texts {
        let _note = Note(format!("text as {text}, numbers as text"));
        let retyped = with_columns(rows, |_, array| match array.data_type() {
            DataType::Utf8 => cast(array, &text).ok(),
            DataType::Int32 => cast(array, &DataType::Int64).ok(),
            DataType::Int64 => cast(array, &DataType::Decimal128(38, 0)).ok(),
            _ => None,
        });
        whole.assert_same(&map_rows(&mut make(options), &retyped));
    }
}

/// The batch with some columns in another form.
fn with_columns(rows: &RecordBatch, form: impl Fn(usize, &ArrayRef) -> Option<ArrayRef>) -> RecordBatch {
    let columns = rows.columns().iter().enumerate();
    let columns: Vec<_> =
        columns.map(|(at, array)| form(at, array).unwrap_or_else(|| Arc::clone(array))).collect();
    let names: Vec<String> = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
    batch(names, columns)
}

fn batch(names: Vec<String>, columns: Vec<ArrayRef>) -> RecordBatch {
    let fields: Vec<Field> = names
        .into_iter()
        .zip(&columns)
        .map(|(name, column)| Field::new(name, column.data_type().clone(), true))
        .collect();
    RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns)
        .unwrap_or_else(|error| panic!("the kit made no batch: {error}"))
}

/// `rows` with one to three faults in its columns.
fn damaged(rows: &RecordBatch, random: &mut Random) -> RecordBatch {
    let mut names: Vec<String> = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut columns = rows.columns().to_vec();
    for _ in 0..=random.below(3) {
        let (at, other) = (random.below(columns.len()), random.below(columns.len()));
        match random.below(6) {
            0 if columns.len() > 1 => drop((names.remove(at), columns.remove(at))),
            1 => names[at].push_str("_new"),
            2 => {
                names.push(names[at].clone());
                columns.push(Arc::clone(&columns[other]));
            }
            3 => names.swap(at, other),
            4 => columns[at] = new_null_array(columns[at].data_type(), rows.num_rows()),
            _ => {
                let types = [DataType::Float64, DataType::Boolean, DataType::Date32, DataType::Binary];
                if let Ok(array) = cast(&columns[at], &types[random.below(types.len())]) {
                    columns[at] = array;
                }
            }
        }
    }
    batch(names, columns)
}
