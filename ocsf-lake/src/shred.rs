//! Columns of Arrow as the leaves that Parquet has in their place.

use std::cell::OnceCell;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Field, Float64Type, Int32Type, Int64Type, Schema, TimeUnit, TimestampMillisecondType,
};
use arrow::error::ArrowError;

use crate::leaf_rows::{Ends, LeafRows, Level, Shape, Texts, Values};
use crate::packed::Packed;
use crate::words::Words;

/// What a leaf holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeafKind {
    /// Text with few distinct values, a dictionary in Arrow.
    Word,
    Text,
    Int,
    Long,
    Float,
    Truth,
}

/// The kinds of all leaves of a schema, in order.
///
/// # Errors
/// A column has a type that no attribute of OCSF has.
pub(crate) fn leaf_kinds(schema: &Schema) -> Result<Vec<LeafKind>, ArrowError> {
    fn walk(field: &Field, out: &mut Vec<LeafKind>) -> Result<(), ArrowError> {
        let kind = match field.data_type() {
            DataType::Struct(fields) => return fields.iter().try_for_each(|field| walk(field, out)),
            DataType::List(item) | DataType::Map(item, _) => return walk(item, out),
            DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
                LeafKind::Word
            }
            DataType::Utf8 => LeafKind::Text,
            DataType::Int32 => LeafKind::Int,
            DataType::Int64 | DataType::Timestamp(TimeUnit::Millisecond, _) => LeafKind::Long,
            DataType::Float64 => LeafKind::Float,
            DataType::Boolean => LeafKind::Truth,
            other => {
                let name = field.name();
                return Err(ArrowError::SchemaError(format!(
                    "`{name}` is {other}, which no attribute of OCSF is"
                )));
            }
        };
        out.push(kind);
        Ok(())
    }
    let mut kinds = Vec::new();
    schema.fields().iter().try_for_each(|field| walk(field, &mut kinds))?;
    Ok(kinds)
}

/// The leaves of a batch, in order; words as the codes that `words` gives them. Times and what else stands in an object
/// twice, in the same buffers, is one leaf twice.
pub(crate) fn shred(batch: &RecordBatch, words: &mut Words) -> Vec<Arc<LeafRows>> {
    let rows = batch.num_rows();
    let mut leaves = Leaves { rows, done: Vec::new(), words, objects: 0, times: Vec::new() };
    let fields = batch.schema_ref().fields().iter();
    leaves.children(fields.zip(batch.columns()), &Slots::flat(rows));
    leaves.done
}

struct Leaves<'w> {
    rows: usize,
    done: Vec<Arc<LeafRows>>,
    words: &'w mut Words,
    /// Objects entered so far.
    objects: usize,
    /// Long numbers: the object that they are in, where their buffers are, and their leaf.
    times: Vec<(usize, Buffers, usize)>,
}

/// Where the values of an array are, and the bits of its nulls.
type Buffers = (*const i64, Option<*const u8>);

/// Slots on the way down to a leaf.
#[derive(Clone)]
struct Slots {
    /// Definition level of a slot where everything so far has a value.
    definition: u8,
    /// Repetition level of the innermost list.
    repetition: u8,
    levels: Levels,
    /// Slots and places differ below lists only.
    inside: Option<Arc<Inside>>,
    /// The shape of the leaves that have exactly these slots.
    shape: OnceCell<Arc<Shape>>,
}

#[derive(Clone)]
enum Levels {
    Same(Level, usize),
    Each(Vec<Level>),
}

struct Inside {
    places: Places,
    /// Where the slots of each row end.
    ends: Vec<u32>,
}

/// Place of each slot's value in the array of the innermost list.
enum Places {
    /// One after the other from this one on.
    From(usize),
    /// Any where there is no value.
    Each(Vec<usize>),
}

impl Places {
    fn get(&self, slot: usize) -> usize {
        match self {
            Self::From(first) => first + slot,
            Self::Each(places) => places[slot],
        }
    }
}

impl Levels {
    fn get(&self, slot: usize) -> Level {
        match self {
            Self::Same(level, _) => *level,
            Self::Each(levels) => levels[slot],
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Same(_, len) => *len,
            Self::Each(levels) => levels.len(),
        }
    }
}

impl Slots {
    fn flat(rows: usize) -> Self {
        let levels = Levels::Same(Level::new(0, 0), rows);
        Self { definition: 0, repetition: 0, levels, inside: None, shape: OnceCell::new() }
    }

    fn place(&self, slot: usize) -> usize {
        self.inside.as_ref().map_or(slot, |inside| inside.places.get(slot))
    }

    /// The slots below something that may be null.
    fn below(&self, nulls: Option<&NullBuffer>) -> Self {
        let mut next = Self { definition: self.definition + 1, shape: OnceCell::new(), ..self.clone() };
        let there = self.definition;
        let one_more = |level: Level| Level::new(level.definition() + 1, level.repetition());
        match (nulls, &self.levels) {
            (None, Levels::Same(level, len)) if level.definition() == there => {
                next.levels = Levels::Same(one_more(*level), *len);
            }
            (_, Levels::Same(level, _)) if level.definition() < there => {}
            (Some(nulls), Levels::Same(..)) if nulls.null_count() == nulls.len() => {}
            _ => {
                let level = |slot| {
                    let level = self.levels.get(slot);
                    let is_there = level.definition() == there
                        && nulls.is_none_or(|nulls| nulls.is_valid(self.place(slot)));
                    if is_there { one_more(level) } else { level }
                };
                next.levels = Levels::Each((0..self.levels.len()).map(level).collect());
            }
        }
        next
    }

    /// The slots of the items of lists.
    fn items(&self, offsets: &[i32], rows: usize) -> Self {
        let inside = self.items_of_all(offsets).unwrap_or_else(|| self.items_of_some(offsets, rows));
        Self {
            definition: self.definition + 1,
            repetition: self.repetition + 1,
            levels: Levels::Each(inside.0),
            inside: Some(Arc::new(inside.1)),
            shape: OnceCell::new(),
        }
    }

    /// Where each row has one list that is not empty.
    fn items_of_all(&self, offsets: &[i32]) -> Option<(Vec<Level>, Inside)> {
        let Levels::Same(level, _) = self.levels else { return None };
        let (first, all) = (*offsets.first()?, *offsets.last()?);
        let is_full = self.inside.is_none()
            && level.definition() == self.definition
            && offsets.windows(2).all(|ends| ends[0] < ends[1]);
        if !is_full {
            return None;
        }
        let definition = self.definition + 1;
        let mut levels = vec![Level::new(definition, self.repetition + 1); (all - first) as usize];
        for start in offsets.iter().take(offsets.len() - 1) {
            levels[(start - first) as usize] = Level::new(definition, level.repetition());
        }
        let ends = offsets.iter().skip(1).map(|end| (end - first) as u32).collect();
        Some((levels, Inside { places: Places::From(first as usize), ends }))
    }

    fn items_of_some(&self, offsets: &[i32], rows: usize) -> (Vec<Level>, Inside) {
        let (there, repetition) = (self.definition, self.repetition + 1);
        let mut levels = Vec::new();
        let (mut places, mut ends) = (Vec::new(), Vec::with_capacity(rows));
        let mut slot = 0;
        for row in 0..rows {
            let end = self.inside.as_ref().map_or(row + 1, |outer| outer.ends[row] as usize);
            while slot < end {
                let (level, place) = (self.levels.get(slot), self.place(slot));
                let items = match offsets.get(place..place + 2) {
                    Some(&[from, to]) if level.definition() == there => from as usize..to as usize,
                    _ => 0..0,
                };
                if items.is_empty() {
                    levels.push(level);
                    places.push(0);
                }
                for (number, item) in items.enumerate() {
                    let repetition = if number == 0 { level.repetition() } else { repetition };
                    levels.push(Level::new(there + 1, repetition));
                    places.push(item);
                }
                slot += 1;
            }
            ends.push(levels.len() as u32);
        }
        (levels, Inside { places: Places::Each(places), ends })
    }

    /// The shape of a leaf that has these slots.
    fn shape(&self) -> &Arc<Shape> {
        self.shape.get_or_init(|| {
            let levels = match &self.levels {
                Levels::Same(level, len) => Packed::same_of((*level).into(), *len),
                Levels::Each(levels) => Packed::new(levels),
            };
            let ends = self.inside.as_ref().map_or(Ends::Every(1), |inside| Ends::new(inside.ends.clone()));
            Arc::new(Shape::new(ends, levels))
        })
    }
}

impl Leaves<'_> {
    fn children<'a>(
        &mut self,
        children: impl Iterator<Item = (&'a Arc<Field>, &'a ArrayRef)>,
        slots: &Slots,
    ) {
        self.objects += 1;
        let object = self.objects;
        let full = OnceCell::new();
        for (field, child) in children {
            let buffers = buffers(child).filter(|_| field.is_nullable());
            let same = self.times.iter().find(|time| time.0 == object && Some(time.1) == buffers);
            if let Some((.., leaf)) = same {
                self.done.push(Arc::clone(&self.done[*leaf]));
                continue;
            }
            self.times.extend(buffers.map(|buffers| (object, buffers, self.done.len())));
            self.child(child, field.is_nullable(), slots, &full);
        }
    }

    /// Walks what lies at these slots. `full` is for the slots below them where nothing is null, which others may share.
    fn child(&mut self, array: &ArrayRef, nullable: bool, slots: &Slots, full: &OnceCell<Slots>) {
        if !nullable {
            return self.walk(array, slots);
        }
        match array.logical_nulls() {
            Some(nulls) => self.walk(array, &slots.below(Some(&nulls))),
            None => self.walk(array, full.get_or_init(|| slots.below(None))),
        }
    }

    fn walk(&mut self, array: &ArrayRef, slots: &Slots) {
        match array.data_type() {
            DataType::Struct(fields) => {
                self.children(fields.iter().zip(array.as_struct().columns()), slots);
            }
            DataType::List(item) => {
                let list = array.as_list::<i32>();
                let items = slots.items(list.value_offsets(), self.rows);
                self.child(list.values(), item.is_nullable(), &items, &OnceCell::new());
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let items = slots.items(map.value_offsets(), self.rows);
                let (keys, values) = (map.keys(), map.values());
                self.walk(keys, &items);
                self.child(values, map.entries().fields()[1].is_nullable(), &items, &OnceCell::new());
            }
            _ => self.leaf(array, slots),
        }
    }

    fn leaf(&mut self, array: &ArrayRef, slots: &Slots) {
        let values = match array.data_type() {
            DataType::Dictionary(..) => {
                let codes = self.words.code(self.done.len(), array.as_dictionary::<Int32Type>());
                numbers(&codes, slots)
            }
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                let mut texts = Texts::default();
                for slot in 0..slots.levels.len() {
                    let is_there = slots.levels.get(slot).definition() == slots.definition;
                    texts.push(if is_there { array.value(slots.place(slot)).as_bytes() } else { &[] });
                }
                Values::Texts(texts)
            }
            DataType::Int32 => numbers(array.as_primitive::<Int32Type>().values(), slots),
            DataType::Int64 => numbers(array.as_primitive::<Int64Type>().values(), slots),
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                let stamps = array.as_primitive::<TimestampMillisecondType>();
                numbers(stamps.values(), slots)
            }
            DataType::Float64 => {
                let floats = array.as_primitive::<Float64Type>().values().iter();
                let bits: Vec<i64> = floats.map(|float| float.to_bits() as i64).collect();
                numbers(&bits, slots)
            }
            DataType::Boolean => {
                let truths: Vec<bool> = array.as_boolean().values().iter().collect();
                numbers(&truths, slots)
            }
            // The kinds of a table are checked when it becomes known.
            other => unreachable!("no leaf is {other}"),
        };
        self.done.push(Arc::new(LeafRows::new(self.rows, slots.shape(), values)));
    }
}

/// The buffers of an array of long numbers or times.
fn buffers(array: &ArrayRef) -> Option<Buffers> {
    let values = match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().values(),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            array.as_primitive::<TimestampMillisecondType>().values()
        }
        _ => return None,
    };
    Some((values.as_ptr(), array.nulls().map(|nulls| nulls.inner().values().as_ptr())))
}

/// The numbers of slots; what is null may be anything.
fn numbers<T: Copy + Default + Ord + Into<i64>>(values: &[T], slots: &Slots) -> Values {
    Values::Numbers(match (&slots.inside, &slots.levels) {
        (None, Levels::Same(level, len)) if level.definition() < slots.definition => Packed::same_of(0, *len),
        (None, _) => Packed::new(values),
        (Some(inside), levels) => match (&inside.places, levels.len()) {
            (Places::From(first), len) => Packed::new(values.get(*first..first + len).unwrap_or_default()),
            (Places::Each(places), _) => {
                let at = |place: &usize| values.get(*place).copied().unwrap_or_default();
                Packed::new(&places.iter().map(at).collect::<Vec<T>>())
            }
        },
    })
}
