//! Distinct strings as small numbers.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Numbers strings in order of first appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    table: HashTable<Entry>,
    text: String,
    /// String `i` ends at `ends[i]` of `text`.
    ends: Vec<u32>,
    hasher: RandomState,
    last: Entry,
    /// How often it was cleared.
    generation: u32,
}

/// A string of the table. It has the text itself where that is short, as most are: looking there as well would cost as
/// much as finding the entry did.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    key: Key,
    start: u32,
    number: u32,
}

/// First and last bytes of a text, which overlap where it has less than 16, and its length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Key {
    ends: [u64; 2],
    len: u32,
}

impl Key {
    #[inline]
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            [u64::from_le_bytes(*first), u64::from_le_bytes(*last)]
        } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            [u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()]
        } else {
            match *bytes {
                [] => [0, 0],
                [a] => [a.into(), 0],
                [a, b, ..] => {
                    [u64::from(a) | u64::from(b) << 8, bytes.last().copied().unwrap_or_default().into()]
                }
            }
        };
        Self { ends, len: bytes.len() as u32 }
    }

    fn is_whole(self) -> bool {
        self.len <= 16
    }
}

impl Interner {
    /// The number of `value`.
    #[inline]
    pub(crate) fn number(&mut self, value: &str) -> u32 {
        let key = Key::of(value);
        let Self { table, text, hasher, last, ends, .. } = self;
        let is_it = |entry: &Entry| entry.key == key && (key.is_whole() || text_of(text, entry) == value);
        if !ends.is_empty() && is_it(last) {
            return last.number;
        }
        let hash = hash_of(hasher, key, value);
        let found = table.find(hash, is_it).copied();
        self.last = found.unwrap_or_else(|| self.add(value, key, hash));
        self.last.number
    }

    #[cold]
    fn add(&mut self, value: &str, key: Key, hash: u64) -> Entry {
        let entry = Entry { key, start: self.text.len() as u32, number: self.ends.len() as u32 };
        self.text.push_str(value);
        self.ends.push(self.text.len() as u32);
        let Self { table, hasher, text, .. } = self;
        table.insert_unique(hash, entry, |entry| hash_of(hasher, entry.key, text_of(text, entry)));
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
        self.text.len() + self.ends.len() * 44
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

fn text_of<'t>(text: &'t str, entry: &Entry) -> &'t str {
    let start = entry.start as usize;
    text.get(start..start + entry.key.len as usize).unwrap_or_default()
}

#[inline]
fn hash_of(hasher: &RandomState, key: Key, text: &str) -> u64 {
    if key.is_whole() {
        hasher.hash_one(u128::from(key.ends[0]) << 64 | u128::from(key.ends[1] ^ u64::from(key.len)))
    } else {
        hasher.hash_one(text)
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

    #[test]
    fn strings_differ_wherever_they_differ() {
        let mut interner = Interner::default();
        let texts: Vec<String> =
            (0..40).flat_map(|len| ["a", "b", "\0"].map(|end| "x".repeat(len) + end)).collect();
        for _ in 0..2 {
            for (number, text) in texts.iter().enumerate() {
                assert_eq!(interner.number(text), number as u32);
                assert_eq!(interner.get(number as u32), text);
            }
        }
    }
}
