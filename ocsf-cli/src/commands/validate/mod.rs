//! `ocsf validate`: whether events keep the rules of their OCSF version.

mod each;
mod events;
mod files;
mod split;

use std::path::Path;

use ocsf_validate::{Code, Finding as Found, Options, Validator};

use self::each::Each;
use self::events::Events;
use crate::args::ValidateArgs;
use crate::error::{CliError, ExitStatus};
use crate::findings::{At, Finding, Level, Place, Report, Rule};
use crate::input::{Input, Origin};
use crate::output::print;
use crate::term::{Talk, quote_text};

/// Prints what was found. Findings that `--fail-on` names, files that cannot be read among them, make for [`ExitStatus::Partial`].
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
    told.report.events = Some(0);
    refuse_own_input(args.each.as_deref(), &files)?;
    told.each = args.each.as_deref().map(Each::create).transpose()?;
    for input in &files {
        let (bytes, read) = file(input, &mut validator, &mut told);
        told.report.files += 1;
        told.report.bytes += bytes;
        if let Err(message) = read {
            told.report.add(Finding {
                rule: NOT_READABLE,
                level: Level::Error,
                subject: String::new(),
                message,
                place: Place { file: input.name(), at: At::File {} },
            });
        }
    }
    if let Some(each) = told.each.take() {
        each.finish()?;
    }
    if args.each.as_deref() != Some(Path::new("-")) {
        print(&told.report.render(args.findings.format, args.findings.fail_on))?;
    }
    failed |= told.report.fails(args.findings.fail_on);
    Ok(if failed { ExitStatus::Partial } else { ExitStatus::Success })
}

/// Not a rule of events, and so none of the library.
const NOT_READABLE: Rule = Rule {
    code: "not_readable",
    meaning: "The file cannot be read, or not to its end; what could be was checked.",
};

/// What is written must not be what is read.
fn refuse_own_input(each: Option<&Path>, inputs: &[Input]) -> Result<(), CliError> {
    let Some(each) = each.and_then(|each| each.canonicalize().ok()) else { return Ok(()) };
    let is_it = |input: &&Input| match &input.origin {
        Origin::Path(path) => path.canonicalize().is_ok_and(|path| path == each),
        Origin::Object(..) | Origin::Stdin => false,
    };
    match inputs.iter().find(is_it) {
        Some(input) => {
            Err(CliError::usage(format!("`--each` would overwrite {}", quote_text(&input.name())))
                .because("it is one of the inputs"))
        }
        None => Ok(()),
    }
}

/// Checks the events of one file, as far as it can be read.
fn file(input: &Input, validator: &mut Validator, told: &mut Told) -> (u64, Result<(), String>) {
    let name = input.name();
    events::read(input, &mut |at, events| {
        let mut tell = |at, found: Found| told.tell(Place { file: name.clone(), at }, found);
        let mut count = 1;
        match events {
            Events::Text(text) => validator.check_json(text, &mut |found| tell(at, found)),
            Events::TooLarge => {
                validator.not_json("larger than an event may be".to_owned(), &mut |found| tell(at, found));
            }
            Events::Rows(columns) => {
                let first = if let At::Row(row) = at { row } else { 0 };
                count = columns.rows() as u64;
                validator.check_batch(columns, &mut |row, found| tell(At::Row(first + row as u64), found));
            }
        }
        *told.report.events.get_or_insert(0) += count;
    })
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
