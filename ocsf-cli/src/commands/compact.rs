//! `ocsf compact`

mod report;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use globset::{GlobBuilder, GlobMatcher};
use ocsf_lake::{CompactOptions, FileRecord, Lake, LakeError, Location, Merge, Stores};

use self::report::{Merged, Report};
use crate::args::{CompactArgs, Global};
use crate::error::{CliError, ExitStatus};
use crate::input::guard;
use crate::pipeline::Stop;
use crate::signals;
use crate::term::{Talk, quote, quote_text};
use crate::units::{DAY_MS, human_things};

/// Merges small files. Files that cannot be read stay, and make for [`ExitStatus::Partial`].
///
/// # Errors
/// There is no lake, it cannot be written, a merged file is not what was merged, or a signal came.
pub(crate) fn run(args: &CompactArgs, global: &Global) -> Result<ExitStatus, CliError> {
    let started = Instant::now();
    let talk = global.talk();
    let wanted = Wanted::new(args)?;
    let stop = Stop::new(signals::listen(), None);
    let lake = open(args)?;
    let state = lake.state()?;
    let threads =
        args.threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let mut options = CompactOptions::default();
    options.target_bytes = args.target_size.0;
    options.memory_bytes = args.resources.memory.as_usize() / threads;
    options.zstd_level = args.compression.0;
    options.dedup = args.dedup;
    let plan =
        guard(|| lake.plan_compaction(&state, &options, |file| wanted.has(file), &|| stop.check().is_err()));
    let plan =
        plan.map_err(|panic| CliError::unpublished("cannot read the files of the lake").because(panic))??;
    let mut report = Report { dry_run: args.dry_run, missing: plan.missing, ..Report::default() };
    for error in plan.unreadable {
        report.add_unreadable(error.to_string());
    }
    let mut result = Ok(());
    if args.dry_run {
        report.merges.extend(plan.merges.iter().map(|merge| Merged::new(merge, None)));
    } else {
        result = merge_all(&lake, plan.merges, threads, &options, &stop, &mut report);
    }
    report.seconds = started.elapsed().as_secs_f64();
    report.unreadable.sort();
    report.merges.sort_by(|a, b| (&a.folder, &a.files).cmp(&(&b.folder, &b.files)));
    report.is_interrupted = stop.signal().is_some();
    tell(talk, args, &report)?;
    let done = human_things(report.merges.len() as u64, "merge");
    result.map_err(|error| error.because(format!("{done} done before, which stay")))?;
    if stop.signal().is_some() {
        let status = signals::exit_status(stop.signal());
        return Err(CliError::new(status, "interrupted").because(format!("{done} done, which stay")));
    }
    Ok(if report.unreadable.is_empty() { ExitStatus::Success } else { ExitStatus::Partial })
}

/// Works off `merges` with so many threads. What each of them does is complete in itself.
fn merge_all(
    lake: &Lake,
    merges: Vec<Merge>,
    threads: usize,
    options: &CompactOptions,
    stop: &Stop,
    report: &mut Report,
) -> Result<(), CliError> {
    let workers = threads.min(merges.len()).max(1);
    let queue = Mutex::new(VecDeque::from(merges));
    let told = Mutex::new((report, Ok(())));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while stop.check().is_ok() {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(mut merge) = next else { break };
                    let done = guard(|| lake.merge(&mut merge, options, &|| stop.check().is_err()));
                    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                    let (report, result) = &mut *told;
                    report.missing += merge.missing;
                    for error in merge.unreadable.drain(..) {
                        report.add_unreadable(error.to_string());
                    }
                    match done {
                        Ok(Ok(Some(done))) => report.merges.push(Merged::new(&merge, Some(&done))),
                        Ok(Ok(None)) => {
                            report.overtaken += u64::from(merge.is_needed() && stop.check().is_ok());
                        }
                        Err(panic) => report.add_unreadable(format!("a file of `{}`: {panic}", merge.folder)),
                        Ok(Err(error)) => {
                            *result = Err(CliError::from(error));
                            stop.fail();
                        }
                    }
                }
            });
        }
    });
    told.into_inner().unwrap_or_else(PoisonError::into_inner).1
}

fn open(args: &CompactArgs) -> Result<Lake, CliError> {
    let mut options = args.buckets.options();
    options.sse_kms_key.clone_from(&args.sse_kms_key);
    options.multipart_bytes = args.multipart_bytes.0;
    let lake = Location::parse(&args.lake)?;
    let state = args.state.as_deref().map(Location::parse).transpose()?;
    let stores = Stores::new(options);
    Lake::reopen(&lake, state.as_ref(), &stores, args.resources.temp_dir()).map_err(|error| match error {
        LakeError::NoLake { .. } => {
            CliError::usage(format!("{} is no lake that `ocsf convert` wrote", quote(&args.lake)))
                .because(CliError::from(error))
                .hint("when `_ocsf` is elsewhere, say where with `--state DIR`")
        }
        error => error.into(),
    })
}

/// The files that the user named.
struct Wanted<'a> {
    args: &'a CompactArgs,
    partition: Option<GlobMatcher>,
}

impl<'a> Wanted<'a> {
    fn new(args: &'a CompactArgs) -> Result<Self, CliError> {
        let glob = |pattern: &String| GlobBuilder::new(pattern).literal_separator(true).build();
        let partition = args.partition.as_ref().map(glob).transpose();
        let partition = partition.map_err(|error| {
            let pattern = quote_text(args.partition.as_deref().unwrap_or_default());
            CliError::usage(format!("`{pattern}` is no pattern")).because(error.kind())
        })?;
        Ok(Self { args, partition: partition.map(|glob| glob.compile_matcher()) })
    }

    fn has(&self, file: &FileRecord) -> bool {
        let day = file.min_time.div_euclid(DAY_MS) * DAY_MS;
        let Self { args, partition } = self;
        let folder = Path::new(&file.path).parent().unwrap_or_else(|| Path::new(""));
        let parts: Vec<_> = folder.components().collect();
        let of_partition: std::path::PathBuf =
            parts.get(parts.len().saturating_sub(3)..).into_iter().flatten().collect();
        (args.table.is_empty() || args.table.contains(&file.table))
            && partition.as_ref().is_none_or(|glob| glob.is_match(&of_partition))
            && args.since.is_none_or(|since| day >= since.0)
            && args.until.is_none_or(|until| day + DAY_MS <= until.0)
    }
}

fn tell(talk: Talk, args: &CompactArgs, report: &Report) -> Result<(), CliError> {
    args.resources.report.tell(talk, report, || report.summary())?;
    if report.missing > 0 {
        let files = human_things(report.missing, "file");
        talk.warn(format_args!("{files} of the lake not there any more, as when somebody removed old days"));
    }
    if report.overtaken > 0 {
        let merges = human_things(report.overtaken, "merge");
        talk.warn(format_args!(
            "{merges} left out: another run merged or replaced their files at the same time"
        ));
    }
    if let Some(first) = report.unreadable.first() {
        let count = report.unreadable.len() as u64;
        let (files, stay) = (
            human_things(count, "file"),
            if count == 1 { "stays as it is" } else { "stay as they are, first" },
        );
        talk.warn(format_args!("{files} could not be read and {stay}: {}", quote_text(first)));
    }
    Ok(())
}
