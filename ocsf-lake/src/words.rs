//! Dictionary columns as codes: one dictionary a column for a whole group, so that rows of many batches are gathered,
//! set aside and merged as small numbers.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, ListArray, MapArray, RecordBatch, StringArray,
    StructArray,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;

/// The dictionaries of a table's columns, in the order of the columns.
#[derive(Debug)]
pub(crate) struct Words {
    /// Columns as mappers hand them on.
    schema: SchemaRef,
    /// The same with a number in place of each word.
    coded: SchemaRef,
    dictionaries: Vec<Dictionary>,
}

impl Words {
    pub(crate) fn new(schema: &SchemaRef) -> Self {
        let mut dictionaries = Vec::new();
        let fields: Vec<FieldRef> =
            schema.fields().iter().map(|field| coded_field(field, &mut dictionaries)).collect();
        Self { schema: Arc::clone(schema), coded: Arc::new(Schema::new(fields)), dictionaries }
    }

    /// Columns of coded batches.
    pub(crate) fn coded_schema(&self) -> &SchemaRef {
        &self.coded
    }

    /// Memory that the dictionaries hold.
    pub(crate) fn bytes(&self) -> usize {
        self.dictionaries.iter().map(Dictionary::bytes).sum()
    }

    /// Turns words into codes.
    pub(crate) fn code(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let Self { schema, coded, dictionaries } = self;
        let mut dictionaries = dictionaries.iter_mut();
        let mut code = |words: &ArrayRef| match dictionaries.next() {
            Some(dictionary) => dictionary.code(words.as_dictionary()),
            None => Arc::clone(words),
        };
        convert(batch, schema, coded, &mut code)
    }

    /// The dictionaries as they are now.
    pub(crate) fn reader(&self) -> WordReader {
        WordReader {
            schema: Arc::clone(&self.schema),
            coded: Arc::clone(&self.coded),
            values: self.dictionaries.iter().map(Dictionary::values).collect(),
        }
    }
}

/// Turns codes back into words.
#[derive(Debug)]
pub(crate) struct WordReader {
    schema: SchemaRef,
    coded: SchemaRef,
    values: Vec<ArrayRef>,
}

impl WordReader {
    pub(crate) fn decode(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        debug_assert_eq!(batch.schema_ref(), &self.coded);
        let mut values = self.values.iter();
        let mut decode = |codes: &ArrayRef| -> ArrayRef {
            let Some(values) = values.next() else { return Arc::clone(codes) };
            Arc::new(DictionaryArray::new(codes.as_primitive::<Int32Type>().clone(), Arc::clone(values)))
        };
        convert(batch, &self.schema, &self.schema, &mut decode)
    }
}

/// The distinct words of a column, numbered.
#[derive(Debug)]
struct Dictionary {
    text: String,
    /// Word `i` begins at `offsets[i]` of `text` and ends at `offsets[i + 1]`.
    offsets: Vec<i32>,
    /// Codes by word; made when a batch comes whose dictionary does not begin like this one.
    codes: Option<HashMap<Box<str>, i32>>,
}

impl Dictionary {
    fn new() -> Self {
        Self { text: String::new(), offsets: vec![0], codes: None }
    }

    fn bytes(&self) -> usize {
        let each = if self.codes.is_some() { 48 } else { 4 };
        self.text.len() * if self.codes.is_some() { 2 } else { 1 } + self.offsets.len() * each
    }

    fn code(&mut self, words: &DictionaryArray<Int32Type>) -> ArrayRef {
        let (keys, values) = (words.keys(), words.values().as_string::<i32>());
        if self.codes.is_none() && self.begins(values) {
            // The dictionary of a mapper grows from batch to batch: its numbers are ours.
            for at in self.offsets.len() - 1..values.len() {
                self.push(values.value(at));
            }
            return Arc::new(keys.clone());
        }
        let mut codes = self.codes.take().unwrap_or_else(|| self.all_codes());
        let translated: Vec<i32> = (0..values.len())
            .map(|at| {
                let word = values.value(at);
                *codes.entry(word.into()).or_insert_with(|| self.push(word))
            })
            .collect();
        self.codes = Some(codes);
        let code = |key: &i32| translated.get(*key as usize).copied().unwrap_or_default();
        Arc::new(Int32Array::new(keys.values().iter().map(code).collect(), keys.nulls().cloned()))
    }

    /// True when `values` are the words so far, or these and more.
    fn begins(&self, values: &StringArray) -> bool {
        let offsets = values.value_offsets();
        offsets.starts_with(&self.offsets)
            && values.value_data().get(..self.text.len()) == Some(self.text.as_bytes())
    }

    fn push(&mut self, word: &str) -> i32 {
        self.text.push_str(word);
        self.offsets.push(self.text.len() as i32);
        self.offsets.len() as i32 - 2
    }

    fn all_codes(&self) -> HashMap<Box<str>, i32> {
        let word = |pair: &[i32]| self.text.get(pair[0] as usize..pair[1] as usize).unwrap_or_default();
        self.offsets.windows(2).map(word).zip(0..).map(|(word, code)| (word.into(), code)).collect()
    }

    fn values(&self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets.clone()));
        Arc::new(StringArray::new(offsets, Buffer::from(self.text.as_bytes()), None))
    }
}

fn coded_field(field: &FieldRef, dictionaries: &mut Vec<Dictionary>) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Dictionary(..) => {
            dictionaries.push(Dictionary::new());
            DataType::Int32
        }
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| coded_field(field, dictionaries)).collect())
        }
        DataType::List(item) => DataType::List(coded_field(item, dictionaries)),
        DataType::Map(entries, sorted) => DataType::Map(coded_field(entries, dictionaries), *sorted),
        _ => return Arc::clone(field),
    };
    Arc::new(Field::clone(field).with_data_type(kind))
}

/// `batch` with every array that is a dictionary by `words` converted; the types become those of `target`.
fn convert(
    batch: &RecordBatch,
    words: &Schema,
    target: &SchemaRef,
    leaf: &mut impl FnMut(&ArrayRef) -> ArrayRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(words.fields().iter().zip(target.fields()));
    let columns: Vec<ArrayRef> =
        columns.map(|(array, (word, target))| convert_array(array, word, target, leaf)).collect();
    RecordBatch::try_new(Arc::clone(target), columns)
}

fn convert_array(
    array: &ArrayRef,
    word: &Field,
    target: &Field,
    leaf: &mut impl FnMut(&ArrayRef) -> ArrayRef,
) -> ArrayRef {
    match (word.data_type(), target.data_type()) {
        (DataType::Dictionary(..), _) => leaf(array),
        (DataType::Struct(words), DataType::Struct(targets)) => {
            Arc::new(convert_struct(array.as_struct(), words, targets, leaf))
        }
        (DataType::List(word), DataType::List(target)) => {
            let list = array.as_list::<i32>();
            let values = convert_array(list.values(), word, target, leaf);
            Arc::new(ListArray::new(
                Arc::clone(target),
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            ))
        }
        (DataType::Map(word, _), DataType::Map(target, sorted)) => {
            let map = array.as_map();
            let (DataType::Struct(words), DataType::Struct(targets)) = (word.data_type(), target.data_type())
            else {
                return Arc::clone(array);
            };
            let entries = convert_struct(map.entries(), words, targets, leaf);
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Arc::new(MapArray::new(Arc::clone(target), offsets, entries, nulls, *sorted))
        }
        _ => Arc::clone(array),
    }
}

fn convert_struct(
    array: &StructArray,
    words: &Fields,
    targets: &Fields,
    leaf: &mut impl FnMut(&ArrayRef) -> ArrayRef,
) -> StructArray {
    let children = array.columns().iter().zip(words.iter().zip(targets));
    let children = children.map(|(child, (word, target))| convert_array(child, word, target, leaf)).collect();
    StructArray::new(targets.clone(), children, array.nulls().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> SchemaRef {
        let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        Arc::new(Schema::new(vec![Field::new("word", words, true)]))
    }

    fn batch(words: &[Option<&str>]) -> RecordBatch {
        let words: DictionaryArray<Int32Type> = words.iter().copied().collect();
        RecordBatch::try_new(schema(), vec![Arc::new(words)]).unwrap()
    }

    fn texts(batch: &RecordBatch) -> Vec<Option<String>> {
        let words = batch.column(0).as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap();
        words.into_iter().map(|word| word.map(str::to_owned)).collect()
    }

    #[test]
    fn words_of_any_dictionaries_get_codes_and_come_back() {
        let mut words = Words::new(&schema());
        let batches = [
            batch(&[Some("a"), None, Some("b")]),
            batch(&[Some("b"), Some("c")]),
            batch(&[]),
            batch(&[None]),
        ];
        let coded: Vec<RecordBatch> = batches.iter().map(|batch| words.code(batch).unwrap()).collect();
        assert_eq!(coded[1].column(0).as_primitive::<Int32Type>().values(), &[1, 2]);
        let reader = words.reader();
        for (batch, coded) in batches.iter().zip(&coded) {
            assert_eq!(texts(&reader.decode(coded).unwrap()), texts(batch));
        }
    }

    #[test]
    fn a_growing_dictionary_keeps_its_numbers() {
        let mut words = Words::new(&schema());
        words.code(&batch(&[Some("a"), Some("b")])).unwrap();
        let coded = words.code(&batch(&[Some("a"), Some("b"), Some("c"), Some("a")])).unwrap();
        assert_eq!(coded.column(0).as_primitive::<Int32Type>().values(), &[0, 1, 2, 0]);
        assert!(words.dictionaries[0].codes.is_none());
    }
}
