//! The dictionary of a column chunk: values in order of first appearance, and the codes that stand for them.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::bounds::Bounds;
use super::plain::{push_number, push_text};
use crate::shred::LeafKind;
use crate::words::Dictionary;

/// Numbers below this find their codes without a hash.
const NEAR: i64 = 1 << 16;

/// The dictionary of a chunk, in order of first appearance.
#[derive(Debug, Clone)]
pub(super) enum Codes {
    Words(WordCodes),
    Numbers(NumberCodes),
}

/// Words, which come as the codes that they have in the group.
#[derive(Debug, Clone)]
pub(super) struct WordCodes {
    /// Code in the chunk by code in the group, and the last page that the word came up in; 0 is none.
    known: Vec<(u32, u32)>,
    words: u32,
    plain: Vec<u8>,
    /// Bytes of the longest word of the group.
    longest: usize,
}

#[derive(Debug, Clone)]
pub(super) struct NumberCodes {
    kind: LeafKind,
    /// One more than the codes of numbers from 0 up; 0 where a number did not come up yet.
    near: Vec<u32>,
    others: HashMap<i64, u32, RandomState>,
    last: Option<(i64, u32)>,
    numbers: u32,
    plain: Vec<u8>,
    /// Values that were coded.
    values: usize,
}

impl Codes {
    /// An empty dictionary; `None` for kinds of values that hardly repeat.
    pub(super) fn new(kind: LeafKind, words: &Dictionary) -> Option<Self> {
        match kind {
            LeafKind::Word => Some(Self::Words(WordCodes {
                known: vec![(0, 0); words.len()],
                words: 0,
                plain: Vec::new(),
                longest: words.longest(),
            })),
            LeafKind::Int | LeafKind::Long => Some(Self::Numbers(NumberCodes {
                kind,
                near: Vec::new(),
                others: HashMap::default(),
                last: None,
                numbers: 0,
                plain: Vec::new(),
                values: 0,
            })),
            LeafKind::Text | LeafKind::Float | LeafKind::Truth => None,
        }
    }

    /// Number of values.
    pub(super) fn len(&self) -> u32 {
        match self {
            Self::Words(words) => words.words,
            Self::Numbers(numbers) => numbers.numbers,
        }
    }

    /// The values as the dictionary page has them.
    pub(super) fn plain(&self) -> &[u8] {
        match self {
            Self::Words(words) => &words.plain,
            Self::Numbers(numbers) => &numbers.plain,
        }
    }

    /// Bytes that so many more words take at most; numbers are looked at when they have come.
    pub(super) fn most_bytes(&self, words: usize) -> usize {
        match self {
            Self::Words(own) => own.plain.len() + words * (own.longest + 4),
            Self::Numbers(_) => 0,
        }
    }
}

impl WordCodes {
    /// The code of a word in page number `page`, counted from 1. A word bounds a page where it comes up first in it.
    #[inline]
    pub(super) fn code(&mut self, word: usize, page: u32, words: &Dictionary, bounds: &mut Bounds) -> u32 {
        match self.known.get(word) {
            Some((code, last)) if *last == page => *code,
            _ => self.note(word, page, words, bounds),
        }
    }

    #[cold]
    fn note(&mut self, word: usize, page: u32, words: &Dictionary, bounds: &mut Bounds) -> u32 {
        let text = words.word(word).as_bytes();
        let (code, last) = &mut self.known[word];
        if *last == 0 {
            *code = self.words;
            self.words += 1;
            push_text(text, &mut self.plain);
        }
        *last = page;
        bounds.add_text(text);
        *code
    }
}

impl NumberCodes {
    /// The code of a number, which bounds the chunk where it comes up first.
    #[inline]
    pub(super) fn code(&mut self, number: i64, bounds: &mut Bounds) -> u32 {
        if let Some((last, code)) = self.last
            && last == number
        {
            return code;
        }
        let known = match usize::try_from(number).ok().and_then(|at| self.near.get(at)) {
            Some(next) => next.checked_sub(1),
            None if (0..NEAR).contains(&number) => None,
            None => self.others.get(&number).copied(),
        };
        let code = known.unwrap_or_else(|| self.add(number, bounds));
        self.last = Some((number, code));
        code
    }

    #[cold]
    fn add(&mut self, number: i64, bounds: &mut Bounds) -> u32 {
        let code = self.numbers;
        self.numbers += 1;
        push_number(self.kind, number, &mut self.plain);
        bounds.add_number(number);
        if (0..NEAR).contains(&number) {
            let at = number as usize;
            if self.near.len() <= at {
                self.near.resize((at + 1).next_power_of_two(), 0);
            }
            self.near[at] = code + 1;
        } else {
            self.others.insert(number, code);
        }
        code
    }

    /// Counts values that were coded.
    pub(super) fn count(&mut self, values: usize) {
        self.values += values;
    }

    /// True when the dictionary has `bytes` or more, or when there are `many` numbers and most came up once.
    pub(super) fn is_poor(&self, bytes: usize, many: u32) -> bool {
        self.plain.len() > bytes || (self.numbers >= many && self.numbers as usize > self.values / 4 * 3)
    }
}
