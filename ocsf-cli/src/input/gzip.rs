//! Gzip: members one after the other, as load balancers, Firehose and `cat` make them.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::fault::{FaultKind, ReadFault};
use super::feed::{CHUNK, Feed, Identity, Source};
use super::one_shot::OneShot;

/// A header longer than this is none: names and comments have no limit of their own.
const MAX_HEADER: usize = 1 << 20;

const TRAILER: usize = 8;

/// What the members of a gzip stream hold.
///
/// A member that lies in memory with all that follows, and whose declared size fits, is decompressed in one go; all
/// others as a stream, so that a torn one still gives what it has.
pub(super) struct Gzip {
    feed: Feed,
    state: State,
    one_shot: OneShot,
    /// Made for the first member that is read as a stream.
    inflate: Option<Decompress>,
    crc: Crc,
    members: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a member, or at the end.
    Between,
    /// Handing out a member that was decompressed in one go.
    Whole,
    /// Inside the compressed data of a member.
    Body,
    /// Before the checksum and size of a member.
    Trailer,
    /// Nothing more can be read.
    Over,
}

impl Gzip {
    /// `one_shot_bytes` bounds what is decompressed in one go, and what is held in memory for it; 0 streams all.
    pub(super) fn new(mut feed: Feed, one_shot_bytes: usize) -> Self {
        if one_shot_bytes > 0 {
            feed.ensure(one_shot_bytes.saturating_add(1));
        }
        Self {
            feed,
            state: State::Between,
            one_shot: OneShot::new(one_shot_bytes),
            inflate: None,
            crc: Crc::new(),
            members: 0,
        }
    }

    /// True for the first bytes of a member.
    pub(super) fn is_magic(head: &[u8]) -> bool {
        matches!(head, [0x1f] | [0x1f, 0x8b] | [0x1f, 0x8b, 8] | [0x1f, 0x8b, 8, 0..=0x1f, ..])
    }

    fn begin_member(&mut self) -> Result<(), ReadFault> {
        self.feed.skip_zeros();
        let mut wanted = TRAILER;
        let header = loop {
            let head = self.feed.ensure(wanted);
            if head.is_empty() {
                self.state = State::Over;
                return Ok(());
            }
            if !Self::is_magic(head) {
                return Err(self.no_member());
            }
            match header_len(head) {
                Some(len) => break len,
                None if head.len() < wanted => return Err(self.torn("the data ends inside a gzip header")),
                None if wanted > MAX_HEADER => return Err(self.no_member()),
                None => wanted = head.len() + 1 + CHUNK,
            }
        };
        self.members += 1;
        if self.feed.ended()
            && let Some(member) = self.one_shot.decompress(self.feed.buffered(), header)
        {
            self.feed.consume(member);
            self.state = State::Whole;
            return Ok(());
        }
        self.feed.consume(header);
        if let Some(inflate) = &mut self.inflate {
            inflate.reset(false);
        }
        self.crc.reset();
        self.state = State::Body;
        Ok(())
    }

    fn read_body(&mut self, out: &mut Vec<u8>, room: usize) -> Result<(), ReadFault> {
        let start = out.len();
        let input = self.feed.ensure(1);
        out.resize(start + room.min(CHUNK), 0);
        let inflate = self.inflate.get_or_insert_with(|| Decompress::new(false));
        let (taken, given) = (inflate.total_in(), inflate.total_out());
        let status =
            inflate.decompress(input, out.get_mut(start..).unwrap_or_default(), FlushDecompress::None);
        let starved = input.is_empty();
        let taken = (inflate.total_in() - taken) as usize;
        let given = (inflate.total_out() - given) as usize;
        out.truncate(start + given);
        self.crc.update(out.get(start..).unwrap_or_default());
        self.feed.consume(taken);
        match status {
            Ok(Status::StreamEnd) => self.state = State::Trailer,
            Ok(_) if taken > 0 || given > 0 => {}
            Ok(_) if starved => return Err(self.torn("the data ends inside a gzip member")),
            Ok(_) | Err(_) => return Err(self.fault(FaultKind::Corrupt, "not readable as deflate data")),
        }
        Ok(())
    }

    fn read_trailer(&mut self) -> Result<(), ReadFault> {
        let Some(trailer) = self.feed.ensure(TRAILER).first_chunk::<TRAILER>() else {
            return Err(self.torn("the data ends inside the checksum of a gzip member"));
        };
        let fits = *trailer == member_trailer(self.crc.sum(), self.crc.amount());
        let fault =
            (!fits).then(|| self.fault(FaultKind::Corrupt, "a gzip member does not match its checksum"));
        self.feed.consume(TRAILER);
        self.state = State::Between;
        fault.map_or(Ok(()), Err)
    }

    /// Ends the stream where a member should begin.
    fn no_member(&mut self) -> ReadFault {
        if self.members == 0 {
            self.fault(FaultKind::Corrupt, "no gzip header")
        } else {
            self.fault(FaultKind::TrailingGarbage, "no gzip data behind the last member")
        }
    }

    /// Ends the stream where bytes are missing.
    fn torn(&mut self, detail: &str) -> ReadFault {
        let torn = self.fault(FaultKind::Truncated, detail);
        // A fault below explains it better than the gap that it left.
        self.feed.take_fault().unwrap_or(torn)
    }

    fn fault(&mut self, kind: FaultKind, detail: &str) -> ReadFault {
        self.state = State::Over;
        ReadFault { kind, layer: self.feed.layer(), byte: self.feed.offset(), detail: detail.to_owned() }
    }
}

impl Source for Gzip {
    fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault> {
        let start = out.len();
        while out.len() - start < at_most {
            match self.state {
                State::Between => self.begin_member()?,
                State::Whole => {
                    if !self.one_shot.take(out, at_most - (out.len() - start)) {
                        self.state = State::Between;
                    }
                }
                State::Body => self.read_body(out, at_most - (out.len() - start))?,
                State::Trailer => self.read_trailer()?,
                State::Over => return self.feed.take_fault().map_or(Ok(false), Err),
            }
        }
        Ok(true)
    }

    fn stored(&self) -> u64 {
        self.feed.stored()
    }

    fn identity(&mut self) -> Identity {
        self.feed.identity()
    }
}

/// Checksum and size as a member ends with them.
fn member_trailer(sum: u32, size: u32) -> [u8; TRAILER] {
    ((u64::from(size) << 32) | u64::from(sum)).to_le_bytes()
}

/// Length of the header that `bytes` begin with; `None` when they end inside it.
fn header_len(bytes: &[u8]) -> Option<usize> {
    const CHECKSUM: u8 = 1 << 1;
    const EXTRA: u8 = 1 << 2;
    const NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;

    let flags = *bytes.get(3)?;
    let mut len = 10;
    if flags & EXTRA != 0 {
        let &[low, high] = bytes.get(len..)?.first_chunk::<2>()?;
        len += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            len += memchr::memchr(0, bytes.get(len..)?)? + 1;
        }
    }
    if flags & CHECKSUM != 0 {
        len += 2;
    }
    (len <= bytes.len()).then_some(len)
}
