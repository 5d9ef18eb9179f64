//! The forms that records come in, and what each field becomes.

use ocsf_vpc_flow::mapper;

use crate::{events, map, one, options};

const LINE: &str =
    "2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1024 443 6 1 40 1767225600 1767225655 ACCEPT OK";

#[test]
fn every_wrapping_gives_the_same_event() {
    let plain = one(&options("1.1.0"), LINE);
    for wrapped in [
        format!("{LINE}\r\n"),
        format!("2026-01-01T00:00:00.000Z {LINE}\n"),
        format!("{{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"444455556666\",\"logEvents\":[{{\"id\":\"1\",\"timestamp\":1767225600000,\"message\":\"{LINE}\"}}]}}"),
        format!("{{\n  \"message\": \"{LINE}\\n\",\n  \"timestamp\": 1767225600000\n}}"),
        format!("version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action log_status\n{LINE}"),
        "{\"version\":2,\"account_id\":\"111122223333\",\"interface_id\":\"eni-0aa1\",\"srcaddr\":\"192.0.2.1\",\"dstaddr\":\"10.0.0.1\",\
          \"srcport\":1024,\"dstport\":443,\"protocol\":6,\"packets\":1,\"bytes\":40,\"start\":1767225600,\"end\":1767225655,\
          \"action\":\"ACCEPT\",\"log_status\":\"OK\"}"
            .to_owned(),
    ] {
        assert_eq!(one(&options("1.1.0"), &wrapped), plain, "{wrapped}");
    }
    let glued = format!("{{\"message\":\"{LINE}\"}}").repeat(3);
    assert_eq!(events(&map(&options("1.1.0"), glued.as_bytes(), &[])).len(), 3);
}

#[test]
fn account_and_region_come_from_the_record_then_the_log_group_then_the_object() {
    let unknown = LINE.replace("111122223333", "unknown");
    let event = one(&options("1.1.0"), &unknown);
    assert_eq!(
        (&event["cloud"]["account"]["uid"], &event["cloud"]["region"]),
        (&"999900001111".into(), &"eu-south-2".into())
    );
    let wrapped = format!("{{\"owner\":\"444455556666\",\"logEvents\":[{{\"message\":\"{unknown}\"}}]}}");
    let out = map(&options("1.1.0"), wrapped.as_bytes(), &[]);
    assert_eq!(events(&out)[0].1["cloud"]["account"]["uid"], "444455556666");
    let key = &out.batches[0].keys.partitions[0];
    assert_eq!((key.account.as_deref(), key.region.as_deref()), (Some("444455556666"), Some("eu-south-2")));
}

#[test]
fn an_account_that_is_no_text_is_not_hidden_by_the_objects() {
    let record = "{\"version\":2,\"account_id\":{\"was\":\"111122223333\"},\"interface_id\":\"eni-0aa1\",\"srcaddr\":\"192.0.2.1\",\
                  \"dstaddr\":\"10.0.0.1\",\"start\":1767225600,\"action\":\"ACCEPT\",\"log_status\":\"OK\"}";
    let event = one(&options("1.1.0"), record);
    assert!(event["unmapped"].to_string().contains("111122223333"), "{event}");
}

#[test]
fn the_user_gives_the_columns_that_no_header_names() {
    let custom =
        options("1.1.0").with_source_option("vpc-format", "${srcaddr} ${dstaddr} ${bytes} $${version}");
    let event = one(&custom, "{\"message\":\"192.0.2.1 10.0.0.1 77 2\",\"timestamp\":1767225600000}");
    assert_eq!((&event["traffic"]["bytes"], &event["time"]), (&77.into(), &1_767_225_600_000_i64.into()));
    let event = one(&custom, "version srcaddr dstaddr start\n2 192.0.2.1 10.0.0.1 1767225600");
    assert_eq!(event["metadata"]["product"]["version"], "2");
    assert!(mapper(&options("1.1.0").with_source_option("vpc-format", "colour")).is_err());
}

#[test]
fn windows_without_traffic_are_skipped_or_kept_where_they_can_be_events() {
    let input = include_str!("data/v2.log");
    let out = map(&options("1.3.0"), input.as_bytes(), &[]);
    assert_eq!((out.counts.events, out.counts.skipped["nodata"], out.counts.skipped["skipdata"]), (2, 1, 1));
    let kept = map(&options("1.3.0").with_source_option("keep-nodata", "true"), input.as_bytes(), &[]);
    assert_eq!(kept.counts.events, 4);
    let event = &events(&kept)[2].1;
    assert_eq!((&event["activity_id"], &event["action_id"]), (&0.into(), &0.into()));
    assert_eq!(event["dst_endpoint"]["interface_uid"], "eni-0aa11bb22cc33dd44");
    assert!(event.get("src_endpoint").is_none());
    let error = mapper(&options("1.1.0").with_source_option("keep-nodata", "true")).unwrap_err();
    assert!(error.to_string().contains("keep-nodata"), "{error}");
}

#[test]
fn vpc_and_transit_gateway_records_mix() {
    let tgw = include_str!("data/tgw.log");
    let out = map(&options("1.1.0"), format!("{LINE}\n{tgw}{LINE}\n").as_bytes(), &[]);
    let mut tables: Vec<_> = events(&out)
        .into_iter()
        .map(|(table, event)| (table, event["metadata"]["product"]["name"].clone()))
        .collect();
    tables.sort_by_key(|(table, _)| *table);
    assert_eq!(
        tables,
        [(0, "Amazon VPC".into()), (0, "Amazon VPC".into()), (1, "AWS Transit Gateway".into())]
    );
    let header = "version tgw-id account-id srcaddr dstaddr start";
    let out = map(
        &options("1.1.0"),
        format!("{header}\n6 tgw-0aa 111122223333 10.0.0.1 10.0.0.2 1767225600\n").as_bytes(),
        &[],
    );
    assert_eq!((events(&out)[0].0, out.counts.events), (1, 1));
}

#[test]
fn any_field_of_a_transit_gateway_tells_its_records() {
    for (name, value) in [
        ("tgw-src-eni", "eni-0aa1"),
        ("tgw-dst-subnet-id", "subnet-0aa1"),
        ("tgw-src-vpc-account-id", "111122223333"),
        ("tgw-dst-az-id", "euw1-az1"),
        ("packets-lost-no-route", "0"),
        ("version", "6"),
    ] {
        let input = format!("srcaddr dstaddr start {name}\n10.0.0.1 10.0.0.2 1767225600 {value}\n");
        let out = map(&options("1.1.0"), input.as_bytes(), &[]);
        assert_eq!(events(&out)[0].0, 1, "{name}");
    }
}

#[test]
fn bad_values_are_kept_and_counted() {
    let event = |line: &str| {
        let out = map(&options("1.1.0"), line.as_bytes(), &[]);
        let issues: Vec<_> = out.issues.iter().map(|(code, path, _)| format!("{code} {path}")).collect();
        (events(&out).remove(0).1, issues)
    };
    let (found, issues) = event(&LINE.replace(" 6 1 40 ", " udp 99999999999999999999 40 "));
    assert_eq!(
        (&found["unmapped"]["protocol"], &found["unmapped"]["packets"]),
        (&"udp".into(), &"99999999999999999999".into())
    );
    assert_eq!(issues, ["bad-value packets", "bad-value protocol"]);
    let (found, _) = event(&LINE.replace("10.0.0.1", "10.0.0.777"));
    assert_eq!(
        (&found["dst_endpoint"]["name"], found["dst_endpoint"].get("ip")),
        (&"10.0.0.777".into(), None)
    );
    let (found, _) = event(&LINE.replace("192.0.2.1", "-"));
    assert_eq!(
        (&found["src_endpoint"]["interface_uid"], found["src_endpoint"].get("ip")),
        (&"eni-0aa1".into(), None)
    );
    let (found, _) = event(&LINE.replace("10.0.0.1", "-"));
    assert_eq!(found["dst_endpoint"]["interface_uid"], "eni-0aa1");
}

#[test]
fn times_that_are_not_there_or_make_no_sense() {
    let code = |line: &str| map(&options("1.1.0"), line.as_bytes(), &[]).rejects[0].code.to_string();
    assert_eq!(one(&options("1.1.0"), &LINE.replace("1767225600", "-"))["time"], 1_767_225_655_000_i64);
    assert_eq!(code(&LINE.replace("1767225600 1767225655", "- -")), "no-time");
    assert_eq!(code(&LINE.replace("1767225600", "1767225600000")), "time-out-of-range");
    assert_eq!(code("2 111122223333 eni-0aa1 192.0.2.1"), "field-count");
    assert_eq!(code("not a flow"), "foreign-record");
    let late = one(&options("1.1.0"), &LINE.replace("1767225655", "17672256550000"));
    assert_eq!((late.get("end_time"), &late["unmapped"]["end"]), (None, &"17672256550000".into()));
}

#[test]
fn columns_of_the_future_are_left_over_and_reported() {
    let out = map(&options("1.1.0"), include_bytes!("data/v11.log"), &[]);
    assert_eq!(events(&out)[0].1["unmapped"]["new-in-12"], "later");
    let drift: Vec<_> = out
        .issues
        .iter()
        .filter(|(code, ..)| *code == "drift")
        .map(|(_, path, issue)| (path.to_owned(), issue.count))
        .collect();
    assert_eq!(drift, [("new-in-12".to_owned(), 1)]);
}
