//! What can only be read in order, kept in a file where it can be read anywhere.

use std::fs::File;
use std::io::Write;

use super::decoder::Decoder;

/// No more bytes than this are kept: AWS makes objects of 75 MB.
const MAX_BYTES: u64 = 1 << 30;

/// Bytes taken at a time.
const CHUNK: usize = 256 << 10;

/// Writes all that `decoder` gives to a temporary file without a name.
///
/// # Errors
/// Why there is no such file, for people.
pub(super) fn spool(decoder: &mut Decoder) -> Result<File, String> {
    let mut file =
        tempfile::tempfile().map_err(|error| format!("cannot be kept in a temporary file: {error}"))?;
    let (mut buffer, mut kept, mut more) = (Vec::with_capacity(CHUNK), 0_u64, true);
    while more {
        buffer.clear();
        more = decoder.fill(&mut buffer, CHUNK).map_err(|fault| fault.to_string())?;
        kept += buffer.len() as u64;
        if kept > MAX_BYTES {
            return Err("is too large to be kept beside: decompress it, or name the file itself".to_owned());
        }
        file.write_all(&buffer).map_err(|error| format!("cannot be kept in a temporary file: {error}"))?;
    }
    Ok(file)
}
