//! Every single finding, as lines of JSON.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ocsf_validate::Finding;
use serde::Serialize;

use crate::error::CliError;
use crate::findings::Place;
use crate::term::quote;

/// Writes a line for each finding.
pub(super) struct Each {
    path: PathBuf,
    out: BufWriter<Box<dyn Write>>,
    /// The first failure; nothing is written after it.
    failed: Option<io::Error>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    place: &'a Place,
    #[serde(flatten)]
    finding: &'a Finding,
}

impl Each {
    /// Writes to a new file, or to standard output for `-`.
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        let out: Box<dyn Write> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).map_err(|error| {
                CliError::usage(format!("cannot write to {}", quote(path))).because(error)
            })?)
        };
        Ok(Self { path: path.to_owned(), out: BufWriter::new(out), failed: None })
    }

    pub(super) fn write(&mut self, place: &Place, finding: &Finding) {
        if self.failed.is_none() {
            let written = serde_json::to_writer(&mut self.out, &Line { place, finding });
            let written = written.map_err(io::Error::from).and_then(|()| self.out.write_all(b"\n"));
            self.failed = written.err();
        }
    }

    /// Says whether everything was written.
    pub(super) fn finish(mut self) -> Result<(), CliError> {
        let written = self.failed.take().map_or(Ok(()), Err).and_then(|()| self.out.flush());
        written.map_err(|error| {
            if self.path == Path::new("-") {
                CliError::stdout(&error)
            } else {
                CliError::unpublished(format!("cannot write to {}", quote(&self.path))).because(error)
            }
        })
    }
}
