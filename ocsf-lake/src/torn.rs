//! What killed runs leave of files that were on their way into a folder: under names that no listing tells.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crate::error::LakeError;
use crate::manifest::GROUP_NAME;

/// Where others may be writing too, what nobody has written to for so long is torn.
const OTHERS_WRITE_WITHIN: Duration = Duration::from_secs(3600);

/// Name of a file while it is copied from another file system.
pub(crate) fn part_of(file: &str) -> String {
    format!(".{file}.part")
}

fn is_part(name: &str) -> bool {
    let file = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
    let group = file.and_then(|file| file.split_once('.')).map(|(group, _)| group);
    group.is_some_and(|group| {
        group.len() == GROUP_NAME && group.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    })
}

/// What the store calls a file while it writes it.
fn is_staged(name: &str) -> bool {
    name.contains('#') || name.starts_with(".tmp")
}

/// Removes what is torn in a folder of the state of a lake. `is_ours_alone` says that no other run can be writing there.
pub(crate) fn remove_from_state(folder: &Path, is_ours_alone: bool) -> Result<(), LakeError> {
    remove(folder, |name, path| (is_part(name) || is_staged(name)) && (is_ours_alone || is_given_up(path)))
}

/// Removes copies that nobody has written to for an hour from a folder that others may use too.
pub(crate) fn remove_parts(folder: &Path) -> Result<(), LakeError> {
    remove(folder, |name, path| is_part(name) && is_given_up(path))
}

fn remove(folder: &Path, is_torn: impl Fn(&str, &Path) -> bool) -> Result<(), LakeError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if is_torn(&name, &path) {
            match fs::remove_file(&path) {
                // Another run was faster, or it is another user's, and takes space but does no harm.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {}
                removed => removed.map_err(LakeError::io("remove", &path))?,
            }
        }
    }
    Ok(())
}

fn is_given_up(path: &Path) -> bool {
    is_older(path, OTHERS_WRITE_WITHIN)
}

/// Whether nobody has written to it for longer than that.
pub(crate) fn is_older(path: &Path, than: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > than))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    const PART: &str = ".0123456789abcdef0123456789abcdef.ndjson.zst.part";

    #[test]
    fn a_copy_is_known_by_its_name() {
        assert_eq!(part_of(PART.trim_start_matches('.').trim_end_matches(".part")), PART);
        assert!(is_part(PART));
        for other in [".x.part", "0123456789abcdef0123456789abcdef.part", ".a.ndjson.zst.part"] {
            assert!(!is_part(other), "{other}");
        }
    }

    #[test]
    fn where_others_write_only_old_copies_go() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = dir.path().join(name);
            (fs::File::create(&path).unwrap(), path)
        };
        let (old, new) = (file(PART), file(&PART.replace("012", "abc")));
        let (staged, of_others) = (file("x.json#1"), file(".download.part"));
        for (file, _) in [&old, &staged, &of_others] {
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        remove_parts(dir.path()).unwrap();
        assert!(!old.1.exists() && new.1.exists() && staged.1.exists() && of_others.1.exists());
        remove_from_state(dir.path(), false).unwrap();
        assert!(!staged.1.exists() && new.1.exists());
        remove_from_state(dir.path(), true).unwrap();
        assert!(!new.1.exists() && of_others.1.exists());
    }

    #[test]
    fn what_another_run_removes_first_is_gone_as_well() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(PART);
        fs::write(&path, "").unwrap();
        let faster = |_: &str, path: &Path| fs::remove_file(path).is_ok();
        remove(dir.path(), faster).unwrap();
        assert!(!path.exists());
    }
}
