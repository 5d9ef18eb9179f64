//! Distinct strings as small numbers.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Numbers strings in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    table: HashTable<(u64, u32)>,
    text: String,
    /// String `i` ends at `ends[i]` of `text`.
    ends: Vec<u32>,
    hasher: FixedState,
    last: u32,
}

impl Interner {
    /// The number of `value`.
    #[inline]
    pub(crate) fn number(&mut self, value: &str) -> u32 {
        if !self.ends.is_empty() && self.get(self.last) == value {
            return self.last;
        }
        let hash = self.hasher.hash_one(value);
        let found = self.table.find(hash, |(known, number)| *known == hash && self.get(*number) == value);
        self.last = if let Some((_, number)) = found {
            *number
        } else {
            let number = self.ends.len() as u32;
            self.text.push_str(value);
            self.ends.push(self.text.len() as u32);
            self.table.insert_unique(hash, (hash, number), |(hash, _)| *hash);
            number
        };
        self.last
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
        self.text.len() + self.ends.len() * 20
    }

    /// All strings one after the other, and where each ends.
    pub(crate) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.text.clear();
        self.ends.clear();
        self.last = 0;
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
