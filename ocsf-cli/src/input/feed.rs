//! Sources of bytes, and a buffer in front of one.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};

use ocsf_lake::hex;
use sha2::{Digest, Sha256};

use super::fault::{FaultKind, ReadFault};

/// Bytes asked of a source at a time.
pub(super) const CHUNK: usize = 256 << 10;

/// Room made for the bytes of an object whose size nobody told.
const ROOM: usize = 32 << 10;

/// Length and SHA-256 of an object as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
    /// False when the operating system could not read the object to its end: then these are the bytes before it.
    pub complete: bool,
}

impl Identity {
    /// The hash in lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// Bytes in order: an object as it is stored, or one layer of compression less.
pub(super) trait Source: Send {
    /// Appends the next bytes to `out`, `at_most` of them; false when nothing follows.
    ///
    /// A fault may come with bytes too. After one, the next call goes on where that is possible and says false otherwise.
    fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault>;

    /// Bytes of the stored object that were read so far.
    fn stored(&self) -> u64;

    /// Reads the stored object to its end and tells its identity.
    fn identity(&mut self) -> Identity;
}

/// Bytes that decompression may always give.
const ALWAYS: u64 = 1 << 30;

/// Beyond them, so many for each stored byte: what deflate can do at most. Logs shrink to a tenth, or a hundredth; other
/// compressions inside each other let a few bytes become more than anyone can wait for.
const MAX_EXPANSION: u64 = 1_032;

/// How many bytes an object may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// What the user said.
    pub(super) max: Option<u64>,
    /// Stored bytes, where that is known: then nothing depends on how far it was read.
    pub(super) size: Option<u64>,
}

impl Bounds {
    /// Bytes that an object of `stored` bytes, or more, may give after `layer` decompressions; and why no more of them.
    fn most(self, layer: usize, stored: u64) -> (u64, &'static str) {
        match self.max {
            Some(max) => (max, "more bytes than the limit for one object"),
            None if layer == 0 => (u64::MAX, ""),
            None => {
                let stored = self.size.unwrap_or(0).max(stored);
                let most = stored.saturating_mul(MAX_EXPANSION).saturating_add(ALWAYS);
                (most, "more than 1,032 bytes for each stored one, unless `--max-object-bytes` allows it")
            }
        }
    }
}

/// An object as it is stored. What passes through is hashed.
pub(super) struct Stored<R> {
    reader: R,
    /// Fed only when it is wanted.
    hash: Sha256,
    hashes: bool,
    bytes: u64,
    ended: bool,
    failed: bool,
}

impl<R: Read + Send> Stored<R> {
    pub(super) fn new(reader: R, hashes: bool) -> Self {
        Self { reader, hash: Sha256::new(), hashes, bytes: 0, ended: false, failed: false }
    }

    fn read(&mut self, out: &mut Vec<u8>, at_most: usize) -> io::Result<()> {
        let start = out.len();
        // Room for a small object, which takes many calls otherwise.
        out.reserve(at_most.min(ROOM));
        let read = (&mut self.reader).take(at_most as u64).read_to_end(out);
        let new = out.get(start..).unwrap_or_default();
        if self.hashes {
            self.hash.update(new);
        }
        self.bytes += new.len() as u64;
        self.ended = new.len() < at_most;
        self.failed |= read.is_err();
        read.map(|_| ())
    }
}

impl<R: Read + Send> Source for Stored<R> {
    fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault> {
        if self.ended {
            return Ok(false);
        }
        self.read(out, at_most).map_err(|error| {
            self.ended = true;
            ReadFault { kind: FaultKind::Io, layer: 0, byte: self.bytes, detail: error.to_string() }
        })?;
        Ok(!self.ended)
    }

    fn stored(&self) -> u64 {
        self.bytes
    }

    fn identity(&mut self) -> Identity {
        let mut rest = Vec::with_capacity(CHUNK);
        while !self.ended && self.read(&mut rest, CHUNK).is_ok() {
            rest.clear();
        }
        Identity { bytes: self.bytes, sha256: self.hash.clone().finalize().into(), complete: !self.failed }
    }
}

/// A buffer in front of a source, with a limit on how much the source may give.
pub(super) struct Feed {
    source: Box<dyn Source>,
    layer: usize,
    buf: Vec<u8>,
    at: usize,
    /// Bytes of the source before the next one.
    offset: u64,
    bounds: Bounds,
    pulled: u64,
    ended: bool,
    /// Faults behind the buffered bytes, in order.
    faults: VecDeque<ReadFault>,
}

impl Feed {
    /// `layer` is how often `source` decompresses.
    pub(super) fn new(source: Box<dyn Source>, layer: usize, bounds: Bounds) -> Self {
        Self {
            source,
            layer,
            buf: Vec::new(),
            at: 0,
            offset: 0,
            bounds,
            pulled: 0,
            ended: false,
            faults: VecDeque::new(),
        }
    }

    /// The buffered bytes: `n` of them, or more, or all that there are.
    pub(super) fn ensure(&mut self, n: usize) -> &[u8] {
        while self.buf.len() - self.at < n && !self.ended {
            self.buf.drain(..self.at);
            self.at = 0;
            let mut buf = std::mem::take(&mut self.buf);
            let missing = n.saturating_sub(buf.len()).max(CHUNK);
            if let Err(fault) = self.pull(&mut buf, missing) {
                self.faults.push_back(fault);
            }
            self.buf = buf;
        }
        self.buffered()
    }

    /// The bytes that are there without asking the source.
    pub(super) fn buffered(&self) -> &[u8] {
        self.buf.get(self.at..).unwrap_or_default()
    }

    /// Takes the next `n` buffered bytes.
    pub(super) fn consume(&mut self, n: usize) {
        let n = n.min(self.buf.len() - self.at);
        self.at += n;
        self.offset += n as u64;
    }

    /// Takes the zeros that pad tapes and block devices; the next byte is another, or there is none.
    pub(super) fn skip_zeros(&mut self) {
        loop {
            let zeros = self.ensure(1).iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return;
            }
            self.consume(zeros);
        }
    }

    /// Position of the next byte.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How often the bytes were decompressed.
    pub(super) fn layer(&self) -> usize {
        self.layer
    }

    /// True when the source has given all it has.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The next fault that came up while bytes were buffered, once.
    pub(super) fn take_fault(&mut self) -> Option<ReadFault> {
        self.faults.pop_front()
    }

    fn pull(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<(), ReadFault> {
        let start = out.len();
        // One byte more than allowed tells an object at the limit from one beyond it.
        let (most, why) = self.bounds.most(self.layer, self.source.stored());
        let allowed = most.saturating_sub(self.pulled).saturating_add(1);
        let filled = self.source.fill(out, at_most.min(usize::try_from(allowed).unwrap_or(usize::MAX)));
        self.pulled += (out.len() - start) as u64;
        if self.pulled > most {
            out.pop();
            self.pulled = most;
            self.ended = true;
            return Err(ReadFault {
                kind: FaultKind::ObjectTooLarge,
                layer: self.layer,
                byte: most,
                detail: why.to_owned(),
            });
        }
        self.ended = !filled?;
        Ok(())
    }
}

impl Source for Feed {
    fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault> {
        let start = out.len();
        let buffered = self.buffered();
        let n = buffered.len().min(at_most);
        out.extend_from_slice(buffered.get(..n).unwrap_or_default());
        self.consume(n);
        if self.buffered().is_empty()
            && let Some(fault) = self.take_fault()
        {
            return Err(fault);
        }
        while out.len() - start < at_most && !self.ended {
            let before = out.len();
            let pulled = self.pull(out, at_most - (before - start));
            self.offset += (out.len() - before) as u64;
            pulled?;
        }
        Ok(!self.ended || !self.buffered().is_empty() || !self.faults.is_empty())
    }

    fn stored(&self) -> u64 {
        self.source.stored()
    }

    fn identity(&mut self) -> Identity {
        self.source.identity()
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("layer", &self.layer)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decompression_ends_where_no_log_goes() {
        let most = |max, size, layer, stored| Bounds { max, size }.most(layer, stored).0;
        let mib = 1 << 20;
        assert_eq!(most(None, Some(mib), 1, 0), (1 << 30) + 1_032 * mib);
        assert_eq!(most(None, Some(mib), 2, 5), (1 << 30) + 1_032 * mib, "not by how far it was read");
        assert_eq!(most(None, None, 1, mib), (1 << 30) + 1_032 * mib);
        assert_eq!(most(None, Some(u64::MAX), 1, 0), u64::MAX);
        assert_eq!(most(None, Some(mib), 0, 0), u64::MAX);
        assert_eq!(most(Some(7), Some(mib), 1, 0), 7);
    }
}
