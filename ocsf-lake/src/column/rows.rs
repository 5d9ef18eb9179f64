//! Rows of a leaf on their way into pages: many of one kind at once, or slot by slot.

use std::ops::Range;

use parquet::errors::Result;

use super::codes::Codes;
use super::{
    ColumnWriter, DICTIONARY_BYTES, FEW_SLOTS, INDEXED_ROWS, PAGE_BYTES, PAGE_SLOTS, PLAIN_NUMBERS, Scratch,
};
use crate::leaf_rows::{LeafRows, Level, Texts};
use crate::words::Dictionary;

impl ColumnWriter {
    /// Slots of each row, when rows can be written many at once: they have equally many, and one alone or the same levels.
    pub(super) fn slots_together(&self, leaf: &LeafRows) -> Option<usize> {
        let slots = leaf.slots_of_each().filter(|slots| (1..=FEW_SLOTS).contains(slots))?;
        let is_even = slots == 1 || leaf.levels().repeats(slots);
        (is_even && self.has_room(leaf.rows() * slots)).then_some(slots)
    }

    /// Appends rows of so many numbers, or codes of words, each; and of these levels, unless a row has one slot alone.
    pub(super) fn write_even(
        &mut self,
        leaf: &LeafRows,
        slots: usize,
        numbers: &[i64],
        levels: Option<&[i64]>,
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let most = match () {
            () if self.format.indexed => INDEXED_ROWS.min(PAGE_SLOTS / slots),
            () if self.dictionary.is_some() => PAGE_SLOTS / slots,
            () => PLAIN_NUMBERS / slots,
        };
        let mut from = 0;
        while from < leaf.rows() {
            if self.page.rows >= most {
                self.close_page(scratch)?;
            }
            let to = leaf.rows().min(from + most - self.page.rows);
            self.page.rows += to - from;
            match levels {
                Some(levels) => {
                    let numbers = if leaf.is_same() { numbers } else { &numbers[from * slots..to * slots] };
                    self.push_even(levels, to - from, numbers, words, &mut scratch.there);
                }
                None => self.push_flat(leaf, from..to, &numbers[from..to], words, &mut scratch.there),
            }
            from = to;
        }
        Ok(())
    }

    /// Appends so many rows of these levels, with the numbers of each slot, or those of one row when all are the same.
    fn push_even(
        &mut self,
        levels: &[i64],
        rows: usize,
        numbers: &[i64],
        words: &Dictionary,
        there: &mut Vec<i64>,
    ) {
        let page = &mut self.page;
        let of_row = || levels.iter().map(|level| Level::of(*level));
        page.definitions.cycle(of_row().map(|level| level.definition().into()), rows);
        if self.format.column.max_rep_level() > 0 {
            page.repetitions.cycle(of_row().map(|level| level.repetition().into()), rows);
        }
        let is_there: Vec<bool> = of_row().map(|level| self.format.is_there(level)).collect();
        let nulls = is_there.iter().filter(|is_there| !**is_there).count();
        page.nulls += nulls * rows;
        if nulls == levels.len() {
            return;
        }
        let times = if numbers.len() == levels.len() { rows } else { 1 };
        if levels.len() == 1 && times > 1 {
            return self.push_same(numbers[0], times, words);
        }
        if nulls == 0 {
            return (0..times).for_each(|_| self.push_all(numbers, words));
        }
        there.clear();
        let of_slots = numbers.iter().zip(is_there.iter().cycle());
        there.extend(of_slots.filter(|(_, is_there)| **is_there).map(|(number, _)| *number));
        for _ in 0..times {
            self.push_all(there, words);
        }
    }

    /// Appends rows of one slot each, some of them null.
    fn push_flat(
        &mut self,
        leaf: &LeafRows,
        rows: Range<usize>,
        numbers: &[i64],
        words: &Dictionary,
        there: &mut Vec<i64>,
    ) {
        there.clear();
        if self.format.column.max_rep_level() > 0 {
            self.page.repetitions.push(0, rows.len());
        }
        let mut count = 0;
        let definitions = rows.zip(numbers).map(|(row, number)| {
            let level = Level::of(leaf.levels().get(row));
            count += 1;
            if self.format.is_there(level) {
                there.push(*number);
            }
            level.definition().into()
        });
        self.page.definitions.extend(definitions);
        self.page.nulls += count - there.len();
        self.push_all(there, words);
    }

    /// True when rows of any numbers of slots, so many in all, can be written many at once.
    pub(super) fn takes_lists(&self, leaf: &LeafRows, slots: usize) -> bool {
        !leaf.is_same() && self.dictionary.is_some() && self.has_room(slots)
    }

    /// Appends rows of some numbers, or codes of words, each, which the dictionary has room for.
    pub(super) fn write_lists(
        &mut self,
        leaf: &LeafRows,
        levels: &[i64],
        numbers: &[i64],
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let most = if self.format.indexed { INDEXED_ROWS } else { usize::MAX };
        let mut from = 0;
        while from < leaf.rows() {
            // As many rows as the page has room for, but one at least.
            let (start, room) =
                (leaf.slots(from).start, PAGE_SLOTS.saturating_sub(self.page.definitions.len()));
            let rows = (from..leaf.rows()).take(most.saturating_sub(self.page.rows));
            let fits = rows.take_while(|row| leaf.slots(*row).end - start <= room).count();
            if fits == 0 && self.page.rows > 0 {
                self.close_page(scratch)?;
                continue;
            }
            let to = from + fits.max(1);
            let slots = start..leaf.slots(to - 1).end;
            self.page.rows += to - from;
            self.push_lists(&levels[slots.clone()], &numbers[slots], words, &mut scratch.there);
            from = to;
        }
        Ok(())
    }

    /// Appends slots, which are those of whole rows.
    fn push_lists(&mut self, levels: &[i64], numbers: &[i64], words: &Dictionary, there: &mut Vec<i64>) {
        let levels = || levels.iter().map(|level| Level::of(*level));
        self.page.definitions.extend(levels().map(|level| level.definition().into()));
        self.page.repetitions.extend(levels().map(|level| level.repetition().into()));
        there.clear();
        let of_slots = numbers.iter().zip(levels());
        there.extend(of_slots.filter(|(_, level)| self.format.is_there(*level)).map(|(number, _)| *number));
        self.page.nulls += numbers.len() - there.len();
        self.push_all(there, words);
    }

    /// Appends rows slot by slot.
    pub(super) fn write_slots(
        &mut self,
        levels: &[i64],
        numbers: &[i64],
        texts: Option<&Texts>,
        words: &Dictionary,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let is_flat = self.format.column.max_rep_level() == 0;
        let mut slot = 0;
        while slot < levels.len() {
            let mut end = slot + 1;
            while !is_flat && end < levels.len() && Level::of(levels[end]).repetition() > 0 {
                end += 1;
            }
            let there = (slot..end).filter(|slot| self.format.is_there(Level::of(levels[*slot])));
            let bytes = match texts {
                Some(texts) => there.map(|slot| texts.get(slot).len() + 4).sum(),
                None if self.has_room(end - slot) => 8 * (end - slot),
                None => there.map(|slot| words.word(numbers[slot] as usize).len() + 4).sum(),
            };
            self.make_room(end - slot, bytes, scratch)?;
            self.page.rows += 1;
            for slot in slot..end {
                let level = Level::of(levels[slot]);
                self.page.definitions.push(level.definition().into(), 1);
                if !is_flat {
                    self.page.repetitions.push(level.repetition().into(), 1);
                }
                match texts {
                    _ if !self.format.is_there(level) => self.page.nulls += 1,
                    Some(texts) => self.push_text(texts.get(slot)),
                    None => self.push_all(&numbers[slot..=slot], words),
                }
            }
            slot = end;
        }
        Ok(())
    }

    /// Closes the page when a row of so many slots and bytes does not fit, and gives up a dictionary of words that it does not
    /// fit into.
    fn make_room(&mut self, slots: usize, bytes: usize, scratch: &mut Scratch) -> Result<()> {
        if let Some(codes @ Codes::Words(_)) = &self.dictionary
            && !self.has_room(slots)
            && codes.plain().len() + bytes > DICTIONARY_BYTES
        {
            self.give_up(scratch)?;
        }
        let page = &self.page;
        let (plain, open) = (page.plain.len(), page.definitions.len());
        let is_full = open + slots > PAGE_SLOTS
            || (self.dictionary.is_none() && plain + bytes + open / 2 > PAGE_BYTES)
            || (self.format.indexed && page.rows >= INDEXED_ROWS);
        if page.rows > 0 && is_full { self.close_page(scratch) } else { Ok(()) }
    }
}
