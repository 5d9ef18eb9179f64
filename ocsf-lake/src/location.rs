//! Where inputs and lakes are: a path of this machine, or a place in a bucket.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::LakeError;

/// A path of this machine, or a place in a bucket.
///
/// ```
/// use std::path::Path;
/// use ocsf_lake::Location;
///
/// let logs = Location::parse(Path::new("s3://example-logs/trail/"))?;
/// assert_eq!(logs.to_string(), "s3://example-logs/trail");
/// assert_eq!(Location::parse(Path::new("lake"))?, Location::Local("lake".into()));
/// assert!(Location::parse(Path::new("ftp://example.com/lake")).is_err());
/// # Ok::<(), ocsf_lake::LakeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// A path of this machine.
    Local(PathBuf),
    /// An object, or what lies below a prefix of keys.
    Remote(RemotePath),
}

/// A place in a bucket: `s3://bucket/path`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemotePath {
    /// The bucket.
    pub bucket: BucketName,
    /// Key of an object, or what keys begin with, without a slash at its ends; empty for the whole bucket.
    pub path: String,
}

/// A bucket of some store: `s3://bucket`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName {
    /// The kind of store.
    pub scheme: Scheme,
    /// Name of the bucket, or of the container.
    pub name: String,
}

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// Amazon S3, or a server that speaks like it: `s3://`.
    S3,
    /// Google Cloud Storage: `gs://`.
    Gcs,
    /// Azure Blob Storage: `az://`.
    Azure,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::S3, Self::Gcs, Self::Azure];

    /// What stands before `://`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
        }
    }
}

impl Location {
    /// The place that `text` names: text with `://` is a place in a bucket, all else a path.
    ///
    /// # Errors
    /// There is no such kind of store, or no bucket or key of that name.
    pub fn parse(text: &Path) -> Result<Self, LakeError> {
        let Some((scheme, rest)) = text.to_str().and_then(|text| text.split_once("://")) else {
            return Ok(Self::Local(text.to_owned()));
        };
        let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
        // What stands before an `@` may be a secret: it is not repeated.
        let wrong = |shown: &str, reason: &str| LakeError::Location {
            location: shown.to_owned(),
            reason: reason.to_owned(),
        };
        if name.contains('@') {
            return Err(wrong(&format!("{scheme}://..."), "credentials have no place in it"));
        }
        let whole = format!("{scheme}://{rest}");
        let Some(scheme) = Scheme::ALL.into_iter().find(|known| known.as_str() == scheme) else {
            return Err(wrong(&whole, "there are `s3://`, `gs://`, `az://` and paths"));
        };
        let good = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
        if name.is_empty() || !name.chars().all(good) {
            return Err(wrong(&whole, "it names no bucket"));
        }
        // The parser takes a slash away that would be an empty part.
        let parsed = Some(path).filter(|path| !path.starts_with('/'));
        let parsed = parsed.and_then(|path| object_store::path::Path::parse(path).ok());
        let path = parsed.ok_or_else(|| {
            wrong(&whole, "keys with empty, `.` or `..` parts or control characters cannot be named")
        })?;
        let bucket = BucketName { scheme, name: name.to_owned() };
        Ok(Self::Remote(RemotePath { bucket, path: path.into() }))
    }
}

impl Location {
    /// The file or folder of that name in it.
    pub fn join(&self, name: &str) -> Self {
        match self {
            Self::Local(dir) => Self::Local(dir.join(name)),
            Self::Remote(remote) => {
                let path = [remote.path.as_str(), name].into_iter().filter(|part| !part.is_empty());
                let path = path.collect::<Vec<_>>().join("/");
                Self::Remote(RemotePath { bucket: remote.bucket.clone(), path })
            }
        }
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::Local(path)
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::Local(path.to_owned())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Remote(remote) => remote.fmt(f),
        }
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => self.bucket.fmt(f),
            path => write!(f, "{}/{path}", self.bucket),
        }
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Location, LakeError> {
        Location::parse(Path::new(text))
    }

    #[test]
    fn places_in_buckets_are_told_from_paths() {
        let s3 = |name: &str, path: &str| {
            let bucket = BucketName { scheme: Scheme::S3, name: name.into() };
            Location::Remote(RemotePath { bucket, path: path.into() })
        };
        assert_eq!(parse("s3://b").unwrap(), s3("b", ""));
        assert_eq!(parse("s3://b/").unwrap(), s3("b", ""));
        assert_eq!(parse("s3://b/a b/%41=+ü/").unwrap(), s3("b", "a b/%41=+ü"));
        for path in ["a/b", "s3:/b", "/s3", "C:\\x"] {
            assert_eq!(parse(path).unwrap(), Location::Local(path.into()));
        }
        for wrong in ["s3://", "s3:///x", "S3://b", "file:///x", "s3://b//x", "s3://b/../x", "s3://b c/x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_in_a_location_are_not_repeated() {
        let error = parse("s3://AKIAEXAMPLE:hush@b/x").unwrap_err().to_string();
        assert!(!error.contains("hush") && !error.contains("AKIA"), "{error}");
    }
}
