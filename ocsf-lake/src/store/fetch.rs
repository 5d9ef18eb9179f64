//! Files of a folder, brought to where they can be opened: those of a bucket are fetched, in ranges.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path as StorePath;
use object_store::{Error, GetOptions, GetRange};
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::folder::{Folder, Place};
use crate::error::LakeError;
use crate::fingerprint::hex;

/// Bytes that are asked for at a time.
const RANGE: u64 = 8 << 20;

/// Ranges of one file that are in memory at the same time.
const RANGES: usize = 2;

/// Bytes that are asked for of the end of a file, where Parquet says what it holds.
const TAIL: u64 = 64 << 10;

/// Files that are asked for at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// A file that can be opened.
#[derive(Debug)]
pub(crate) struct OnDisk {
    pub(crate) path: PathBuf,
    /// As people know it.
    pub(crate) name: String,
    /// The copy, which goes with this.
    _copy: Option<TempPath>,
}

impl OnDisk {
    /// A file of this machine.
    pub(crate) fn local(path: PathBuf) -> Self {
        let name = path.display().to_string();
        Self { path, name, _copy: None }
    }
}

/// The end of a file.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    /// Bytes of the whole file.
    pub(crate) size: u64,
    pub(crate) bytes: Bytes,
}

impl Folder {
    /// Brings files of these paths and sizes to where they can be opened: copies of what lies in a bucket are put into `dir`,
    /// several at once.
    ///
    /// # Errors
    /// One is not there, or not as large, or cannot be read or written; of several, any of them.
    pub(crate) fn bring(&self, files: &[(StorePath, u64)], dir: &Path) -> Result<Vec<OnDisk>, LakeError> {
        if let Place::Local(root) = &self.place {
            let local = |(path, _): &(StorePath, u64)| OnDisk::local(root.join(path.as_ref()));
            return Ok(files.iter().map(local).collect());
        }
        let copies = stream::iter(files).map(|(path, bytes)| self.copy(path, *bytes, dir));
        self.runtime.block_on(copies.buffered(AT_ONCE).try_collect())
    }

    async fn copy(&self, path: &StorePath, bytes: u64, dir: &Path) -> Result<OnDisk, LakeError> {
        let (mut file, copy) = tempfile::Builder::new()
            .prefix("copy-")
            .tempfile_in(dir)
            .map_err(LakeError::io("create a file in", dir))?
            .into_parts();
        self.each_range(path, bytes, |part| file.write_all(part).map_err(LakeError::io("write", &copy)))
            .await?;
        Ok(OnDisk { path: copy.to_path_buf(), name: self.shown(path), _copy: Some(copy) })
    }

    /// SHA-256 of a file of a bucket, hexadecimal; `None` when it is not there, or not as large.
    pub(crate) fn sha256(&self, path: &StorePath, bytes: u64) -> Result<Option<String>, LakeError> {
        let mut digest = Sha256::new();
        let add = |part: &[u8]| {
            digest.update(part);
            Ok(())
        };
        match self.runtime.block_on(self.each_range(path, bytes, add)) {
            Ok(()) => Ok(Some(hex(&digest.finalize()))),
            Err(LakeError::Store { source: Error::NotFound { .. } | Error::Precondition { .. }, .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The ends of files of a bucket, several at once, and so many bytes of each as its number says, or a usual number.
    pub(crate) fn tails(&self, files: &[(StorePath, u64, Option<u64>)]) -> Vec<Result<Tail, LakeError>> {
        let tails = stream::iter(files).map(|(path, size, wanted)| async {
            let first = size.saturating_sub(wanted.unwrap_or(TAIL));
            let bytes = self.range(path, first..*size, *size).await?;
            Ok(Tail { size: *size, bytes })
        });
        self.runtime.block_on(tails.buffered(AT_ONCE).collect())
    }

    /// Hands out a file from its beginning to its end.
    async fn each_range(
        &self,
        path: &StorePath,
        bytes: u64,
        mut take: impl FnMut(&[u8]) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        let ranges = (0..bytes.div_ceil(RANGE)).map(|n| n * RANGE..bytes.min((n + 1) * RANGE));
        let mut parts = stream::iter(ranges).map(|range| self.range(path, range, bytes)).buffered(RANGES);
        while let Some(part) = parts.try_next().await? {
            take(&part)?;
        }
        Ok(())
    }

    /// A range of a file that must have `whole` bytes. A body that breaks off is asked for again.
    async fn range(&self, path: &StorePath, range: Range<u64>, whole: u64) -> Result<Bytes, LakeError> {
        let Place::Remote { bucket, .. } = &self.place else {
            let why = io::Error::other("it is no object of a bucket");
            return Err(LakeError::io("fetch", path.as_ref().as_ref())(why));
        };
        let refused = |error| self.error("read", path.as_ref())(error);
        let mut tries = 0;
        loop {
            let _permit = bucket.shared.permits.acquire().await;
            let part = (range != (0..whole)).then(|| GetRange::Bounded(range.clone()));
            let options = GetOptions { range: part, ..GetOptions::default() };
            let got = self.store.get_opts(path, options).await.map_err(refused)?;
            if got.meta.size != whole {
                let why = format!("it has {} bytes in place of {whole}", got.meta.size);
                return Err(refused(Error::Precondition { path: path.to_string(), source: why.into() }));
            }
            let error = match got.bytes().await {
                Ok(bytes) if bytes.len() as u64 == range.end - range.start => return Ok(bytes),
                Ok(_) => Error::Generic { store: "bucket", source: "its bytes end too early".into() },
                Err(error) => error,
            };
            if tries == bucket.shared.options.retries {
                return Err(refused(error));
            }
            tokio::time::sleep(Duration::from_millis(50 << tries.min(8))).await;
            tries += 1;
        }
    }
}

/// SHA-256 of a file of this machine, hexadecimal.
pub(crate) fn sha256_of(path: &Path) -> Result<String, LakeError> {
    let mut digest = Sha256::new();
    let mut file = File::open(path).map_err(LakeError::io("open", path))?;
    io::copy(&mut file, &mut digest).map_err(LakeError::io("read", path))?;
    Ok(hex(&digest.finalize()))
}
