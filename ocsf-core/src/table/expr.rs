//! Source expressions: where a column's value comes from, and which fields it takes.

use std::fmt;

use arrow::datatypes::{Float64Type, Int32Type, Int64Type};

use super::leaf::{Builder, DictBuilder, NumberBuilder, TextBuilder, TruthBuilder};
use crate::number;
use crate::record::{Chunk, Row, Shape};
use crate::scan::{Field, Value};
use crate::time;

/// The fields that an expression uses. A field that it takes and turns into a value needs no place in `unmapped`.
#[derive(Debug, Clone)]
pub struct Uses {
    takes: Vec<Field>,
    reads: Vec<Field>,
    /// The set of `takes`.
    mask: u128,
    needs: bool,
}

/// The expression carries the whole value of these fields over.
pub fn takes(fields: &[Field]) -> Uses {
    Uses::new(fields, &[])
}

/// The expression looks at these fields; other columns, or `unmapped`, carry them.
pub fn reads(fields: &[Field]) -> Uses {
    Uses::new(&[], fields)
}

impl Uses {
    fn new(takes: &[Field], reads: &[Field]) -> Self {
        let mask = takes.iter().fold(0, |mask, field| mask | field.bit());
        Self { takes: takes.to_vec(), reads: reads.to_vec(), mask, needs: false }
    }

    /// It gives nothing for a record that has none of the fields that it takes, and need not be asked then.
    pub fn or_nothing(mut self) -> Self {
        self.needs = true;
        self
    }

    /// True when it gives nothing for any record of the chunk.
    pub(crate) fn is_absent<S: Shape>(&self, chunk: &Chunk<'_, S>) -> bool {
        self.needs && chunk.lacks(self.mask)
    }

    /// It looks at these fields besides.
    pub fn and_reads(mut self, fields: &[Field]) -> Self {
        self.reads.extend_from_slice(fields);
        self
    }

    pub(crate) fn sources(&self) -> Sources {
        let paths = self.takes.iter().chain(&self.reads).map(|field| field.path());
        Sources { paths: paths.collect(), taken: self.takes.len() }
    }

    pub(crate) fn mask(&self) -> u128 {
        self.mask
    }
}

/// The paths of the fields that a line uses: first those that it takes, then those that it reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    pub(crate) paths: Vec<&'static str>,
    pub(crate) taken: usize,
}

impl Sources {
    /// Its first field, for issues.
    pub(crate) fn first(&self) -> &'static str {
        self.paths.first().copied().unwrap_or_default()
    }
}

impl From<Field> for Sources {
    fn from(field: Field) -> Self {
        Self { paths: vec![field.path()], taken: 1 }
    }
}

/// The first of some fields that has a usable value; it takes that field and no other.
#[derive(Debug, Clone)]
pub struct First {
    fields: Vec<Field>,
    /// The set of them.
    mask: u128,
}

impl First {
    fn new(fields: Vec<Field>) -> Self {
        let mask = fields.iter().fold(0, |mask, field| mask | field.bit());
        Self { fields, mask }
    }

    pub(crate) fn sources(&self) -> Sources {
        Sources { paths: self.fields.iter().map(|field| field.path()).collect(), taken: self.fields.len() }
    }
}

impl From<Field> for First {
    fn from(field: Field) -> Self {
        Self::new(vec![field])
    }
}

impl<const N: usize> From<[Field; N]> for First {
    fn from(fields: [Field; N]) -> Self {
        Self::new(fields.to_vec())
    }
}

/// An id as a mapper decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enumerated<'b> {
    /// This id; the caption comes from the schema.
    Id(i32),
    /// 99 Other, with the source's own word as caption.
    Other(&'b str),
    /// Nothing is said: id and caption stay null.
    Missing,
}

/// What an expression found.
pub(crate) enum Got<T> {
    Value(T),
    Missing,
    /// A field has a value, but none that the column can hold.
    Bad(Field),
}

/// A kind of column value.
pub(crate) trait Output: fmt::Debug + Sized + Send + 'static {
    type Of<'b>: Copy;
    type Builder: Builder<Self> + Default;

    /// The value as a time, when this is the kind for times.
    fn time(_: Self::Of<'_>) -> Option<i64> {
        None
    }

    /// The value as a number, when its kind has limits.
    fn number(_: Self::Of<'_>) -> Option<i64> {
        None
    }
}

/// A kind of value that a single field can give.
pub(crate) trait Parse: Output {
    fn parse(value: Value<'_>) -> Option<Self::Of<'_>>;
}

/// A source expression of that kind.
pub(crate) trait Get<S: Shape, O: Output>: Send + Sync + 'static {
    /// The value in a row; adds the fields that it takes to `take`.
    fn get<'b>(&self, row: Row<'_, 'b, S>, take: &mut u128) -> Got<O::Of<'b>>;

    /// True when it gives nothing for any row of the chunk.
    fn is_absent(&self, chunk: &Chunk<'_, S>) -> bool;

    /// Its first source field, for issues.
    fn name(&self) -> &'static str;
}

impl<S: Shape, O: Parse> Get<S, O> for First {
    #[inline]
    fn get<'b>(&self, row: Row<'_, 'b, S>, take: &mut u128) -> Got<O::Of<'b>> {
        let mut bad = None;
        for field in &self.fields {
            let value = row.value(*field);
            if !value.is_some() {
                continue;
            }
            if let Some(value) = O::parse(value) {
                *take |= field.bit();
                return Got::Value(value);
            }
            bad = Some(*field);
        }
        bad.map_or(Got::Missing, Got::Bad)
    }

    fn is_absent(&self, chunk: &Chunk<'_, S>) -> bool {
        chunk.lacks(self.mask)
    }

    fn name(&self) -> &'static str {
        self.fields.first().map_or("", |field| field.path())
    }
}

/// An expression in Rust.
pub(crate) struct By<F>(pub(crate) Uses, pub(crate) F);

macro_rules! by {
    ($name:ident = $of:ty) => {
        impl<S, F> Get<S, $name> for By<F>
        where
            S: Shape,
            F: for<'r, 'b> Fn(Row<'r, 'b, S>) -> Option<$of> + Send + Sync + 'static,
        {
            #[inline]
            fn get<'b>(&self, row: Row<'_, 'b, S>, take: &mut u128) -> Got<<$name as Output>::Of<'b>> {
                let Some(value) = (self.1)(row) else { return Got::Missing };
                *take |= self.0.mask();
                Got::Value(value)
            }

            fn is_absent(&self, chunk: &Chunk<'_, S>) -> bool {
                self.0.is_absent(chunk)
            }

            fn name(&self) -> &'static str {
                self.0.sources().first()
            }
        }
    };
}

macro_rules! outputs {
    ($($(#[$doc:meta])* $name:ident = $of:ty, $builder:ty $(, $number:expr)? );+ $(;)?) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;
        impl Output for $name {
            type Of<'b> = $of;
            type Builder = $builder;
            $(
                fn number(value: $of) -> Option<i64> {
                    Some($number(value))
                }
            )?
        }
        by!($name = $of);
    )+ };
}
outputs! {
    /// Text with many distinct values.
    Text = &'b str, TextBuilder;
    /// Text with few distinct values.
    Word = &'b str, DictBuilder;
    Int = i32, NumberBuilder<Int32Type>, i64::from;
    /// A port number.
    Port = i32, NumberBuilder<Int32Type>, i64::from;
    Long = i64, NumberBuilder<Int64Type>, i64::from;
    Float = f64, NumberBuilder<Float64Type>;
    Truth = bool, TruthBuilder;
}

/// Milliseconds since the epoch.
#[derive(Debug)]
pub(crate) struct Time;

impl Output for Time {
    type Of<'b> = i64;
    type Builder = NumberBuilder<Int64Type>;

    fn time(ms: i64) -> Option<i64> {
        Some(ms)
    }

    fn number(ms: i64) -> Option<i64> {
        Some(ms)
    }
}

by!(Time = i64);

/// Milliseconds since the epoch, of whole seconds, or a time stamp, in the source.
#[derive(Debug)]
pub(crate) struct Seconds;

impl Output for Seconds {
    type Of<'b> = i64;
    type Builder = NumberBuilder<Int64Type>;

    fn time(ms: i64) -> Option<i64> {
        Some(ms)
    }

    fn number(ms: i64) -> Option<i64> {
        Some(ms)
    }
}

impl Parse for Seconds {
    #[inline]
    fn parse(value: Value<'_>) -> Option<i64> {
        time::parse_seconds_or_iso_ms(value.text()?).filter(|ms| time::is_plausible(*ms))
    }
}

impl Parse for Text {
    #[inline]
    fn parse(value: Value<'_>) -> Option<&str> {
        value.text()
    }
}

impl Parse for Word {
    #[inline]
    fn parse(value: Value<'_>) -> Option<&str> {
        value.text()
    }
}

impl Parse for Int {
    #[inline]
    fn parse(value: Value<'_>) -> Option<i32> {
        number::parse_i32(value.text()?)
    }
}

impl Parse for Port {
    #[inline]
    fn parse(value: Value<'_>) -> Option<i32> {
        number::parse_u16(value.text()?).map(i32::from)
    }
}

impl Parse for Long {
    #[inline]
    fn parse(value: Value<'_>) -> Option<i64> {
        number::parse_i64(value.text()?)
    }
}

impl Parse for Float {
    #[inline]
    fn parse(value: Value<'_>) -> Option<f64> {
        value.text()?.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

impl Parse for Truth {
    #[inline]
    fn parse(value: Value<'_>) -> Option<bool> {
        let text = value.text()?;
        let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        if is(&["true", "yes", "1"]) {
            Some(true)
        } else if is(&["false", "no", "0"]) {
            Some(false)
        } else {
            None
        }
    }
}

impl Parse for Time {
    #[inline]
    fn parse(value: Value<'_>) -> Option<i64> {
        time::parse_iso_ms(value.text()?)
    }
}
