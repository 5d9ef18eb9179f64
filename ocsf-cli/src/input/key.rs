//! The name of an object that stays the same across runs and machines.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Component, Path};

/// Stands for bytes of a name that are no UTF-8, their hexadecimal form behind it.
const ESCAPE: char = '\u{FFFD}';

/// Key of a file that was named on its own: the part of its path from `AWSLogs` on, else its name behind that of its
/// directory.
pub(super) fn file_key(path: &Path) -> String {
    delivered_key(path).unwrap_or_else(|| {
        let name = path.file_name().map(text_of).unwrap_or_default();
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        join(base_name(parent.unwrap_or_else(|| Path::new("."))), name)
    })
}

/// Key of a file that was found in `directory` at `relative`: the part of its path from `AWSLogs` on, else the relative
/// path behind the directory's name.
pub(super) fn found_key(directory: &Path, directory_name: Option<&str>, relative: &Path) -> String {
    delivered_key(&directory.join(relative))
        .unwrap_or_else(|| join(directory_name.map(str::to_owned), text_of_all(relative.components())))
}

/// Key of an object of a bucket, whatever part of it was named: the part of its key from `AWSLogs` on, else the whole key
/// behind the name of the bucket.
pub(super) fn object_key(bucket: &str, key: &str) -> String {
    let parts: Vec<&str> = std::iter::once(bucket).chain(key.split('/')).collect();
    let start = parts.iter().rposition(|part| *part == "AWSLogs").unwrap_or_default();
    let rest = parts.get(start..).unwrap_or_default();
    rest.iter().map(|part| text_of(OsStr::new(part))).collect::<Vec<_>>().join("/")
}

/// Name of a directory, whatever `.`, `..` or links it was called by; `None` for the root.
pub(super) fn base_name(directory: &Path) -> Option<String> {
    directory.canonicalize().ok()?.file_name().map(text_of)
}

/// The path from its last `AWSLogs` on, where AWS's own naming begins.
fn delivered_key(path: &Path) -> Option<String> {
    let absolute = std::path::absolute(path).ok()?;
    let parts: Vec<Component<'_>> = absolute.components().collect();
    let start = parts.iter().rposition(|part| part.as_os_str() == "AWSLogs")?;
    let rest = parts.get(start..)?;
    (!rest.contains(&Component::ParentDir)).then(|| text_of_all(rest.iter().copied()))
}

fn join(directory: Option<String>, name: String) -> String {
    match directory {
        Some(directory) => format!("{directory}/{name}"),
        None => name,
    }
}

fn text_of_all<'a>(parts: impl Iterator<Item = Component<'a>>) -> String {
    let parts: Vec<String> = parts.map(|part| text_of(part.as_os_str())).collect();
    parts.join("/")
}

/// The name as text: different names give different texts.
fn text_of(name: &OsStr) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        for char in chunk.valid().chars() {
            if char == ESCAPE {
                push_escaped(&mut text, char.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(char);
            }
        }
        push_escaped(&mut text, chunk.invalid());
    }
    text
}

fn push_escaped(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "{ESCAPE}{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_aws_named_is_kept_from_there_on() {
        let expected = "AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/01/a.json.gz";
        assert_eq!(file_key(Path::new(&format!("/backup/{expected}"))), expected);
        assert_eq!(file_key(Path::new(&format!("/AWSLogs/old/{expected}"))), expected);
        assert_eq!(found_key(Path::new("/data"), Some("data"), Path::new(expected)), expected);
        assert_eq!(
            found_key(
                Path::new("/data/AWSLogs/111122223333"),
                Some("111122223333"),
                Path::new("CloudTrail/a")
            ),
            "AWSLogs/111122223333/CloudTrail/a"
        );
    }

    #[test]
    fn other_files_carry_the_name_of_their_directory() {
        let home = tempfile::tempdir().unwrap();
        let logs = home.path().join("logs");
        std::fs::create_dir_all(logs.join("sub")).unwrap();
        assert_eq!(file_key(&logs.join("a.json")), "logs/a.json");
        assert_eq!(file_key(&logs.join("sub/../a.json")), "logs/a.json");
        assert_eq!(base_name(&logs.join("sub/..")).as_deref(), Some("logs"));
        assert_eq!(found_key(&logs, Some("logs"), Path::new("sub/a.json")), "logs/sub/a.json");
        assert_eq!(file_key(Path::new("/a.json")), "a.json");
    }

    #[test]
    fn objects_carry_the_name_of_their_bucket() {
        assert_eq!(object_key("logs", "a/b c.json"), "logs/a/b c.json");
        assert_eq!(object_key("logs", "x/AWSLogs/111122223333/a"), "AWSLogs/111122223333/a");
        assert_eq!(object_key("logs", "a\u{FFFD}"), "logs/a\u{FFFD}EF\u{FFFD}BF\u{FFFD}BD");
    }

    #[cfg(unix)]
    proptest! {
        #[test]
        fn different_names_stay_different(
            one in prop::collection::vec(prop_oneof![Just(b'F'), Just(0xEF), Just(0xBF), Just(0xBD), any::<u8>()], 0..8),
            two in prop::collection::vec(prop_oneof![Just(b'F'), Just(0xEF), Just(0xBF), Just(0xBD), any::<u8>()], 0..8),
        ) {
            use std::os::unix::ffi::OsStrExt;
            let text = |name: &[u8]| text_of(OsStr::from_bytes(name));
            prop_assert_eq!(one == two, text(&one) == text(&two));
        }
    }
}
