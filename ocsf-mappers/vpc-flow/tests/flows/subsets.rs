//! A flow log has the fields that its owner chose: any of them, in any order.

use ocsf_core::testing::faults;
use proptest::prelude::*;

use crate::columns::TGW_HEADER;
use crate::corpus::{judge, shared};
use crate::{VERSIONS, events, map, options};

/// What names the source, the destination, and the place where the flow was seen.
const SRC: [&str; 3] = ["srcaddr", "pkt-srcaddr", "pkt-src-aws-service"];
const DST: [&str; 3] = ["dstaddr", "pkt-dstaddr", "pkt-dst-aws-service"];
const PLACE: [&str; 10] = [
    "interface-id",
    "vpc-id",
    "subnet-id",
    "instance-id",
    "resource-id",
    "ecs-container-instance-arn",
    "ecs-container-instance-id",
    "ecs-container-id",
    "ecs-task-arn",
    "ecs-task-id",
];
const TGW_SRC: [&str; 3] = ["tgw-src-vpc-id", "tgw-src-subnet-id", "tgw-src-eni"];
const TGW_DST: [&str; 3] = ["tgw-dst-vpc-id", "tgw-dst-subnet-id", "tgw-dst-eni"];
const TGW_PLACE: [&str; 2] = ["tgw-id", "tgw-attachment-id"];

fn vpc_fields() -> Vec<&'static str> {
    let header = include_str!("data/v11.log").lines().next().unwrap_or_default();
    header.split(' ').filter(|name| *name != "new-in-12").collect()
}

fn tgw_fields() -> Vec<&'static str> {
    TGW_HEADER.split_whitespace().collect()
}

fn value(name: &str) -> String {
    match name {
        "version" => "5".to_owned(),
        "account-id" | "tgw-src-vpc-account-id" | "tgw-dst-vpc-account-id" => "111122223333".to_owned(),
        "srcaddr" | "pkt-srcaddr" => "192.0.2.1".to_owned(),
        "dstaddr" | "pkt-dstaddr" => "198.51.100.7".to_owned(),
        "start" => "1767225600".to_owned(),
        "end" => "1767225655".to_owned(),
        "action" => "ACCEPT".to_owned(),
        "log-status" => "OK".to_owned(),
        "region" => "eu-west-1".to_owned(),
        "type" => "IPv4".to_owned(),
        "flow-direction" => "egress".to_owned(),
        "resource-type" => "TransitGateway".to_owned(),
        "srcport" | "dstport" | "protocol" | "packets" | "bytes" | "tcp-flags" | "traffic-path" => {
            "6".to_owned()
        }
        name if name.starts_with("packets-") => "0".to_owned(),
        name => format!("{name}-0aa1"),
    }
}

/// Whether a valid event exists: 1.1.0 wants both ends, 1.3.0 the destination, later versions one of them.
fn has_event(names: &[&str], direction: Option<&str>, version: &str) -> bool {
    let any = |of: &[&str]| of.iter().any(|name| names.contains(name));
    let (mut src, mut dst) = (any(&SRC) || any(&TGW_SRC), any(&DST) || any(&TGW_DST));
    let place = any(&PLACE) || any(&TGW_PLACE);
    match direction.filter(|_| !any(&TGW_PLACE)) {
        Some("ingress") => dst |= place,
        Some(_) => src |= place,
        None if place => {
            src |= dst || version == "1.1.0";
            dst = true;
        }
        None => {}
    }
    match version {
        "1.1.0" => src && dst,
        "1.3.0" => dst,
        _ => src || dst,
    }
}

/// The events of one line of these fields; it is an event if and only if it names the ends that the version wants.
fn check(names: &[&str], values: &[String], version: &str) -> Result<Vec<String>, TestCaseError> {
    let input = format!("{}\n{}\n", names.join(" "), values.join(" "));
    let out = map(&options(version), input.as_bytes(), &[]);
    let direction = names.iter().position(|name| *name == "flow-direction").map(|at| values[at].as_str());
    let codes: Vec<_> = out.rejects.iter().map(|reject| reject.code.as_str()).collect();
    let expected: &[&str] = if has_event(names, direction, version) { &[] } else { &["missing-required"] };
    prop_assert_eq!(&codes, expected, "OCSF {}: {}", version, &input);
    let events = events(&out);
    for (_, event) in &events {
        prop_assert_eq!(faults(event), Vec::<String>::new(), "OCSF {}: {}", version, &input);
        for value in values.iter().filter(|value| value.ends_with("-0aa1")) {
            prop_assert!(
                event.to_string().contains(value),
                "OCSF {}: {} is not in {}",
                version,
                value,
                event
            );
        }
    }
    Ok(events.into_iter().map(|(_, event)| event.to_string()).collect())
}

#[test]
fn each_field_alone() {
    for version in VERSIONS {
        let mut lines = Vec::new();
        for name in vpc_fields().into_iter().chain(tgw_fields()).filter(|name| *name != "start") {
            let names = [name, "start"];
            let found = check(&names, &names.map(value), version);
            lines.extend(found.unwrap_or_else(|fault| panic!("{fault}")));
        }
        match shared() {
            Some(shared) => judge(&shared, version, &lines.join("\n")),
            None => eprintln!("skipped: no validator at hand"),
        }
    }
}

#[test]
fn the_interface_is_the_end_that_nothing_else_names() {
    let end = |version: &str, fields: &[(&str, &str)]| {
        let (names, values): (Vec<&str>, Vec<&str>) = fields.iter().copied().unzip();
        let input = format!("start {}\n1767225600 {}\n", names.join(" "), values.join(" "));
        let event = events(&map(&options(version), input.as_bytes(), &[])).remove(0).1;
        let uid = |end: &str| {
            let end = event.get(end)?;
            let uid = end.get("interface_uid").or_else(|| end.get("uid"));
            Some(uid.and_then(|uid| uid.as_str()).unwrap_or("-").to_owned())
        };
        (uid("src_endpoint").unwrap_or_default(), uid("dst_endpoint").unwrap_or_default())
    };
    let pair = |src: &str, dst: &str| (src.to_owned(), dst.to_owned());
    let interface = ("interface-id", "eni-0aa1");
    assert_eq!(end("1.5.0", &[interface]), pair("", "eni-0aa1"));
    assert_eq!(end("1.3.0", &[interface]), pair("", "eni-0aa1"));
    assert_eq!(end("1.1.0", &[interface]), pair("eni-0aa1", "eni-0aa1"));
    assert_eq!(end("1.5.0", &[interface, ("flow-direction", "egress")]), pair("eni-0aa1", ""));
    assert_eq!(end("1.1.0", &[interface, ("dstaddr", "192.0.2.1")]), pair("eni-0aa1", "-"));
    assert_eq!(end("1.1.0", &[interface, ("pkt-dst-aws-service", "S3")]), pair("eni-0aa1", "-"));
    assert_eq!(end("1.1.0", &[interface, ("srcaddr", "192.0.2.1")]), pair("-", "eni-0aa1"));
    assert_eq!(end("1.5.0", &[("vpc-id", "vpc-1"), ("subnet-id", "subnet-1")]), pair("", "subnet-1"));
    assert_eq!(end("1.5.0", &[interface, ("subnet-id", "subnet-1")]), pair("", "eni-0aa1"));
    assert_eq!(
        end(
            "1.1.0",
            &[("tgw-src-vpc-id", "vpc-1"), ("tgw-id", "tgw-1"), ("tgw-attachment-id", "tgw-attach-1")]
        ),
        pair("vpc-1", "tgw-attach-1")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_fields_in_any_order(
        mut names in prop::sample::subsequence(vpc_fields(), 1..20).prop_shuffle(),
        ingress in any::<bool>(),
        version in 0..VERSIONS.len(),
    ) {
        names.retain(|name| *name != "start");
        names.push("start");
        let direction = if ingress { "ingress" } else { "egress" };
        let values: Vec<String> =
            names.iter().map(|name| if *name == "flow-direction" { direction.to_owned() } else { value(name) }).collect();
        check(&names, &values, VERSIONS[version])?;
    }

    #[test]
    fn any_fields_of_a_gateway(
        mut names in prop::sample::subsequence(tgw_fields(), 1..12).prop_shuffle(),
        version in 0..VERSIONS.len(),
    ) {
        names.retain(|name| *name != "start" && *name != "tgw-id");
        names.extend(["start", "tgw-id"]);
        let values: Vec<String> = names.iter().map(|name| value(name)).collect();
        check(&names, &values, VERSIONS[version])?;
    }
}
