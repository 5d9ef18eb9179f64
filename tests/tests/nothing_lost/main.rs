//! Nothing lost: every value of every record, of real logs and of invented ones, is in its event. Records are read again
//! here, in the obvious way, by code that shares nothing with the mappers.

mod records;
mod transforms;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::{LookedAt, check_nothing_lost};
use ocsf_core::{Mapper, MapperOptions};
use ocsf_generate::{FlowForm, Settings, Source, objects};

use records::Reader;

/// Looks at all records of the inputs, and returns how many events were looked at.
fn check(source: &str, inputs: &[Vec<u8>]) -> usize {
    let registry = ocsf_mappers::registry();
    let entry = registry.get(source).expect("a source");
    let make = |options: &MapperOptions| -> Box<dyn Mapper> { entry.build(options).expect("the tables fit") };
    let mut reader = Reader::of(source);
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let LookedAt { events, found, .. } =
        check_nothing_lost(make, &inputs, &transforms::law(source), |place| reader.read(&place));
    println!("{source}: {found} of {events}");
    assert!(found * 1_000 >= events * 995, "{source}: only {found} of {events} events could be looked at");
    found / VERSIONS.len() / 3
}

#[test]
fn of_real_logs() {
    let Some(shared) = ocsf_tests::shared() else {
        println!("skipped: no real logs");
        return;
    };
    let corpus = shared.join("corpus");
    for (source, folders, least) in [
        ("cloudtrail", &["cloudtrail", "wrappers"][..], 3_000),
        ("vpc-flow", &["vpcflow", "wrappers"], 150),
        ("route53-resolver", &["route53_resolver", "wrappers"], 20),
        ("route53-public", &["route53_public", "wrappers"], 4),
        ("elb", &["alb", "nlb", "clb", "elb_mixed", "wrappers"], 400),
    ] {
        let files = folders.iter().flat_map(|folder| files(&corpus.join(folder)));
        let inputs: Vec<Vec<u8>> = files.map(|file| content(&file)).collect();
        let found = check(source, &inputs);
        assert!(found >= least, "{source}: only {found} events");
    }
}

#[test]
fn of_invented_logs() {
    for (source, log) in [
        ("cloudtrail", Source::CloudTrail),
        ("vpc-flow", Source::VpcFlow(FlowForm::V2)),
        ("vpc-flow", Source::VpcFlow(FlowForm::V5)),
        ("route53-resolver", Source::Route53Resolver),
        ("route53-public", Source::Route53Public),
        ("elb", Source::Alb),
        ("elb", Source::Nlb),
        ("elb", Source::Clb),
    ] {
        let settings = Settings { events: 400, seed: 7, ..Settings::default() };
        let objects: Vec<_> = objects(log, settings).collect();
        let inputs: Vec<Vec<u8>> = objects.iter().map(|object| decompressed(&object.bytes)).collect();
        let found = check(source, &inputs);
        assert!(found >= 300, "{log:?}: only {found} events");
    }
}

/// The example logs have what the others lack.
#[test]
fn of_the_examples() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/logs");
    let inputs: Vec<Vec<u8>> = files_below(&examples).iter().map(|file| content(file)).collect();
    let sources = ["cloudtrail", "vpc-flow", "route53-resolver", "route53-public", "elb"];
    let found: usize = sources.iter().map(|source| check(source, &inputs)).sum();
    assert!(found >= 60, "only {found} events");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of logs");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let here = files(folder).into_iter();
    here.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The content of a file, decompressed; what can be had of it when it is torn.
fn content(file: &Path) -> Vec<u8> {
    decompressed(&fs::read(file).expect("a file"))
}

fn decompressed(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        return zstd::decode_all(bytes).unwrap_or_default();
    }
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return bytes.to_vec();
    }
    let mut content = Vec::new();
    let _ = MultiGzDecoder::new(bytes).read_to_end(&mut content);
    content
}
