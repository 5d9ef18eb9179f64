//! Runs and bit-packed groups: how Parquet writes levels and dictionary codes.

/// Small numbers, held as one as long as they are all the same.
#[derive(Debug, Clone)]
pub(crate) enum Smalls {
    Same(u32, usize),
    Each(Vec<u32>),
}

impl Default for Smalls {
    fn default() -> Self {
        Self::Same(0, 0)
    }
}

impl Smalls {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Same(_, len) => *len,
            Self::Each(all) => all.len(),
        }
    }

    /// Appends a number so many times.
    #[inline]
    pub(crate) fn push(&mut self, number: u32, count: usize) {
        match self {
            Self::Each(all) if count == 1 => all.push(number),
            Self::Each(all) => all.resize(all.len() + count, number),
            Self::Same(_, 0) => *self = Self::Same(number, count),
            Self::Same(same, len) if *same == number => *len += count,
            Self::Same(same, len) => {
                let mut all = vec![*same; *len];
                all.resize(*len + count, number);
                *self = Self::Each(all);
            }
        }
    }

    /// Appends numbers.
    #[inline]
    pub(crate) fn extend(&mut self, mut numbers: impl Iterator<Item = u32>) {
        loop {
            if let Self::Each(all) = self {
                return all.extend(numbers);
            }
            let Some(number) = numbers.next() else { return };
            self.push(number, 1);
        }
    }

    /// Appends numbers that are not all the same, where those before are neither.
    fn extend_each(&mut self, numbers: &[u32]) {
        if let Self::Each(all) = self {
            all.extend_from_slice(numbers);
        }
    }

    /// Appends some numbers so many times over.
    pub(crate) fn cycle(&mut self, numbers: impl Iterator<Item = u32>, times: usize) {
        let numbers: Vec<u32> = numbers.collect();
        match numbers.split_first() {
            Some((first, others)) if others.iter().all(|other| other == first) => {
                self.push(*first, numbers.len() * times);
            }
            _ => {
                self.extend(numbers.iter().copied());
                (1..times).for_each(|_| self.extend_each(&numbers));
            }
        }
    }

    /// Appends the last number again so many times.
    pub(crate) fn repeat_last(&mut self, times: usize) {
        let last = match self {
            Self::Same(same, _) => Some(*same),
            Self::Each(all) => all.last().copied(),
        };
        if let Some(last) = last.filter(|_| times > 0) {
            self.push(last, times);
        }
    }

    /// Forgets the numbers, and keeps their memory where many differed.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Same(_, len) => *len = 0,
            Self::Each(all) if all.first().is_some_and(|first| all.iter().all(|each| each == first)) => {
                *self = Self::default();
            }
            Self::Each(all) => all.clear(),
        }
    }

    /// Appends the numbers, each of which has at most `width` bits.
    pub(crate) fn encode(&self, width: u32, out: &mut Vec<u8>) {
        match self {
            Self::Same(_, 0) => {}
            Self::Same(number, len) => push_run(*number, *len, width, out),
            Self::Each(all) => encode(all, width, out),
        }
    }

    /// Appends one bit each.
    pub(crate) fn pack_bits(&self, out: &mut Vec<u8>) {
        match self {
            Self::Same(bit, len) => pack(&vec![*bit; *len], 1, out),
            Self::Each(all) => pack(all, 1, out),
        }
    }
}

/// Bits that numbers up to `greatest` need.
pub(crate) fn width_of(greatest: u32) -> u32 {
    u32::BITS - greatest.leading_zeros()
}

/// Equal numbers from which on a run is shorter than a group.
const MIN_RUN: usize = 8;

/// Numbers of a group.
const GROUP: usize = 8;

/// Groups behind one header, which is one byte then.
const MAX_GROUPS: usize = 63;

fn encode(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    let mut at = 0;
    while at < numbers.len() {
        let run = run_from(&numbers[at..]);
        if run >= MIN_RUN {
            push_run(numbers[at], run, width, out);
            at += run;
            continue;
        }
        let start = at;
        let mut groups = 0;
        while at < numbers.len() && groups < MAX_GROUPS && (groups == 0 || !begins_run(&numbers[at..])) {
            at += GROUP;
            groups += 1;
        }
        out.push((groups as u8) << 1 | 1);
        pack(&numbers[start..at.min(numbers.len())], width, out);
    }
}

fn run_from(numbers: &[u32]) -> usize {
    numbers.iter().take_while(|number| **number == numbers[0]).count()
}

fn begins_run(numbers: &[u32]) -> bool {
    numbers.get(..MIN_RUN).is_some_and(|first| first.iter().all(|number| *number == first[0]))
}

fn push_run(number: u32, len: usize, width: u32, out: &mut Vec<u8>) {
    push_varint((len as u64) << 1, out);
    out.extend_from_slice(&number.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Appends numbers bit by bit, lowest first; the last group of eight is filled with zeros.
fn pack(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    for group in numbers.chunks(GROUP) {
        let (mut bits, mut count) = (0_u64, 0);
        for at in 0..GROUP {
            bits |= u64::from(group.get(at).copied().unwrap_or_default()) << count;
            count += width;
            if count >= 32 {
                out.extend_from_slice(&(bits as u32).to_le_bytes());
                bits >>= 32;
                count -= 32;
            }
        }
        // Eight numbers end at a byte.
        out.extend_from_slice(&bits.to_le_bytes()[..count as usize / 8]);
    }
}

pub(crate) fn push_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
