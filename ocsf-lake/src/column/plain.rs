//! Values as Parquet writes them plainly.

use crate::shred::LeafKind;

pub(super) fn push_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text);
}

/// The texts that [`push_text`] appended.
pub(super) fn texts(mut plain: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = plain.split_first_chunk()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        plain = rest;
        Some(text)
    })
}

/// Appends a number; that of a float is its bits.
#[inline]
pub(super) fn push_number(kind: LeafKind, number: i64, out: &mut Vec<u8>) {
    match kind {
        LeafKind::Int => out.extend_from_slice(&(number as i32).to_le_bytes()),
        _ => out.extend_from_slice(&number.to_le_bytes()),
    }
}
