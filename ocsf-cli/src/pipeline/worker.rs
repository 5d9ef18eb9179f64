//! One group from its inputs to finished files.

use std::collections::{BTreeMap, HashMap};

use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, TableInfo};
use ocsf_lake::{GroupRecord, GroupWriter, InputRecord, Lake, SideFile, StagedGroup, TableHandle};
use ocsf_mappers::{Entry, Registry};

use super::filter::Filter;
use super::outcome::{Fate, InputOutcome, Outcome};
use super::plan::Group;
use super::stop::{Interrupted, Stop};
use crate::error::CliError;
use crate::input::{
    Found, Input, Limits, Object, ParquetRows, Piece, ReadAhead, Retries, Retry, object_info,
};
use crate::rejects::RejectsWriter;

/// Decompressed bytes that are decoded at a time. Fixed, since rejects are written in the order in which events are
/// taken from the mappers.
const WINDOW: usize = 2 << 20;

/// Events are taken from a mapper when they hold this much.
const FLUSH_BYTES: usize = 16 << 20;

/// Name of the rejects in the staging folder of a group, what follows the group's name in theirs, and their folder.
pub(crate) const REJECTS: (&str, &str, &str) = ("rejects", ".ndjson.zst", "_rejects");

/// Reason of events that come more than once.
const DUPLICATE: &str = "duplicate";

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) lake: &'a Lake,
    pub(crate) options: MapperOptions,
    /// The source that the user named.
    pub(crate) source: Option<String>,
    pub(crate) account: Option<&'a str>,
    pub(crate) region: Option<&'a str>,
    pub(crate) filter: Filter,
    pub(crate) limits: Limits,
    /// Memory for the events of one group.
    pub(crate) group_memory: usize,
    pub(crate) keep_rejects: bool,
    pub(crate) stop: &'a Stop,
    pub(crate) progress: &'a dyn Progress,
}

/// Told while work goes on.
pub(crate) trait Progress: Sync + std::fmt::Debug {
    /// An input was finished, of so many stored bytes.
    fn input_done(&self, stored_bytes: u64);
    /// So many more bytes were decompressed, events mapped, records rejected.
    fn moved(&self, bytes: u64, events: u64, rejects: u64);
}

/// A group whose files wait to be published.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) staged: StagedGroup,
    pub(crate) record: GroupRecord,
    pub(crate) outcome: Outcome,
}

/// Converts groups, one after the other, with mappers of its own.
#[derive(Debug)]
pub(crate) struct Worker<'a> {
    job: &'a Job<'a>,
    mappers: HashMap<&'static str, Box<dyn Mapper>>,
}

/// A group at work.
struct Open {
    writer: GroupWriter,
    tables: HashMap<&'static str, Vec<TableHandle>>,
    rejects: RejectsWriter,
    outcome: Outcome,
    records: Vec<InputRecord>,
    /// Number of the next object, by which rows of equal time are ordered.
    sequence: u32,
}

/// Why a group cannot be finished as it is.
enum Cut {
    Interrupted,
    /// An object of a bucket broke off. Its events are in the group already: it is made again without it.
    Lost(InputOutcome),
}

impl From<Interrupted> for Cut {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// How an input was read.
#[derive(Default)]
struct Read {
    fault: Option<String>,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(job: &'a Job<'a>) -> Self {
        Self { job, mappers: HashMap::new() }
    }

    /// Converts a group. `None` when the run was interrupted.
    ///
    /// # Errors
    /// A file of the lake could not be written.
    pub(crate) fn convert(&mut self, group: Group) -> Result<Option<Finished>, CliError> {
        let (mut inputs, mut lost) = (group.inputs, Vec::new());
        loop {
            match self.try_convert(&inputs)? {
                Ok(mut finished) => {
                    finished.outcome.inputs.append(&mut lost);
                    return Ok(Some(finished));
                }
                Err(Cut::Interrupted) => return Ok(None),
                Err(Cut::Lost(outcome)) => {
                    inputs.retain(|input| input.name() != outcome.name);
                    lost.push(outcome);
                }
            }
        }
    }

    /// Converts all of `inputs`, or nothing.
    fn try_convert(&mut self, inputs: &[Input]) -> Result<Result<Finished, Cut>, CliError> {
        let writer = self.job.lake.group(self.job.group_memory)?;
        let rejects = RejectsWriter::new(writer.staging_dir().join(REJECTS.0));
        let mut open = Open {
            writer,
            tables: HashMap::new(),
            rejects,
            outcome: Outcome::default(),
            records: Vec::new(),
            sequence: 0,
        };
        let ahead = ReadAhead::new(inputs, self.job.limits.read_ahead_bytes);
        for input in inputs {
            match self.convert_input(input, &ahead, &mut open)? {
                Ok(()) => {}
                Err(cut) => {
                    self.mappers.clear();
                    self.job.stop.take_back_rejects(open.outcome.counts.rejects);
                    return Ok(Err(cut));
                }
            }
        }
        self.finish(open).map(Ok)
    }

    fn convert_input(
        &mut self,
        input: &Input,
        ahead: &ReadAhead,
        open: &mut Open,
    ) -> Result<Result<(), Cut>, CliError> {
        let mut outcome =
            InputOutcome { key: input.key.clone(), name: input.name(), fate: Fate::Retried, fault: None };
        let mut object = match Object::open_among(input, &self.job.limits, ahead) {
            Ok(object) => object,
            Err(error) => {
                outcome.fate = Fate::Failed(error.to_string());
                open.outcome.inputs.push(outcome);
                return Ok(Ok(()));
            }
        };
        let wanted = self.job.source.as_deref().and_then(|name| self.job.registry.get(name));
        let mut read = Read::default();
        let found = object.detect(input, self.job.registry, wanted);
        if let Some(why) = ahead.fault() {
            outcome.fate = Fate::Failed(why);
            open.outcome.inputs.push(outcome);
            return Ok(Ok(()));
        }
        let read_as = match found {
            Found::Source { name, .. } => {
                outcome.fate = Fate::Converted(name);
                let result = match object.rows() {
                    Some(rows) => self.convert_rows(name, input, rows, open)?,
                    None => self.convert_object(name, input, &mut object, open)?,
                };
                match result {
                    Ok(done) => read = done,
                    Err(interrupted) => return Ok(Err(interrupted.into())),
                }
                name
            }
            Found::Rejects => {
                match self.convert_rejects(input, &mut object, open)? {
                    Ok(done) => read = done,
                    Err(interrupted) => return Ok(Err(interrupted.into())),
                }
                "rejects"
            }
            Found::Skip { kind, .. } => {
                outcome.fate = Fate::Skipped(kind);
                kind
            }
            Found::Ambiguous(sources) => {
                outcome.fate = Fate::Ambiguous(sources.iter().map(|(name, _)| *name).collect());
                open.outcome.inputs.push(outcome);
                return Ok(Ok(()));
            }
            Found::Unknown { reason } => {
                outcome.fate = Fate::Unrecognised(reason);
                open.outcome.inputs.push(outcome);
                return Ok(Ok(()));
            }
        };
        outcome.fault = read.fault;
        let identity = object.identity();
        if let Some(why) = ahead.fault() {
            let outcome = InputOutcome { fate: Fate::Failed(why), fault: None, ..outcome };
            return Ok(Err(Cut::Lost(outcome)));
        }
        if !identity.complete {
            outcome.fault.get_or_insert_with(|| "io: it could not be read to its end".to_owned());
        }
        open.outcome.stored_bytes += identity.bytes;
        self.job.progress.input_done(identity.bytes);
        open.records.push(InputRecord {
            key: input.key.clone(),
            size: identity.bytes,
            sha256: identity.hex(),
            etag: input.etag().map(str::to_owned),
            read_as: read_as.to_owned(),
            fault: outcome.fault.clone(),
        });
        open.outcome.inputs.push(outcome);
        Ok(Ok(()))
    }

    /// Decodes an object with the mapper of `source`.
    fn convert_object(
        &mut self,
        source: &'static str,
        input: &Input,
        object: &mut Object,
        open: &mut Open,
    ) -> Result<Result<Read, Interrupted>, CliError> {
        open.writer.object(open.sequence, &input.key, 0, 0);
        self.begin(source, self.info(&input.key), open)?;
        let mut read = Read::default();
        let mut buffer = Vec::new();
        let mut more = true;
        while more {
            // The mapper wants twice as much as it could not take.
            let target = WINDOW.max(buffer.len() * 2);
            let before = buffer.len();
            while more && buffer.len() < target {
                let room = target - buffer.len();
                match object.fill(&mut buffer, room) {
                    Ok(follows) => more = follows,
                    Err(fault) => read.fault = read.fault.or_else(|| Some(fault.to_string())),
                }
            }
            let fresh = (buffer.len() - before) as u64;
            open.outcome.bytes += fresh;
            let Some(mapper) = self.mappers.get_mut(source) else { break };
            let taken = mapper.decode(&buffer, !more);
            buffer.drain(..taken.min(buffer.len()));
            self.job.progress.moved(fresh, 0, 0);
            if mapper.buffered_bytes() >= FLUSH_BYTES {
                self.flush(source, open)?;
            }
            if let Err(interrupted) = self.job.stop.check() {
                return Ok(Err(interrupted));
            }
        }
        Ok(Ok(read))
    }

    /// Decodes the rows of a Parquet file with the mapper of `source`.
    fn convert_rows(
        &mut self,
        source: &'static str,
        input: &Input,
        rows: &ParquetRows,
        open: &mut Open,
    ) -> Result<Result<Read, Interrupted>, CliError> {
        open.writer.object(open.sequence, &input.key, 0, 0);
        self.begin(source, self.info(&input.key), open)?;
        open.outcome.bytes += rows.bytes();
        self.job.progress.moved(rows.bytes(), 0, 0);
        let mut read = Read::default();
        for piece in rows.read() {
            let Some(mapper) = self.mappers.get_mut(source) else { break };
            let decoded = piece.map_err(|fault| fault.to_string()).and_then(|Piece { rows, first_row }| {
                mapper.decode_batch(&rows, first_row).map_err(|error| error.to_string())
            });
            if let Err(fault) = decoded {
                read.fault = read.fault.or(Some(fault));
            }
            if mapper.buffered_bytes() >= FLUSH_BYTES {
                self.flush(source, open)?;
            }
            if let Err(interrupted) = self.job.stop.check() {
                return Ok(Err(interrupted));
            }
        }
        Ok(Ok(read))
    }

    /// Reads the records again that an earlier run rejected, each as an object of its own.
    fn convert_rejects(
        &mut self,
        input: &Input,
        object: &mut Object,
        open: &mut Open,
    ) -> Result<Result<Read, Interrupted>, CliError> {
        let mut read = Read::default();
        for retry in Retries::new(object, self.job.options.max_record_bytes) {
            let record = match retry {
                Retry::Record(record) => record,
                Retry::Malformed { line } => {
                    let detail = format!("line {line} is no rejected record");
                    read.fault = read.fault.or(Some(detail));
                    continue;
                }
                Retry::Fault(fault) => {
                    read.fault = read.fault.or_else(|| Some(fault.to_string()));
                    continue;
                }
            };
            let source = self.job.registry.get(&record.source).map(Entry::name);
            let (Some(source), Some(raw)) = (source, record.raw()) else {
                let detail = format!(
                    "record {} of `{}` was not kept whole, or is of no known source",
                    record.record, record.object
                );
                read.fault = read.fault.or(Some(detail));
                continue;
            };
            let name = format!("{} ({} record {})", input.key, record.object, record.record);
            open.writer.object(open.sequence, &record.object, record.record, record.byte);
            let info = record.info(self.info(&record.object));
            self.begin(source, ObjectInfo { name: name.into(), ..info }, open)?;
            if let Some(mapper) = self.mappers.get_mut(source) {
                mapper.decode(&raw, true);
                if mapper.buffered_bytes() >= FLUSH_BYTES {
                    self.flush(source, open)?;
                }
            }
            open.outcome.bytes += raw.len() as u64;
            if let Err(interrupted) = self.job.stop.check() {
                return Ok(Err(interrupted));
            }
        }
        Ok(Ok(read))
    }

    /// What is known of the object with that key.
    fn info(&self, key: &str) -> ObjectInfo {
        object_info(key, self.job.account, self.job.region)
    }

    /// Makes the mapper of `source` ready for the next object.
    fn begin(&mut self, source: &'static str, info: ObjectInfo, open: &mut Open) -> Result<(), CliError> {
        let mapper = match self.mappers.entry(source) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(build(self.job.registry, source, &self.job.options)?)
            }
        };
        if !open.tables.contains_key(source) {
            let tables: Result<Vec<_>, _> =
                mapper.tables().iter().map(|table| open.writer.table(table, mapper.info())).collect();
            open.tables.insert(source, tables?);
        }
        mapper.begin(ObjectInfo { sequence: open.sequence, ..info });
        open.sequence += 1;
        Ok(())
    }

    /// Moves what the mapper of `source` has to the files of the group.
    fn flush(&mut self, source: &'static str, open: &mut Open) -> Result<(), CliError> {
        let Some(mapper) = self.mappers.get_mut(source) else { return Ok(()) };
        let mut output = Output::default();
        mapper.flush(&mut output);
        let Output { batches, rejects, issues, mut counts } = output;
        let tables: &[TableInfo] = mapper.tables();
        for batch in batches {
            let table = batch.table;
            let (Some(info), Some(handle)) =
                (tables.get(table), open.tables.get(source).and_then(|handles| handles.get(table)))
            else {
                continue;
            };
            if let Some(batch) = self.job.filter.apply(batch, info, &mut counts) {
                open.writer.write(*handle, &batch)?;
            }
        }
        self.job.progress.moved(0, counts.events, counts.rejects);
        self.job.stop.add_rejects(counts.rejects);
        if self.job.keep_rejects {
            open.rejects
                .write(source, &rejects)
                .map_err(|error| CliError::unpublished("cannot write the rejected records").because(error))?;
        }
        open.outcome.add_rejects(&rejects);
        open.outcome.issues.merge(issues);
        open.outcome.counts.add(&counts);
        Ok(())
    }

    fn finish(&mut self, mut open: Open) -> Result<Finished, CliError> {
        let mut used: Vec<&'static str> = open.tables.keys().copied().collect();
        used.sort_unstable();
        for source in &used {
            self.flush(source, &mut open)?;
        }
        let Open { writer, rejects, mut outcome, records, .. } = open;
        let (name, suffix, folder) = REJECTS;
        let mut side_files = Vec::new();
        if rejects
            .finish()
            .map_err(|error| CliError::unpublished("cannot write the rejected records").because(error))?
        {
            side_files.push(SideFile { name: name.into(), folder: folder.into(), suffix: suffix.into() });
        }
        let mappings: BTreeMap<String, u32> = used
            .iter()
            .filter_map(|source| self.mappers.get(source))
            .map(|mapper| (mapper.info().name.to_owned(), mapper.info().mapping_version))
            .collect();
        let staged = writer.finish()?;
        if staged.duplicates() > 0 {
            outcome.counts.events -= staged.duplicates();
            *outcome.counts.skipped.entry(DUPLICATE).or_default() += staged.duplicates();
        }
        let record = GroupRecord { inputs: records, mappings, counts: (&outcome.counts).into(), side_files };
        Ok(Finished { staged, record, outcome })
    }
}

/// The mapper of a source.
fn build(registry: &Registry, source: &str, options: &MapperOptions) -> Result<Box<dyn Mapper>, CliError> {
    let entry =
        registry.get(source).ok_or_else(|| CliError::usage(format!("there is no source `{source}`")))?;
    entry.build(options).map_err(CliError::usage)
}
