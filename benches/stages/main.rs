//! Each stage of the way from stored objects to Parquet, and beside it the least that it can cost.
//!
//! `cargo bench -p ocsf-benches`, then `python3 benches/floors.py` for the table. All figures are CPU time of one thread,
//! so that other work on the machine moves them little; bytes are those of the decompressed text.

mod cpu_time;
mod floors;
mod set;

use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, Throughput};
use ocsf_core::{EventBatch, Mapper, MapperInfo, MapperOptions, Observables, TableInfo, Unmapped};
use ocsf_generate::{FlowForm, Source};
use ocsf_lake::{Lake, LakeSettings};

use cpu_time::CpuTime;
use set::Set;

/// Source, its name in the registry, and how many records about 8 MB of text are.
const LOGS: [(&str, Source, &str, u64); 7] = [
    ("cloudtrail", Source::CloudTrail, "cloudtrail", 6_000),
    ("vpc-flow-v2", Source::VpcFlow(FlowForm::V2), "vpc-flow", 72_000),
    ("vpc-flow-v5", Source::VpcFlow(FlowForm::V5), "vpc-flow", 34_000),
    ("route53-resolver", Source::Route53Resolver, "route53-resolver", 17_000),
    ("alb", Source::Alb, "elb", 12_000),
    ("nlb", Source::Nlb, "elb", 27_000),
    ("clb", Source::Clb, "elb", 28_000),
];

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let registry = ocsf_mappers::registry();
    for (name, logs, source, records) in LOGS {
        if let Some(entry) = registry.get(source) {
            let build = |options: &MapperOptions| entry.build(options).expect("the tables fit");
            bench(&mut criterion, name, &Set::new(logs, records), build);
        }
    }
    criterion.final_summary();
}

fn bench(
    criterion: &mut Criterion<CpuTime>,
    name: &str,
    set: &Set,
    build: impl Fn(&MapperOptions) -> Box<dyn Mapper>,
) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::ElementsAndBytes { elements: set.records, bytes: set.text_bytes });
    floors::bench_input(&mut group, set);
    group.bench_function("inflate", |b| b.iter(|| set.inflate()));

    let mut mapper = build(&MapperOptions::default());
    group.bench_function("map", |b| b.iter(|| set.map(&mut *mapper)));
    let mut options = MapperOptions::default();
    (options.observables, options.unmapped) = (Observables::None, Unmapped::None);
    let mut bare = build(&options);
    group.bench_function("map, columns alone", |b| b.iter(|| set.map(&mut *bare)));

    let batches = set.map(&mut *mapper);
    bench_lake(&mut group, mapper.tables(), mapper.info(), &batches);
}

/// Sorting, gathering and encoding the events of a group, and zstd of the same pages alone.
fn bench_lake(
    group: &mut BenchmarkGroup<'_, CpuTime>,
    tables: &[TableInfo],
    info: &MapperInfo,
    batches: &[EventBatch],
) {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(LakeSettings::new(dir.path())).expect("a lake");
    let write = || {
        let mut group = lake.group(usize::MAX).expect("a group");
        let handles = tables.iter().map(|table| group.table(table, info)).collect::<Result<Vec<_>, _>>();
        let handles = handles.expect("tables");
        for batch in batches {
            group.write(handles[batch.table], batch).expect("room in memory");
        }
        group.finish().expect("room on disk")
    };
    group.bench_function("sort and encode", |b| b.iter(write));
    let staged = write();
    floors::bench_output(group, &set::files(staged.staging_dir()));
}
