//! Zstandard: frames one after the other.

use std::io;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::fault::{FaultKind, ReadFault};
use super::feed::{CHUNK, Feed, Identity, Source};

/// Logarithms of the largest windows: 128 MiB for an object as it is stored, which is all that `zstd` itself reads unasked, and
/// 8 MiB inside another compression, so that windows do not add up.
const WINDOW_LOG: (u32, u32) = (27, 23);

/// What the frames of a Zstandard stream hold. A frame may ask for a window of up to 128 MiB, which is then held in memory.
pub(super) struct Zstd {
    feed: Feed,
    decoder: Decoder<'static>,
    state: State,
    frames: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    /// Inside a frame; the decoder wants this many bytes next.
    Frame(usize),
    Over,
}

impl Zstd {
    pub(super) fn new(feed: Feed) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        let largest = if feed.layer() == 0 { WINDOW_LOG.0 } else { WINDOW_LOG.1 };
        decoder.set_parameter(DParameter::WindowLogMax(largest))?;
        Ok(Self { feed, decoder, state: State::Between, frames: 0 })
    }

    /// True for the first bytes of a frame, be it data or one to skip.
    pub(super) fn is_magic(head: &[u8]) -> bool {
        matches!(head, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
    }

    fn begin_frame(&mut self) -> Result<(), ReadFault> {
        self.feed.skip_zeros();
        let head = self.feed.ensure(4);
        if head.is_empty() {
            self.state = State::Over;
            return Ok(());
        }
        if !Self::is_magic(head) {
            let detail = "no Zstandard data behind the last frame";
            return Err(self.fault(FaultKind::TrailingGarbage, detail));
        }
        self.frames += 1;
        self.state = State::Frame(1);
        Ok(())
    }

    fn read_frame(&mut self, out: &mut Vec<u8>, room: usize, wanted: usize) -> Result<(), ReadFault> {
        let start = out.len();
        let buffered = self.feed.ensure(1);
        // Fed block by block, the decoder fails only after it gave all blocks before the bad one.
        let mut input = InBuffer::around(buffered.get(..wanted.min(buffered.len())).unwrap_or_default());
        let starved = buffered.is_empty();
        out.resize(start + room.min(CHUNK), 0);
        let mut output = OutBuffer::around(out.get_mut(start..).unwrap_or_default());
        let result = self.decoder.run(&mut input, &mut output);
        let (taken, given) = (input.pos(), output.pos());
        out.truncate(start + given);
        self.feed.consume(taken);
        match result {
            Ok(0) => self.state = State::Between,
            Ok(_) if starved && given == 0 => {
                let torn = self.fault(FaultKind::Truncated, "the data ends inside a Zstandard frame");
                // A fault below explains it better than the gap that it left.
                return Err(self.feed.take_fault().unwrap_or(torn));
            }
            Ok(next) => self.state = State::Frame(next),
            Err(error) => return Err(self.fault(FaultKind::Corrupt, &error.to_string())),
        }
        Ok(())
    }

    fn fault(&mut self, kind: FaultKind, detail: &str) -> ReadFault {
        self.state = State::Over;
        ReadFault { kind, layer: self.feed.layer(), byte: self.feed.offset(), detail: detail.to_owned() }
    }
}

impl Source for Zstd {
    fn fill(&mut self, out: &mut Vec<u8>, at_most: usize) -> Result<bool, ReadFault> {
        let start = out.len();
        while out.len() - start < at_most {
            match self.state {
                State::Between => self.begin_frame()?,
                State::Frame(wanted) => self.read_frame(out, at_most - (out.len() - start), wanted)?,
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
