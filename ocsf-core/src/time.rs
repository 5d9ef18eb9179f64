//! Times in log records.

use crate::number::parse_i64;

/// First millisecond that a plausible event can have: 1990-01-01.
pub const MIN_MS: i64 = 631_152_000_000;

/// First millisecond that no plausible event can have: 2100-01-01.
pub const MAX_MS: i64 = 4_102_444_800_000;

/// Milliseconds since the epoch of ISO 8601 text: `2024-05-01T10:00:00Z`, with fractions of a second, with an offset
/// such as `+02:00`, without a zone (read as UTC), or in the basic form `20240501T100000Z`.
///
/// Fractions below a millisecond are cut. A leap second counts as the second before. `None` for anything else.
///
/// ```
/// use ocsf_core::time::parse_iso_ms;
/// assert_eq!(parse_iso_ms("1970-01-01T00:00:01.5Z"), Some(1_500));
/// assert_eq!(parse_iso_ms("20240501T100000Z"), parse_iso_ms("2024-05-01T12:00:00+02:00"));
/// assert_eq!(parse_iso_ms("yesterday"), None);
/// ```
pub fn parse_iso_ms(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let dash = usize::from(bytes.get(4) == Some(&b'-'));
    let (year, month, day) =
        (digits(bytes, 0, 4)?, digits(bytes, 4 + dash, 2)?, digits(bytes, 6 + 2 * dash, 2)?);
    if dash == 1 && bytes.get(7) != Some(&b'-') {
        return None;
    }
    let at = 8 + 2 * dash;
    if !matches!(bytes.get(at)?, b'T' | b't' | b' ') {
        return None;
    }
    let hour = digits(bytes, at + 1, 2)?;
    let colon = usize::from(bytes.get(at + 3) == Some(&b':'));
    let minute = digits(bytes, at + 3 + colon, 2)?;
    let second = digits(bytes, at + 5 + 2 * colon, 2)?;
    if colon == 1 && bytes.get(at + 6) != Some(&b':') {
        return None;
    }
    let (fraction, rest) = fraction_ms(bytes.get(at + 7 + 2 * colon..)?)?;
    let offset = offset_seconds(rest)?;
    let days = days_from_civil(year, month, day)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second.min(59) - offset;
    Some(seconds * 1_000 + fraction)
}

/// Milliseconds since the epoch of whole seconds since the epoch; `None` for anything but a number that fits.
///
/// ```
/// assert_eq!(ocsf_core::time::parse_seconds_ms("1714557600"), Some(1_714_557_600_000));
/// assert_eq!(ocsf_core::time::parse_seconds_ms("1714557600.5"), None);
/// ```
#[inline]
pub fn parse_seconds_ms(text: &str) -> Option<i64> {
    parse_i64(text)?.checked_mul(1_000)
}

/// Milliseconds since the epoch of a field that counts seconds: as [`parse_seconds_ms`], or as [`parse_iso_ms`] where a typed
/// column gave a time stamp.
///
/// ```
/// use ocsf_core::time::parse_seconds_or_iso_ms;
/// assert_eq!(parse_seconds_or_iso_ms("1714557600"), parse_seconds_or_iso_ms("2024-05-01T10:00:00Z"));
/// ```
#[inline]
pub fn parse_seconds_or_iso_ms(text: &str) -> Option<i64> {
    parse_seconds_ms(text).or_else(|| parse_iso_ms(text))
}

/// True for a time that an event can have.
pub fn is_plausible(ms: i64) -> bool {
    (MIN_MS..MAX_MS).contains(&ms)
}

/// RFC 3339 text of milliseconds since the epoch, with `Z`, and with milliseconds when they are not zero.
///
/// ```
/// assert_eq!(ocsf_core::time::format_rfc3339(1_500), "1970-01-01T00:00:01.500Z");
/// ```
pub fn format_rfc3339(ms: i64) -> String {
    let (days, in_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil_from_days(days);
    let (seconds, fraction) = (in_day / 1_000, in_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        text = format!("{text}.{fraction:03}");
    }
    text.push('Z');
    text
}

fn digits(bytes: &[u8], at: usize, n: usize) -> Option<i64> {
    bytes
        .get(at..at + n)?
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

fn fraction_ms(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(b'.' | b',') = bytes.first() else { return Some((0, bytes)) };
    let len = bytes[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let scale = |i: u32| 10_i64.pow(2 - i);
    let ms = (0..3_u32).map(|i| digits(bytes, 1 + i as usize, 1).map_or(0, |digit| digit * scale(i)));
    let ms = ms.take(len).sum();
    (len > 0).then(|| (ms, &bytes[1 + len..]))
}

fn offset_seconds(bytes: &[u8]) -> Option<i64> {
    let sign = match bytes {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let (hours, minutes) = (digits(bytes, 1, 2)?, digits(bytes, 3 + colon, 2)?);
    (bytes.len() == 5 + colon && hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since the epoch of a Gregorian date; `None` when there is no such day.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = *LENGTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    if day < 1 || day > length + i64::from(leap && month == 2) {
        return None;
    }
    // Years are counted from March, so that the leap day is a year's last.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468)
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let january = month >= 10;
    (era * 400 + year + i64::from(january), if january { month - 9 } else { month + 3 }, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_that_logs_have() {
        assert_eq!(parse_iso_ms("2023-07-10T12:25:00Z"), Some(1_688_991_900_000));
        assert_eq!(parse_iso_ms("2023-07-10T12:25:00.1239Z"), Some(1_688_991_900_123));
        assert_eq!(parse_iso_ms("2023-07-10 12:25:00"), Some(1_688_991_900_000));
        assert_eq!(parse_iso_ms("20230710T122500Z"), Some(1_688_991_900_000));
        assert_eq!(parse_iso_ms("2016-12-31T23:59:60Z"), Some(1_483_228_799_000));
        assert_eq!(parse_iso_ms("2023-07-10T12:25:00-0130"), Some(1_688_997_300_000));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2023",
            "2023-02-29T00:00:00Z",
            "2023-07-10T25:00:00Z",
            "2023-07-10T12:25:00.Z",
            "2023-07-10T12:25:00X",
            "2023-7-10T12:25:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_iso_ms(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_number_agree(ms in MIN_MS..MAX_MS) {
            prop_assert_eq!(parse_iso_ms(&format_rfc3339(ms)), Some(ms));
        }

        #[test]
        fn any_text_is_safe(text in "\\PC{0,30}") {
            let _ = parse_iso_ms(&text);
        }
    }
}
