//! Values that the logs write in their own way.

use bumpalo::Bump;
use ocsf_aws_common::is_ip;
use ocsf_core::{is_account_id, is_region_name};

/// An address with a port, told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Endpoint<'b> {
    pub(crate) ip: Option<&'b str>,
    /// The whole text when it holds no address, or a port that is none.
    pub(crate) name: Option<&'b str>,
    pub(crate) port: Option<u16>,
}

impl<'b> Endpoint<'b> {
    /// `192.0.2.1:443`, `[2001:db8::1]:443`, or an address alone.
    pub(crate) fn of(text: &'b str) -> Self {
        let bare =
            |text: &'b str| text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if is_ip(bare(text)) {
            return Self { ip: Some(bare(text)), name: None, port: None };
        }
        if let Some((host, port)) = text.rsplit_once(':')
            && is_ip(bare(host))
        {
            match port.parse() {
                Ok(port) => return Self { ip: Some(bare(host)), name: None, port: Some(port) },
                Err(_) if matches!(port, "" | "-") => {
                    return Self { ip: Some(bare(host)), ..Self::default() };
                }
                Err(_) => {}
            }
        }
        Self { name: Some(text), ..Self::default() }
    }

    /// An address that was written without its port.
    pub(crate) fn of_address(text: &'b str) -> Self {
        let ip = is_ip(text).then_some(text);
        Self { ip, name: if ip.is_some() { None } else { Some(text) }, port: None }
    }
}

/// Account and Region of an ARN, where it has them.
pub(crate) fn arn_place(arn: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = arn.split(':');
    if parts.next() != Some("arn") {
        return (None, None);
    }
    let region = parts.nth(2).filter(|region| is_region_name(region));
    (parts.next().filter(|account| is_account_id(account)), region)
}

/// Seconds that have passed; `None` for `-1`, which says that a phase was not reached.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// Milliseconds of seconds, rounded.
pub(crate) fn to_ms(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

/// The version in the name of a protocol: 1.2 for `TLSv1.2` and `tlsv12`; other names as they are.
pub(crate) fn tls_version(protocol: &str) -> &str {
    const NAMES: [(&str, &str); 7] = [
        ("TLSv1", "1.0"),
        ("TLSv1.0", "1.0"),
        ("TLSv1.1", "1.1"),
        ("tlsv10", "1.0"),
        ("tlsv11", "1.1"),
        ("tlsv12", "1.2"),
        ("tlsv13", "1.3"),
    ];
    let known = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(protocol));
    known.map_or_else(|| protocol.strip_prefix("TLSv").unwrap_or(protocol), |(_, version)| version)
}

/// Text that can be the name of a host: labels of letters, digits and inner hyphens, joined with dots. Underscores are in
/// use as well, but the attributes of OCSF take them since 1.5.0 only.
pub(crate) fn is_host_name(text: &str, with_underscores: bool) -> bool {
    let is_inner =
        |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || (with_underscores && byte == b'_');
    let is_label = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(is_inner)
    };
    text.split('.').all(is_label)
}

/// What a client sent where the log has `\xHH` or `\"`. Control characters, and bytes that are no UTF-8, stay as they are
/// written.
pub(crate) fn unescaped<'b>(text: &'b str, arena: &'b Bump) -> &'b str {
    if !text.contains('\\') {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        rest = if escape.starts_with("\\\"") {
            plain.push('"');
            escape.get(2..).unwrap_or_default()
        } else {
            unescape_bytes(escape, &mut plain)
        };
    }
    plain.push_str(rest);
    arena.alloc_str(&plain)
}

/// Adds the text that a run of `\xHH` stands for, or the backslash that begins no such run. Returns what follows.
fn unescape_bytes<'b>(text: &'b str, plain: &mut String) -> &'b str {
    let byte = |at: usize| {
        let digits = text.get(at..at + 4)?.strip_prefix("\\x")?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { u8::from_str_radix(digits, 16).ok() } else { None }
    };
    let bytes: Vec<u8> = (0..).step_by(4).map_while(byte).collect();
    let mut rest = text;
    let mut take = |bytes: usize| {
        let (taken, left) = rest.split_at_checked(bytes).unwrap_or((rest, ""));
        rest = left;
        taken
    };
    if bytes.is_empty() {
        plain.push_str(take(1));
        return rest;
    }
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            let written = take(char.len_utf8() * 4);
            if char.is_control() {
                plain.push_str(written);
            } else {
                plain.push(char);
            }
        }
        plain.push_str(take(chunk.invalid().len() * 4));
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn endpoints_are_addresses_with_ports_or_names() {
        let check = |text, ip, name, port| assert_eq!(Endpoint::of(text), Endpoint { ip, name, port });
        check("192.0.2.1:443", Some("192.0.2.1"), None, Some(443));
        check("[2001:db8::1]:443", Some("2001:db8::1"), None, Some(443));
        check("[2001:db8::1]", Some("2001:db8::1"), None, None);
        check("2001:db8::1", Some("2001:db8::1"), None, None);
        check("192.0.2.1", Some("192.0.2.1"), None, None);
        check("192.0.2.1:-", Some("192.0.2.1"), None, None);
        check("192.0.2.1:99999", None, Some("192.0.2.1:99999"), None);
        check("x.0.0.0:50337", None, Some("x.0.0.0:50337"), None);
        assert_eq!(Endpoint::of_address("192.0.2.1").ip, Some("192.0.2.1"));
        assert_eq!(Endpoint::of_address("192.0.2.1:443").name, Some("192.0.2.1:443"));
    }

    #[test]
    fn versions_of_protocols() {
        for (name, version) in
            [("TLSv1", "1.0"), ("TLSv1.2", "1.2"), ("tlsv13", "1.3"), ("TLSv12", "1.2"), ("TLSv1.4", "1.4")]
        {
            assert_eq!(tls_version(name), version, "{name}");
        }
        assert_eq!(tls_version("SSLv3"), "SSLv3");
    }

    #[test]
    fn places_of_arns() {
        let arn = "arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:111122223333:targetgroup/a/b";
        assert_eq!(arn_place(arn), (Some("111122223333"), Some("us-gov-west-1")));
        assert_eq!(arn_place("arn:aws:iam::111122223333:server-certificate/a"), (Some("111122223333"), None));
        assert_eq!(arn_place("arn:aws:acm:XX:12:certificate/a"), (None, None));
        assert_eq!(arn_place("session-reused"), (None, None));
    }

    #[test]
    fn names_of_hosts() {
        for name in ["a", "www.example.com", "x-1.example", "192.0.2.1"] {
            assert!(is_host_name(name, false) && is_host_name(name, true), "{name}");
        }
        for text in ["", ".", "a.", "-a.example", "a-.example", "*", "a b", "a:443", "caf\u{e9}"] {
            assert!(!is_host_name(text, true), "{text}");
        }
        assert!(is_host_name("_a.b_c", true) && !is_host_name("_a.b_c", false));
    }

    #[test]
    fn times_that_have_passed() {
        assert_eq!(seconds("0.0014").map(to_ms), Some(1));
        assert_eq!(seconds("0.0015").map(to_ms), Some(2));
        assert_eq!(seconds("-1"), None);
        assert_eq!(seconds("nan"), None);
    }

    #[test]
    fn escapes_become_what_was_sent() {
        let arena = Bump::new();
        for (written, sent) in [
            ("plain", "plain"),
            (r"\x22a\x22 b\x5C", r#""a" b\"#),
            (r"\xEC\x97\x90!", "\u{c5d0}!"),
            (r#"{\"a\": 1}"#, r#"{"a": 1}"#),
            (r"\x0A\x41\x7F", r"\x0AA\x7F"),
            (r"\xFF\x41\xEC\x97", r"\xFFA\xEC\x97"),
            (r"\x00000022", r"\x00000022"),
            (r"C:\temp \x \xZZ \", r"C:\temp \x \xZZ \"),
            (r"\x+1\xé1", r"\x+1\xé1"),
        ] {
            assert_eq!(unescaped(written, &arena), sent, "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in r#"(\\x[0-9A-Fa-f]{2}|\\|"|é|[ -~]){0,12}"#) {
            let arena = Bump::new();
            prop_assert!(unescaped(&text, &arena).len() <= text.len());
            let _ = Endpoint::of(&text);
            let _ = arn_place(&text);
        }
    }
}
