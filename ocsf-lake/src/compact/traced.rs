//! Merged files whose trace is lost: it cannot be told any more which record their rows are, and what they were merged with next
//! could not be traced either.

use object_store::Error;
use object_store::path::Path as StorePath;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::footer::metadata_each;
use super::plan::{CompactionPlan, Live, Owner};
use crate::error::LakeError;
use crate::lake::Lake;

impl Lake {
    /// Leaves out the files whose trace is not there or not whole, and says so in the plan.
    pub(super) fn keep_traced(
        &self,
        files: Vec<Live>,
        plan: &mut CompactionPlan,
    ) -> Result<Vec<Live>, LakeError> {
        let traces: Vec<StorePath> = files.iter().filter_map(trace_of).collect();
        let mut rows = self.rows_of_traces(&traces)?.into_iter();
        let mut kept = Vec::new();
        for file in files {
            let Some(trace) = trace_of(&file) else {
                kept.push(file);
                continue;
            };
            let fault = match rows.next().flatten() {
                Some(rows) if rows == file.record.rows => {
                    kept.push(file);
                    continue;
                }
                Some(_) => "is damaged",
                // Another run has merged or removed both, the file first.
                None if !self.is_ours_alone() && self.is_gone(&file)? => {
                    plan.missing += 1;
                    continue;
                }
                None => "is not there",
            };
            let detail = format!(
                "its trace `{trace}` {fault}; restore it from a copy, or convert the inputs of its groups with `--overwrite`"
            );
            plan.unreadable.push(LakeError::Unreadable { path: file.record.path, detail });
        }
        Ok(kept)
    }

    /// How many rows traces have: none when one is not there, 0 when it is no Parquet.
    fn rows_of_traces(&self, paths: &[StorePath]) -> Result<Vec<Option<u64>>, LakeError> {
        let sizes = self.home().size_each(paths)?;
        let there = paths.iter().zip(&sizes).filter_map(|(path, size)| Some((path.clone(), (*size)?)));
        let there: Vec<_> = there.collect();
        let mut read = metadata_each(self.home(), &there, |_, read| rows_of(read)).into_iter();
        let rows = sizes.iter().map(|size| size.and_then(|_| read.next()).unwrap_or(Ok(None)));
        rows.collect()
    }

    pub(super) fn is_gone(&self, file: &Live) -> Result<bool, LakeError> {
        Ok(self.out.size(&StorePath::from(file.record.path.as_str()))?.is_none())
    }
}

fn trace_of(file: &Live) -> Option<StorePath> {
    match &file.owner {
        Owner::Compaction(earlier) => Some(StorePath::from(earlier.trace.as_str())),
        Owner::Group(_) => None,
    }
}

fn rows_of(read: Result<ArrowReaderMetadata, LakeError>) -> Result<Option<u64>, LakeError> {
    match read {
        Ok(metadata) => {
            let rows = metadata.metadata().file_metadata().num_rows();
            Ok(Some(u64::try_from(rows).unwrap_or_default()))
        }
        Err(LakeError::Store { source: Error::NotFound { .. }, .. }) => Ok(None),
        Err(error @ LakeError::Store { .. }) => Err(error),
        Err(_) => Ok(Some(0)),
    }
}
