//! Builders of leaf arrays. Values of the newest rows can be taken back, which Arrow's own builders cannot do.

use std::fmt;
use std::sync::Arc;

use arrow::array::BooleanBufferBuilder;
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, DictionaryArray, Int32Array, PrimitiveArray, StringArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use super::expr::{Float, Int, Long, Output, Port, Seconds, Text, Time, Truth, Word};
use super::interner::Interner;

/// A growing leaf array.
pub(crate) trait Leaf: fmt::Debug + Send {
    fn len(&self) -> usize;
    fn push_nulls(&mut self, count: usize);
    fn is_valid(&self, row: usize) -> bool;
    /// Makes a value null.
    fn null_out(&mut self, row: usize);
    /// The text of a row, for kinds that hold text.
    fn text(&self, _row: usize) -> Option<&str> {
        None
    }
    /// The codes of all rows and their words, for kinds that hold text as such; -1 is null.
    fn words(&self) -> Option<(&[i32], &Interner)> {
        None
    }
    /// Bytes held.
    fn bytes(&self) -> usize;
    /// The array; the builder is empty afterwards. Text of few values is a dictionary array when `dictionaries`.
    fn finish(&mut self, dictionaries: bool) -> ArrayRef;
}

/// A leaf that takes values of a kind.
pub(crate) trait Builder<O: Output>: Leaf {
    fn push(&mut self, value: O::Of<'_>);
}

/// Which rows have a value.
#[derive(Debug, Default)]
struct Valid {
    len: usize,
    /// None as long as all have one; rows behind the last bit have one, too.
    bits: Option<BooleanBufferBuilder>,
}

impl Valid {
    #[inline]
    fn push(&mut self) {
        self.len += 1;
    }

    fn push_nulls(&mut self, count: usize) {
        self.bits().append_n(count, false);
        self.len += count;
    }

    fn get(&self, row: usize) -> bool {
        self.bits.as_ref().is_none_or(|bits| row >= bits.len() || bits.get_bit(row))
    }

    fn null_out(&mut self, row: usize) {
        self.bits().set_bit(row, false);
    }

    /// The bits of all rows.
    fn bits(&mut self) -> &mut BooleanBufferBuilder {
        let bits = self.bits.get_or_insert_with(|| BooleanBufferBuilder::new(self.len));
        bits.append_n(self.len - bits.len(), true);
        bits
    }

    fn finish(&mut self) -> Option<NullBuffer> {
        if self.bits.is_some() {
            self.bits();
        }
        let Self { bits, .. } = std::mem::take(self);
        bits.map(|mut bits| NullBuffer::new(bits.finish())).filter(|nulls| nulls.null_count() > 0)
    }
}

/// Text, each value copied: `Utf8`.
#[derive(Debug, Default)]
pub(crate) struct TextBuilder {
    text: String,
    ends: Vec<i32>,
    valid: Valid,
}

impl TextBuilder {
    /// Appends a value that `write` adds to the text; null when it says false.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut String) -> bool) {
        let start = self.text.len();
        let some = write(&mut self.text);
        if !some {
            self.text.truncate(start);
        }
        self.ends.push(self.text.len() as i32);
        if some {
            self.valid.push();
        } else {
            self.valid.push_nulls(1);
        }
    }
}

impl Leaf for TextBuilder {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn push_nulls(&mut self, count: usize) {
        self.ends.resize(self.ends.len() + count, self.text.len() as i32);
        self.valid.push_nulls(count);
    }

    fn is_valid(&self, row: usize) -> bool {
        self.valid.get(row)
    }

    fn null_out(&mut self, row: usize) {
        self.valid.null_out(row);
    }

    fn text(&self, row: usize) -> Option<&str> {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.is_valid(row).then(|| &self.text[start..self.ends[row] as usize])
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * 4
    }

    fn finish(&mut self, _: bool) -> ArrayRef {
        let text = std::mem::take(&mut self.text);
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        Arc::new(StringArray::new(
            OffsetBuffer::new(ScalarBuffer::from(offsets)),
            Buffer::from_vec(text.into_bytes()),
            self.valid.finish(),
        ))
    }
}

/// Text of few distinct values: codes into a dictionary that grows from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct DictBuilder {
    interner: Interner,
    /// -1 is null.
    codes: Vec<i32>,
}

/// A dictionary of more values than its batch has rows is given up with it, for most of them are of batches before; and one of
/// this many values, or of this many bytes, in any case.
const MAX_DICTIONARY: (usize, usize) = (1 << 16, 4 << 20);

/// A dictionary of this many values is kept all the same.
const MIN_DICTIONARY: usize = 1 << 12;

impl DictBuilder {
    #[inline]
    pub(crate) fn push_text(&mut self, value: &str) {
        let code = self.code(value);
        self.push_code(code);
    }

    /// The number of a value in the dictionary.
    #[inline]
    pub(crate) fn code(&mut self, value: &str) -> i32 {
        self.interner.number(value) as i32
    }

    /// Changes when the numbers given out so far become void.
    pub(crate) fn generation(&self) -> u32 {
        self.interner.generation()
    }

    /// Appends the value of that number.
    #[inline]
    pub(crate) fn push_code(&mut self, code: i32) {
        self.codes.push(code);
    }
}

impl Leaf for DictBuilder {
    fn len(&self) -> usize {
        self.codes.len()
    }

    fn push_nulls(&mut self, count: usize) {
        self.codes.resize(self.codes.len() + count, -1);
    }

    fn is_valid(&self, row: usize) -> bool {
        self.codes[row] >= 0
    }

    fn null_out(&mut self, row: usize) {
        self.codes[row] = -1;
    }

    fn text(&self, row: usize) -> Option<&str> {
        u32::try_from(self.codes[row]).ok().map(|code| self.interner.get(code))
    }

    fn words(&self) -> Option<(&[i32], &Interner)> {
        Some((&self.codes, &self.interner))
    }

    fn bytes(&self) -> usize {
        self.codes.len() * 4 + self.interner.bytes()
    }

    fn finish(&mut self, dictionaries: bool) -> ArrayRef {
        let codes = std::mem::take(&mut self.codes);
        let rows = codes.len();
        let array: ArrayRef = if dictionaries {
            let nulls = codes.iter().any(|code| *code < 0);
            let nulls = nulls.then(|| codes.iter().map(|code| *code >= 0).collect::<NullBuffer>());
            let keys = Int32Array::new(codes.into_iter().map(|code| code.max(0)).collect(), nulls);
            dictionary(keys, &self.interner)
        } else {
            let texts =
                codes.iter().map(|code| u32::try_from(*code).ok().map(|code| self.interner.get(code)));
            Arc::new(texts.collect::<StringArray>())
        };
        let most = rows.clamp(MIN_DICTIONARY, MAX_DICTIONARY.0);
        if self.interner.len() > most || self.interner.bytes() > MAX_DICTIONARY.1 {
            self.interner.clear();
        }
        array
    }
}

fn dictionary(keys: Int32Array, interner: &Interner) -> ArrayRef {
    let (text, ends) = interner.parts();
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0);
    offsets.extend(ends.iter().map(|end| *end as i32));
    let values = StringArray::new(
        OffsetBuffer::new(ScalarBuffer::from(offsets)),
        Buffer::from_slice_ref(text.as_bytes()),
        None,
    );
    // Null keys are 0, which must exist.
    let values = if ends.is_empty() { StringArray::from(vec![""]) } else { values };
    Arc::new(DictionaryArray::new(keys, Arc::new(values)))
}

/// Numbers.
pub(crate) struct NumberBuilder<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    valid: Valid,
}

impl<T: ArrowPrimitiveType> fmt::Debug for NumberBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberBuilder").field("len", &self.values.len()).finish_non_exhaustive()
    }
}

impl<T: ArrowPrimitiveType> Default for NumberBuilder<T> {
    fn default() -> Self {
        Self { values: Vec::new(), valid: Valid::default() }
    }
}

impl<T: ArrowPrimitiveType> NumberBuilder<T> {
    #[inline]
    pub(crate) fn push_number(&mut self, value: T::Native) {
        self.values.push(value);
        self.valid.push();
    }

    /// Appends nulls that have a number nevertheless.
    pub(crate) fn push_nulls_at(&mut self, value: T::Native, count: usize) {
        self.values.resize(self.values.len() + count, value);
        self.valid.push_nulls(count);
    }

    /// The number of a row, also where it was made null.
    pub(crate) fn raw(&self, row: usize) -> T::Native {
        self.values[row]
    }

    pub(crate) fn get(&self, row: usize) -> Option<T::Native> {
        self.is_valid(row).then(|| self.values[row])
    }
}

impl<T: ArrowPrimitiveType> Leaf for NumberBuilder<T> {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn push_nulls(&mut self, count: usize) {
        self.values.resize(self.values.len() + count, T::Native::default());
        self.valid.push_nulls(count);
    }

    fn is_valid(&self, row: usize) -> bool {
        self.valid.get(row)
    }

    fn null_out(&mut self, row: usize) {
        self.valid.null_out(row);
    }

    fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }

    fn finish(&mut self, _: bool) -> ArrayRef {
        let values = ScalarBuffer::from(std::mem::take(&mut self.values));
        Arc::new(PrimitiveArray::<T>::new(values, self.valid.finish()))
    }
}

/// Booleans.
#[derive(Debug)]
pub(crate) struct TruthBuilder {
    values: BooleanBufferBuilder,
    valid: Valid,
}

impl Default for TruthBuilder {
    fn default() -> Self {
        Self { values: BooleanBufferBuilder::new(0), valid: Valid::default() }
    }
}

impl Leaf for TruthBuilder {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn push_nulls(&mut self, count: usize) {
        self.values.append_n(count, false);
        self.valid.push_nulls(count);
    }

    fn is_valid(&self, row: usize) -> bool {
        self.valid.get(row)
    }

    fn null_out(&mut self, row: usize) {
        self.valid.null_out(row);
    }

    fn bytes(&self) -> usize {
        self.values.len() / 4
    }

    fn finish(&mut self, _: bool) -> ArrayRef {
        let values: BooleanBuffer = self.values.finish();
        Arc::new(BooleanArray::new(values, self.valid.finish()))
    }
}

impl Builder<Text> for TextBuilder {
    fn push(&mut self, value: &str) {
        self.push_with(|text| {
            text.push_str(value);
            true
        });
    }
}

impl Builder<Word> for DictBuilder {
    fn push(&mut self, value: &str) {
        self.push_text(value);
    }
}

impl Builder<Int> for NumberBuilder<arrow::datatypes::Int32Type> {
    fn push(&mut self, value: i32) {
        self.push_number(value);
    }
}

impl Builder<Port> for NumberBuilder<arrow::datatypes::Int32Type> {
    fn push(&mut self, value: i32) {
        self.push_number(value);
    }
}

impl Builder<Long> for NumberBuilder<arrow::datatypes::Int64Type> {
    fn push(&mut self, value: i64) {
        self.push_number(value);
    }
}

impl Builder<Time> for NumberBuilder<arrow::datatypes::Int64Type> {
    fn push(&mut self, value: i64) {
        self.push_number(value);
    }
}

impl Builder<Seconds> for NumberBuilder<arrow::datatypes::Int64Type> {
    fn push(&mut self, value: i64) {
        self.push_number(value);
    }
}

impl Builder<Float> for NumberBuilder<arrow::datatypes::Float64Type> {
    fn push(&mut self, value: f64) {
        self.push_number(value);
    }
}

impl Builder<Truth> for TruthBuilder {
    fn push(&mut self, value: bool) {
        self.values.append(value);
        self.valid.push();
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::*;

    #[test]
    fn values_can_be_taken_back() {
        let mut text = TextBuilder::default();
        Builder::<Text>::push(&mut text, "ab");
        text.push_nulls(1);
        Builder::<Text>::push(&mut text, "c");
        assert_eq!((text.text(0), text.text(1), text.text(2)), (Some("ab"), None, Some("c")));
        text.null_out(0);
        let array = text.finish(true);
        assert_eq!(array.as_string::<i32>().iter().collect::<Vec<_>>(), [None, None, Some("c")]);
        assert_eq!(text.len(), 0);
    }

    #[test]
    fn dictionaries_grow_from_batch_to_batch_and_can_be_flattened() {
        let mut words = DictBuilder::default();
        for word in ["a", "b", "a"] {
            words.push_text(word);
        }
        words.null_out(1);
        let first = words.finish(true);
        let first = first.as_dictionary::<arrow::datatypes::Int32Type>();
        assert_eq!((first.values().len(), first.null_count()), (2, 1));
        words.push_text("b");
        let flat = words.finish(false);
        assert_eq!(flat.as_string::<i32>().value(0), "b");
        words.push_nulls(2);
        let many = MIN_DICTIONARY + 1;
        (0..many).for_each(|number| words.push_text(&number.to_string()));
        words.finish(true);
        // It had room for all of them, and one row alone does not need as many.
        let sizes = ["a", "b"].map(|word| {
            words.push_text(word);
            words.finish(true).as_dictionary::<arrow::datatypes::Int32Type>().values().len()
        });
        assert_eq!(sizes, [many + 2, 1]);
        words.push_nulls(1);
        assert_eq!(DictBuilder::default().finish(true).len(), 0);
        assert_eq!(words.finish(true).null_count(), 1);
    }
}
