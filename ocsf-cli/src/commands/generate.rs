//! `ocsf generate`: invented logs in a directory, under the keys of their objects.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use ocsf_generate::{Object, objects};

use crate::args::GenerateArgs;
use crate::error::{CliError, ExitStatus};
use crate::term::{Talk, Verbosity, quote};
use crate::units::{human_count, human_size, human_things};

/// Writes the objects and says how much they are.
///
/// # Errors
/// The directory holds something already, or cannot be written.
pub(crate) fn run(args: &GenerateArgs, talk: Talk) -> Result<ExitStatus, CliError> {
    let (source, settings) = args.plan()?;
    refuse_full(&args.out)?;
    let (mut written, mut stored_bytes, mut text_bytes, mut broken) = (0, 0, 0, 0);
    for object in objects(source, settings) {
        write(&args.out, &object)?;
        let records = human_things(object.records, "record");
        talk.say(Verbosity::Verbose, format_args!("{}: {records}", object.key));
        written += 1;
        stored_bytes += object.bytes.len() as u64;
        text_bytes += object.text_bytes;
        broken += object.broken;
    }
    let (files, records) = (human_things(written, "file"), human_things(args.events, "record"));
    let (size, stored) = (human_size(text_bytes), human_size(stored_bytes));
    let broken =
        if broken == 0 { String::new() } else { format!(", {} of them broken", human_count(broken)) };
    talk.say(
        Verbosity::Normal,
        format_args!("Generated {files}, {size} ({stored} stored), {records}{broken}"),
    );
    Ok(ExitStatus::Success)
}

/// Other files among the generated ones would be taken for them.
fn refuse_full(out: &Path) -> Result<(), CliError> {
    let is_full = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => {
            return Err(CliError::unpublished(format!("cannot write to {}", quote(out))).because(error));
        }
    };
    if is_full {
        let error = CliError::unpublished(format!("{} holds something already", quote(out)));
        return Err(error.hint("use an empty directory"));
    }
    Ok(())
}

fn write(out: &Path, object: &Object) -> Result<(), CliError> {
    let path = object.key.split('/').fold(out.to_owned(), |path, part| path.join(part));
    let folder = path.parent().unwrap_or(out);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &object.bytes));
    written.map_err(|error| CliError::unpublished(format!("cannot write {}", quote(&path))).because(error))
}
