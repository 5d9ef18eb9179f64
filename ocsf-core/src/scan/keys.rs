//! Finding a member name among many: input decides how many there are.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Names are searched one by one up to this number.
const FEW: usize = 16;

/// Places of names in a list that only grows, hashed once there are many.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    table: HashTable<usize>,
    /// Names of the list that the table knows.
    known: usize,
    hasher: RandomState,
}

impl Keys {
    /// Place of `key` in a list of `len` names, of which `name` tells each.
    pub(crate) fn find<'k>(
        &mut self,
        key: &str,
        len: usize,
        name: impl Fn(usize) -> &'k str,
    ) -> Option<usize> {
        if len <= FEW {
            return (0..len).find(|at| name(*at) == key);
        }
        let Self { table, known, hasher } = self;
        for at in *known..len {
            table.insert_unique(hasher.hash_one(name(at)), at, |at| hasher.hash_one(name(*at)));
        }
        *known = len;
        table.find(hasher.hash_one(key), |at| name(*at) == key).copied()
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.known = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_among_few_and_among_many() {
        let names: Vec<String> = (0..100).map(|i| format!("n{i}")).collect();
        let mut keys = Keys::default();
        for len in 0..names.len() {
            let name = |at: usize| names[at].as_str();
            assert_eq!(keys.find(&names[len], len, name), None, "{len}");
            assert_eq!(keys.find("n3", len, name), (len > 3).then_some(3), "{len}");
        }
        keys.clear();
        assert_eq!(keys.find("n50", 60, |at| names[at].as_str()), Some(50));
    }
}
