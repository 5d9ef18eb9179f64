//! Recognising logs of load balancers.

use ocsf_aws_common::{LogKey, file_name};
use ocsf_core::{Look, Sample, Verdict};

use crate::form::Log;
use crate::record::Elb;

/// Whether an object holds logs of load balancers, by its lines; the key alone is a weaker sign.
pub fn sniff(sample: &Sample<'_>) -> Verdict {
    if is_test_file(sample.name) {
        return Verdict::Skip { kind: "elb-test-file", reason: "name of a delivery test".into() };
    }
    let look = Look::at::<Elb>(sample);
    let seen: usize = look.forms.iter().sum();
    let of_key = LogKey::parse(sample.name).service == Some("elasticloadbalancing");
    let found = Log::ALL.iter().zip(&look.forms).filter(|(_, lines)| **lines > 0);
    let found = found.map(|(log, _)| log.title()).collect::<Vec<_>>().join(", ");
    let (confidence, reason) = match () {
        () if seen > look.others => (0.95, format!("lines of {found}")),
        () if seen > 0 => (0.5, format!("some lines of {found}")),
        () => match json_log(sample.head) {
            Some((log, count)) => (sureness(count), format!("members of {}", log.title())),
            None if of_key && is_text(sample.head) => {
                (0.6, "key of logs of a load balancer; no line of a known form".to_owned())
            }
            None => return Verdict::No,
        },
    };
    Verdict::Source { confidence, reason }
}

/// Whether an object that comes as columns, with this key, holds logs of load balancers.
pub fn sniff_columns(key: &str, columns: &[&str]) -> Verdict {
    let look = Look::at_columns::<Elb>(columns);
    let of_key = LogKey::parse(key).service == Some("elasticloadbalancing");
    let found = Log::with_most(|sign| look.header.contains(&sign.path()));
    let Some((log, count)) = found.filter(|_| look.header.len() > look.others) else { return Verdict::No };
    let confidence = if of_key { 0.95 } else { sureness(count) };
    Verdict::Source { confidence, reason: format!("columns of {}", log.title()) }
}

/// Two names of fields may come together in other logs.
fn sureness(names: usize) -> f32 {
    if names > 2 { 0.9 } else { 0.7 }
}

/// Elastic Load Balancing writes such an object when logs are turned on.
fn is_test_file(name: &str) -> bool {
    let name = file_name(name);
    name.starts_with("ELB") && name.ends_with("TestFile")
}

/// The log that JSON has members of, and their number. Other products write such members below their own.
fn json_log(head: &[u8]) -> Option<(Log, usize)> {
    if !head.trim_ascii_start().starts_with(b"{") && !head.trim_ascii_start().starts_with(b"[") {
        return None;
    }
    let text = String::from_utf8_lossy(head).to_ascii_lowercase().replace([':', '-'], "_");
    let has = |name: &str| text.contains(&format!("\"{name}\"")) || text.contains(&format!("\\\"{name}\\\""));
    if has("@timestamp") {
        return None;
    }
    Log::with_most(|sign| has(&sign.path().replace(':', "_")))
}

fn is_text(head: &[u8]) -> bool {
    !head.starts_with(b"PAR1") && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Confidence in percent, and reason.
    fn check(name: &str, head: &str) -> (i32, String) {
        match sniff(&Sample { name, head: head.as_bytes(), complete: true }) {
            Verdict::Source { confidence, reason } => ((confidence * 100.0).round() as i32, reason),
            _ => (0, String::new()),
        }
    }

    const ALB: &str = "h2 2026-08-01T10:00:00.123456Z app/shop/0123456789abcdef 192.0.2.7:50123 - -1 -1 -1 400 - 1 2 \"- - -\" \"-\" - -";

    #[test]
    fn the_logs_are_told_apart() {
        const CLB: &str = "2026-08-01T10:00:00.000001Z legacy-lb 198.51.100.4:2817 10.0.0.9:80 0.1 0.1 0.1 200 200 0 29 \"GET\"";
        for (head, log) in [
            (ALB, Log::ALL[0].title()),
            ("2026-08-01T10:00:00.000001Z 198.51.100.4 40000 443 - - - \"-\" - - -", Log::ALL[1].title()),
            ("http 2026-08-01T10:00:00.5Z 0.002113000 10.0.1.5:8080 shop-tg PASS 200 -", Log::ALL[2].title()),
            ("tls 2.0 2026-08-01T10:00:05 net/edge/0123456789abcdef", Log::ALL[3].title()),
            (CLB, Log::ALL[4].title()),
        ] {
            assert_eq!(check("x", head), (95, format!("lines of {log}")));
            assert_eq!(
                check("x", &format!("2026-08-01T10:00:01.000Z {head}\n")).1,
                format!("lines of {log}")
            );
            let message = serde_json::json!({"logEvents": [{"message": head}]}).to_string();
            assert_eq!(check("x", &message).1, format!("lines of {log}"));
        }
        let both = check("x", &format!("{ALB}\n{CLB}\n"));
        assert_eq!(both, (95, format!("lines of {}, {}", Log::ALL[0].title(), Log::ALL[4].title())));
    }

    #[test]
    fn json_and_columns_are_told_by_their_names() {
        let member = r#"{"type":"http","elb_status_code":200,"Target:Port":"10.0.0.1:80","trace_id":"-"}"#;
        assert_eq!(check("x", member), (90, format!("members of {}", Log::ALL[0].title())));
        let message = serde_json::json!({"logEvents": [{"message": member}]}).to_string();
        assert_eq!(check("x", &message), (90, format!("members of {}", Log::ALL[0].title())));
        let member = r#"{"time":"2026-08-01T10:00:00Z","latency":0.1,"target_addr":"10.0.0.1:80"}"#;
        assert_eq!(check("x", member), (70, format!("members of {}", Log::ALL[2].title())));
        let columns = ["type", "time", "elb", "client_port", "elb_status_code", "request_line", "new"];
        let Verdict::Source { reason, .. } = sniff_columns("x.parquet", &columns) else { panic!("not seen") };
        assert_eq!(reason, format!("columns of {}", Log::ALL[0].title()));
        assert_eq!(sniff_columns("x.parquet", &["trace_id", "elb_status_code", "a", "b", "c"]), Verdict::No);
        assert_eq!(sniff_columns("x.parquet", &["version", "bytes", "log_status"]), Verdict::No);
        let other = r#"{"@timestamp":"2026-08-01T10:00:00Z","aws":{"elb_status_code":200,"trace_id":"-"}}"#;
        assert_eq!(check("x", other).0, 0);
        assert_eq!(check("x", r#"{"trace_id":"1","status":200}"#).0, 0);
    }

    #[test]
    fn keys_and_strange_lines_are_weaker_signs() {
        let key = "AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/08/01/f.log";
        assert_eq!(check(key, "one, two\n").0, 60);
        assert_eq!(check(key, "PAR1\u{15}").0, 0);
        assert_eq!(check("x", &format!("one\n{ALB}\ntwo\nthree\n")).0, 50);
        for name in ["AWSLogs/111122223333/ELBAccessLogTestFile", "ELBConnectionLogTestFile"] {
            let verdict = sniff(&Sample { name, head: b"Enable", complete: true });
            assert!(matches!(verdict, Verdict::Skip { kind: "elb-test-file", .. }), "{name}");
        }
    }

    #[test]
    fn other_logs_are_left_to_others() {
        for head in [
            "",
            "2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 2 6 1 40 1767225600 1767225655 ACCEPT OK",
            "1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com A NOERROR UDP FRA50 192.0.2.53 -",
            "2026-01-02T03:04:05Z host 192.0.2.1:1 says hello",
            r#"{"version":"1.100000","account_id":"111122223333","vpc_id":"vpc-0abc","query_name":"a."}"#,
            r#"{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}]}"#,
            r#"{"message":"something else"}"#,
        ] {
            assert_eq!(check("x", head).0, 0, "{head}");
        }
    }
}
