//! Gzip members that lie in memory, decompressed in one go.

use libdeflater::Decompressor;
use memchr::memmem;

use super::gzip::Gzip;

/// Deflate cannot shrink data more than this; a size that claims more is no size.
const MAX_RATIO: usize = 1_032;

/// Compressed data looks like the begin of a member now and then; more often in a row it is no accident.
const MAX_ENDS: usize = 4;

/// The shortest member: header, an empty block, checksum and size.
const MIN_MEMBER: usize = 20;

/// Decompresses members in one go and hands them out in pieces.
pub(super) struct OneShot {
    max_bytes: usize,
    /// Made on first use: many objects are streamed.
    decompressor: Option<Decompressor>,
    out: Vec<u8>,
    at: usize,
}

impl OneShot {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, decompressor: None, out: Vec::new(), at: 0 }
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
        let rest = self.out.get(self.at..).unwrap_or_default();
        let next = rest.get(..at_most.min(rest.len())).unwrap_or_default();
        out.extend_from_slice(next);
        self.at += next.len();
        self.at < self.out.len()
    }

    fn try_to(&mut self, member: &[u8], sum: u32, size: usize) -> bool {
        self.at = 0;
        self.out.clear();
        self.out.resize(size, 0);
        let decompressor = self.decompressor.get_or_insert_with(Decompressor::new);
        // The decompressor stops at the end of the first member. That it is the whole slice follows from its checksum and
        // size standing last in the slice, and nowhere else.
        let whole = decompressor.gzip_decompress(member, &mut self.out) == Ok(size)
            && libdeflater::crc32(&self.out) == sum;
        if !whole {
            self.out = Vec::new();
        }
        whole
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
