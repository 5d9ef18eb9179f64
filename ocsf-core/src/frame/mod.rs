//! Where records begin and end, without parsing them twice: the reader of a record says where it ends.

mod json;

pub(crate) use json::{JsonFrames, Step};

/// How records lie in an object.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Format {
    /// JSON values: one a line, glued together, in an array, in a member of an envelope such as `{"Records":[...]}`,
    /// or behind a time stamp and a blank on each line as CloudWatch Logs exports have it.
    Json(Envelope),
}

/// The envelopes that a JSON source comes in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Envelope {
    /// Members whose array elements are the records.
    pub arrays: &'static [&'static str],
    /// Members that may stand before such an array. A first member of any other name means that the object is a record.
    pub beside: &'static [&'static str],
}

/// How much of a rejected record is kept.
pub(crate) const KEPT_RAW: usize = 64 << 10;
