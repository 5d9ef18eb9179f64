//! Whether a Parquet footer has the shape that the format gives it.
//!
//! The library believes the sizes that a footer states, some of them before it looks for the bytes, and follows nested columns by
//! recursion. A few hostile bytes can make it ask for more memory than there is, or use up the stack, and neither can be caught.
//! A footer that passes here has the types that the library expects, lists that are not longer than its bytes, and a tree of
//! columns of bounded depth.

use parquet::file::reader::ChunkReader;

use super::pages::Pages;
use super::thrift::Shape::{self, Binary, Bool, Double, I8, I16, I32, I64, List, Struct, Told, ToldStruct};
use super::thrift::Shapes;

/// A footer has a few hundred bytes a column and row group.
const MAX_FOOTER: u32 = 4 << 20;

/// Columns lie inside each other this deep at most.
const MAX_NESTING: usize = 32;

/// Numbers that the shapes below tell under.
const NODE: u8 = 0;
const CHILDREN: u8 = 1;

/// Says what is wrong with the footer of a file, for people.
pub(super) fn check(file: &Pages) -> Result<(), String> {
    let none = || "has no readable footer".to_owned();
    let tail_at = file.size().checked_sub(8).ok_or_else(none)?;
    let tail = file.get_bytes(tail_at, 8).map_err(|_| none())?;
    let (len, magic) = tail.split_first_chunk::<4>().ok_or_else(none)?;
    let len = u32::from_le_bytes(*len);
    if magic != b"PAR1" {
        return Err(none());
    }
    if len > MAX_FOOTER {
        return Err(format!("has a footer of {len} bytes"));
    }
    let start = tail_at.checked_sub(u64::from(len)).ok_or_else(none)?;
    let footer = file.get_bytes(start, len as usize).map_err(|_| none())?;
    if is_sound(&footer) { Ok(()) } else { Err("has a damaged footer".to_owned()) }
}

fn is_sound(footer: &[u8]) -> bool {
    let mut shapes = Shapes::new(footer);
    shapes.pass(FILE).is_some() && is_tree(&children(&shapes.told))
}

/// The numbers of children of all nodes, in order.
fn children(told: &[(u8, i64)]) -> Vec<i64> {
    let mut children = Vec::new();
    for (number, value) in told {
        match (*number, children.last_mut()) {
            (CHILDREN, Some(last)) => *last = *value,
            _ => children.push(0),
        }
    }
    children
}

/// True when the numbers of children, each node before its children, make one tree of bounded depth.
fn is_tree(children: &[i64]) -> bool {
    let mut open: Vec<usize> = Vec::new();
    for (number, children_of) in children.iter().enumerate() {
        match open.last_mut() {
            Some(left) => *left -= 1,
            None if number == 0 => {}
            None => return false,
        }
        let Ok(children_of) = usize::try_from(*children_of) else { return false };
        if children_of > children.len() {
            return false;
        }
        open.push(children_of);
        if open.len() > MAX_NESTING {
            return false;
        }
        while open.last() == Some(&0) {
            open.pop();
        }
    }
    open.is_empty()
}

// The structs of the format, by their names there.

const FILE: &[(i16, Shape)] = &[
    (1, I32),
    (2, List(&ToldStruct(NODE, SCHEMA_ELEMENT))),
    (3, I64),
    (4, List(&Struct(ROW_GROUP))),
    (5, List(&Struct(KEY_VALUE))),
    (6, Binary),
    (7, List(&Struct(&[]))),
    (8, Struct(&[])),
    (9, Binary),
];

const SCHEMA_ELEMENT: &[(i16, Shape)] = &[
    (1, I32),
    (2, I32),
    (3, I32),
    (4, Binary),
    (5, Told(CHILDREN)),
    (6, I32),
    (7, I32),
    (8, I32),
    (9, I32),
    (10, Struct(LOGICAL_TYPE)),
];

const LOGICAL_TYPE: &[(i16, Shape)] = &[
    (5, Struct(&[(1, I32), (2, I32)])),
    (7, Struct(TIME)),
    (8, Struct(TIME)),
    (10, Struct(&[(1, I8), (2, Bool)])),
    (16, Struct(&[(1, I8)])),
    (17, Struct(&[(1, Binary)])),
    (18, Struct(&[(1, Binary), (2, I32)])),
];

const TIME: &[(i16, Shape)] = &[(1, Bool), (2, Struct(&[]))];

const KEY_VALUE: &[(i16, Shape)] = &[(1, Binary), (2, Binary)];

const ROW_GROUP: &[(i16, Shape)] = &[
    (1, List(&Struct(COLUMN_CHUNK))),
    (2, I64),
    (3, I64),
    (4, List(&Struct(&[(1, I32), (2, Bool), (3, Bool)]))),
    (5, I64),
    (6, I64),
    (7, I16),
];

const COLUMN_CHUNK: &[(i16, Shape)] = &[
    (1, Binary),
    (2, I64),
    (3, Struct(COLUMN_METADATA)),
    (4, I64),
    (5, I32),
    (6, I64),
    (7, I32),
    (8, Struct(&[])),
    (9, Binary),
];

const COLUMN_METADATA: &[(i16, Shape)] = &[
    (1, I32),
    (2, List(&I32)),
    (3, List(&Binary)),
    (4, I32),
    (5, I64),
    (6, I64),
    (7, I64),
    (8, List(&Struct(KEY_VALUE))),
    (9, I64),
    (10, I64),
    (11, I64),
    (12, Struct(STATISTICS)),
    (13, List(&Struct(&[(1, I32), (2, I32), (3, I32)]))),
    (14, I64),
    (15, I32),
    (16, Struct(&[(1, I64), (2, List(&I64)), (3, List(&I64))])),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&I32))])),
];

pub(super) const STATISTICS: &[(i16, Shape)] =
    &[(1, Binary), (2, Binary), (3, I64), (4, I64), (5, Binary), (6, Binary), (7, Bool), (8, Bool)];

const BOX: &[(i16, Shape)] =
    &[(1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_of_columns() {
        for tree in [&[][..], &[0], &[2, 0, 0], &[1, 2, 0, 0], &[3, 0, 1, 0, 0]] {
            assert!(is_tree(tree), "{tree:?}");
        }
        for other in [&[1][..], &[0, 0], &[2, 0], &[-1], &[i64::from(i32::MAX), 0], &[1; 40]] {
            assert!(!is_tree(other), "{other:?}");
        }
    }

    #[test]
    fn shapes_are_told() {
        // A version and a number of rows.
        assert!(is_sound(&[0x15, 0x02, 0x26, 0x04, 0x00]));
        // A field that no one knows yet: a list of two numbers.
        assert!(is_sound(&[0x15, 0x02, 0x09, 0x40, 0x26, 0x02, 0x04, 0x00]));
        for (what, bytes) in [
            ("nothing", &[][..]),
            ("no end", &[0x15, 0x02]),
            ("a version that is text", &[0x18, 0x01, b'a', 0x00]),
            ("two thousand million row groups", &[0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00]),
            ("row groups that are text", &[0x48, 0x02, 0xf8, 0x05, 0x00]),
            ("text that is longer than the rest", &[0x68, 0x7f, 0x00]),
            ("a map", &[0x0b, 0x40, 0x00, 0x00]),
            ("a list of truths", &[0x09, 0x40, 0x11, 0x01, 0x00]),
        ] {
            assert!(!is_sound(bytes), "{what}");
        }
        assert!(!is_sound(&[0x0c, 0x40].repeat(1_000)), "structs in structs");
    }
}
