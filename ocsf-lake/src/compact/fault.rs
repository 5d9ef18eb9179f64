//! Files that cannot be merged, and those beside them that can.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use object_store::Error;

use super::fetch::together;
use super::plan::Live;
use crate::error::LakeError;
use crate::lake::Lake;
use crate::staging::Staging;
use crate::store::OnDisk;

/// What keeps a file from being merged. Others can be.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is not there any more.
    Missing,
    Unreadable(LakeError),
}

impl Fault {
    /// Counts it, or keeps why.
    pub(super) fn tell(self, missing: &mut u64, unreadable: &mut Vec<LakeError>) {
        match self {
            Self::Missing => *missing += 1,
            Self::Unreadable(error) => unreadable.push(error),
        }
    }
}

impl Lake {
    /// What an error says of the file at `path`.
    ///
    /// # Errors
    /// It says nothing of the file: another one would fare no better.
    pub(super) fn fault_of(&self, path: &str, error: LakeError) -> Result<Fault, LakeError> {
        Ok(match error {
            LakeError::Store { source: Error::NotFound { .. }, .. } => Fault::Missing,
            LakeError::Io { ref source, .. }
                if source.kind() == io::ErrorKind::NotFound && self.out.dir().is_some() =>
            {
                Fault::Missing
            }
            LakeError::Store { source: Error::Precondition { source, .. }, .. } => {
                Fault::Unreadable(LakeError::Unreadable { path: path.to_owned(), detail: source.to_string() })
            }
            LakeError::Unreadable { .. } | LakeError::Schema { .. } => Fault::Unreadable(error),
            error => return Err(error),
        })
    }

    /// Has `read` read each of `files`, of which some are brought at a time. Returns what is wrong with those that cannot be
    /// read, by their numbers. Ends early when `stop` says so.
    pub(super) fn read_each(
        &self,
        files: &mut [Live],
        stop: &dyn Fn() -> bool,
        mut read: impl FnMut(u32, &mut Live, &OnDisk) -> Result<(), LakeError>,
    ) -> Result<BTreeMap<u32, Fault>, LakeError> {
        let mut faults = BTreeMap::new();
        let mut first = 0;
        for lot in files.chunk_by_mut(together()) {
            if stop() {
                break;
            }
            let count = lot.len() as u32;
            self.read_lot(first, lot, &mut faults, &mut read)?;
            first += count;
        }
        Ok(faults)
    }

    /// The first of some files that cannot be brought, and why.
    pub(super) fn to_blame(
        &self,
        lot: &[Live],
        staging: &Staging,
    ) -> Result<Option<(usize, Fault)>, LakeError> {
        for (at, file) in lot.iter().enumerate() {
            if let Err(error) = self.bring([&file.record], staging) {
                return Ok(Some((at, self.fault_of(&file.record.path, error)?)));
            }
        }
        Ok(None)
    }

    fn read_lot(
        &self,
        first: u32,
        lot: &mut [Live],
        faults: &mut BTreeMap<u32, Fault>,
        read: &mut impl FnMut(u32, &mut Live, &OnDisk) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        let staging = self.staging.group()?;
        match self.bring(lot.iter().map(|file| &file.record), &staging) {
            Ok(brought) => {
                for ((file, from), number) in lot.iter_mut().zip(&brought).zip(first..) {
                    if let Err(error) = guarded(&from.name, || read(number, file, from)) {
                        faults.insert(number, self.fault_of(&file.record.path, error)?);
                    }
                }
            }
            Err(error) => match lot {
                [file] => _ = faults.insert(first, self.fault_of(&file.record.path, error)?),
                // One of them cannot be had: which one, and what the others hold, is seen one by one.
                _ => {
                    for (file, number) in lot.chunks_mut(1).zip(first..) {
                        self.read_lot(number, file, faults, read)?;
                    }
                }
            },
        }
        Ok(())
    }
}

/// Runs `work`, which reads a file; what it panics with says that the file cannot be read: the library asserts what files say.
pub(super) fn guarded<T>(name: &str, work: impl FnOnce() -> Result<T, LakeError>) -> Result<T, LakeError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(LakeError::Unreadable { path: name.to_owned(), detail: message(&*panic).to_owned() })
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no one knows why")
}
