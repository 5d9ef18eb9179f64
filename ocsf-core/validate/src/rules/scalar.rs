//! Rules of single values: type, range, length, form.

use ocsf_core::time::{MAX_MS, MIN_MS, parse_iso_ms};

use super::Check;
use crate::code::{Code, Level};
use crate::facts::{Base, Scalar};
use crate::finding::Path;
use crate::value::{Value, View};

impl Check<'_> {
    pub(super) fn scalar<'a, V: Value<'a>>(&mut self, view: View<'a, V>, ty: &Scalar, path: &Path<'_>) {
        match (ty.base, view) {
            (Base::Json, _)
            | (Base::Bool, View::Bool(_))
            | (Base::Float, View::Int(_) | View::Float(_))
            | (Base::DateTime, View::Instant(_)) => {}
            (Base::Text, View::Text(text)) => self.text(text, ty, path),
            (Base::DateTime, View::Text(text)) => self.date_time(text, path),
            (Base::Timestamp, View::Instant(ms)) => self.timestamp(ms.into(), path),
            (Base::Timestamp, View::Int(ms)) => self.timestamp(ms, path),
            (Base::Int | Base::Long, View::Int(number)) => self.number(number, ty, path),
            _ => self.found(Code::AttributeWrongType, path, || {
                format!("expected {}, got {}", ty.name, view.described())
            }),
        }
    }

    fn text(&mut self, text: &str, ty: &Scalar, path: &Path<'_>) {
        if let Some(most) = ty.max_len
            && text.len() > most
            && text.chars().count() > most
        {
            self.found(Code::AttributeValueExceedsMaxLen, path, || {
                format!("{} characters, {} has {most} at most", text.chars().count(), ty.name)
            });
        }
        if let Some(pattern) = &ty.pattern
            && !self.forms.fit(pattern, text)
        {
            self.found(Code::AttributeValueRegexNotMatched, path, || {
                format!("{} is no {}", View::<&crate::Json<'_>>::Text(text).shown(), ty.name)
            });
        }
    }

    fn number(&mut self, number: i128, ty: &Scalar, path: &Path<'_>) {
        if ty.base == Base::Int && i32::try_from(number).is_err() {
            self.found_at(Level::Warning, Code::AttributeValueExceedsRange, path, || {
                format!("{number} does not fit the 32 bits of an integer_t")
            });
        }
        if i64::try_from(number).is_err() {
            self.found(Code::AttributeValueExceedsRange, path, || format!("{number} does not fit 64 bits"));
        } else if let Some((least, most)) = ty.range
            && !(i128::from(least)..=i128::from(most)).contains(&number)
        {
            self.found(Code::AttributeValueExceedsRange, path, || {
                format!("{number} is not in {least} to {most} of {}", ty.name)
            });
        }
    }

    fn timestamp(&mut self, ms: i128, path: &Path<'_>) {
        if !(i128::from(MIN_MS)..=i128::from(MAX_MS)).contains(&ms) {
            self.found(Code::TimestampUnitSuspicious, path, || {
                format!("{ms} ms since 1970 is not between 1990 and 2100")
            });
        }
    }

    fn date_time(&mut self, text: &str, path: &Path<'_>) {
        match Instant::parse(text) {
            None => self.found(Code::AttributeWrongType, path, || {
                format!("expected datetime_t, got {}", View::<&crate::Json<'_>>::Text(text).shown())
            }),
            Some(instant) if instant.is_rfc3339 => {}
            Some(_) => self.found(Code::DatetimeNotRfc3339, path, || format!("`{text}`")),
        }
    }
}

/// An instant that text names.
pub(super) struct Instant {
    /// Milliseconds since the epoch; text without an offset is read as UTC.
    pub(super) ms: i64,
    /// Written as RFC 3339 has it: dashes, `T`, an offset.
    pub(super) is_rfc3339: bool,
}

impl Instant {
    /// The instant of ISO 8601 text, a date alone being its first moment.
    pub(super) fn parse(with_blanks: &str) -> Option<Self> {
        let text = with_blanks.trim();
        if let [_, _, _, _, b'-', _, _, b'-', _, _] = text.as_bytes() {
            let ms = parse_iso_ms(&format!("{text}T00:00:00Z"))?;
            return Some(Self { ms, is_rfc3339: false });
        }
        let ms = parse_iso_ms(text)?;
        let time = text.split_once(['T', 't']);
        let is_rfc3339 = text == with_blanks
            && time.is_some_and(|(date, time)| date.contains('-') && time.contains(['Z', 'z', '+', '-']));
        Some(Self { ms, is_rfc3339 })
    }
}
