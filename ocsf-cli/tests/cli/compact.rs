//! `ocsf compact`: what it does to a lake, what it says, and what the other commands make of it.

use serde_json::{Value, json};

use crate::Sandbox;
use crate::support::envelope;

/// A lake that six runs wrote, with two days.
pub(crate) fn lake() -> Sandbox {
    let place = Sandbox::new();
    for number in 0..6u32 {
        place.file(format!("logs/{number}.json"), envelope((0..40).map(|n| n * 150 + number)));
        place.report("logs --out lake --trace");
    }
    assert_eq!(place.tree("lake/ext").len(), 12);
    place
}

pub(crate) fn uids(place: &Sandbox) -> Vec<String> {
    let said = place.call("validate lake");
    assert!(said.status == 0, "{said}");
    let mut uids = Vec::new();
    for path in place.tree("lake/ext").into_keys() {
        let file = std::fs::File::open(place.path("lake/ext").join(path)).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let metadata = batch.column_by_name("metadata").unwrap();
            let metadata = arrow::array::AsArray::as_struct(metadata.as_ref());
            let column = metadata.column_by_name("uid").unwrap();
            let column = arrow::array::AsArray::as_string::<i32>(column.as_ref());
            uids.extend(column.iter().map(|uid| uid.unwrap().to_owned()));
        }
    }
    uids.sort();
    uids
}

#[test]
fn files_are_merged_and_everything_else_goes_on() {
    let place = lake();
    let before = uids(&place);
    let said = place.call("compact lake");
    assert!(said.status == 0 && said.err.starts_with("Merged 12 files into 2, in "), "{said}");
    assert!(
        said.err.contains(
            "accounted: 240 events + 0 duplicates = 240 events before, compared by number and content"
        ),
        "{said}"
    );
    assert_eq!(uids(&place), before);
    assert_eq!(place.tree("lake/ext").len(), 2);
    place.call("lint lake").check(0, "checked 2 files (31 KiB): 0 errors, 0 warnings\n", "");
    assert!(place.call("inspect lake").out.contains("2 files in partitions, all rows where they belong"));
    place.call("compact lake").check(0, "", "Nothing to merge\n");
    // What was converted stays known.
    let (_, report) = place.report("logs --out lake --trace");
    assert_eq!((&report["inputs"]["covered"], &report["records"]["events"]), (&json!(6), &json!(0)));
    assert_eq!(place.tree("lake/ext").len(), 2);
    // So does where it came from.
    for path in place.tree("lake/ext").into_keys() {
        let said = place.call(&format!("trace lake/ext/{path} --row 77 --format json"));
        let traced: Value = serde_json::from_str(&said.out).unwrap();
        let raw: Value = serde_json::from_str(traced["raw"].as_str().unwrap()).unwrap();
        let said = place.call(&format!("trace lake/ext/{path} --uid {}", raw["eventID"].as_str().unwrap()));
        assert!(said.status == 0 && said.out.contains(traced["object"].as_str().unwrap()), "{said}");
        let said = place.call(&format!("trace lake/ext/{path} --row 1000"));
        assert!(said.err.contains("has no row 1000\n  its "), "{said}");
    }
}

#[test]
fn what_is_merged_can_be_chosen_and_tried() {
    let place = lake();
    let before = place.tree("lake");
    let said = place.call("compact lake --dry-run --report json");
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["merges"].as_array().unwrap().len(), 2);
    assert_eq!((&report["dry_run"], &report["merges"][0]["into"]), (&json!(true), &Value::Null));
    assert!(before == place.tree("lake"));
    for nothing in [
        "--table vpc-flow",
        "--until 2024-05-01",
        "--since 2024-05-03",
        "--partition region=*/*/eventDay=2023*",
    ] {
        place.call(&format!("compact lake {nothing}")).check(0, "", "Nothing to merge\n");
    }
    let said =
        place.call("compact lake --until 2024-05-02 --table ct-api-activity --partition region=us-*/*/*");
    assert!(said.err.starts_with("Merged 6 files into 1"), "{said}");
    assert_eq!(place.tree("lake/ext").len(), 7);
}

#[test]
fn duplicates_are_dropped_on_demand() {
    let place = lake();
    // The same events, delivered once more under other keys.
    place.file("more/a.json", envelope((0..40).map(|n| n * 150 + 3)));
    place.file("more/b.json", envelope((0..40).map(|n| n * 150 + 3)));
    let (_, report) = place.report("more --out lake --dedup");
    assert_eq!(
        report["records"],
        json!({"records": 80, "events": 40, "rejects": 0, "skipped": {"duplicate": 40}})
    );
    let said = place.call("compact lake --dedup");
    assert!(said.err.contains("accounted: 240 events + 40 duplicates = 280 events before"), "{said}");
    let all = uids(&place);
    let mut distinct = all.clone();
    distinct.dedup();
    assert_eq!((all.len(), distinct.len()), (240, 240));
    place.call("compact lake --dedup").check(0, "", "Nothing to merge\n");
}

#[test]
fn which_duplicate_stays_does_not_depend_on_memory_or_threads() {
    let place = Sandbox::new();
    for number in 0..8u32 {
        place.file(format!("logs/{number}.json"), envelope((0..400).map(|n| n * 20 + number % 3)));
    }
    place.report("logs --out one -j 1 --dedup --trace");
    place.report("logs --out two -j 4 --memory 1MiB --dedup --trace");
    let one = place.tree("one");
    assert!(one == place.tree("two"));
    let (_, report) = place.report("logs --out three --dedup");
    let (events, skipped) = (&report["records"]["events"], &report["records"]["skipped"]["duplicate"]);
    assert_eq!((events, skipped), (&json!(1200), &json!(2000)));
    // The first by object stays.
    for path in one.keys().filter(|path| path.starts_with("ext/")) {
        let said = place.call(&format!("trace one/{path} --row 5 --format json"));
        let traced: Value = serde_json::from_str(&said.out).unwrap();
        assert!(
            ["logs/0.json", "logs/1.json", "logs/2.json"].contains(&traced["object"].as_str().unwrap()),
            "{said}"
        );
    }
}

#[test]
fn duplicates_in_large_files_go_too() {
    let place = lake();
    place.file("more/a.json", envelope((0..40).map(|n| n * 150 + 3)));
    place.report("more --out lake");
    let said = place.call("compact lake --dedup --target-size 1KiB");
    assert!(said.err.contains("+ 40 duplicates"), "{said}");
    assert_eq!(uids(&place).len(), 240);
    assert_eq!(place.call("convert logs more --out lake").status, 0);
    assert_eq!(uids(&place).len(), 240);
    place.call("compact lake --dedup --target-size 1KiB").check(0, "", "Nothing to merge\n");
}

#[test]
fn merged_events_are_replaced_together_or_not_at_all() {
    let place = lake();
    place.call("compact lake");
    let before = place.tree("lake");
    let said = place.call("convert logs/3.json --out lake --overwrite");
    assert_eq!(said.status, 3);
    assert!(said.err.contains("its files also hold events of `logs/"), "{said}");
    assert!(said.err.contains("hint: give all inputs that were converted or merged together"), "{said}");
    assert!(before == place.tree("lake"));
    place.file("logs/3.json", envelope((0..10).map(|n| n * 150 + 3)));
    let (ran, report) = place.report("logs --out lake --overwrite");
    assert_eq!((ran.status, &report["records"]["events"]), (0, &json!(210)));
    assert_eq!(uids(&place).len(), 210);
    assert_eq!(place.tree("lake/_ocsf/compaction").len(), 0);
    assert_eq!(place.tree("lake/ext").len(), 2);
}

#[test]
fn an_event_that_was_dropped_is_not_lost_with_the_one_that_stayed() {
    let place = Sandbox::new();
    place.file("logs/a.json", envelope(0..20));
    place.file("logs/b.json", envelope(10..30));
    place.report("logs --out lake --group-bytes 1");
    // Both files are large, so that they are not merged: one loses what both have.
    let said = place.call("compact lake --dedup --target-size 1KiB");
    assert!(said.err.contains("+ 10 duplicates"), "{said}");
    let before = place.tree("lake");
    let alone =
        |name: &str| place.call(&format!("convert logs/{name}.json --out copy --overwrite --group-bytes 1"));
    let copy = || {
        let _ = std::fs::remove_dir_all(place.path("copy"));
        for (path, bytes) in &before {
            place.file(format!("copy/{path}"), bytes);
        }
    };
    copy();
    let (of_a, kept) = (alone("a"), before == place.tree("copy"));
    copy();
    let of_b = alone("b");
    let (keeper, other, said) = if of_a.status == 3 { ("a", "b", &of_a) } else { ("b", "a", &of_b) };
    assert!(kept == (keeper == "a") && of_a.status + of_b.status == 3, "{of_a}{of_b}");
    assert!(said.err.contains(&format!("its files also hold events of `logs/{other}.json`")), "{said}");
    // Together they are replaced, and what only the other has now comes back.
    place.file(format!("logs/{keeper}.json"), envelope(40..41));
    let (ran, _) = place.report("logs --out lake --overwrite --group-bytes 1");
    assert_eq!(ran.status, 0, "{ran}");
    assert_eq!(uids(&place).len(), 21);
}

#[test]
fn a_stream_takes_nothing_along_that_was_merged_with_it() {
    let place = lake();
    let events = envelope((0..10).map(|n| n * 150 + 7));
    let feed =
        |more: &[&str]| place.feed(&[&["convert", "-", "--out", "lake"], more].concat(), events.as_bytes());
    assert_eq!(feed(&[]).status, 0);
    place.call("compact lake");
    let before = place.tree("lake");
    let said = feed(&["--overwrite"]);
    assert_eq!(said.status, 3, "{said}");
    assert!(said.err.contains("cannot replace what was made of `-`"), "{said}");
    assert!(before == place.tree("lake"));
}

#[test]
fn what_is_no_lake_is_refused() {
    let place = Sandbox::new();
    place.file("things/x", "");
    let said = place.call("compact things");
    assert!(said.status == 2 && said.err.contains("is no lake that `ocsf convert` wrote"), "{said}");
    assert_eq!(place.tree("things").len(), 1);
    assert_eq!(place.call("compact nothing").status, 2);
    assert!(!place.path("nothing").exists());
}

#[test]
fn without_its_trace_a_merged_file_stays_and_the_rest_goes_on() {
    let place = lake();
    place.call("compact lake");
    let merged: Vec<String> = place.tree("lake/ext").into_keys().collect();
    place.file("more/a.json", envelope((0..40).map(|n| n * 150 + 7)));
    place.file("more/b.json", envelope((0..40).map(|n| n * 150 + 8)));
    place.report("more --out lake --group-bytes 1");
    let trace = |merged: &str| {
        let name = merged.rsplit('/').next().unwrap().replace("-c.parquet", ".parquet");
        format!("lake/_ocsf/trace/{name}")
    };
    let (lost, cut) = (trace(&merged[0]), trace(&merged[1]));
    std::fs::remove_file(place.path(&lost)).unwrap();
    place.file(&cut, &std::fs::read(place.path(&cut)).unwrap()[..100]);
    let said = place.call("compact lake");
    assert!(said.status == 1 && said.err.contains("Merged 4 files into 2"), "{said}");
    assert!(said.err.contains("2 files could not be read and stay as they are, first: `ext/"), "{said}");
    assert!(said.err.contains("its trace `_ocsf/trace/"), "{said}");
    assert!(
        said.err.contains("restore it from a copy, or convert the inputs of its groups with `--overwrite`"),
        "{said}"
    );
    let there = place.tree("lake/ext");
    assert!(merged.iter().all(|path| there.contains_key(path)) && there.len() == 4);
    // The way out.
    let (ran, _) = place.report("logs more --out lake --overwrite");
    assert_eq!(ran.status, 0, "{ran}");
    assert_eq!((uids(&place).len(), place.call("compact lake").status), (320, 0));
}
