//! Flow logs as columns, the types and names of which are those that AWS documents for Parquet.

use std::sync::Arc;

use ocsf_core::arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use ocsf_core::testing::conformance_of_columns;
use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output};
use proptest::prelude::*;

use crate::{VERSIONS, events, map, options};

const INT_32: [&str; 7] =
    ["version", "srcport", "dstport", "protocol", "tcp_flags", "traffic_path", "encryption_status"];
const INT_64: [&str; 8] = [
    "packets",
    "bytes",
    "start",
    "end",
    "packets_lost_no_route",
    "packets_lost_blackhole",
    "packets_lost_mtu_exceeded",
    "packets_lost_ttl_expired",
];

pub(crate) const TGW_HEADER: &str = "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id \
    tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni \
    tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
    log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired \
    tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service";

/// Logs with a header of their own.
fn logs() -> [String; 4] {
    [
        include_str!("data/v2.log").to_owned(),
        include_str!("data/v5.log").to_owned(),
        include_str!("data/v11.log").to_owned(),
        format!("{TGW_HEADER}\n{}", include_str!("data/tgw.log")),
    ]
}

/// The lines below a header as AWS writes them in Parquet. Text that is no value is `-`, or null.
fn columns(log: &str, null_text: bool) -> RecordBatch {
    let mut lines = log.lines().filter(|line| !line.is_empty());
    let names: Vec<String> =
        lines.next().unwrap_or_default().split(' ').map(|n| n.replace('-', "_")).collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(' ').collect()).collect();
    let column = |at: usize, name: &str| -> ArrayRef {
        let cells = rows.iter().map(|row| row[at]);
        if INT_32.contains(&name) {
            Arc::new(cells.map(|cell| cell.parse().ok()).collect::<Int32Array>())
        } else if INT_64.contains(&name) {
            Arc::new(cells.map(|cell| cell.parse().ok()).collect::<Int64Array>())
        } else {
            Arc::new(cells.map(|cell| (cell != "-" || !null_text).then_some(cell)).collect::<StringArray>())
        }
    };
    let columns = names.iter().enumerate().map(|(at, name)| (name, column(at, name), true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
}

fn map_columns(options: &MapperOptions, rows: &RecordBatch) -> Output {
    let mut mapper = ocsf_vpc_flow::mapper(options).expect("a plan");
    mapper.begin(ObjectInfo {
        name: "object".into(),
        account: Some("999900001111".into()),
        region: Some("eu-south-2".into()),
        ..ObjectInfo::default()
    });
    mapper.decode_batch(rows, 0).expect("columns are read");
    let mut out = Output::default();
    mapper.flush(&mut out);
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// Events, counts, partitions and issues, but for positions.
fn summary(out: &Output) -> String {
    let issues: Vec<_> = out.issues.iter().map(|(code, path, issue)| (code, path, issue.count)).collect();
    let partitions: Vec<_> =
        out.batches.iter().map(|batch| (&batch.keys.record, &batch.keys.partitions)).collect();
    let text = format!("{:?}\n{:?}\n{issues:?}\n{partitions:?}", events(out), out.counts);
    // A column that no mapping knows keeps the name that it came with.
    text.replace("new-in-12", "new_in_12")
}

#[test]
fn rows_give_the_events_of_their_lines() {
    for version in VERSIONS {
        let options = match version {
            "1.1.0" => options(version),
            _ => options(version).with_source_option("keep-nodata", "true"),
        };
        for log in logs() {
            let lines = map(&options, log.as_bytes(), &[]);
            assert!(lines.counts.events > 0 && lines.rejects.is_empty());
            for null_text in [false, true] {
                let rows = map_columns(&options, &columns(&log, null_text));
                assert_eq!(summary(&rows), summary(&lines), "OCSF {version}");
            }
        }
    }
}

#[test]
fn rows_conform() {
    let mut samples: Vec<RecordBatch> = logs().iter().map(|log| columns(log, false)).collect();
    samples.push(columns("srcaddr start end\n192.0.2.1 1767225600 -\n192.0.2.1 - -\n192.0.2.1 9 -\n", true));
    conformance_of_columns(
        |options: &MapperOptions| ocsf_vpc_flow::mapper(options).expect("a plan"),
        &samples,
    );
}

#[test]
fn numbers_and_times_may_come_in_other_types() {
    use ocsf_core::arrow::array::{Float64Array, TimestampMillisecondArray};
    let log = "version srcaddr dstaddr dstport protocol start end log-status\n\
        5 192.0.2.1 10.0.0.1 443 6 1767225600 1767225655 OK\n";
    let plain = columns(log, true);
    let stamp = |ms: i64| Arc::new(TimestampMillisecondArray::from(vec![ms])) as ArrayRef;
    let other = RecordBatch::try_from_iter(plain.schema().fields().iter().zip(plain.columns()).map(
        |(field, column)| {
            let column = match field.name().as_str() {
                "start" => stamp(1_767_225_600_000),
                "end" => stamp(1_767_225_655_000),
                // What pandas makes of numbers when some are missing.
                "dstport" => Arc::new(Float64Array::from(vec![443.0])) as ArrayRef,
                _ => Arc::clone(column),
            };
            (field.name().clone(), column)
        },
    ))
    .expect("a batch");
    let options = options("1.5.0");
    assert_eq!(events(&map_columns(&options, &other)), events(&map_columns(&options, &plain)));
}

#[test]
fn rejects_of_rows_can_be_read_again() {
    let log = "version account-id interface-id srcaddr dstaddr start end log-status\n\
        5 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 - - OK\n";
    let out = map_columns(&options("1.1.0"), &columns(log, true));
    let reject = &out.rejects[0];
    assert_eq!((reject.code.as_str(), reject.at.to_string().as_str()), ("no-time", "`object` record 0"));
    let raw = String::from_utf8(reject.raw.to_vec()).expect("text");
    let mended = raw.replace("\"start\":null", "\"start\":1767225600");
    let again = map(&options("1.1.0"), mended.as_bytes(), &[]);
    let good =
        map_columns(&options("1.1.0"), &columns(&log.replace("10.0.0.1 -", "10.0.0.1 1767225600"), true));
    assert_eq!(events(&again), events(&good));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a column holds, the event has it: as a value of its own or unmapped.
    #[test]
    fn nothing_is_lost(
        texts in prop::collection::vec("[a-z]{3}[0-9]{5}|10\\.[1-9][0-9]\\.7\\.9", 55),
        numbers in prop::collection::vec(100_000..i32::MAX, 55),
        version in 0..VERSIONS.len(),
    ) {
        let names: Vec<String> = logs()[2].lines().next().unwrap_or_default().split(' ').map(|n| n.replace('-', "_")).collect();
        let column = |at: usize, name: &str| -> ArrayRef {
            match name {
                "start" | "end" => Arc::new(Int64Array::from(vec![1_767_225_600])),
                "srcaddr" | "dstaddr" => Arc::new(StringArray::from(vec!["192.0.2.1"])),
                _ if INT_32.contains(&name) => Arc::new(Int32Array::from(vec![numbers[at]])),
                _ if INT_64.contains(&name) => Arc::new(Int64Array::from(vec![i64::from(numbers[at]) * 1_000])),
                _ => Arc::new(StringArray::from(vec![texts[at].as_str()])),
            }
        };
        let columns: Vec<_> = names.iter().enumerate().map(|(at, name)| (name, column(at, name))).collect();
        let rows = RecordBatch::try_from_iter(columns).expect("a batch");
        let out = map_columns(&options(VERSIONS[version]), &rows);
        prop_assert_eq!(out.counts.events, 1, "{:?}", out.rejects);
        let event = events(&out)[0].1.to_string();
        for (at, name) in names.iter().enumerate() {
            let value = match name.as_str() {
                "start" | "end" => "1767225600".to_owned(),
                "srcaddr" | "dstaddr" => "192.0.2.1".to_owned(),
                name if INT_32.contains(&name) => numbers[at].to_string(),
                name if INT_64.contains(&name) => (i64::from(numbers[at]) * 1_000).to_string(),
                _ => texts[at].clone(),
            };
            prop_assert!(event.contains(&value), "{} {} is not in {}", name, value, event);
        }
    }
}
