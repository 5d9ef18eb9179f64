//! The commands: each takes its arguments and says how it ended.

pub(crate) mod convert;

mod convert_lake;
