//! What the mapping tables say that columns do to the values that they carry.

use ocsf_core::testing::{Law, Transform};
use serde_json::Value;

/// The transforms of a source. A dash is no value in lines, and in records of Resolver.
pub(crate) fn law(source: &str) -> Law<'static> {
    match source {
        "cloudtrail" => Law::new(&[]).with_secrets(ocsf_cloudtrail::SECRETS),
        "vpc-flow" => Law::new(VPC_FLOW).with_dashes(),
        "elb" => Law::new(ELB).with_dashes(),
        _ => Law::new(ROUTE53).with_dashes(),
    }
}

const fn transform(attribute: &'static str, carries: fn(&str, &Value) -> bool) -> Transform {
    Transform { attribute, carries }
}

const VPC_FLOW: &[Transform] = &[
    transform("action_id", |value, event| {
        matches!((value, event["action_id"].as_i64()), ("ACCEPT", Some(1)) | ("REJECT", Some(2)))
    }),
    transform("connection_info.protocol_ver_id", |value, event| {
        let id = event["connection_info"]["protocol_ver_id"].as_i64();
        matches!((value, id), ("IPv4", Some(4)) | ("IPv6", Some(6)))
    }),
    transform("connection_info.direction_id", |value, event| {
        let id = event["connection_info"]["direction_id"].as_i64();
        matches!((value, id), ("ingress", Some(1)) | ("egress", Some(2)))
    }),
    transform("connection_info.boundary_id", |value, event| {
        let id = event["connection_info"]["boundary_id"].as_i64();
        value.parse().is_ok_and(|path: i64| (1..=8).contains(&path) && id == Some(path + 3))
    }),
    // It stands for the account that it does not tell.
    transform("cloud.account.uid", |value, _| value == "unknown"),
];

const ROUTE53: &[Transform] = &[
    transform("query.hostname", |value, event| {
        value.strip_suffix('.').is_some_and(|name| event["query"]["hostname"] == name)
    }),
    transform("connection_info.protocol_name", |value, event| {
        event["connection_info"]["protocol_name"] == value.to_lowercase()
    }),
    transform("action_id", |value, event| {
        let ids = (event["action_id"].as_i64(), event["disposition_id"].as_i64());
        matches!(
            (value, ids),
            ("ALERT", (Some(1), Some(19))) | ("BLOCK", (Some(2), Some(2))) | ("ALLOW", (Some(1), Some(1)))
        )
    }),
];

const ELB: &[Transform] = &[
    transform("activity_id", is_request),
    transform("http_request.user_agent", |value, event| {
        event["http_request"]["user_agent"] == unescaped(value)
    }),
    transform("src_endpoint.ip", |value, event| is_end(value, &event["src_endpoint"])),
    transform("dst_endpoint.ip", |value, event| is_end(value, &event["dst_endpoint"])),
    transform("load_balancer.dst_endpoint.ip", |value, event| {
        is_end(value, &event["load_balancer"]["dst_endpoint"])
    }),
    transform("tls.version", |value, event| {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let version = event["tls"]["version"].as_str().unwrap_or_default();
        digits(version) == digits(value) || (value == "TLSv1" && version == "1.0")
    }),
    // A phase that was not reached is the one without a metric.
    transform("load_balancer.metrics", |value, _| value == "-1"),
    transform("tls.sni", |value, event| event["tls"]["sni"] == value.trim()),
    transform("http_response.http_headers", |value, event| {
        let header = &event["http_response"]["http_headers"][0];
        header["name"] == "Location" && header["value"] == unescaped(value)
    }),
    transform("load_balancer.endpoint_connections", |value, event| {
        let tries = event["load_balancer"]["endpoint_connections"].as_array().map_or(&[][..], Vec::as_slice);
        let is_tried = |word: &str| {
            let is_code =
                |attempt: &Value| attempt["code"].as_i64().is_some_and(|code| word == code.to_string());
            word == "-" || tries.iter().any(|one| is_end(word, &one["network_endpoint"]) || is_code(one))
        };
        value.split_ascii_whitespace().all(is_tried)
    }),
    transform("status_id", |value, event| {
        matches!((value, event["status_id"].as_i64()), ("PASS", Some(1)) | ("FAIL", Some(2)))
    }),
];

/// `METHOD URL VERSION`, where each may be a dash.
fn is_request(value: &str, event: &Value) -> bool {
    let line = value.trim();
    let (method, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let (url, version) = rest.rsplit_once(' ').unwrap_or((rest, ""));
    let url = url.trim();
    let said = |text: &str| !matches!(text, "" | "-");
    let request = &event["http_request"];
    let name = event["activity_name"].as_str().unwrap_or_default();
    let has_method = !said(method) || name.eq_ignore_ascii_case(&unescaped(method));
    // `- http://host:80- -` has a dash for a path.
    let urls = [url, url.strip_suffix('-').unwrap_or(url)];
    let has_url = !said(url) || urls.iter().any(|url| request["url"]["url_string"] == unescaped(url));
    has_method && has_url && (!said(version) || request["version"] == version)
}

/// An address with its port, or whatever stands in its place.
fn is_end(value: &str, end: &Value) -> bool {
    let text = |name: &str| end[name].as_str().unwrap_or_default();
    let port = end["port"].as_i64().map_or_else(String::new, |port| format!(":{port}"));
    let (ip, trimmed) = (text("ip"), value.trim_end_matches([':', '-']));
    text("name") == value
        || [format!("{ip}{port}"), format!("[{ip}]{port}")].iter().any(|end| !ip.is_empty() && end == trimmed)
}

/// `\"` and `\xHH` resolved; control characters, and bytes that are no UTF-8, stay as they are written.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let byte = |at: usize| {
            let escape = rest.get(at..at + 4)?.strip_prefix("\\x")?;
            u8::from_str_radix(escape, 16).ok()
        };
        let bytes: Vec<u8> = (0..4).map_while(|number| byte(number * 4)).collect();
        let known = (1..=bytes.len()).find_map(|n| Some((n, std::str::from_utf8(bytes.get(..n)?).ok()?)));
        let (taken, plain) = match known {
            Some((n, text)) if !text.chars().any(char::is_control) => (n * 4, text.to_owned()),
            _ if rest.starts_with("\\\"") => (2, "\"".to_owned()),
            _ => (first.len_utf8(), first.to_string()),
        };
        out.push_str(&plain);
        rest = &rest[taken..];
    }
    out
}
