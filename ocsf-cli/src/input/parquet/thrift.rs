//! The compact protocol of Thrift, as far as it takes to see that bytes have a given shape.
//!
//! The Parquet library reads the fields that it knows without looking at the types that the bytes state. Bytes of the stated
//! shape are read by it as they are read here.

/// Structs and lists lie inside each other this deep at most.
const MAX_DEPTH: u32 = 32;

/// No list that a file of logs needs is longer.
const MAX_LIST: usize = 100_000;

/// What a value is.
#[derive(Debug)]
pub(super) enum Shape {
    Bool,
    I8,
    I16,
    I32,
    I64,
    Double,
    Binary,
    List(&'static Shape),
    /// The fields that may be there. Others may too, with values of any plain shape.
    Struct(&'static [(i16, Shape)]),
    /// A struct that is told of: under this number, before what is told of its fields.
    ToldStruct(u8, &'static [(i16, Shape)]),
    /// An `I32` that is told under this number.
    Told(u8),
}

/// Compares bytes with shapes.
#[derive(Debug)]
pub(super) struct Shapes<'a> {
    bytes: &'a [u8],
    /// What was told, in order: numbers and values.
    pub(super) told: Vec<(u8, i64)>,
}

const BOOLS: [u8; 2] = [1, 2];
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl<'a> Shapes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, told: Vec::new() }
    }

    /// The bytes that were not passed yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Passes a struct of these fields; `None` when the bytes are no such struct.
    pub(super) fn pass(&mut self, fields: &'static [(i16, Shape)]) -> Option<()> {
        self.fields(fields, MAX_DEPTH)
    }

    fn fields(&mut self, fields: &'static [(i16, Shape)], depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut id = 0_i16;
        loop {
            let header = self.byte()?;
            let (delta, wire) = (header >> 4, header & 0x0f);
            if wire == 0 {
                return Some(());
            }
            id = if delta == 0 { self.int()? as i16 } else { id.checked_add(i16::from(delta))? };
            match fields.iter().find(|(known, _)| *known == id) {
                Some((_, shape)) => self.field(shape, wire, depth)?,
                None => self.any(wire, depth)?,
            }
        }
    }

    fn field(&mut self, shape: &'static Shape, wire: u8, depth: u32) -> Option<()> {
        let is_it = if let Shape::Bool = shape { BOOLS.contains(&wire) } else { shape.wire() == wire };
        if !is_it {
            return None;
        }
        match shape {
            // The value is in the type.
            Shape::Bool => Some(()),
            shape => self.value(shape, depth),
        }
    }

    fn value(&mut self, shape: &'static Shape, depth: u32) -> Option<()> {
        match shape {
            Shape::Bool | Shape::I8 => self.byte().map(drop),
            Shape::I16 | Shape::I32 | Shape::I64 => self.int().map(drop),
            Shape::Double => self.skip(8),
            Shape::Binary => self.binary(),
            Shape::List(item) => {
                let (wire, len) = self.list()?;
                (len == 0 || wire == item.wire()).then_some(())?;
                (0..len).try_for_each(|_| self.value(item, depth.checked_sub(1)?))
            }
            Shape::Struct(fields) => self.fields(fields, depth),
            Shape::ToldStruct(number, fields) => {
                self.told.push((*number, 0));
                self.fields(fields, depth)
            }
            Shape::Told(number) => {
                let value = self.int()?;
                self.told.push((*number, value));
                Some(())
            }
        }
    }

    /// Passes a field that is not known. Shapes that no footer has are refused: readers differ in how they pass them.
    fn any(&mut self, wire: u8, depth: u32) -> Option<()> {
        match wire {
            1 | 2 => Some(()),
            3 => self.byte().map(drop),
            4..=6 => self.int().map(drop),
            7 => self.skip(8),
            8 => self.binary(),
            LIST => {
                let (wire, len) = self.list()?;
                (len == 0 || !BOOLS.contains(&wire)).then_some(())?;
                (0..len).try_for_each(|_| self.any(wire, depth.checked_sub(1)?))
            }
            STRUCT => self.fields(&[], depth),
            _ => None,
        }
    }

    /// Type and number of the items of a list.
    fn list(&mut self) -> Option<(u8, usize)> {
        let header = self.byte()?;
        let len = match header >> 4 {
            15 => usize::try_from(self.unsigned()?).ok()?,
            len => usize::from(len),
        };
        // An item takes a byte at least.
        (len <= self.bytes.len().min(MAX_LIST)).then_some((header & 0x0f, len))
    }

    fn binary(&mut self) -> Option<()> {
        let len = usize::try_from(self.unsigned()?).ok()?;
        self.skip(len)
    }

    fn skip(&mut self, len: usize) -> Option<()> {
        self.bytes = self.bytes.get(len..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn int(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

impl Shape {
    /// The number of its type in lists and, but for [`Bool`](Self::Bool), in structs.
    fn wire(&self) -> u8 {
        match self {
            Self::Bool => 1,
            Self::I8 => 3,
            Self::I16 => 4,
            Self::I32 | Self::Told(_) => 5,
            Self::I64 => 6,
            Self::Double => 7,
            Self::Binary => 8,
            Self::List(_) => LIST,
            Self::Struct(_) | Self::ToldStruct(..) => STRUCT,
        }
    }
}
