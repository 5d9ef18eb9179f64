//! `convert --trace` and `trace`: from an event back to its record.

use std::path::PathBuf;

use base64::Engine as _;
use serde_json::Value;

use crate::parquet::{flows, lines};
use crate::support::{envelope, record};
use crate::{Sandbox, gzip};

const FLOWS: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n\
    2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 443 6 1 40 1767225600 1767225655 ACCEPT OK\n\
    2 111122223333 eni-0aa1 - - - - - - - 1767225600 1767225655 - NODATA\n\
    2 111122223333 eni-0aa1 192.0.2.2 10.0.0.1 2 443 6 1 40 1767225500 1767225655 REJECT OK\n";

fn logs() -> Sandbox {
    let place = Sandbox::new();
    place
        .file("logs/a.json.gz", gzip(envelope(0..40).as_bytes()))
        .file("logs/b.json", (40..60).map(|n| format!("{:#}", record(n))).collect::<Vec<_>>().join("\n"))
        .file("logs/flows.log.zst", zstd::encode_all(FLOWS.as_bytes(), 1).unwrap());
    place
}

/// The event files of a lake.
fn files(place: &Sandbox, lake: &str) -> Vec<String> {
    let tree = place.tree(&format!("{lake}/ext"));
    tree.into_keys().map(|name| format!("{lake}/ext/{name}")).collect()
}

fn trace(place: &Sandbox, args: &str) -> Value {
    let said = place.call(&format!("trace {args} --format json"));
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{args}: {said}");
    said.json().remove(0)
}

#[test]
fn every_event_leads_back_to_its_record() {
    let place = logs();
    assert_eq!(place.call("convert logs --out lake --trace").status, 0);
    let mut seen = 0;
    for file in files(&place, "lake") {
        let events = place.call(&format!("preview {file} -n 1000")).json();
        for (row, event) in events.iter().enumerate() {
            let found = trace(&place, &format!("{file} --row {row} --input logs"));
            let raw = found["raw"].as_str().unwrap();
            if let Some(uid) = event["metadata"]["uid"].as_str() {
                let source: Value = serde_json::from_str(raw).unwrap();
                assert_eq!(source["eventID"], uid, "{file} row {row}");
                assert_eq!(trace(&place, &format!("{file} --uid {uid} --input logs")), found);
            } else {
                assert!(raw.contains(event["src_endpoint"]["ip"].as_str().unwrap()), "{raw}");
                let byte = usize::try_from(found["byte"].as_u64().unwrap()).unwrap();
                assert_eq!(&FLOWS[byte..][..raw.len()], raw);
                assert_eq!(found["object"], "logs/flows.log.zst");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 62);
}

#[test]
fn it_is_said_as_text_and_without_the_source() {
    let place = logs();
    place.call("convert logs/flows.log.zst --out lake --trace");
    let file = files(&place, "lake").remove(0);
    let line = FLOWS.lines().nth(3).unwrap();
    let shown = format!("logs/flows.log.zst record 2, byte {}\n\n{line}\n", FLOWS.find(line).unwrap());
    // The key leads to the object from the working directory.
    place.call(&format!("trace {file} --row 0")).check(0, &shown, "");
    std::fs::remove_file(place.path("logs/flows.log.zst")).unwrap();
    let place_alone = shown.lines().next().unwrap();
    place.call(&format!("trace {file} --row 0")).check(
        0,
        &format!("{place_alone}\n"),
        "warning: the record is not shown: `logs/flows.log.zst` is not at hand\nhint: say where the logs are with `--input`, as for `convert`\n",
    );
    place.file("logs/flows.log.zst", FLOWS.replace("40", "41"));
    let said = place.call(&format!("trace {file} --row 0"));
    assert!(said.err.contains("`logs/flows.log.zst` is not what was converted"), "{said}");
}

#[test]
fn what_cannot_be_traced_is_told() {
    let place = logs();
    place.call("convert logs --out lake");
    let file = files(&place, "lake").remove(0);
    let said = place.call(&format!("trace {file} --row 0"));
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert!(
        said.err.contains(
            "they were converted without `--trace`\n\nhint: convert again, with `--trace --overwrite`"
        ),
        "{said}"
    );

    // Without it, what was converted again loses its trace as well.
    place.call("convert logs --out lake --trace --overwrite");
    assert_eq!(place.tree("lake/_ocsf/trace").len(), 1);
    let said = place.call(&format!("trace {file} --row 1000"));
    assert!(said.err.starts_with(&format!("error: `{file}` has no row 1000\n  its ")), "{said}");
    let said = place.call(&format!("trace {file} --uid nobody"));
    assert!(said.err.contains("has no event with the `metadata.uid` `nobody`"), "{said}");
    place.call("convert logs --out lake --overwrite");
    assert_eq!(place.tree("lake/_ocsf/trace").len(), 0);

    place.file("other-0.parquet", "");
    let said = place.call("trace other-0.parquet --row 0");
    assert!(
        said.err.starts_with("error: `other-0.parquet` is of no lake that `ocsf convert` wrote"),
        "{said}"
    );
    assert_eq!(place.call(&format!("trace {file}")).status, 2);
}

#[test]
fn threads_and_memory_do_not_show() {
    let place = logs();
    place.call("convert logs --out one --trace --group-bytes 1KiB -j 1");
    place.call("convert logs --out two --trace --group-bytes 1KiB -j 4 --memory 1MiB");
    assert_eq!(place.tree("one/_ocsf/trace").len(), 3);
    assert!(place.tree("one") == place.tree("two"));
}

#[test]
fn rows_of_columns_are_told_by_their_number() {
    let place = Sandbox::new();
    place.file("logs/flows.parquet", flows(&lines(100), 30));
    assert_eq!(place.call("convert logs --out lake --trace").status, 0);
    let file = files(&place, "lake").remove(0);
    let events = place.call(&format!("preview {file} -n 1000")).json();
    for (row, event) in events.iter().enumerate() {
        let found = trace(&place, &format!("{file} --row {row}"));
        let source: Value = serde_json::from_str(found["raw"].as_str().unwrap()).unwrap();
        assert_eq!(source["packets"], event["traffic"]["packets"], "{found}");
        assert_eq!((&found["byte"], &found["record"]), (&0.into(), &source["packets"]));
    }
    assert!(events.len() > 50);
    let said = place.call(&format!("trace {file} --row 0"));
    assert!(said.out.starts_with("logs/flows.parquet row 0\n\n{\"account_id\":\"111122223333\","), "{said}");
}

/// A retried record is traced to where it was rejected.
#[test]
fn a_retried_record_leads_to_its_first_object() {
    let place = Sandbox::new();
    let late = record(7).to_string().replace("2024-", "2124-");
    place.file("logs/late.json", format!("{}\n{late}\n", record(3)));
    place.call("convert logs --out lake --max-rejects 100%");
    let rejects: Vec<PathBuf> = place.tree("lake/_rejects").into_keys().map(PathBuf::from).collect();
    let path = place.path("lake/_rejects").join(&rejects[0]);
    let text = String::from_utf8(zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap()).unwrap();
    let mut line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    line["raw_b64"] = base64::engine::general_purpose::STANDARD.encode(record(7).to_string()).into();
    place.file("again.ndjson", format!("{line}\n"));
    assert_eq!(place.call("convert again.ndjson --out other --trace").status, 0);
    let found = trace(&place, &format!("{} --row 0", files(&place, "other")[0]));
    assert_eq!((&found["object"], &found["record"]), (&"logs/late.json".into(), &1.into()));
    assert_eq!(found["raw"], late);
}

#[test]
fn a_trace_is_no_part_of_the_data() {
    let place = logs();
    assert_eq!(place.call("convert logs --out lake --trace").status, 0);
    let shown = place.call("inspect lake --format json");
    assert_eq!(shown.out.lines().count(), files(&place, "lake").len(), "{shown}");
    assert_eq!(place.call("lint lake").status, 0);
}
