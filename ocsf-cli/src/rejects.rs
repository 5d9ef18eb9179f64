//! Rejected records, set aside as NDJSON.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ocsf_core::Reject;
use ocsf_lake::hex;
use zstd::stream::write::Encoder;

use crate::input::RejectLine;

/// Writes rejects, zstd-compressed. The file is made with the first of them.
pub(crate) struct RejectsWriter {
    path: PathBuf,
    open: Option<Encoder<'static, BufWriter<File>>>,
}

impl RejectsWriter {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    pub(crate) fn write(&mut self, source: &str, rejects: &[Reject]) -> io::Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        let mut encoder = match self.open.take() {
            Some(open) => open,
            None => Encoder::new(BufWriter::new(File::create_new(&self.path)?), 0)?,
        };
        for reject in rejects {
            serde_json::to_writer(&mut encoder, &line(source, reject))?;
            encoder.write_all(b"\n")?;
        }
        self.open = Some(encoder);
        Ok(())
    }

    /// Completes the file. True when there is one.
    pub(crate) fn finish(self) -> io::Result<bool> {
        let Some(open) = self.open else { return Ok(false) };
        let file = open.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(true)
    }
}

fn line(source: &str, reject: &Reject) -> RejectLine {
    RejectLine {
        object: reject.at.object.to_string(),
        record: reject.at.record,
        byte: reject.at.byte,
        line: reject.at.line,
        source: source.to_owned(),
        code: reject.code.to_string(),
        path: reject.path.as_deref().map(str::to_owned),
        detail: reject.detail.to_string(),
        raw_b64: BASE64_STANDARD.encode(&reject.raw),
        raw_len: reject.raw_len,
        raw_sha256: reject.raw_sha256.map(|hash| hex(&hash)),
        columns: reject.columns.as_deref().map(str::to_owned),
        logged: reject.logged,
        account: reject.account.as_deref().map(str::to_owned),
    }
}
