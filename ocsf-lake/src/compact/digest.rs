//! What rows hold, whatever their order: by this a merged file is compared with those that it was made of.

use std::hash::{BuildHasher, Hash};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use foldhash::quality::FixedState;

use crate::error::LakeError;

/// Number of some rows, and the sum of a hash over all columns of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowsDigest {
    pub(crate) rows: u64,
    sum: u128,
}

impl RowsDigest {
    /// Adds the rows of these hashes.
    pub(crate) fn add(&mut self, hashes: &[u128]) {
        self.rows += hashes.len() as u64;
        self.sum = hashes.iter().fold(self.sum, |sum, hash| sum.wrapping_add(*hash));
    }
}

/// A hash of each row of a batch, over the values of all columns and where they are null.
///
/// # Errors
/// A column has a type that no attribute of OCSF has.
pub(crate) fn row_hashes(batch: &RecordBatch) -> Result<Vec<u128>, LakeError> {
    let mut rows = vec![0; batch.num_rows()];
    for column in batch.columns() {
        for (row, value) in rows.iter_mut().zip(values(column)?) {
            *row = both(&(*row, value));
        }
    }
    Ok(rows)
}

/// A hash by two functions.
pub(crate) fn both(value: &(impl Hash + ?Sized)) -> u128 {
    let [a, b] = [0x5EED, 0xF00D].map(|seed| FixedState::with_seed(seed).hash_one(value));
    u128::from(a) << 64 | u128::from(b)
}

/// A hash of each value of an array. Whether a text is a word of a dictionary makes no difference.
fn values(array: &ArrayRef) -> Result<Vec<u128>, LakeError> {
    fn each<T: Hash>(values: impl Iterator<Item = T>) -> Vec<u128> {
        values.map(|value| both(&value)).collect()
    }
    let mut hashes = match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            each((0..texts.len()).map(|at| texts.value(at)))
        }
        DataType::Int32 => each(array.as_primitive::<Int32Type>().values().iter()),
        DataType::Int64 => each(array.as_primitive::<Int64Type>().values().iter()),
        DataType::Timestamp(..) => each(array.as_primitive::<TimestampMillisecondType>().values().iter()),
        DataType::Float64 => {
            each(array.as_primitive::<Float64Type>().values().iter().map(|value| value.to_bits()))
        }
        DataType::Boolean => each(array.as_boolean().values().iter()),
        DataType::Dictionary(..) => {
            let words = array.as_dictionary::<Int32Type>();
            let of_word = values(words.values())?;
            let codes = words.keys().values().iter();
            codes.map(|code| of_word.get(*code as usize).copied().unwrap_or_default()).collect()
        }
        DataType::Struct(_) => {
            let mut hashes = vec![1; array.len()];
            for column in array.as_struct().columns() {
                for (hash, value) in hashes.iter_mut().zip(values(column)?) {
                    *hash = both(&(*hash, value));
                }
            }
            hashes
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            of_items(list.value_offsets(), &values(list.values())?)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let entries: ArrayRef = std::sync::Arc::new(map.entries().clone());
            of_items(map.value_offsets(), &values(&entries)?)
        }
        other => {
            return Err(LakeError::Schema { reason: format!("{other} is the type of no attribute of OCSF") });
        }
    };
    // What stands where nothing is has no meaning.
    if let Some(nulls) = array.logical_nulls() {
        for (at, hash) in hashes.iter_mut().enumerate() {
            if nulls.is_null(at) {
                *hash = 0;
            }
        }
    }
    Ok(hashes)
}

/// A hash of each list, from the hashes of all items.
fn of_items(offsets: &[i32], items: &[u128]) -> Vec<u128> {
    let of = |pair: &[i32]| match pair {
        &[from, to] => both(&items.get(from as usize..to as usize)),
        _ => 0,
    };
    offsets.windows(2).map(of).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, Int64Array, ListArray, StringArray, StructArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Field, Fields};

    use super::*;

    fn batch(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([("a", column, true)]).unwrap()
    }

    fn list(lengths: &[usize], items: &[&str]) -> ArrayRef {
        let item = Arc::new(Field::new("element", DataType::Utf8, true));
        let items = Arc::new(StringArray::from(items.to_vec()));
        Arc::new(ListArray::new(item, OffsetBuffer::from_lengths(lengths.iter().copied()), items, None))
    }

    #[test]
    fn words_are_texts() {
        let words: DictionaryArray<Int32Type> = [Some("x"), None, Some("y"), Some("x")].into_iter().collect();
        let texts = StringArray::from(vec![Some("x"), None, Some("y"), Some("x")]);
        let (words, texts) = (row_hashes(&batch(Arc::new(words))), row_hashes(&batch(Arc::new(texts))));
        let hashes = words.unwrap();
        assert_eq!(hashes, texts.unwrap());
        assert!(hashes[0] == hashes[3] && hashes[0] != hashes[2] && hashes[0] != hashes[1]);
    }

    #[test]
    fn every_difference_counts() {
        let of = |column: ArrayRef| row_hashes(&batch(column)).unwrap()[0];
        let numbers = |value: Option<i64>| of(Arc::new(Int64Array::from(vec![value])));
        let fields = Fields::from(vec![Field::new("b", DataType::Int64, true)]);
        let inner: ArrayRef = Arc::new(Int64Array::from(vec![None]));
        let null_inside = StructArray::new(fields.clone(), vec![Arc::clone(&inner)], None);
        let null_itself = StructArray::new(fields, vec![inner], Some(vec![false].into()));
        let all = [
            numbers(Some(0)),
            numbers(Some(1)),
            numbers(None),
            of(Arc::new(null_inside)),
            of(list(&[0], &[])),
            of(list(&[1], &[""])),
            of(list(&[2], &["a", "b"])),
            of(list(&[2], &["b", "a"])),
            of(list(&[1], &["ab"])),
        ];
        let distinct: std::collections::HashSet<u128> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        // Nothing is nothing, whatever its type.
        assert_eq!(of(Arc::new(null_itself)), numbers(None));
    }

    #[test]
    fn the_order_of_rows_does_not_count_and_their_number_does() {
        let digest = |rows: &[i64]| {
            let mut digest = RowsDigest::default();
            let hashes = row_hashes(&batch(Arc::new(Int64Array::from(rows.to_vec())))).unwrap();
            digest.add(&hashes);
            digest
        };
        assert_eq!(digest(&[1, 2, 2, 3]), digest(&[2, 3, 2, 1]));
        assert_ne!(digest(&[1, 2, 2]), digest(&[1, 1, 2]));
        assert_ne!(digest(&[1, 2, 2]), digest(&[1, 2]));
    }
}
