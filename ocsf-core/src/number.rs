//! Whole numbers in decimal text, several digits at a time.

/// The number that `text` is, as [`str::parse`] reads it.
#[inline]
pub(crate) fn parse_i64(text: &str) -> Option<i64> {
    // At most sixteen digits fit.
    digits(text.as_bytes()).map_or_else(|| text.parse().ok(), |number| i64::try_from(number).ok())
}

/// The number that `text` is, as [`str::parse`] reads it.
#[inline]
pub(crate) fn parse_i32(text: &str) -> Option<i32> {
    parse_i64(text).and_then(|number| number.try_into().ok())
}

/// The number that `text` is, as [`str::parse`] reads it.
#[inline]
pub(crate) fn parse_u16(text: &str) -> Option<u16> {
    digits(text.as_bytes()).map_or_else(|| text.parse().ok(), |number| number.try_into().ok())
}

/// The number of one to sixteen digits; `None` for any other text.
#[inline]
fn digits(bytes: &[u8]) -> Option<u64> {
    let (first, last) = bytes.split_at_checked(bytes.len().saturating_sub(8))?;
    let low = eight(at_the_end(last)?)?;
    if first.is_empty() {
        return Some(low);
    }
    Some(eight(at_the_end(first)?)? * 100_000_000 + low)
}

/// One to eight bytes as the last ones of a word, the first in the lowest byte, behind as many `0` as there is room for.
#[inline]
fn at_the_end(bytes: &[u8]) -> Option<u64> {
    let word = match *bytes {
        [a] => u64::from(a) << 56,
        [a, b] => u64::from(u16::from_le_bytes([a, b])) << 48,
        [a, b, c] => u64::from(u32::from_le_bytes([0, a, b, c])) << 32,
        _ => {
            // The two halves overlap where there are less than eight.
            let (first, last) = (bytes.first_chunk::<4>()?, bytes.last_chunk::<4>()?);
            let first = u64::from(u32::from_le_bytes(*first)) << (8 * 8_usize.checked_sub(bytes.len())?);
            u64::from(u32::from_le_bytes(*last)) << 32 | first & 0xFFFF_FFFF
        }
    };
    Some(word | ZEROS.checked_shr(8 * bytes.len() as u32).unwrap_or(0))
}

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The number of eight digits, the first in the lowest byte.
#[inline]
fn eight(text: u64) -> Option<u64> {
    let digits = text ^ ZEROS;
    // A byte above 9 shows in its highest bit, or did so before.
    let too_large = digits.wrapping_add(u64::from_le_bytes([0x76; 8])) | digits;
    if too_large & u64::from_le_bytes([0x80; 8]) != 0 {
        return None;
    }
    // Neighbours are joined: to numbers below 100, below 10,000, and to one.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) {
        assert_eq!(parse_i64(text), text.parse().ok(), "{text}");
        assert_eq!(parse_i32(text), text.parse().ok(), "{text}");
        assert_eq!(parse_u16(text), text.parse().ok(), "{text}");
    }

    #[test]
    fn as_the_library_reads_them() {
        for text in ["", "-", "+", "-0", "+7", "0", "007", "65535", "65536", "2147483648", "1a", "a1", "１"]
        {
            check(text);
        }
        for len in 1..24 {
            check(&"9".repeat(len));
            check(&"0".repeat(len));
            check(&format!("-{}", "1".repeat(len)));
            for at in 0..len {
                for odd in ['/', ':', ' ', '\0', '\u{7f}', '.'] {
                    let mut text: Vec<char> = vec!['5'; len];
                    text[at] = odd;
                    check(&text.into_iter().collect::<String>());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_number(number in any::<i64>(), shift in 0..64_u32) {
            check(&(number >> shift).to_string());
            check(&((number as u64) >> shift).to_string());
        }

        #[test]
        fn any_text(text in "[0-9+\\-é. ]{0,20}") {
            check(&text);
        }
    }
}
