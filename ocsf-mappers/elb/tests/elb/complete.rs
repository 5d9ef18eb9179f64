//! Nothing is lost: whatever a field holds, it is in a column, in `unmapped`, or the record is a reject with its bytes.

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::map;
use serde_json::Value;

use super::{ALB, mapper, options};

const CONNECTION: [&str; 15] = [
    "2026-08-01T10:00:00.000001Z",
    "198.51.100.4",
    "40000",
    "443",
    "TLSv1.3",
    "TLS_AES_128_GCM_SHA256",
    "0.012",
    "\"CN=ana\"",
    "NotBefore=2026-01-01T00:00:00Z",
    "0A1B",
    "Success",
    "TID_00",
    "x25519",
    "app/shop/0123456789abcdef",
    "203.0.113.10",
];

const HEALTH: [&str; 10] = [
    "http",
    "2026-08-01T10:00:00.5Z",
    "0.0026",
    "10.0.1.5:8080",
    "shop-tg",
    "PASS",
    "200",
    "NoReason",
    "app/shop/0123456789abcdef",
    "203.0.113.10",
];

const NLB: [&str; 22] = [
    "tls",
    "2.0",
    "2026-08-01T10:00:05",
    "net/edge/0123456789abcdef",
    "0011",
    "198.51.100.4:50000",
    "10.0.2.7:443",
    "5020",
    "12",
    "900",
    "42000",
    "40",
    "arn:aws:acm:eu-west-1:111122223333:certificate/1",
    "serial",
    "ECDHE-RSA-AES128-SHA",
    "tlsv12",
    "x25519",
    "svc.example.com",
    "h2",
    "http/1.1",
    "\"h2\",\"http/1.1\"",
    "2026-08-01T10:00:00",
];

const CLB: [&str; 15] = [
    "2026-08-01T10:00:00.000001Z",
    "legacy-lb",
    "198.51.100.4:2817",
    "10.0.0.9:80",
    "0.000086",
    "1.001048",
    "0.001337",
    "200",
    "201",
    "10",
    "57",
    "\"GET http://www.example.com:80/ HTTP/1.1\"",
    "\"agent\"",
    "DHE-RSA-AES128-SHA",
    "TLSv1.2",
];

/// Values that no field or few fields expect, and `-`.
const ODD: [&str; 10] = [
    "zq7zq",
    "7171717",
    "99999999999999999999",
    "10.9.8.7",
    "10.9.8.7:70707",
    "[2001:db8::717]:717",
    "arn:aws:zq7:zq7:zq7:zq7",
    "-7171",
    "0.7171",
    "-",
];

/// Names, texts and numbers of an event.
fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|value| leaves(value, found)),
        other => found.push(other.to_string()),
    }
}

/// A quoted value without its quotes; a list of quoted values is none.
fn unquoted(value: &str) -> &str {
    let plain = value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    plain.filter(|text| !text.contains('"')).unwrap_or(value)
}

/// A value as an event may have it: without quotes, and the parts of one that columns take apart.
fn parts(value: &str) -> Vec<String> {
    let plain = unquoted(value);
    if let Some(end) = plain.strip_prefix('[') {
        return end.split("]:").map(str::to_owned).collect();
    }
    match plain.split_once(' ').or_else(|| plain.split_once(':').filter(|(ip, _)| ip.starts_with("10."))) {
        Some((first, second)) if second.parse::<u16>().is_ok() => vec![first.to_owned(), second.to_owned()],
        _ => vec![plain.to_owned()],
    }
}

#[test]
fn every_odd_value_has_a_place() {
    let logs: [(&[&str], &[usize]); 5] =
        [(&ALB, &[1, 21]), (&CONNECTION, &[0]), (&HEALTH, &[1]), (&NLB, &[2, 21]), (&CLB, &[0])];
    let mut events = 0;
    for version in VERSIONS {
        let mut elb = mapper(&options(version));
        for (line, times) in logs {
            for at in (0..line.len()).filter(|at| !times.contains(at)) {
                for odd in ODD {
                    // A blank in a request parts method and URL.
                    let value = if line[at].starts_with('"') { format!("\"{odd}\"") } else { odd.to_owned() };
                    let mut fields = line.to_vec();
                    fields[at] = &value;
                    let text = fields.join(" ");
                    let mapped = map(&mut elb, text.as_bytes());
                    let Some(event) = mapped.json().pop() else {
                        assert_eq!(mapped.counts.rejects, 1, "{text}");
                        continue;
                    };
                    events += 1;
                    let mut found = Vec::new();
                    leaves(&event, &mut found);
                    // A negative time says that a phase was not reached, whatever its number.
                    let is_phase = line.len() != NLB.len() && odd.starts_with("-7") && line[at].contains('.');
                    if odd == "-" || is_phase {
                        continue;
                    }
                    for part in parts(&value) {
                        let is_there = found.iter().any(|leaf| leaf.contains(&part));
                        assert!(is_there, "{version}: `{part}` of field {at} of {text}\n{event}");
                    }
                }
            }
        }
    }
    assert!(events > 2_000, "{events}");
}

#[test]
fn every_value_of_plain_records_has_a_place() {
    for version in VERSIONS {
        let mut elb = mapper(&options(version));
        for line in [&ALB[..], &CONNECTION, &HEALTH, &NLB, &CLB] {
            let event = map(&mut elb, line.join(" ").as_bytes()).json().remove(0);
            let mut found = Vec::new();
            leaves(&event, &mut found);
            for value in line {
                let known = match *value {
                    "PASS" => "Success",
                    "TLSv1.3" => "1.3",
                    "TLSv1.2" | "tlsv12" => "1.2",
                    _ if value.contains("T10:00") => continue,
                    "\"GET https://shop.example.com:8443/a/b?c=d HTTP/2.0\"" => {
                        "https://shop.example.com:8443/a/b?c=d"
                    }
                    "\"GET http://www.example.com:80/ HTTP/1.1\"" => "http://www.example.com:80/",
                    other => other,
                };
                let address = known
                    .trim_matches('"')
                    .split_once(':')
                    .filter(|(ip, _)| ip.contains("10.0.") || ip.starts_with("198."));
                let parts = address.map_or_else(|| vec![known], |(ip, port)| vec![ip, port]);
                for part in parts {
                    let part = unquoted(part);
                    assert!(found.iter().any(|leaf| leaf == part), "{version}: `{part}` of {value}\n{event}");
                }
            }
        }
    }
}
