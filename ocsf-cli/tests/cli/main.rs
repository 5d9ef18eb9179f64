//! The real binary, run end to end in folders of its own.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod convert;
mod support;
