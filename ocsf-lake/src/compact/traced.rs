//! Merged files whose trace is lost: it cannot be told any more which record their rows are, and what they were merged with next
//! could not be traced either.

use std::fs::File;

use object_store::path::Path as StorePath;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::plan::{CompactionPlan, Live, Owner, local};
use crate::error::LakeError;
use crate::lake::Lake;

impl Lake {
    /// Leaves out the files whose trace is not there or not whole, and says so in the plan.
    pub(super) fn keep_traced(
        &self,
        files: Vec<Live>,
        plan: &mut CompactionPlan,
    ) -> Result<Vec<Live>, LakeError> {
        let mut traced = Vec::new();
        for file in files {
            match self.fault_of_trace(&file)? {
                None => traced.push(file),
                Some(detail) => {
                    plan.unreadable.push(LakeError::Unreadable { path: file.record.path, detail });
                }
            }
        }
        Ok(traced)
    }

    fn fault_of_trace(&self, file: &Live) -> Result<Option<String>, LakeError> {
        let Owner::Compaction(earlier) = &file.owner else { return Ok(None) };
        let fault = if self.home().size(&StorePath::from(earlier.trace.as_str()))?.is_none() {
            "is not there"
        } else if self.rows_of_trace(&earlier.trace).is_some_and(|rows| rows != file.record.rows) {
            "is damaged"
        } else {
            return Ok(None);
        };
        Ok(Some(format!(
            "its trace `{}` {fault}; restore it from a copy, or convert the inputs of its groups with `--overwrite`",
            earlier.trace
        )))
    }

    /// How many rows a trace has that lies on this machine; none when it is no Parquet.
    fn rows_of_trace(&self, path: &str) -> Option<u64> {
        let path = local(self.home(), path).ok()?;
        let rows = File::open(path).ok().and_then(|file| {
            let footer = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).ok()?;
            u64::try_from(footer.metadata().file_metadata().num_rows()).ok()
        });
        Some(rows.unwrap_or_default())
    }
}
