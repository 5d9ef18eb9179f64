//! Gzip members that lie in memory, decompressed in one go.

use std::cell::Cell;

use libdeflater::Decompressor;
use memchr::memmem;

use super::gzip::Gzip;

/// Deflate cannot shrink data more than this; a size that claims more is no size.
const MAX_RATIO: usize = 1_032;

/// Compressed data looks like the begin of a member now and then; more often in a row it is no accident.
const MAX_ENDS: usize = 4;

/// The shortest member: header, an empty block, checksum and size.
const MIN_MEMBER: usize = 20;

thread_local! {
    /// What the last object of the thread decompressed with, for the next one.
    static SPARE: Cell<Option<Tools>> = const { Cell::new(None) };
}

/// A decompressor, and room for a member, which would have to be zeroed when it was new.
struct Tools {
    decompressor: Decompressor,
    out: Vec<u8>,
}

/// Decompresses members in one go and hands them out in pieces.
pub(super) struct OneShot {
    max_bytes: usize,
    /// Made on first use: many objects are streamed.
    tools: Option<Tools>,
    /// What is handed out of the member, and its size.
    at: usize,
    size: usize,
}

impl OneShot {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, tools: None, at: 0, size: 0 }
    }

    /// Decompresses the member that `stored` begins with, behind a header of `header` bytes, and returns its length.
    /// `None`: it is torn, damaged, or too large.
    ///
    /// `stored` must reach to the end of the object: only there, or where another member could begin, does a member end.
    pub(super) fn decompress(&mut self, stored: &[u8], header: usize) -> Option<usize> {
        let magic = memmem::find_iter(stored.get(header..)?, &[0x1f, 0x8b, 8]).map(|at| header + at);
        let next = magic.filter(|at| stored.get(*at..).is_some_and(Gzip::is_magic));
        for end in next.chain([stored.len()]).take(MAX_ENDS) {
            // The first end with a believable size decides: a wrong guess costs one failure, then all is streamed.
            let member = stored.get(..end)?;
            if let Some((sum, size)) = trailer(member)
                && size <= self.max_bytes
                && size <= end.saturating_mul(MAX_RATIO)
            {
                return (ends_once(member, header) && self.try_to(member, sum, size)).then_some(end);
            }
        }
        None
    }

    /// Appends up to `at_most` bytes of the member to `out`; false when it is used up.
    pub(super) fn take(&mut self, out: &mut Vec<u8>, at_most: usize) -> bool {
        let member = self.tools.as_ref().and_then(|tools| tools.out.get(self.at..self.size));
        let rest = member.unwrap_or_default();
        let next = rest.get(..at_most.min(rest.len())).unwrap_or_default();
        out.extend_from_slice(next);
        self.at += next.len();
        self.at < self.size
    }

    fn try_to(&mut self, member: &[u8], sum: u32, size: usize) -> bool {
        (self.at, self.size) = (0, 0);
        let made = || Tools { decompressor: Decompressor::new(), out: Vec::new() };
        let tools = self.tools.get_or_insert_with(|| SPARE.take().unwrap_or_else(made));
        if tools.out.len() < size {
            tools.out.resize(size, 0);
        }
        let Some(out) = tools.out.get_mut(..size) else { return false };
        // The decompressor stops at the end of the first member. That it is the whole slice follows from its checksum and
        // size standing last in the slice, and nowhere else.
        let whole =
            tools.decompressor.gzip_decompress(member, out) == Ok(size) && libdeflater::crc32(out) == sum;
        if whole {
            self.size = size;
        }
        whole
    }
}

impl Drop for OneShot {
    fn drop(&mut self) {
        if let Some(tools) = self.tools.take() {
            SPARE.set(Some(tools));
        }
    }
}

/// True when the last bytes stand nowhere before: else the member may have ended there, with something else behind it.
fn ends_once(member: &[u8], header: usize) -> bool {
    let (body, last) = (member.get(header..).unwrap_or_default(), member.last_chunk::<8>());
    last.is_some_and(|last| memmem::find(body, last) == body.len().checked_sub(last.len()))
}

/// Checksum and size that a member ends with.
fn trailer(member: &[u8]) -> Option<(u32, usize)> {
    let both = u64::from_le_bytes(*member.last_chunk::<8>()?);
    let size = usize::try_from(both >> 32).ok()?;
    (member.len() >= MIN_MEMBER).then_some((both as u32, size))
}
