//! `ocsf convert`

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::Instant;

use ocsf_lake::{Folder, LakeState, Location, Manifest, Stores};
use ocsf_mappers::Registry;

use super::convert_lake::{Output, open_lake, state, whole_path};
use crate::args::{ConvertArgs, Global, ProgressChoice};
use crate::error::{CliError, ExitStatus};
use crate::input::{self, Input, Limits, Listing, Object};
use crate::pipeline::{
    self, Fate, Filter, Found, Group, Job, Plan, Publisher, REJECTS, Stop, Verdict, replaced, streams,
};
use crate::progress::Meter;
use crate::report::{Report, RunFacts, Trouble};
use crate::signals;
use crate::term::{Talk, Verbosity, quote, quote_text};
use crate::units::{RejectLimit, RejectsTo, human_things};

/// Converts logs to OCSF Parquet.
///
/// # Errors
/// The arguments are at fault, or the output cannot be written.
pub(crate) fn run(args: &ConvertArgs, global: &Global, registry: &Registry) -> Result<ExitStatus, CliError> {
    check(args, registry)?;
    let signal = signals::listen();
    let stores = stores(args);
    let listed = || input::list(&args.input.inputs, args.input.files_from.as_deref(), &stores);
    if args.watch.watch {
        // What is wrong with the lake is told at once.
        match open_lake(args, registry, &stores) {
            Err(error) if !error.is_passing() => return Err(error),
            _ => {}
        }
        return super::watch::run(args, global.talk(), &signal, &listed, &mut |listing| {
            round(args, global, registry, &stores, listing, &stop(args, &signal).patient())
        });
    }
    let listing = listed()?;
    if listing.inputs.is_empty() && listing.more.is_none() {
        global.talk().warn("no files found, nothing to convert");
    }
    round(args, global, registry, &stores, listing, &stop(args, &signal)).map(|done| done.status)
}

/// How a round ended.
pub(super) struct Done {
    pub(super) status: ExitStatus,
    /// Inputs that could not be read, by their names.
    pub(super) failed: Vec<String>,
}

/// What is wrong with the arguments, before anything is looked at.
fn check(args: &ConvertArgs, registry: &Registry) -> Result<(), CliError> {
    args.input.wanted(registry)?;
    filter(args)?;
    refuse_rejects_among_inputs(args)
}

fn stop(args: &ConvertArgs, signal: &Arc<AtomicUsize>) -> Stop {
    let max_rejects = match args.bad.max_rejects {
        RejectLimit::Records(max) => Some(max),
        RejectLimit::Percent(_) => None,
    };
    Stop::new(Arc::clone(signal), max_rejects)
}

/// Converts what of `listing` the lake does not hold yet.
fn round(
    args: &ConvertArgs,
    global: &Global,
    registry: &Registry,
    stores: &Stores,
    mut listing: Listing,
    stop: &Stop,
) -> Result<Done, CliError> {
    let started = Instant::now();
    let talk = global.talk();
    let wanted = args.input.wanted(registry)?.map(|entry| entry.name().to_owned());
    let filter = filter(args)?;
    let output = open_lake(args, registry, stores)?;
    let limits = limits(args);
    let mut state = output.lake.state()?;
    let streams = streams(&listing.inputs, &state.groups);
    let problems = std::mem::take(&mut listing.problems);
    let (known, replaced) = if args.output.overwrite {
        (Vec::new(), replaced_by(&mut listing, &state)?)
    } else {
        (std::mem::take(&mut state.groups), Vec::new())
    };
    let identity = |input: &Input| {
        let identity = Object::open(input, &limits).ok()?.identity();
        identity.complete.then(|| (identity.bytes, identity.hex()))
    };
    let is_listed = listing.more.is_none();
    let mut plan = Plan::new(listing.into_inputs(), known, args.output.group_bytes.0, identity);
    // What is still listed is planned as it comes; else the end is known, and can be shown.
    let planned = is_listed.then(|| plan.by_ref().collect::<Result<Vec<Group>, _>>()).transpose()?;
    let to_convert =
        planned.as_ref().map(|groups| groups.iter().map(|group| group.inputs.len() as u64).sum());
    let visible = args.run.progress == ProgressChoice::Auto && talk.verbosity() == Verbosity::Normal;
    let meter = Meter::new(to_convert, visible && std::env::var_os("CI").is_none());
    let job = Job {
        registry,
        lake: &output.lake,
        options: args.mapping.options(),
        source: wanted,
        account: args.mapping.account.as_deref(),
        region: args.mapping.region.as_deref(),
        filter: Filter { table: output.table.clone(), ..filter },
        limits,
        group_memory: memory_share(args) / 4,
        keep_rejects: args.bad.rejects != Some(RejectsTo::Nowhere),
        stop,
        progress: &meter,
    };
    let mut publisher = Publisher::new(&output.lake, args.bad.max_rejects);
    publisher.strict_partitions = args.output.strict_partitions;
    publisher.dry_run = args.output.dry_run;
    publisher.overwrite = args.output.overwrite;
    (publisher.replaced, publisher.streams, publisher.before) = (replaced, streams, state);
    publisher.rejects_to = rejects_to(args, &output)?.map(|place| (place, stores.clone()));
    if let Some((place, _)) = publisher.rejects_to.as_ref().filter(|_| !args.output.dry_run) {
        Folder::remove_torn(place)?;
    }
    let ran = match planned {
        Some(groups) => {
            let groups = groups.into_iter().map(Ok);
            pipeline::run(&job, groups, threads(args), &mut publisher, || meter.tick())
        }
        None => pipeline::run(&job, plan.by_ref(), threads(args), &mut publisher, || meter.tick()),
    };
    meter.finish();
    ran?;
    let Found { covered, changed, unreadable, .. } = plan.found;
    let verdict = publisher.finish(stop)?;
    let facts = RunFacts {
        ocsf_version: &args.mapping.ocsf,
        dry_run: args.output.dry_run,
        verdict,
        elapsed: started.elapsed(),
        covered: covered + publisher.covered,
        changed,
        problems: problems
            .into_iter()
            .map(|problem| Trouble { input: problem.path.to_string_lossy().into_owned(), why: problem.why })
            .chain(unreadable.into_iter().map(|input| Trouble { input, why: "it cannot be read".to_owned() }))
            .collect(),
    };
    for input in &publisher.outcome.inputs {
        talk.say(Verbosity::Verbose, line_of(&input.name, &input.fate));
    }
    let report = Report::new(facts, &publisher.outcome, &publisher.published);
    tell(talk, args, &report, &output)?;
    let failed = report.inputs.failed.iter().map(|trouble| trouble.input.clone()).collect();
    Ok(Done { status: conclude(verdict, &report, stop, args)?, failed })
}

/// What the user wants to keep.
fn filter(args: &ConvertArgs) -> Result<Filter, CliError> {
    let (since, until) = (args.since.map(|time| time.0), args.until.map(|time| time.0));
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        return Err(CliError::usage("no event is at or after `--since` and before `--until`")
            .because("the first is not earlier than the second"));
    }
    Ok(Filter { since, until, classes: args.mapping.classes()?, table: None })
}

/// The groups of the lake that are made again of all inputs, which are listed to the end for it.
fn replaced_by(listing: &mut Listing, lake: &LakeState) -> Result<Vec<Manifest>, CliError> {
    let all = std::mem::take(listing).into_inputs();
    listing.inputs = all.collect::<Result<_, _>>()?;
    Ok(replaced(&listing.inputs, lake)?)
}

/// Where rejects go when not into the lake: the location of a custom source is for events alone.
fn rejects_to(args: &ConvertArgs, output: &Output) -> Result<Option<Location>, CliError> {
    Ok(match &args.bad.rejects {
        Some(RejectsTo::Directory(dir)) => Some(Location::parse(dir)?),
        None if output.table.is_some() => state(args)?.map(|state| state.join(REJECTS.2)),
        _ => None,
    })
}

/// The buckets of the run.
fn stores(args: &ConvertArgs) -> Stores {
    let mut options = args.input.buckets.options();
    options.sse_kms_key.clone_from(&args.output.sse_kms_key);
    options.multipart_bytes = args.output.multipart_bytes.0;
    Stores::new(options)
}

/// What is rejected into a directory of inputs would be an input of the next run.
fn refuse_rejects_among_inputs(args: &ConvertArgs) -> Result<(), CliError> {
    let Some(RejectsTo::Directory(dir)) = &args.bad.rejects else { return Ok(()) };
    let Some(whole) = whole_path(dir) else { return Ok(()) };
    if whole_path(Path::new(&args.output.out)).is_some_and(|out| whole.starts_with(out)) {
        return Ok(());
    }
    for input in args.input.inputs.iter().filter(|input| input.is_dir()) {
        let inside =
            input.canonicalize().ok().and_then(|root| whole.strip_prefix(root).ok().map(Path::to_owned));
        if inside.is_some_and(|inside| !inside.iter().any(|part| part == REJECTS.2 || part == "_ocsf")) {
            return Err(CliError::usage("cannot put rejected records where inputs are")
                .because(format!("{} lies in {}, and would be read with it", quote(dir), quote(input)))
                .hint(format!(
                    "name a directory outside, or one called `{}`, which is passed over",
                    REJECTS.2
                )));
        }
    }
    Ok(())
}

fn threads(args: &ConvertArgs) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    args.run.threads.map_or_else(cores, usize::from)
}

/// Memory of one worker.
fn memory_share(args: &ConvertArgs) -> usize {
    args.run.resources.memory.as_usize() / threads(args)
}

fn limits(args: &ConvertArgs) -> Limits {
    Limits {
        one_shot_bytes: memory_share(args) / 8,
        max_object_bytes: args.bad.max_object_bytes.map(|size| size.0),
        read_ahead_bytes: memory_share(args) / 8,
        hash: true,
    }
}

fn line_of(name: &str, fate: &Fate) -> String {
    let what = match fate {
        Fate::Converted(source) => (*source).to_owned(),
        Fate::Retried => "rejects, read again".to_owned(),
        Fate::Skipped(kind) => format!("skipped: {kind}"),
        Fate::Unrecognised(why) => format!("not recognised: {}", quote_text(why)),
        Fate::Ambiguous(sources) => format!("ambiguous: {}", sources.join(" or ")),
        Fate::Failed(why) => format!("failed: {}", quote_text(why)),
    };
    format!("{}  {what}", quote_text(name))
}

/// The report, and what the user should know besides.
fn tell(talk: Talk, args: &ConvertArgs, report: &Report, output: &Output) -> Result<(), CliError> {
    args.run.resources.report.tell(talk, report, || report.summary())?;
    if let Some(rejected) = report.rejected() {
        talk.warn(rejected);
    }
    if let Some(unknown) = report.unknown_partitions() {
        talk.warn(unknown);
        talk.hint("say it with `--account` and `--region`, or keep the keys that AWS gives objects");
    }
    for issue in report.other_issues() {
        talk.say(Verbosity::Verbose, issue);
    }
    let inputs = &report.inputs;
    troubles(talk, "not recognised", &inputs.unrecognised);
    if let Some(first) = inputs.unrecognised.first() {
        let first = quote_text(&first.input);
        talk.hint(format!("run `ocsf detect {first}` to see why; `--source` says what files are"));
    }
    troubles(talk, "could not be read", &inputs.failed);
    troubles(talk, "damaged and converted as far as they could be read", &inputs.damaged);
    if let Some(first) = inputs.changed.first() {
        let files = human_things(inputs.changed.len() as u64, "file");
        talk.warn(format!("{files} changed since conversion, first `{}`", quote_text(first)));
        talk.hint(
            "`--overwrite` replaces their events; other files of the same names need folders of other names",
        );
    }
    if args.output.dry_run {
        talk.say(
            Verbosity::Normal,
            format!("dry run: nothing was written to `{}`", quote_text(&output.name)),
        );
    }
    Ok(())
}

fn troubles(talk: Talk, what: &str, list: &[Trouble]) {
    if let Some(first) = list.first() {
        let files = human_things(list.len() as u64, "file");
        let (input, why) = (quote_text(&first.input), quote_text(&first.why));
        talk.warn(format!("{files} {what}, first `{input}`: {why}"));
    }
}

fn conclude(
    verdict: Verdict,
    report: &Report,
    stop: &Stop,
    args: &ConvertArgs,
) -> Result<ExitStatus, CliError> {
    let published = match report.groups() {
        _ if args.output.dry_run => "nothing would have been published".to_owned(),
        0 => "nothing was published".to_owned(),
        groups => format!("{} published before, which stay", human_things(groups, "group")),
    };
    match verdict {
        Verdict::Good if report.is_complete() => Ok(ExitStatus::Success),
        Verdict::Good => Ok(ExitStatus::Partial),
        Verdict::TooManyRejects => Err(CliError::unpublished(format!(
            "more records were rejected than {} of them",
            args.bad.max_rejects
        ))
        .because(published)
        .hint("see why with `ocsf preview` on one of the files, or raise `--max-rejects`")),
        Verdict::UnknownPartitions => {
            Err(CliError::unpublished("the account or Region of some events is not known")
                .because(published)
                .hint("say it with `--account` and `--region`, or leave out `--strict-partitions`"))
        }
        Verdict::Interrupted => {
            let status = signals::exit_status(stop.signal());
            Err(CliError::new(status, "interrupted").because(published))
        }
    }
}
