//! Flow logs that come as Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::{Said, Sandbox, gzip};

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags region";

/// Lines of a flow log; every tenth window has no traffic, and every twenty-fifth record has no time.
pub(crate) fn lines(rows: u32) -> Vec<String> {
    let line = |row: u32| match (row % 10, row % 25) {
        (9, _) => {
            format!("5 111122223333 eni-0aa1 - - - - - - - {} - - NODATA - eu-west-1", 1_767_225_600 + row)
        }
        (_, 7) => {
            "5 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 2 6 1 40 - - ACCEPT OK 2 eu-west-1".to_owned()
        }
        _ => format!(
            "5 111122223333 eni-0aa1 192.0.2.{} 10.0.0.1 {row} 443 6 {row} {} {} {} ACCEPT OK - eu-west-1",
            row % 250,
            u64::from(row) << 32,
            1_767_225_600 + row,
            1_767_225_655 + row,
        ),
    };
    (0..rows).map(line).collect()
}

/// The lines as AWS writes them in Parquet, some in each row group.
pub(crate) fn flows(lines: &[String], group: usize) -> Vec<u8> {
    let column = |(at, name): (usize, &str)| {
        let cells = lines.iter().map(|line| line.split(' ').nth(at).unwrap());
        let array: ArrayRef = match name {
            "version" | "srcport" | "dstport" | "protocol" | "tcp-flags" => {
                Arc::new(cells.map(|cell| cell.parse().ok()).collect::<Int32Array>())
            }
            "packets" | "bytes" | "start" | "end" => {
                Arc::new(cells.map(|cell| cell.parse().ok()).collect::<Int64Array>())
            }
            _ => Arc::new(cells.map(Some).collect::<StringArray>()),
        };
        (name.replace('-', "_"), array, true)
    };
    let batch = RecordBatch::try_from_iter_with_nullable(HEADER.split(' ').enumerate().map(column)).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(GzipLevel::default()))
        .set_max_row_group_row_count(Some(group))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn other_columns(names: &[&str]) -> Vec<u8> {
    let columns = names.iter().map(|name| (*name, Arc::new(Int64Array::from(vec![1])) as ArrayRef));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Path and what was detected.
fn detected(said: &Said) -> Vec<(String, String, String)> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let of = |line: &Value| {
        (text(line, "path"), text(line, "kind") + " " + &text(line, "name"), text(line, "reason"))
    };
    said.json().iter().map(of).collect()
}

#[test]
fn files_are_told_by_their_columns() {
    let good = flows(&lines(3), 10);
    let place = Sandbox::new();
    place
        .file("a.log.parquet", &good)
        .file("b.gz", gzip(&good))
        .file("c.parquet", other_columns(&["tgw_id", "start"]))
        .file("d.parquet", other_columns(&["x", "y"]))
        .file("e.parquet", other_columns(&["class_uid", "metadata", "start", "end"]))
        .file("f.parquet", &good[..good.len() / 2])
        .file("g.parquet", [b"PAR1".as_slice(), &gzip("no Parquet")].concat());
    let said = place
        .call("detect --format json a.log.parquet b.gz c.parquet d.parquet e.parquet f.parquet g.parquet");
    let found = detected(&said);
    let kinds: Vec<&str> = found.iter().map(|(_, kind, _)| kind.as_str()).collect();
    let flow = "source vpc-flow";
    assert_eq!(kinds, [flow, flow, flow, "unknown ", "skip ocsf-parquet", "unknown ", "unknown "]);
    assert_eq!(found[3].2, "a Parquet file whose columns fit no source");
    assert_eq!(found[5].2, "looks like a Parquet file, but has no readable footer");
    let said = place.feed(&["detect", "--format", "json", "-"], &good);
    assert_eq!(detected(&said)[0].1, flow);
    let said = place.call("detect --format json --source vpc-flow d.parquet e.parquet");
    assert_eq!(detected(&said)[0].1, flow);
    assert_eq!(detected(&said)[1].1, "skip ocsf-parquet");
    let said = place.call("detect --format json --source cloudtrail a.log.parquet");
    assert_eq!(detected(&said)[0].2, "`cloudtrail` is not read from Parquet");
    let said = place.call("convert a.log.parquet --out lake --max-object-bytes 1KB");
    assert!(said.err.contains("has more bytes than the limit for one object"), "{}", said.err);
}

#[test]
fn events_are_those_of_the_text() {
    let place = Sandbox::new();
    let lines = lines(60);
    place.file("text.log", format!("{HEADER}\n{}\n", lines.join("\n")));
    place.file("rows.log.parquet", flows(&lines, 25));
    let of_text = place.call("preview -n 1000 text.log --account 999900001111");
    let of_rows = place.call("preview -n 1000 rows.log.parquet --account 999900001111");
    assert_eq!((of_rows.out.lines().count(), of_rows.status), (51, 0));
    assert_eq!(of_rows.out, of_text.out);
    assert!(of_rows.err.contains("rows.log.parquet` record 7: no-time"), "{}", of_rows.err);
    assert_eq!(place.call("preview -n 3 rows.log.parquet").out.lines().count(), 3);
}

#[test]
fn a_folder_becomes_a_lake() {
    let key = "in/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=01/day=01/hour=00/f.log.parquet";
    let place = Sandbox::new();
    let rows = flows(&lines(5_000), 2_000);
    place.file(key, &rows).file("in/b.gz", gzip(flows(&lines(100), 9)));
    let (said, report) = place.report("in --out lake");
    assert_eq!(said.status, 0, "{said}");
    // The key of the larger file gives its records without a time an hour.
    let records = json!({"records": 5_100, "events": 4_586, "rejects": 4, "skipped": {"nodata": 510}});
    assert_eq!(report["records"], records);
    let manifest = place.tree("lake/_ocsf/manifest").into_values().next().unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    let input = inputs.iter().find(|input| input["key"].as_str().unwrap().starts_with("AWSLogs")).unwrap();
    let sha256 = <sha2::Sha256 as sha2::Digest>::digest(&rows);
    assert_eq!((&input["sha256"], &input["size"]), (&json!(format!("{sha256:x}")), &json!(rows.len())));
    // Rejects can be read again.
    let (said, report) = place.report("lake/_rejects --out again --max-rejects 1000");
    assert_eq!((said.status, &report["records"]["rejects"]), (0, &json!(4)), "{said}");
}

#[test]
fn threads_and_memory_do_not_show() {
    let place = Sandbox::new();
    for file in 0..4 {
        place.file(format!("in/{file}.parquet"), flows(&lines(1_000), 300));
    }
    place.report("in --out one -j 1 --group-bytes 1");
    place.report("in --out two -j 3 --memory 1MiB --group-bytes 1");
    assert!(place.tree("one").len() > 4);
    assert!(place.tree("one") == place.tree("two"));
}

#[test]
fn what_can_be_read_of_a_damaged_file_is_converted() {
    let mut rows = flows(&lines(90), 30);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::from(rows.clone())).unwrap();
    let (at, len) = metadata.row_group(1).column(3).byte_range();
    rows[at as usize..][..len as usize].fill(0xff);
    let place = Sandbox::new();
    place.file("in/a.parquet", rows);
    let (said, report) = place.report("in --out lake");
    assert_eq!((said.status, &report["records"]["records"]), (1, &json!(60)), "{said}");
    assert!(
        said.err.contains("row group 2 of 3 cannot be read from row 30 on, 30 rows lost"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("bug"), "{}", said.err);
    let said = place.call("preview -n 1000 in");
    assert_eq!((said.status, said.out.lines().count()), (1, 52));
}
