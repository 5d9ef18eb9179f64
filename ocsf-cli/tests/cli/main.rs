//! The real binary, run end to end in folders of its own.
//!
//! Snapshots lie in `snapshots/`; `INSTA_UPDATE=always cargo test -p ocsf-cli` writes them anew, and the difference is
//! for the reviewer.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod convert;
mod detect;
mod help;
mod inputs;
mod inspect;
mod look_up;
mod preview;
mod settings;
mod support;
