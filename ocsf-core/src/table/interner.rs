//! Distinct strings as small numbers.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Numbers strings in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    table: HashTable<Entry>,
    text: String,
    /// String `i` ends at `ends[i]` of `text`.
    ends: Vec<u32>,
    hasher: FixedState,
    last: Entry,
    /// How often it was cleared.
    generation: u32,
}

/// A string of the table. It tells where its text stands, since following a number there costs as much again.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    hash: u32,
    number: u32,
    start: u32,
    len: u32,
}

impl Interner {
    /// The number of `value`.
    #[inline]
    pub(crate) fn number(&mut self, value: &str) -> u32 {
        let Self { table, text, .. } = self;
        let is_it = |entry: &Entry| {
            let (start, len) = (entry.start as usize, entry.len as usize);
            len == value.len() && text.as_bytes().get(start..start + len) == Some(value.as_bytes())
        };
        if !self.ends.is_empty() && is_it(&self.last) {
            return self.last.number;
        }
        let hash = self.hasher.hash_one(value);
        let found = table.find(hash, |entry| entry.hash == hash as u32 && is_it(entry));
        self.last = found.copied().unwrap_or_else(|| self.add(value, hash));
        self.last.number
    }

    #[cold]
    fn add(&mut self, value: &str, hash: u64) -> Entry {
        let (number, start) = (self.ends.len() as u32, self.text.len() as u32);
        self.text.push_str(value);
        self.ends.push(self.text.len() as u32);
        let entry = Entry { hash: hash as u32, number, start, len: value.len() as u32 };
        let Self { table, hasher, text, .. } = self;
        let hash_of = |entry: &Entry| {
            let (start, len) = (entry.start as usize, entry.len as usize);
            hasher.hash_one(text.get(start..start + len).unwrap_or_default())
        };
        table.insert_unique(hash, entry, hash_of);
        entry
    }

    /// The string of a number; empty for a number that was not given out.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let Some(end) = self.ends.get(number) else { return "" };
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..*end as usize).unwrap_or_default()
    }

    /// Number of distinct strings.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes that the strings need.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * 24
    }

    /// All strings one after the other, and where each ends.
    pub(crate) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// Changes when the numbers given out so far become void.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn clear(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.table.clear();
        self.text.clear();
        self.ends.clear();
        self.last = Entry::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_a_number() {
        let mut interner = Interner::default();
        let numbers: Vec<_> = ["a", "", "a", "b", "b", ""].iter().map(|text| interner.number(text)).collect();
        assert_eq!(numbers, [0, 1, 0, 2, 2, 1]);
        assert_eq!((interner.get(0), interner.get(1), interner.get(2), interner.get(9)), ("a", "", "b", ""));
        interner.clear();
        assert_eq!(interner.number("z"), 0);
    }
}
