//! Which log a line or an object belongs to.

use ocsf_aws_common::is_ip;
use ocsf_core::{Field, Fields, Form, Layout};

use crate::fields::{
    ALB_ACCESS, ALB_CONNECTION, ALB_HEALTH, BACKEND, BACKEND_STATUS, BACKEND_TIME, CLB, CLIENT_IP,
    CONNECTION_TIME, DESTINATION, ELB_STATUS, LATENCY, LISTENER, LISTENER_PORT, NLB_TLS, REASON_CODE,
    REQUEST_CREATED, REQUEST_LINE, TARGET, TARGET_ADDRESS, TARGET_GROUP, TARGET_GROUP_ARN, TARGET_STATUS,
    TLS_HANDSHAKE_TIME, TLS_PROTOCOL, TLS_PROTOCOL_VERSION, TLS_VERIFY_STATUS, TRACE,
};

/// The logs, in the order of [`FORMS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    AlbAccess,
    AlbConnection,
    AlbHealth,
    Nlb,
    Clb,
}

impl Log {
    pub(crate) const ALL: [Self; 5] =
        [Self::AlbAccess, Self::AlbConnection, Self::AlbHealth, Self::Nlb, Self::Clb];

    /// The log of a record; `None` when an object or a row has not the fields of one.
    pub(crate) fn of(fields: &Fields<'_, '_>) -> Option<Self> {
        match fields.origin().layout {
            Layout::Form(form) => Self::ALL.get(form).copied(),
            _ => Self::with_most(|sign| fields.value(sign).is_some()).map(|(log, _)| log),
        }
    }

    /// The log with the most fields that no other has, of those that `has` is true of, and their number. Users choose the
    /// fields of JSON and columns, so that any of them may be missing; two make a log.
    pub(crate) fn with_most(has: impl Fn(Field) -> bool) -> Option<(Self, usize)> {
        let count = |log: Self| log.signs().iter().filter(|sign| has(**sign)).count();
        let counted = Self::ALL.map(|log| (log, count(log)));
        counted.into_iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count >= 2)
    }

    /// For people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::AlbAccess => "access logs of an Application Load Balancer",
            Self::AlbConnection => "connection logs of an Application Load Balancer",
            Self::AlbHealth => "health check logs of an Application Load Balancer",
            Self::Nlb => "access logs of a Network Load Balancer",
            Self::Clb => "access logs of a Classic Load Balancer",
        }
    }

    /// Fields that tell the log from the others.
    pub(crate) const fn signs(self) -> &'static [Field] {
        match self {
            Self::AlbAccess => {
                &[REQUEST_LINE, REQUEST_CREATED, TARGET, TARGET_GROUP_ARN, TARGET_STATUS, TRACE, ELB_STATUS]
            }
            Self::AlbConnection => &[CLIENT_IP, LISTENER_PORT, TLS_PROTOCOL, TLS_VERIFY_STATUS],
            Self::AlbHealth => &[LATENCY, TARGET_ADDRESS, TARGET_GROUP, REASON_CODE],
            Self::Nlb => &[LISTENER, DESTINATION, CONNECTION_TIME, TLS_HANDSHAKE_TIME, TLS_PROTOCOL_VERSION],
            Self::Clb => &[BACKEND, BACKEND_TIME, BACKEND_STATUS],
        }
    }
}

/// The forms of lines. Fields that a log did not have at first may be missing.
pub(crate) const FORMS: &[Form] = &[
    Form::new(ALB_ACCESS, is_alb_access).at_least(16).quoted(),
    Form::new(ALB_CONNECTION, is_alb_connection).at_least(11).quoted(),
    Form::new(ALB_HEALTH, is_alb_health).at_least(8).quoted(),
    Form::new(NLB_TLS, is_nlb).at_least(16),
    Form::new(CLB, is_clb).at_least(12).quoted(),
];

/// True when a line begins a record, also behind the time stamp of an export.
pub(crate) fn begins(line: &str) -> bool {
    const TESTS: [fn(&str) -> bool; 5] = [is_alb_access, is_alb_connection, is_alb_health, is_nlb, is_clb];
    let is_record = |line: &str| TESTS.iter().any(|test| test(line));
    let after_stamp = || line.split_once(' ').filter(|(stamp, _)| is_time(stamp)).map(|(_, rest)| rest);
    is_record(line) || line.starts_with('{') || after_stamp().is_some_and(is_record)
}

/// The first words of a line.
fn words<const N: usize>(line: &str) -> Option<[&str; N]> {
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let mut found = [""; N];
    for word in &mut found {
        *word = words.next()?;
    }
    Some(found)
}

/// `https 2026-01-02T03:04:05.678901Z app/name/id ...`; AWS may add types.
fn is_alb_access(line: &str) -> bool {
    words(line).is_some_and(|[kind, time, elb]| is_kind(kind) && is_time(time) && elb.contains('/'))
}

/// `http 2026-01-02T03:04:05.678901Z 0.012 ...`
fn is_alb_health(line: &str) -> bool {
    words(line).is_some_and(|[kind, time, latency]| is_kind(kind) && is_time(time) && is_number(latency))
}

/// `tls 2.0 2026-01-02T03:04:05 net/...`
fn is_nlb(line: &str) -> bool {
    words(line).is_some_and(|[kind, version, time]| kind == "tls" && is_number(version) && is_time(time))
}

/// `2026-01-02T03:04:05.678901Z 192.0.2.1 50123 443 ...`
fn is_alb_connection(line: &str) -> bool {
    words(line).is_some_and(|[time, ip, port, listener]| {
        is_time(time) && is_ip(ip) && is_digits(port) && is_digits(listener)
    })
}

/// `2026-01-02T03:04:05.678901Z name 192.0.2.1:50123 10.0.0.1:80 0.001 ...`
fn is_clb(line: &str) -> bool {
    let has_port = |text: &str| text.rsplit_once(':').is_some_and(|(_, port)| is_digits(port));
    words(line).is_some_and(|[time, name, client, backend, duration]| {
        is_time(time)
            && !name.contains(':')
            && has_port(client)
            && !is_time(client)
            && (backend == "-" || has_port(backend))
            && is_number(duration)
    })
}

fn is_kind(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Looks like ISO 8601, whatever the numbers say.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 19
        && bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.get(4) == Some(&b'-')
        && bytes.get(10) == Some(&b'T')
}

/// A decimal number, or `-` for none.
fn is_number(word: &str) -> bool {
    word == "-" || word.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the tests that a line passes.
    fn forms(line: &str) -> Vec<usize> {
        let tests = [is_alb_access, is_alb_connection, is_alb_health, is_nlb, is_clb];
        (0..tests.len()).filter(|form| tests[*form](line)).collect()
    }

    #[test]
    fn each_log_is_told_by_its_beginning() {
        const T: &str = "2026-01-02T03:04:05.678901Z";
        for (line, form) in [
            (format!("h2 {T} app/shop/0123456789abcdef 192.0.2.1:1 -"), 0),
            (format!("h9 {T} app/shop/0123456789abcdef"), 0),
            (format!("{T} 192.0.2.1 50123 443 - -"), 1),
            (format!("{T} 2001:db8::1 50123 443 - -"), 1),
            (format!("lambda {T} 0.002113000 arn:aws:lambda"), 2),
            (format!("http {T} - 10.0.1.5:8080"), 2),
            ("tls 2.0 2026-01-02T03:04:05 net/edge/0123456789abcdef".to_owned(), 3),
            (format!("{T} legacy_lb 192.0.2.1:2817 10.0.0.9:80 0.1 -1"), 4),
            (format!("{T} legacy-lb 192.0.2.1:2817 - -1 -1"), 4),
        ] {
            assert_eq!(forms(&line), [form], "{line}");
            assert!(begins(&line) && begins(&format!("2026-01-02T03:04:06.000Z {line}")));
        }
    }

    #[test]
    fn other_lines_and_stamped_ones_are_none() {
        for line in [
            "",
            "http",
            "2026-01-02T03:04:05Z h2 2026-01-02T03:04:05Z app/shop/0 192.0.2.1:1 -",
            "2026-01-02T03:04:05Z tls 2026-01-02T03:04:05 10.0.0.1:1 1",
            "2026-01-02T03:04:05Z 2026-01-02T03:04:05Z 192.0.2.1 50123 443",
            "2026-01-02T03:04:05Z 2 - eni-0aa1 192.0.2.1 10.0.0.1",
            "2026-01-02T03:04:05Z host 192.0.2.1:1 says hello to all",
            "1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com A NOERROR",
            "http 2026-01-02T03:04:05.678901Z shop",
        ] {
            assert_eq!(forms(line), [0; 0], "{line}");
        }
        assert!(!begins("a quoted text that goes on\" - -"));
    }
}
