//! The bytes of a rejected record, gathered as they pass.

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// How much is kept of a record that is over the limit.
const FIRST: usize = 64 << 10;

/// Bytes of a record: all of them up to a limit, else the first 64 KiB and a hash of all.
#[derive(Debug)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    len: u64,
    limit: usize,
    /// Boxed: records over the limit are rare.
    hash: Option<Box<Sha256>>,
}

impl Kept {
    /// Keeps up to `limit` bytes whole, and never less than 64 KiB.
    pub(crate) fn up_to(limit: usize) -> Self {
        Self { bytes: Vec::new(), len: 0, limit: limit.max(FIRST), hash: None }
    }

    /// All of a record that was read.
    pub(crate) fn whole(record: &[u8]) -> Self {
        Self { bytes: record.to_vec(), len: record.len() as u64, limit: usize::MAX, hash: None }
    }

    /// Adds the next bytes.
    pub(crate) fn push(&mut self, part: &[u8]) {
        self.len += part.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(part);
        } else if part.len() <= self.limit - self.bytes.len() {
            self.bytes.extend_from_slice(part);
        } else {
            let hash = self.hash.insert(Box::new(Sha256::new_with_prefix(&self.bytes)));
            hash.update(part);
            let room = FIRST.saturating_sub(self.bytes.len()).min(part.len());
            self.bytes.extend_from_slice(part.get(..room).unwrap_or_default());
            self.bytes.truncate(FIRST);
            self.bytes.shrink_to_fit();
        }
    }

    /// What is kept, the length of all, and the SHA-256 of all when that is more.
    pub(crate) fn finish(self) -> (Bytes, u64, Option<[u8; 32]>) {
        (self.bytes.into(), self.len, self.hash.map(|hash| hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(parts: &[&[u8]]) -> (Bytes, u64, Option<[u8; 32]>) {
        let mut kept = Kept::up_to(100 << 10);
        for part in parts {
            kept.push(part);
        }
        kept.finish()
    }

    #[test]
    fn records_within_the_limit_are_kept_whole() {
        let record = vec![b'x'; 100 << 10];
        assert_eq!(kept(&[&record]), (record.clone().into(), 100 << 10, None));
        assert_eq!(kept(&[&record[..9], &record[9..]]), (record.into(), 100 << 10, None));
    }

    #[test]
    fn others_have_their_first_bytes_and_a_hash_however_they_come() {
        let record: Vec<u8> = (0..=100 << 10).map(|n| (n % 251) as u8).collect();
        let expected = (
            Bytes::copy_from_slice(&record[..FIRST]),
            record.len() as u64,
            Some(Sha256::digest(&record).into()),
        );
        for cut in [0, 1, 1000, FIRST, FIRST + 1, 100 << 10] {
            assert_eq!(kept(&[&record[..cut], &record[cut..]]), expected, "{cut}");
        }
    }
}
