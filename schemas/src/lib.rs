//! Compiled facts of the OCSF schema versions, as data.

/// The versions, oldest first.
pub const VERSIONS: &[&str] = &["1.1.0", "1.3.0", "1.5.0", "1.8.0"];

/// The facts of a version as JSON text.
pub fn json(version: &str) -> Option<&'static str> {
    Some(match version {
        "1.1.0" => include_str!("../data/1.1.0.json"),
        "1.3.0" => include_str!("../data/1.3.0.json"),
        "1.5.0" => include_str!("../data/1.5.0.json"),
        "1.8.0" => include_str!("../data/1.8.0.json"),
        _ => return None,
    })
}
