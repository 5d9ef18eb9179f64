//! `ocsf preview`: the first events of inputs.

use std::collections::BTreeMap;

use ocsf_core::{Mapper, ObjectInfo, Output, Reject};
use ocsf_mappers::Registry;

use super::inputs;
use crate::args::PreviewArgs;
use crate::error::{CliError, ExitStatus};
use crate::events::{event_text, plain};
use crate::input::{Found, Input, Limits, Object, ParquetRows, Piece, Retries, Retry, guard, object_info};
use crate::output::print;
use crate::term::{Talk, Verbosity, quote_text};
use crate::units::human_things;

/// Bytes decoded at a time: events come soon.
const CHUNK: usize = 64 << 10;

/// Prints the first events as JSON, in the order of the inputs and of the records in them.
///
/// # Errors
/// The arguments make no sense, or standard output cannot be written.
pub(crate) fn run(args: &PreviewArgs, talk: Talk, registry: &Registry) -> Result<ExitStatus, CliError> {
    let wanted = args.input.wanted(registry)?;
    let mut preview = Preview {
        args,
        talk,
        registry,
        classes: args.mapping.classes()?,
        mappers: BTreeMap::new(),
        left: args.events,
        rejected: Vec::new(),
        not_recognised: Vec::new(),
        failed: false,
    };
    let listing = inputs(&args.input, talk)?;
    preview.failed = !listing.problems.is_empty();
    for input in &listing.inputs {
        if preview.left == 0 {
            break;
        }
        let name = input.name();
        let name = quote_text(&name);
        let mut object = match Object::open(input, &Limits::default()) {
            Ok(object) => object,
            Err(error) => {
                preview.fail(format_args!("cannot read `{name}`: {error}"));
                continue;
            }
        };
        match object.detect(input, registry, wanted) {
            Found::Source { name, .. } => match object.rows() {
                Some(rows) => preview.read_rows(name, input, rows)?,
                None => preview.read_logs(name, input, object)?,
            },
            Found::Rejects => preview.read_rejects(object)?,
            Found::Skip { kind: "ocsf-parquet", .. } => preview.read_events(input, object.rows())?,
            Found::Skip { kind, reason } => {
                talk.say(Verbosity::Verbose, format_args!("skipped `{name}`: {kind}, {reason}"));
            }
            Found::Ambiguous(sources) => {
                let fits: Vec<String> =
                    sources.iter().map(|(name, sure)| format!("{name} ({sure:.2})")).collect();
                preview.not_recognised(format!("`{name}`: it fits {}", fits.join(", ")));
            }
            Found::Unknown { reason } => preview.not_recognised(format!("`{name}`: {reason}")),
        }
    }
    Ok(preview.finish())
}

struct Preview<'a> {
    args: &'a PreviewArgs,
    talk: Talk,
    registry: &'a Registry,
    classes: Vec<i32>,
    /// Mappers by source.
    mappers: BTreeMap<String, Box<dyn Mapper>>,
    left: usize,
    rejected: Vec<Reject>,
    /// Names and reasons.
    not_recognised: Vec<String>,
    failed: bool,
}

impl Preview<'_> {
    fn read_logs(&mut self, source: &str, input: &Input, mut object: Object) -> Result<(), CliError> {
        let info = self.info(&input.key);
        self.mapper(source)?.begin(info);
        let (mut buf, mut more) = (Vec::new(), true);
        while more && self.left > 0 {
            // A record that is torn at the end is scanned again, with as much again behind it.
            let chunk = CHUNK.max(buf.len());
            more = object.fill(&mut buf, chunk).unwrap_or_else(|fault| {
                self.fail(format_args!("`{}` is damaged: {fault}", quote_text(&input.name())));
                true
            });
            let took = self.mapper(source)?.decode(&buf, !more);
            buf.drain(..took.min(buf.len()));
            self.show(source)?;
        }
        if more {
            // The mapper is used again for other inputs.
            self.mapper(source)?.decode(&[], true);
            self.mapper(source)?.flush(&mut Output::default());
        }
        Ok(())
    }

    fn read_rows(&mut self, source: &str, input: &Input, rows: &ParquetRows) -> Result<(), CliError> {
        let info = self.info(&input.key);
        self.mapper(source)?.begin(info);
        for piece in rows.read() {
            let mapper = self.mapper(source)?;
            let decoded = piece.map_err(|fault| fault.to_string()).and_then(|Piece { rows, first_row }| {
                mapper.decode_batch(&rows, first_row).map_err(|error| error.to_string())
            });
            if let Err(fault) = decoded {
                self.fail(format_args!("`{}` is damaged: {fault}", quote_text(&input.name())));
            }
            self.show(source)?;
            if self.left == 0 {
                break;
            }
        }
        Ok(())
    }

    fn read_rejects(&mut self, mut object: Object) -> Result<(), CliError> {
        for retry in Retries::new(&mut object, self.args.mapping.max_record_bytes.as_usize()) {
            if self.left == 0 {
                break;
            }
            let record = match retry {
                Retry::Record(record) => record,
                Retry::Malformed { line } => {
                    self.fail(format_args!("line {line} holds no rejected record"));
                    continue;
                }
                Retry::Fault(fault) => {
                    self.fail(format_args!("the rejected records are damaged: {fault}"));
                    continue;
                }
            };
            let Some(raw) = record.raw() else {
                self.fail(format_args!(
                    "record {} of `{}` was too large to keep",
                    record.record,
                    quote_text(&record.object)
                ));
                continue;
            };
            let info = record.info(self.info(&record.object));
            let source =
                if self.args.input.source == "auto" { &record.source } else { &self.args.input.source };
            let mapper = self.mapper(source)?;
            mapper.begin(info);
            mapper.decode(&raw, true);
            self.show(source)?;
        }
        Ok(())
    }

    fn read_events(&mut self, input: &Input, rows: Option<&ParquetRows>) -> Result<(), CliError> {
        let Some(rows) = rows else { return Ok(()) };
        let (left, pretty) = (self.left, self.args.pretty);
        let mut lines = String::new();
        let shown = guard(|| push_events(rows, left, pretty, &mut lines));
        match shown.and_then(|shown| shown) {
            Ok(shown) => self.left -= shown.min(self.left),
            Err(error) => self.fail(format_args!("cannot read `{}`: {error}", quote_text(&input.name()))),
        }
        print(&lines)
    }

    fn info(&self, key: &str) -> ObjectInfo {
        let mapping = &self.args.mapping;
        object_info(key, mapping.account.as_deref(), mapping.region.as_deref())
    }

    fn mapper(&mut self, source: &str) -> Result<&mut Box<dyn Mapper>, CliError> {
        if !self.mappers.contains_key(source) {
            let entry = crate::args::source_named(source, self.registry)?;
            let mapper = entry.build(&self.args.mapping.options()).map_err(CliError::usage)?;
            self.mappers.insert(source.to_owned(), mapper);
        }
        self.mappers.get_mut(source).ok_or_else(|| CliError::usage("no such source"))
    }

    /// Prints what the mapper has, in the order of the records.
    fn show(&mut self, source: &str) -> Result<(), CliError> {
        let mut out = Output::default();
        let mapper = self.mapper(source)?;
        mapper.flush(&mut out);
        let classes: Vec<i32> = mapper.tables().iter().map(|table| table.class_uid).collect();
        let kept = |table: usize| {
            self.classes.is_empty() || classes.get(table).is_some_and(|class| self.classes.contains(class))
        };
        let batches = || out.batches.iter().filter(|batch| kept(batch.table));
        let mut rows: Vec<(u64, usize, usize)> = batches()
            .enumerate()
            .flat_map(|(number, batch)| {
                batch.keys.record.iter().enumerate().map(move |(row, at)| (*at, number, row))
            })
            .collect();
        rows.sort_unstable();
        let batches: Vec<_> = batches().collect();
        let mut text = String::new();
        for (_, number, row) in rows.into_iter().take(self.left) {
            if let Some(batch) = batches.get(number) {
                text.push_str(&event_text(&batch.batch, row, self.args.pretty));
                text.push('\n');
                self.left -= 1;
            }
        }
        self.rejected.append(&mut out.rejects);
        print(&text)
    }

    fn fail(&mut self, why: std::fmt::Arguments<'_>) {
        self.failed = true;
        self.talk.warn(why);
    }

    fn not_recognised(&mut self, what: String) {
        self.talk.say(Verbosity::Verbose, format_args!("not recognised {what}"));
        self.not_recognised.push(what);
    }

    fn finish(self) -> ExitStatus {
        if let Some(first) = self.rejected.first() {
            self.talk.warn(format_args!(
                "{} rejected on the way, first {}: {}, {}",
                human_things(self.rejected.len() as u64, "record"),
                quote_text(&first.at.to_string()),
                first.code,
                quote_text(&first.detail)
            ));
        }
        if let Some(first) = self.not_recognised.first() {
            let number = human_things(self.not_recognised.len() as u64, "input");
            self.talk.warn(format_args!("{number} not recognised, first {first}"));
            self.talk.hint("`ocsf detect` tells of all, and `--source` says what they are");
        }
        let all = !self.failed && self.not_recognised.is_empty();
        if all { ExitStatus::Success } else { ExitStatus::Partial }
    }
}

/// Appends the first events of a Parquet file to `lines`, and returns their number.
fn push_events(
    rows: &ParquetRows,
    at_most: usize,
    pretty: bool,
    lines: &mut String,
) -> Result<usize, String> {
    let mut shown = 0;
    for piece in rows.read() {
        let batch =
            plain(&piece.map_err(|fault| fault.to_string())?.rows).map_err(|error| error.to_string())?;
        for row in 0..batch.num_rows().min(at_most - shown) {
            lines.push_str(&event_text(&batch, row, pretty));
            lines.push('\n');
            shown += 1;
        }
        if shown == at_most {
            break;
        }
    }
    Ok(shown)
}
