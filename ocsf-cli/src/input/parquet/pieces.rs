//! Batches in pieces of bounded size.

use std::ops::Range;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;

/// A piece has no more bytes of values than this, unless one row alone has: about what text is decoded of at a time.
const PIECE_BYTES: usize = 2 << 20;

/// Ranges of rows that hold about [`PIECE_BYTES`] each. A value counts as often as it stands in a row: what is stored once
/// may stand in thousands.
pub(super) fn pieces(batch: &RecordBatch) -> Vec<Range<usize>> {
    let mut sizes = vec![0_usize; batch.num_rows()];
    for column in batch.columns() {
        add_sizes(column, &mut sizes);
    }
    let (mut pieces, mut from, mut bytes) = (Vec::new(), 0, 0_usize);
    for (row, size) in sizes.iter().enumerate() {
        bytes = bytes.saturating_add(*size);
        if bytes > PIECE_BYTES && row > from {
            pieces.push(from..row);
            (from, bytes) = (row, *size);
        }
    }
    if from < sizes.len() {
        pieces.push(from..sizes.len());
    }
    pieces
}

fn add_sizes(column: &dyn Array, sizes: &mut [usize]) {
    // The length of a value is in the lower half of its view's first half.
    let views = match column.data_type() {
        DataType::Utf8View => column.as_string_view().views(),
        DataType::BinaryView => column.as_binary_view().views(),
        _ => {
            let each = column.get_array_memory_size() / sizes.len().max(1);
            sizes.iter_mut().for_each(|size| *size = size.saturating_add(each));
            return;
        }
    };
    for (size, view) in sizes.iter_mut().zip(views) {
        *size = size.saturating_add(*view as u32 as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn large_rows_part_batches() {
        let of = |lens: &[usize]| {
            let texts = StringViewArray::from_iter_values(lens.iter().map(|len| "x".repeat(*len)));
            let numbers = Int64Array::from_iter_values(0..lens.len() as i64);
            let columns = [("t", Arc::new(texts) as _), ("n", Arc::new(numbers) as _)];
            pieces(&RecordBatch::try_from_iter(columns).unwrap())
        };
        assert!(of(&[]).is_empty());
        assert_eq!(of(&[10, 0, 20]), [0..3]);
        assert_eq!(of(&[1 << 20, 1 << 19, 1 << 20, 5 << 20, 1]), [0..2, 2..3, 3..4, 4..5]);
    }
}
