//! Values on the command line: sizes, limits, times, compression; and sizes for people.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ocsf_core::time::parse_iso_ms;

const UNITS: [(&str, u64); 10] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("", 1),
];

/// A number of bytes: `64MiB`, `1.5 GB`, `4096`.
///
/// ```
/// use ocsf_cli::ByteSize;
/// assert_eq!("1.5KiB".parse(), Ok(ByteSize(1536)));
/// assert_eq!(ByteSize(64 << 20).to_string(), "64MiB");
/// assert!("64 apples".parse::<ByteSize>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// The size in memory; what does not fit is as good as no limit.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim_start();
        let factor =
            UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).map(|(_, factor)| *factor);
        let factor = factor.ok_or("expected bytes, or a number with KiB, MiB, GiB, KB, MB or GB")?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let too_large = || "more bytes than there can be".to_owned();
        let not_a_number = |_| "expected a number such as 64 or 1.5 before the unit".to_owned();
        if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
            return Err("expected a number such as 64 or 1.5 before the unit".to_owned());
        }
        let scale = 10_u128.pow(fraction.len() as u32);
        let fraction: u128 = fraction.parse().map_err(not_a_number)?;
        let whole = whole.parse::<u64>().map(u128::from).map_err(|_| too_large())?;
        let bytes = (whole * scale + fraction).checked_mul(u128::from(factor)).ok_or_else(too_large)? / scale;
        u64::try_from(bytes).map(Self).map_err(|_| too_large())
    }
}

impl fmt::Display for ByteSize {
    /// Exact: in the largest binary unit that leaves no rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(*factor);
        match UNITS[5..9].iter().rev().find(fits) {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

/// How many rejected records a run bears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RejectLimit {
    /// So many records.
    Records(u64),
    /// So many of a hundred records.
    Percent(f64),
}

impl FromStr for RejectLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a number of records such as 100, or a share such as 10%".to_owned();
        match text.trim().strip_suffix('%') {
            Some(share) => match share.trim_end().parse::<f64>() {
                Ok(share) if (0.0..=100.0).contains(&share) => Ok(Self::Percent(share)),
                _ => Err(wrong()),
            },
            None => text.trim().parse().map(Self::Records).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for RejectLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(records) => write!(f, "{records}"),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

/// Where rejected records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectsTo {
    /// Into files below this directory.
    Directory(PathBuf),
    /// Nowhere: they are counted.
    Nowhere,
}

impl From<std::ffi::OsString> for RejectsTo {
    fn from(text: std::ffi::OsString) -> Self {
        if text == "none" { Self::Nowhere } else { Self::Directory(text.into()) }
    }
}

/// Zstandard level of Parquet pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZstdLevel(pub i32);

impl FromStr for ZstdLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let level = match text.strip_prefix("zstd") {
            Some("") => Some(1),
            Some(rest) => rest.strip_prefix(':').and_then(|level| level.parse().ok()),
            None => None,
        };
        let level = level.filter(|level| (1..=22).contains(level));
        level.map(Self).ok_or_else(|| "expected zstd:N with N from 1 to 22".to_owned())
    }
}

impl fmt::Display for ZstdLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zstd:{}", self.0)
    }
}

/// A point in time: milliseconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = (text.len() == 10).then(|| format!("{text}T00:00:00Z"));
        let ms = parse_iso_ms(date.as_deref().unwrap_or(text));
        ms.map(Self).ok_or_else(|| "expected a time such as 2024-05-01T10:00:00Z, or a date".to_owned())
    }
}

/// A length of time: `5m`, `90s`, `1h`.
///
/// ```
/// use std::time::Duration;
///
/// use ocsf_cli::Interval;
/// assert_eq!("5m".parse(), Ok(Interval(Duration::from_secs(300))));
/// assert!("5".parse::<Interval>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(pub Duration);

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = |end: &str, factor: u64| {
            let number: u64 = text.strip_suffix(end)?.parse().ok()?;
            Some(Duration::from_millis(number.checked_mul(factor)?))
        };
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        let found = units.into_iter().find_map(|(end, factor)| unit(end, factor));
        found.map(Self).ok_or_else(|| "expected a whole number with s, m or h, such as 5m".to_owned())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        match (ms % 60_000, ms % 1_000) {
            (0, _) => write!(f, "{}m", ms / 60_000),
            (_, 0) => write!(f, "{}s", ms / 1_000),
            _ => write!(f, "{ms}ms"),
        }
    }
}

/// A size for people, in three digits or so: `96 KiB`, `1.2 MiB`.
pub fn human_size(bytes: u64) -> String {
    let Some((unit, factor)) = UNITS[5..9].iter().rev().find(|(_, factor)| bytes >= *factor) else {
        return format!("{bytes} B");
    };
    let value = bytes as f64 / *factor as f64;
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// So many things: `1 file`, `2,000 files`. The plural of `thing` adds an s.
pub(crate) fn human_things(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", human_count(number))
}

/// A number with a comma between each three digits.
pub fn human_count(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// First millisecond of a day in the form `YYYYMMDD`; `None` for anything else.
pub(crate) fn parse_day(day: &str) -> Option<i64> {
    let is_day = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
    is_day.then(|| parse_iso_ms(&format!("{day}T000000Z"))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_paths() {
        assert_eq!(parse_day("20240501"), Some(1_714_521_600_000));
        assert_eq!(parse_day("2024-5-1"), None);
        assert_eq!(parse_day("20241301"), None);
    }
    use proptest::prelude::*;

    #[test]
    fn sizes() {
        let check = |text: &str, bytes: u64| assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        check("0", 0);
        check("4096", 4096);
        check("64MiB", 64 << 20);
        check("64 mib", 64 << 20);
        check("1GB", 1_000_000_000);
        check("1.5GiB", 3 << 29);
        check("0.1KB", 100);
        check("18446744073709551615", u64::MAX);
        for text in ["", "MiB", "-1", "1.MiB", ".5MiB", "1e9", "1MiBs", "1..5", "99999999999GiB", "1 0", "∞"]
        {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn limits_levels_and_times() {
        assert_eq!("10%".parse(), Ok(RejectLimit::Percent(10.0)));
        assert_eq!("0".parse(), Ok(RejectLimit::Records(0)));
        for text in ["101%", "-1%", "NaN%", "%", "ten", "-1"] {
            assert!(text.parse::<RejectLimit>().is_err(), "{text}");
        }
        assert_eq!("zstd".parse(), Ok(ZstdLevel(1)));
        assert_eq!("zstd:22".parse(), Ok(ZstdLevel(22)));
        for text in ["zstd:0", "zstd:23", "gzip", "zstd3", "zstd:"] {
            assert!(text.parse::<ZstdLevel>().is_err(), "{text}");
        }
        assert_eq!("1970-01-02".parse(), Ok(Time(86_400_000)));
        assert_eq!("1970-01-01T02:00:00+02:00".parse(), Ok(Time(0)));
        assert!("yesterday".parse::<Time>().is_err());
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            (human_things(1, "row"), human_things(0, "row")),
            ("1 row".to_owned(), "0 rows".to_owned())
        );
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(human_count(number), text);
        }
        for (bytes, text) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (98_304, "96 KiB"), (5 << 30, "5.0 GiB")]
        {
            assert_eq!(human_size(bytes), text);
        }
    }

    proptest! {
        #[test]
        fn sizes_survive_being_shown(bytes in any::<u64>()) {
            prop_assert_eq!(ByteSize(bytes).to_string().parse(), Ok(ByteSize(bytes)));
        }

        #[test]
        fn any_text_is_safe(text in "[0-9.]{0,40}[a-zA-Z %]{0,4}|\\PC{0,12}") {
            let _ = text.parse::<ByteSize>();
            let _ = text.parse::<RejectLimit>();
            let _ = text.parse::<ZstdLevel>();
            let _ = text.parse::<Time>();
            let _ = text.parse::<Interval>();
        }
    }
}
