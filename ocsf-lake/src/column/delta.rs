//! `DELTA_BINARY_PACKED`: each number as the distance from the one before.

use super::rle::push_varint;

/// Numbers of a block, and of the parts of it that have a bit width each.
const BLOCK: usize = 128;
const PART: usize = 32;

/// Appends the numbers.
pub(crate) fn encode(numbers: &[i64], out: &mut Vec<u8>) {
    push_varint(BLOCK as u64, out);
    push_varint((BLOCK / PART) as u64, out);
    push_varint(numbers.len() as u64, out);
    push_zigzag(numbers.first().copied().unwrap_or_default(), out);
    let deltas: Vec<i64> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    for block in deltas.chunks(BLOCK) {
        let least = block.iter().copied().min().unwrap_or_default();
        push_zigzag(least, out);
        let above = |delta: &i64| delta.wrapping_sub(least) as u64;
        let width = |part: &[i64]| {
            let greatest = part.iter().map(above).max().unwrap_or_default();
            u64::BITS - greatest.leading_zeros()
        };
        let widths = out.len();
        out.extend_from_slice(&[0; BLOCK / PART]);
        for (number, part) in block.chunks(PART).enumerate() {
            let width = width(part);
            out[widths + number] = width as u8;
            let (mut bits, mut count) = (0_u128, 0);
            for at in 0..PART {
                bits |= u128::from(part.get(at).map_or(0, above)) << count;
                count += width;
                while count >= 8 {
                    out.push(bits as u8);
                    bits >>= 8;
                    count -= 8;
                }
            }
        }
    }
}

fn push_zigzag(number: i64, out: &mut Vec<u8>) {
    push_varint(((number << 1) ^ (number >> 63)) as u64, out);
}
