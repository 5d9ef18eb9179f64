//! Rows of leaves, picked out of several parts in another order.

use std::sync::Arc;

use super::{Ends, LeafRows, Shape, Texts, Values};
use crate::packed::Packed;

/// Gathers rows out of leaf after leaf. What follows from the slots alone is found once for leaves that share them.
pub(crate) struct Gather<'p> {
    /// Number of the part of each row, and row within it.
    places: &'p [(u32, u32)],
    last: Option<Gathered>,
}

/// Slots that were gathered.
struct Gathered {
    /// Whether each part holds its rows once, and its shape.
    parts: Vec<(bool, Arc<Shape>)>,
    /// Number of the part of each slot, and slot within it.
    slots: Vec<(u32, u32)>,
    shape: Arc<Shape>,
}

impl<'p> Gather<'p> {
    pub(crate) fn new(places: &'p [(u32, u32)]) -> Self {
        Self { places, last: None }
    }

    /// The rows of a leaf, of which each part has some.
    pub(crate) fn rows(&mut self, parts: &[&LeafRows]) -> LeafRows {
        let rows = self.places.len();
        if let Some((first, others)) = parts.split_first()
            && parts.iter().all(|part| part.same)
            && others.iter().all(|other| other.is_equal(0, first, 0))
        {
            return LeafRows { rows, ..(*first).clone() };
        }
        let last = self.last.take().filter(|last| last.is_of(parts));
        let Gathered { slots, shape, .. } =
            self.last.insert(last.unwrap_or_else(|| Gathered::new(parts, self.places)));
        LeafRows::new(rows, shape, values_of(parts, slots))
    }
}

impl Gathered {
    fn new(parts: &[&LeafRows], places: &[(u32, u32)]) -> Self {
        let is_flat = parts.iter().all(|part| part.shape.ends == Ends::Every(1));
        let mut slots = Vec::with_capacity(places.len());
        let mut ends = Vec::new();
        for &(part, row) in places {
            let of_row = parts[part as usize].slots(row as usize);
            slots.extend(of_row.map(|slot| (part, slot as u32)));
            if !is_flat {
                ends.push(slots.len() as u32);
            }
        }
        let levels: Vec<&Packed> = parts.iter().map(|part| part.levels()).collect();
        let levels = Packed::gather(&levels, &slots).packed();
        let shape = Shape::new(if is_flat { Ends::Every(1) } else { Ends::new(ends) }, levels);
        let parts = parts.iter().map(|part| (part.same, Arc::clone(&part.shape))).collect();
        Self { parts, slots, shape: Arc::new(shape) }
    }

    fn is_of(&self, parts: &[&LeafRows]) -> bool {
        let mut both = self.parts.iter().zip(parts);
        both.all(|((same, shape), part)| *same == part.same && Arc::ptr_eq(shape, &part.shape))
    }
}

/// The values of slots, each named by number of its part, and slot within it.
pub(super) fn values_of(parts: &[&LeafRows], slots: &[(u32, u32)]) -> Values {
    if parts.iter().any(|part| matches!(part.values, Values::Texts(_))) {
        let mut texts = Texts::default();
        for (part, slot) in slots {
            if let Values::Texts(values) = &parts[*part as usize].values {
                texts.push(values.get(*slot as usize));
            }
        }
        return Values::Texts(texts);
    }
    let numbers = parts.iter().filter_map(|part| match &part.values {
        Values::Numbers(numbers) => Some(numbers),
        Values::Texts(_) => None,
    });
    Values::Numbers(Packed::gather(&numbers.collect::<Vec<_>>(), slots))
}
