//! The files of a checkout, from a folder or an archive.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Component, Path};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use walkdir::WalkDir;

/// The JSON files of an OCSF schema checkout, by their path from its root.
#[derive(Debug, Default)]
pub struct Checkout {
    files: BTreeMap<String, String>,
    commit: Option<String>,
}

impl Checkout {
    /// Reads a folder, or a `.tar.gz` whose files may all lie in one folder, as GitHub packs them.
    ///
    /// # Errors
    /// The path cannot be read, or holds no `version.json`.
    pub fn open(path: &Path) -> Result<Self> {
        let checkout = if path.is_dir() { Self::from_folder(path) } else { Self::from_archive(path) };
        let checkout = checkout.with_context(|| format!("read {}", path.display()))?;
        if !checkout.files.contains_key("version.json") {
            return Err(anyhow!("{}: no version.json, so no OCSF schema checkout", path.display()));
        }
        Ok(checkout)
    }

    /// A checkout of path and text pairs.
    pub fn from_files<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.into(), text.into())).collect();
        Self { files, commit: None }
    }

    /// Commit of the checkout, when git left it there: in the archive's header, or in the folder's `.git`.
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }

    /// True when there is such a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The value of a file.
    pub(crate) fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let text = self.files.get(path).ok_or_else(|| anyhow!("{path}: no such file in the checkout"))?;
        serde_json::from_str(text).map_err(|error| anyhow!("{path}: {error}"))
    }

    /// Paths of the files below a folder, which ends with `/`, in their order.
    pub(crate) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.files.keys().map(String::as_str).filter(move |path| path.starts_with(folder))
    }

    fn from_folder(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for entry in WalkDir::new(root) {
            let entry = entry?;
            let path = joined(entry.path().strip_prefix(root)?);
            if entry.file_type().is_file() && is_json(&path) {
                let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
                files.insert(path, text);
            }
        }
        Ok(Self { files, commit: git_commit(root) })
    }

    fn from_archive(path: &Path) -> Result<Self> {
        let mut file = File::open(path)?;
        let commit = archive_commit(&file);
        file.rewind()?;
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(GzDecoder::new(file)).entries()? {
            let mut entry = entry?;
            let path = joined(&entry.path()?);
            if entry.header().entry_type().is_file() && is_json(&path) {
                let mut text = String::new();
                entry.read_to_string(&mut text).with_context(|| path.clone())?;
                files.insert(path, text);
            }
        }
        Ok(Self { files: below_root(files), commit })
    }
}

/// The files as seen from the folder of the outermost `version.json`.
fn below_root(files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let roots = files.keys().filter_map(|path| path.strip_suffix("version.json"));
    let roots = roots.filter(|root| root.is_empty() || root.ends_with('/'));
    let Some(root) = roots.min_by_key(|root| root.len()).map(str::to_owned) else {
        return files;
    };
    let inside = |(path, text): (String, String)| Some((path.strip_prefix(&root)?.to_owned(), text));
    files.into_iter().filter_map(inside).collect()
}

fn is_json(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "json")
}

fn joined(path: &Path) -> String {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/")
}

/// The commit that `git archive` notes in the global header of what it writes.
fn archive_commit(file: &File) -> Option<String> {
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let mut header = archive.entries().ok()?.raw(true).next()?.ok()?;
    if !header.header().entry_type().is_pax_global_extensions() {
        return None;
    }
    let mut text = String::new();
    header.read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| line.split_once(" comment=")).map(|(_, commit)| commit.to_owned())
}

fn git_commit(root: &Path) -> Option<String> {
    // git would answer for a repository around the folder as well
    if !root.join(".git").exists() {
        return None;
    }
    let output = Command::new("git").arg("-C").arg(root).args(["rev-parse", "HEAD"]).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| commit.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn archive(folder: &str, with_commit: bool) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = tar::Builder::new(GzEncoder::new(file.reopen().unwrap(), Compression::fast()));
        let mut add = |kind: tar::EntryType, name: &str, text: &str| {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(kind);
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        };
        if with_commit {
            let text = format!("52 comment={COMMIT}\n");
            add(tar::EntryType::XGlobalHeader, "pax_global_header", &text);
        }
        add(tar::EntryType::Regular, &format!("{folder}version.json"), r#"{"version": "9.9.9"}"#);
        add(tar::EntryType::Regular, &format!("{folder}objects/user.json"), "{}");
        add(tar::EntryType::Regular, &format!("{folder}README.md"), "no JSON");
        tar.into_inner().unwrap().finish().unwrap();
        file
    }

    #[test]
    fn archives_are_read_with_and_without_a_folder_around() {
        for folder in ["", "ocsf-schema-9.9.9/"] {
            let checkout = Checkout::open(archive(folder, false).path()).unwrap();
            let paths: Vec<_> = checkout.files.keys().collect();
            assert_eq!(paths, ["objects/user.json", "version.json"], "{folder}");
            assert_eq!(checkout.commit(), None);
        }
    }

    #[test]
    fn the_commit_comes_from_the_archive_header() {
        let checkout = Checkout::open(archive("a/", true).path()).unwrap();
        assert_eq!(checkout.commit(), Some(COMMIT));
    }

    #[test]
    fn a_folder_is_read_with_forward_slashes() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("events/iam")).unwrap();
        fs::write(folder.path().join("version.json"), "{}").unwrap();
        fs::write(folder.path().join("events/iam/a.json"), "{}").unwrap();
        let checkout = Checkout::open(folder.path()).unwrap();
        assert_eq!(checkout.below("events/").collect::<Vec<_>>(), ["events/iam/a.json"]);
        assert_eq!(checkout.commit(), None);
    }

    #[test]
    fn what_is_no_checkout_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = format!("{:#}", Checkout::open(folder.path()).unwrap_err());
        assert!(error.contains("no version.json"), "{error}");
        let error = format!("{:#}", Checkout::open(&folder.path().join("gone.tar.gz")).unwrap_err());
        assert!(error.contains("gone.tar.gz"), "{error}");
    }

    #[test]
    fn broken_json_is_told_with_file_and_line() {
        let checkout = Checkout::from_files([("version.json", "{\n\"version\": }")]);
        let error = checkout.json::<serde_json::Value>("version.json").unwrap_err().to_string();
        assert!(error.starts_with("version.json: ") && error.contains("line 2"), "{error}");
    }
}
