//! Words as codes: one dictionary a leaf for a whole group, so that rows of many batches are gathered, set aside and merged
//! as small numbers.

use std::hash::BuildHasher;

use arrow::array::{Array, AsArray, DictionaryArray, StringArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::Int32Type;
use foldhash::fast::RandomState;
use hashbrown::HashTable;

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
    /// Made when a batch comes whose dictionary does not begin like this one.
    found: Option<Translation>,
}

/// Codes of words by their text.
#[derive(Debug, Default)]
struct Translation {
    /// Hash and code of each word.
    codes: HashTable<(u32, i32)>,
    hasher: RandomState,
    /// The dictionary of the last batch, and the codes of its words.
    last: Option<StringArray>,
    translated: Vec<i32>,
}

impl Dictionary {
    fn new() -> Self {
        Self { text: String::new(), offsets: vec![0], longest: 0, found: None }
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.offsets.len() * 4 + self.found.as_ref().map_or(0, Translation::bytes)
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
        // The dictionary of a mapper grows from batch to batch, until it begins anew: its first numbers are ours.
        if self.found.is_none() && begins(values, &self.offsets, self.text.as_bytes()) {
            for at in self.len()..values.len() {
                self.push(values.value(at));
            }
            return keys.clone();
        }
        let mut found = self.found.take().unwrap_or_else(|| Translation::of(self));
        let is_next =
            found.last.as_ref().is_some_and(|last| begins(values, last.value_offsets(), last.value_data()));
        if !is_next {
            found.translated.clear();
        }
        for at in found.translated.len()..values.len() {
            let code = found.code(values.value(at), self);
            found.translated.push(code);
        }
        found.last = Some(values.clone());
        let code = |key: &i32| found.translated.get(*key as usize).copied().unwrap_or_default();
        let codes = keys.iter().map(code).collect();
        self.found = Some(found);
        codes
    }

    fn push(&mut self, word: &str) -> i32 {
        self.text.push_str(word);
        self.longest = self.longest.max(word.len());
        self.offsets.push(self.text.len() as i32);
        self.offsets.len() as i32 - 2
    }
}

/// True when the first words of `values` are those that end at `offsets` of `text`.
fn begins(values: &StringArray, offsets: &[i32], text: &[u8]) -> bool {
    let len = offsets.last().map_or(0, |end| *end as usize);
    values.value_offsets().starts_with(offsets) && values.value_data().get(..len) == text.get(..len)
}

impl Translation {
    fn of(words: &Dictionary) -> Self {
        let mut found = Self::default();
        for code in 0..words.len() {
            found.add(words.word(code), code as i32, words);
        }
        found
    }

    /// The code of a word, which becomes one of `words` when it is none yet.
    fn code(&mut self, word: &str, words: &mut Dictionary) -> i32 {
        let hash = self.hasher.hash_one(word);
        let is_it = |(half, code): &(u32, i32)| *half == hash as u32 && words.word(*code as usize) == word;
        if let Some((_, code)) = self.codes.find(hash, is_it) {
            return *code;
        }
        let code = words.push(word);
        self.add(word, code, words);
        code
    }

    fn add(&mut self, word: &str, code: i32, words: &Dictionary) {
        let Self { codes, hasher, .. } = self;
        let hash = hasher.hash_one(word);
        codes.insert_unique(hash, (hash as u32, code), |(_, code)| {
            hasher.hash_one(words.word(*code as usize))
        });
    }

    fn bytes(&self) -> usize {
        let last = self.last.as_ref().map_or(0, |last| last.value_data().len() + last.len() * 4);
        self.codes.capacity() * 9 + last + self.translated.len() * 4
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
        assert!(words.dictionaries[0].found.is_none());
    }

    #[test]
    fn a_dictionary_that_begins_anew_and_grows_is_translated() {
        let mut words = Words::new(1);
        words.code(0, &array(&[Some("a"), Some("b")]));
        assert_eq!(*words.code(0, &array(&[Some("c"), Some("b")])), [2, 1]);
        assert_eq!(*words.code(0, &array(&[Some("c"), Some("b"), Some("a"), Some("d")])), [2, 1, 0, 3]);
        assert_eq!(*words.code(0, &array(&[Some("cb"), Some("a")])), [4, 0]);
    }
}
