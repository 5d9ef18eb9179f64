//! The mapping core from outside, with an invented source.

mod columns;
mod conformance;
mod limits;
mod lines;
mod lists;
mod losses;
mod nested;
mod positions;
mod profiles;
mod wrappings;

use ocsf_core::testing::{Mapped, map};
use ocsf_core::{MapperOptions, SourceMapper};

mod source {
    #![expect(unreachable_pub, reason = "an example, included as it stands")]
    include!("../../examples/vault/source.rs");
}
use source::Vault;

/// A good record, with members to add; each begins with a comma.
fn record(more: &str) -> String {
    format!(
        r#"{{"at":"2024-05-01T10:00:00Z","did":"ReadItem","who":{{"name":"ana"}},"from":"192.0.2.7"{more}}}"#
    )
}

fn vault(options: &MapperOptions) -> SourceMapper<Vault> {
    SourceMapper::new(options).expect("the tables fit every version")
}

fn options(change: impl FnOnce(&mut MapperOptions)) -> MapperOptions {
    let mut options = MapperOptions::default();
    change(&mut options);
    options
}

fn mapped(input: impl AsRef<[u8]>) -> Mapped {
    map(&mut vault(&MapperOptions::default()), input.as_ref())
}

fn issues(mapped: &Mapped) -> Vec<(&str, &str, u64)> {
    mapped.issues.iter().map(|(code, path, count, _)| (code.as_str(), path.as_str(), *count)).collect()
}
