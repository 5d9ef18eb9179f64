//! Times as the logs write them. All count from the epoch, UTC.

use std::fmt;

/// Microseconds of a second.
pub(crate) const SECOND: i64 = 1_000_000;

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// ISO 8601 text of a time in microseconds: `2026-01-02T03:04:05.678Z`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Iso {
    at: i64,
    digits: usize,
    zone: &'static str,
}

impl Iso {
    pub(crate) fn seconds(at: i64) -> Self {
        Self { at, digits: 0, zone: "Z" }
    }

    pub(crate) fn millis(at: i64) -> Self {
        Self { at, digits: 3, zone: "Z" }
    }

    pub(crate) fn micros(at: i64) -> Self {
        Self { at, digits: 6, zone: "Z" }
    }

    pub(crate) fn without_zone(at: i64) -> Self {
        Self { at, digits: 0, zone: "" }
    }
}

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, in_day) = (Date::of(self.at), self.at.rem_euclid(DAY));
        let seconds = in_day / SECOND;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{:04}-{:02}-{:02}", date.year, date.month, date.day)?;
        write!(f, "T{hour:02}:{minute:02}:{second:02}")?;
        match self.digits {
            0 => {}
            3 => write!(f, ".{:03}", in_day % SECOND / 1_000)?,
            _ => write!(f, ".{:06}", in_day % SECOND)?,
        }
        f.write_str(self.zone)
    }
}

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

impl Date {
    /// The day of a time in microseconds.
    pub(crate) fn of(at: i64) -> Self {
        // Years begin in March here, so that the odd day of a leap year is the last; eras have 400 years.
        let days = at.div_euclid(DAY) + 719_468;
        let (era, in_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year + year / 4 - year / 100);
        let month = (5 * in_year + 2) / 153;
        let day = in_year - (153 * month + 2) / 5 + 1;
        let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        Self { year: year + era * 400 + next_year, month, day }
    }

    /// The day as folders: `2026/01/02`.
    pub(crate) fn folders(self) -> String {
        format!("{:04}/{:02}/{:02}", self.year, self.month, self.day)
    }
}

/// A time in names of objects: `20260102T0305Z`.
pub(crate) fn stamp(at: i64) -> String {
    let (date, minutes) = (Date::of(at), at.rem_euclid(DAY) / SECOND / 60);
    format!("{:04}{:02}{:02}T{:02}{:02}Z", date.year, date.month, date.day, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        let check = |days: i64, year, month, day| {
            assert_eq!(Date::of(days * DAY), Date { year, month, day });
            assert_eq!(Date::of(days * DAY + DAY - 1), Date { year, month, day });
        };
        check(0, 1970, 1, 1);
        check(-1, 1969, 12, 31);
        check(11_016, 2000, 2, 29);
        check(11_017, 2000, 3, 1);
        check(20_513, 2026, 3, 1);
        check(47_540, 2100, 2, 28);
        check(47_541, 2100, 3, 1);
    }

    #[test]
    fn forms() {
        let at = 1_767_323_045_678_901;
        assert_eq!(Iso::seconds(at).to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(Iso::millis(at).to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(Iso::micros(at).to_string(), "2026-01-02T03:04:05.678901Z");
        assert_eq!(Iso::without_zone(at).to_string(), "2026-01-02T03:04:05");
        assert_eq!(stamp(at), "20260102T0304Z");
        assert_eq!(Date::of(at).folders(), "2026/01/02");
    }
}
