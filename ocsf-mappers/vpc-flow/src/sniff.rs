//! Recognising flow logs.

use ocsf_aws_common::LogKey;
use ocsf_core::{Look, Sample, Verdict};

use crate::fields::TGW_ONLY;
use crate::record::VpcFlow;

/// Whether an object holds flow logs, by its lines; the key alone is a weaker sign.
pub fn sniff(sample: &Sample<'_>) -> Verdict {
    let look = Look::at::<VpcFlow>(sample);
    let is_text = !sample.head.starts_with(b"PAR1");
    let of_key = LogKey::parse(sample.name).service == Some("vpcflowlogs");
    let [vpc, tgw] = look.forms[..] else { return Verdict::No };
    let (confidence, reason) = match () {
        () if !look.header.is_empty() => {
            let is_tgw = TGW_ONLY.iter().any(|field| look.header.contains(&field.path()));
            let what = if is_tgw { "a transit gateway" } else { "a VPC" };
            // One or two names could head any other file of columns.
            let confidence = if look.header.len() > 3 || of_key { 0.98 } else { 0.6 };
            (confidence, format!("header of flow logs of {what}"))
        }
        () if tgw > look.others && tgw >= vpc => {
            (0.95, "lines of the default format of a transit gateway".to_owned())
        }
        () if vpc > look.others => (0.95, "lines of the default format of a VPC".to_owned()),
        () if of_key && is_text && vpc + tgw == 0 => {
            (0.6, "key of flow logs; lines of a format that `vpc-format` must give".to_owned())
        }
        () if vpc + tgw > 0 => (0.5, "some lines of a default format".to_owned()),
        () => return Verdict::No,
    };
    Verdict::Source { confidence, reason }
}

/// Whether an object that comes as columns, with this key, holds flow logs.
///
/// AWS writes the columns that the flow log was created with, so that any may be missing. Those that name an interface and
/// the state of the log, or a transit gateway, are certain; others are as sure as a header of text with these names.
pub fn sniff_columns(key: &str, columns: &[&str]) -> Verdict {
    let look = Look::at_columns::<VpcFlow>(columns);
    let has = |name: &str| look.header.contains(&name);
    let of_key = LogKey::parse(key).service == Some("vpcflowlogs");
    let (confidence, reason) = match () {
        () if has("tgw-id") => (0.98, "column `tgw_id`: flow logs of a transit gateway"),
        () if has("log-status") && has("interface-id") => {
            (0.98, "columns `log_status` and `interface_id`: flow logs of a VPC")
        }
        () if look.header.len() <= look.others => return Verdict::No,
        () if of_key => (0.98, "columns of flow logs, and key of such"),
        () if look.header.len() > 3 => (0.9, "columns of flow logs"),
        () => (0.6, "columns that flow logs may have"),
    };
    Verdict::Source { confidence, reason: reason.to_owned() }
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

    const LINE: &str =
        "2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 2 6 1 40 1767225600 1767225655 ACCEPT OK";

    #[test]
    fn headers_and_default_lines() {
        assert!(
            check("x", "version account-id interface-id srcaddr dstaddr new-field\n").1.ends_with("a VPC")
        );
        let tgw = check("x", "version resource-type account-id tgw-id srcaddr\n");
        assert!(tgw.0 > 90 && tgw.1.ends_with("transit gateway"), "{tgw:?}");
        assert!(check("x", LINE).0 > 90);
        assert!(check("x", &format!("2026-01-01T00:00:00.000Z {LINE}\n")).0 > 90);
        assert!(check("x", &format!("{{\"logEvents\":[{{\"message\":\"{LINE}\"}}]}}")).0 > 90);
        assert!(
            check("x", "6 TransitGateway 111122223333 tgw-1 tgw-attach-1\n").1.contains("transit gateway")
        );
        assert!(check("x", &format!("junk\n{LINE}\nmore junk\nand more\n")).0 <= 50);
    }

    /// Confidence in percent, and reason.
    fn check_columns(key: &str, columns: &str) -> (i32, String) {
        match sniff_columns(key, &columns.split_whitespace().collect::<Vec<_>>()) {
            Verdict::Source { confidence, reason } => ((confidence * 100.0).round() as i32, reason),
            _ => (0, String::new()),
        }
    }

    #[test]
    fn columns() {
        assert!(check_columns("x", "log_status new interface_id newer newest").1.ends_with("a VPC"));
        assert!(check_columns("x", "Version tgw_id log_status").1.ends_with("a transit gateway"));
        assert_eq!(check_columns("x", "srcaddr dstaddr srcport dstport end other").0, 90);
        assert_eq!(check_columns("x", "start end").0, 60);
        let key = "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/f.parquet";
        assert_eq!(check_columns(key, "start end").0, 98);
        for (key, columns) in
            [("x", ""), (key, ""), ("x", "time type bytes user x y"), (key, "class_uid metadata start")]
        {
            assert_eq!(check_columns(key, columns).0, 0, "{columns}");
        }
    }

    #[test]
    fn a_sample_that_ends_inside_a_wrapping() {
        let head =
            format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{{\"message\":\"{LINE}\"}},{{\"mess");
        let Verdict::Source { confidence, .. } =
            sniff(&Sample { name: "x", head: head.as_bytes(), complete: false })
        else {
            panic!("not recognised");
        };
        assert!(confidence > 0.9);
    }

    #[test]
    fn other_text_is_left_to_others() {
        for head in [
            "",
            "1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com A NOERROR UDP FRA50 192.0.2.53 -",
            "http 2026-08-01T10:00:00.123456Z app/shop/0123456789abcdef 192.0.2.7:50123 - -1 -1 -1 400",
            "2026-08-01T10:00:00.000001Z legacy-lb 198.51.100.4:2817 10.0.0.9:80 0.1 0.1 0.1 200 200 0 29 \"GET\"",
            r#"{"version":"1.100000","account_id":"111122223333","vpc_id":"vpc-0abc","query_name":"a."}"#,
            r#"{"Records":[{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}]}"#,
            "{\"message\":\"something else\"}",
        ] {
            assert_eq!(check("x", head).0, 0, "{head}");
        }
        let key = "AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/01/01/f.log.gz";
        assert_eq!(check(key, "5 vpc-1 10.0.0.1 10.0.0.2\n").0, 60);
        assert_eq!(check(key, "PAR1\u{15}\u{4}").0, 0);
    }
}
