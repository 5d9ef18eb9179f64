//! Words as codes: one dictionary a leaf for a whole group, so that rows of many batches are gathered, set aside and merged
//! as small numbers.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, DictionaryArray, StringArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::Int32Type;
use foldhash::fast::RandomState;

/// The dictionaries of a table's leaves; empty for those that hold no words.
#[derive(Debug)]
pub(crate) struct Words {
    dictionaries: Vec<Dictionary>,
}

impl Words {
    pub(crate) fn new(leaves: usize) -> Self {
        Self { dictionaries: (0..leaves).map(|_| Dictionary::new()).collect() }
    }

    /// Memory that the dictionaries hold.
    pub(crate) fn bytes(&self) -> usize {
        self.dictionaries.iter().map(Dictionary::bytes).sum()
    }

    /// The codes of a leaf's words, in order; what is null has any.
    pub(crate) fn code(&mut self, leaf: usize, words: &DictionaryArray<Int32Type>) -> ScalarBuffer<i32> {
        self.dictionaries[leaf].code(words)
    }

    pub(crate) fn dictionary(&self, leaf: usize) -> &Dictionary {
        &self.dictionaries[leaf]
    }
}

/// The distinct words of a leaf, numbered.
#[derive(Debug)]
pub(crate) struct Dictionary {
    text: String,
    /// Word `i` begins at `offsets[i]` of `text` and ends at `offsets[i + 1]`.
    offsets: Vec<i32>,
    longest: usize,
    /// Codes by word; made when a batch comes whose dictionary does not begin like this one.
    codes: Option<HashMap<Box<str>, i32, RandomState>>,
}

impl Dictionary {
    fn new() -> Self {
        Self { text: String::new(), offsets: vec![0], longest: 0, codes: None }
    }

    fn bytes(&self) -> usize {
        let each = if self.codes.is_some() { 48 } else { 4 };
        self.text.len() * if self.codes.is_some() { 2 } else { 1 } + self.offsets.len() * each
    }

    /// Bytes of the longest word.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The word of a code.
    #[inline]
    pub(crate) fn word(&self, code: usize) -> &str {
        let Some(&[from, to]) = self.offsets.get(code..code + 2) else { return "" };
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }

    fn code(&mut self, words: &DictionaryArray<Int32Type>) -> ScalarBuffer<i32> {
        let (keys, values) = (words.keys().values(), words.values().as_string::<i32>());
        if self.codes.is_none() && self.begins(values) {
            // The dictionary of a mapper grows from batch to batch: its numbers are ours.
            for at in self.len()..values.len() {
                self.push(values.value(at));
            }
            return keys.clone();
        }
        let mut codes = self.codes.take().unwrap_or_else(|| self.all_codes());
        let translated: Vec<i32> = (0..values.len())
            .map(|at| {
                let word = values.value(at);
                codes.get(word).copied().unwrap_or_else(|| {
                    let code = self.push(word);
                    codes.insert(word.into(), code);
                    code
                })
            })
            .collect();
        self.codes = Some(codes);
        keys.iter().map(|key| translated.get(*key as usize).copied().unwrap_or_default()).collect()
    }

    /// True when `values` are the words so far, or these and more.
    fn begins(&self, values: &StringArray) -> bool {
        let offsets = values.value_offsets();
        offsets.starts_with(&self.offsets)
            && values.value_data().get(..self.text.len()) == Some(self.text.as_bytes())
    }

    fn push(&mut self, word: &str) -> i32 {
        self.text.push_str(word);
        self.longest = self.longest.max(word.len());
        self.offsets.push(self.text.len() as i32);
        self.offsets.len() as i32 - 2
    }

    fn all_codes(&self) -> HashMap<Box<str>, i32, RandomState> {
        (0..self.len()).map(|code| (self.word(code).into(), code as i32)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(words: &[Option<&str>]) -> DictionaryArray<Int32Type> {
        words.iter().copied().collect()
    }

    #[test]
    fn words_of_any_dictionaries_get_codes_and_come_back() {
        let mut words = Words::new(1);
        let batches: [&[Option<&str>]; 4] =
            [&[Some("a"), None, Some("b")], &[Some("b"), Some("c")], &[], &[None]];
        let coded: Vec<_> = batches.iter().map(|batch| words.code(0, &array(batch))).collect();
        assert_eq!(*coded[1], [1, 2]);
        let dictionary = words.dictionary(0);
        for (batch, coded) in batches.iter().zip(&coded) {
            for (word, code) in batch.iter().zip(coded.iter()) {
                assert!(word.is_none_or(|word| dictionary.word(*code as usize) == word));
            }
        }
        assert_eq!((dictionary.len(), dictionary.word(9)), (3, ""));
    }

    #[test]
    fn a_growing_dictionary_keeps_its_numbers() {
        let mut words = Words::new(1);
        words.code(0, &array(&[Some("a"), Some("b")]));
        assert_eq!(*words.code(0, &array(&[Some("a"), Some("b"), Some("c"), Some("a")])), [0, 1, 2, 0]);
        assert!(words.dictionaries[0].codes.is_none());
    }
}
