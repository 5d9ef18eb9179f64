//! The files that are merged, brought to where they can be read.

use object_store::Error;
use object_store::path::Path as StorePath;

use super::plan::{Live, Owner};
use crate::error::LakeError;
use crate::lake::Lake;
use crate::manifest::FileRecord;
use crate::staging::Staging;
use crate::store::{AT_ONCE, OnDisk};

/// Files are brought together up to this size. A larger one comes alone.
const LOT_BYTES: u64 = 16 << 20;

/// Tells of each file and the one behind it whether they are brought together.
pub(super) fn together() -> impl FnMut(&Live, &Live) -> bool {
    let (mut bytes, mut count) = (0_u64, 0);
    move |file, next| {
        if count == 0 {
            bytes = file.record.bytes;
        }
        bytes += next.record.bytes;
        count += 1;
        let together = bytes <= LOT_BYTES && count < AT_ONCE;
        if !together {
            count = 0;
        }
        together
    }
}

impl Lake {
    /// Files of the lake as such that can be opened; copies of those in a bucket go with what is returned.
    pub(super) fn bring<'f>(
        &self,
        files: impl IntoIterator<Item = &'f FileRecord>,
        staging: &Staging,
    ) -> Result<Vec<OnDisk>, LakeError> {
        let files: Vec<_> =
            files.into_iter().map(|file| (StorePath::from(file.path.as_str()), file.bytes)).collect();
        self.out.bring(&files, staging.path()).map_err(of_file)
    }

    /// What tells where the rows of a file come from that was merged before.
    pub(super) fn bring_trace(&self, file: &Live, staging: &Staging) -> Result<Option<OnDisk>, LakeError> {
        let Owner::Compaction(earlier) = &file.owner else { return Ok(None) };
        let path = StorePath::from(earlier.trace.as_str());
        let bytes = if self.home().dir().is_some() { Some(0) } else { self.home().size(&path)? };
        let bytes = bytes.ok_or_else(|| LakeError::NotTheSame {
            detail: format!("nothing tells where the rows of `{}` come from", file.record.path),
        })?;
        Ok(self.home().bring(&[(path, bytes)], staging.path())?.pop())
    }
}

/// A file that is not what its manifest says is one that cannot be read; it stays as it is.
fn of_file(error: LakeError) -> LakeError {
    match error {
        LakeError::Store { path, source: Error::Precondition { source, .. }, .. } => {
            LakeError::Unreadable { path, detail: source.to_string() }
        }
        error => error,
    }
}
