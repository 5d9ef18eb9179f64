//! `ocsf validate`: whether events keep the rules of their OCSF version.

mod each;
mod events;
mod files;
mod split;

use std::path::Path;

use ocsf_validate::{Code, Finding as Found, Json, Level, Options, Validator};

use self::each::Each;
use self::events::Events;
use crate::args::ValidateArgs;
use crate::error::{CliError, ExitStatus};
use crate::findings::{At, Finding, Place, Report, Rule};
use crate::input::Input;
use crate::output::print;
use crate::term::{Talk, quote_text};

/// Prints what was found. Findings that `--fail-on` names and files that cannot be read make for [`ExitStatus::Partial`].
///
/// # Errors
/// A path does not exist, or the output cannot be written.
pub(crate) fn run(args: &ValidateArgs, talk: Talk) -> Result<ExitStatus, CliError> {
    let (files, mut failed) = files::list(&args.paths, talk)?;
    let options = Options {
        version: args.ocsf.clone(),
        strict: args.strict,
        recommended: args.recommended,
        quiet: args.allow.iter().filter_map(|code| Code::parse(code)).collect(),
    };
    let mut validator = Validator::new(options);
    let mut told = Told { report: Report::new("validate"), each: None };
    told.each = args.each.as_deref().map(Each::create).transpose()?;
    for input in &files {
        let (bytes, read) = file(input, &mut validator, &mut told);
        told.report.files += 1;
        told.report.bytes += bytes;
        if let Err(why) = read {
            failed = true;
            talk.warn(format_args!("cannot read `{}`: {why}", quote_text(&input.name())));
        }
    }
    if let Some(each) = told.each.take() {
        each.finish()?;
    }
    if args.each.as_deref() != Some(Path::new("-")) {
        print(&told.report.render(args.format, args.fail_on))?;
    }
    failed |= told.report.fails(args.fail_on);
    Ok(if failed { ExitStatus::Partial } else { ExitStatus::Success })
}

/// Checks the events of one file, as far as it can be read.
fn file(input: &Input, validator: &mut Validator, told: &mut Told) -> (u64, Result<(), String>) {
    let name = input.name();
    events::read(input, &mut |at, events| {
        let mut tell = |at, found: Found| told.tell(Place { file: name.clone(), at }, found);
        let mut count = 1;
        match events {
            Events::Text(text) => match Json::parse(text) {
                Ok(event) => validator.check(&event, &mut |found| tell(at, found)),
                Err(error) => tell(at, not_json(error.to_string())),
            },
            Events::TooLarge => tell(at, not_json("larger than an event may be".to_owned())),
            Events::Rows(columns) => {
                let first = if let At::Row(row) = at { row } else { 0 };
                count = columns.rows() as u64;
                validator.check_batch(columns, &mut |row, found| tell(At::Row(first + row as u64), found));
            }
        }
        *told.report.events.get_or_insert(0) += count;
    })
}

fn not_json(message: String) -> Found {
    Found { code: Code::NotJson, level: Level::Error, path: String::new(), message }
}

/// Where findings go.
struct Told {
    report: Report,
    each: Option<Each>,
}

impl Told {
    fn tell(&mut self, place: Place, found: Found) {
        if let Some(each) = &mut self.each {
            each.write(&place, &found);
        }
        let rule = Rule { code: found.code.as_str(), meaning: found.code.meaning() };
        self.report.add(Finding {
            rule,
            level: found.level,
            subject: found.path,
            message: found.message,
            place,
        });
    }
}
