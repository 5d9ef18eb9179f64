//! Time stamps of typed columns as text.

use arrow::datatypes::TimeUnit;

use crate::time::format_rfc3339;

/// First second of the year 1 and of the year 10000: what RFC 3339 can write.
const SECONDS: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;

/// Appends a time stamp as RFC 3339 text in UTC with all digits that it has; false when no year of four digits holds it,
/// and nothing is appended.
pub(super) fn push_stamp(count: i64, unit: TimeUnit, out: &mut String) -> bool {
    let (per_second, digits) = match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1_000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    };
    let (seconds, fraction) = (count.div_euclid(per_second), count.rem_euclid(per_second));
    if !SECONDS.contains(&seconds) {
        return false;
    }
    let whole = format_rfc3339(seconds * 1_000);
    out.push_str(whole.trim_end_matches('Z'));
    if fraction != 0 {
        let fraction = format!("{fraction:0digits$}");
        out.push('.');
        out.push_str(fraction.trim_end_matches('0'));
    }
    out.push('Z');
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_iso_ms;
    use proptest::prelude::*;

    fn stamp(count: i64, unit: TimeUnit) -> Option<String> {
        let mut text = String::new();
        push_stamp(count, unit, &mut text).then_some(text)
    }

    #[test]
    fn every_unit_keeps_its_digits() {
        let text = |count, unit| stamp(count, unit).unwrap();
        assert_eq!(text(1_767_225_600, TimeUnit::Second), "2026-01-01T00:00:00Z");
        assert_eq!(text(1_767_225_600_050, TimeUnit::Millisecond), "2026-01-01T00:00:00.05Z");
        assert_eq!(text(1_767_225_600_000_001, TimeUnit::Microsecond), "2026-01-01T00:00:00.000001Z");
        assert_eq!(text(-1, TimeUnit::Nanosecond), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn years_of_more_digits_are_left_to_the_caller() {
        for count in [i64::MIN, i64::MAX, SECONDS.end, SECONDS.start - 1] {
            assert_eq!(stamp(count, TimeUnit::Second), None);
        }
        assert_eq!(stamp(SECONDS.start, TimeUnit::Second).unwrap(), "0001-01-01T00:00:00Z");
        assert_eq!(stamp(SECONDS.end - 1, TimeUnit::Second).unwrap(), "9999-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ms in -62_135_596_800_000_i64..253_402_300_800_000) {
            prop_assert_eq!(parse_iso_ms(&stamp(ms, TimeUnit::Millisecond).unwrap()), Some(ms));
        }
    }
}
