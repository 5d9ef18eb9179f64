//! JSON that says when it was damaged: its last member is the hash of all before it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::fingerprint::hex;

/// What stands before the hash.
const MEMBER: &str = ",\n  \"sha256\": \"";

/// What stands behind it.
const END: &str = "\"\n}\n";

/// `value`, which is an object, as text with its hash.
pub(crate) fn seal(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    let body = text.strip_suffix("\n}").map_or(0, str::len);
    text.truncate(body);
    let hash = hex(&Sha256::digest(&text));
    Ok(text + MEMBER + &hash + END)
}

/// Reads back what [`seal`] wrote, byte for byte.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn unseal<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let sealed = text.strip_suffix(END).and_then(|text| text.rsplit_once(MEMBER));
    // Text that is no JSON at all is told as such.
    let value = serde_json::from_str(text).map_err(|error| error.to_string());
    match sealed {
        Some((body, hash)) if hex(&Sha256::digest(body)) == hash => value,
        _ => value.and(Err("it does not have the hash that it was written with".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn any_damage_is_seen() {
        let value = BTreeMap::from([("a", "1"), ("key", "logs/a.json")]);
        let text = seal(&value).unwrap();
        assert_eq!(unseal::<BTreeMap<String, String>>(text.as_bytes()).unwrap()["key"], "logs/a.json");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        for at in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[at] ^= 1;
            assert!(unseal::<BTreeMap<String, String>>(&damaged).is_err(), "byte {at}");
            assert!(unseal::<BTreeMap<String, String>>(&damaged[..at]).is_err(), "cut at {at}");
        }
    }
}
