//! What tests across crates share.

#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../CONTRIBUTING.md")]
    struct Contributing;
}

use std::env;
use std::path::{Path, PathBuf};

/// The folder of reference material outside the repository: `OCSF_SHARED`, else `../shared` beside it. `None` when there
/// is no such folder; the caller then prints a line that starts with `skipped:` and returns.
///
/// # Panics
/// The folder is absent and `OCSF_REQUIRE_SHARED` is `1`.
pub fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let path = env::var_os("OCSF_SHARED").map_or_else(beside, PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    let required = env::var_os("OCSF_REQUIRE_SHARED").is_some_and(|value| value == "1");
    assert!(!required, "{} is absent, and OCSF_REQUIRE_SHARED=1", path.display());
    None
}
