//! Lines that both tables of HTTP Activity share: the request, the response, and where the request went.

use ocsf_core::{Enumerated, Field, Row, Table, Version, reads, takes};

use crate::common::{self, TARGET_END};
use crate::fields::{
    DOMAIN, ELB_STATUS, RECEIVED_BYTES, REQUEST, REQUEST_LINE, SENT_BYTES, SSL_CIPHER, SSL_PROTOCOL,
    USER_AGENT,
};
use crate::record::Elb;
use crate::values::{is_host_name, unescaped};

const V1_8: Version = Version::new(1, 8, 0);

/// Fields that the logs name in their own way, and what they mean.
pub(crate) struct Http {
    /// What the load balancer sent the request to.
    pub(crate) target: Field,
    pub(crate) target_time: Field,
    pub(crate) target_status: Field,
    /// Sizes count bodies only.
    pub(crate) bodies: bool,
}

/// Adds the lines.
pub(crate) fn lines(t: &mut Table<Elb>, log: &Http) {
    common::client(t);
    common::connection(t);
    common::traffic(t);
    common::tls(t, SSL_PROTOCOL, SSL_CIPHER);
    request(t);
    response(t, log.target_time);
    sizes(t, log.bodies);
    let target = log.target;
    common::end(t, &TARGET_END, &takes(&[target]), |r| r.facts.target);
    t.int("load_balancer.code", log.target_status);
}

fn request(t: &mut Table<Elb>) {
    let has_patch = t.version() >= V1_8;
    let request = || reads(&[REQUEST, REQUEST_LINE]);
    t.id(
        "activity_id",
        takes(&[REQUEST, REQUEST_LINE]),
        "by the method: 1 Connect to 8 Trace, 9 Patch from 1.8.0 on, others 99 with the method as caption; 0 without one",
        move |r| match r.facts.request.method {
            Some(method) => {
                method_id(method, has_patch).map_or(Enumerated::Other(method), Enumerated::Id)
            }
            None => Enumerated::Id(0),
        },
    );
    t.dict_by(
        "http_request.http_method",
        request(),
        "where OCSF knows it: `PATCH` from 1.8.0 on only",
        move |r| r.facts.request.method.filter(|method| method_id(method, has_patch).is_some()),
    );
    t.dict_by("http_request.version", request(), "", |r| r.facts.request.version);
    t.str_by(
        "http_request.user_agent",
        takes(&[USER_AGENT]),
        "with `\\xHH` and `\\\"` resolved to what the client sent",
        |r| Some(unescaped(r.text(USER_AGENT)?, r.arena())),
    );
    t.str_by(
        "http_request.url.url_string",
        request(),
        "with `\\xHH` resolved; the dash that `- http://host:80- -` has for a path is none of it",
        |r| Some(r.facts.request.url?.text),
    );
    t.dict_by("http_request.url.scheme", request(), "", |r| r.facts.request.url?.scheme);
    let with_underscores = t.version() >= Version::V1_5;
    t.dict_by("http_request.url.hostname", request(), "where it can be one", move |r| {
        r.facts.request.url?.host.filter(|host| is_host_name(host, with_underscores))
    })
    .searched();
    t.port_by("http_request.url.port", request(), "", |r| r.facts.request.url?.port);
    t.str_by("http_request.url.path", request(), "", |r| r.facts.request.url?.path);
    t.str_by("http_request.url.query_string", request(), "", |r| r.facts.request.url?.query);
    common::host_name(
        t,
        &reads(&[DOMAIN, REQUEST, REQUEST_LINE]),
        "the name in the TLS handshake, else the host of the URL; neither addresses nor what cannot be a name",
    );
}

fn response(t: &mut Table<Elb>, target_time: Field) {
    let needs_code = t.version() < Version::V1_5;
    t.id("status_id", reads(&[ELB_STATUS]), "100 to 399 are 1 Success, from 400 on 2 Failure, else 0", |r| {
        Enumerated::Id(match r.text(ELB_STATUS).and_then(|code| code.parse().ok()) {
            Some(100..=399) => 1,
            Some(400..) => 2,
            _ => 0_i32,
        })
    });
    t.dict("status_code", ELB_STATUS);
    t.int_by(
        "http_response.code",
        reads(&[ELB_STATUS]),
        "0 without one before 1.5.0, where no event is valid without it",
        move |r| {
            let code = r.text(ELB_STATUS).and_then(|code| code.parse().ok());
            code.or_else(|| needs_code.then_some(0))
        },
    );
    t.int_by("http_response.latency", reads(&[target_time]), "seconds to milliseconds", move |r| {
        common::ms(r, target_time)
            .and_then(|ms| i32::try_from(ms).ok())
            .filter(|_| needs_code || r.text(ELB_STATUS).is_some())
    });
}

/// Sizes of request and response.
fn sizes(t: &mut Table<Elb>, bodies: bool) {
    let (request, response) = if bodies && t.version() >= Version::V1_5 {
        ("http_request.body_length", "http_response.body_length")
    } else {
        ("http_request.length", "http_response.length")
    };
    let needs_code = t.version() < Version::V1_5;
    let rule = if bodies { "of the body" } else { "with the headers" };
    let size = |r: Row<'_, '_, Elb>, field| r.text(field)?.parse().ok();
    t.int_by(request, reads(&[RECEIVED_BYTES]), rule, move |r| size(r, RECEIVED_BYTES));
    t.int_by(response, reads(&[SENT_BYTES]), rule, move |r| {
        size(r, SENT_BYTES).filter(|_| needs_code || r.text(ELB_STATUS).is_some())
    });
}

/// The activity of a method, where the version has one.
fn method_id(method: &str, has_patch: bool) -> Option<i32> {
    const METHODS: [&str; 9] =
        ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH"];
    let known = if has_patch { METHODS.len() } else { METHODS.len() - 1 };
    let at = METHODS.iter().take(known).position(|known| *known == method)?;
    i32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_have_the_ids_of_the_schema() {
        use ocsf_core::schema::{Schema, VERSIONS};
        for version in VERSIONS {
            let schema = Schema::get(version).unwrap();
            let activity = &schema.class(4002).unwrap().1.attributes["activity_id"];
            let has_patch = *version == "1.8.0";
            for method in ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH"] {
                let id = method_id(method, has_patch);
                let caption = id.and_then(|id| activity.caption(id)).unwrap_or("PATCH");
                assert!(caption.eq_ignore_ascii_case(method), "{version} {method}");
            }
            assert_eq!(activity.caption(9).is_some(), has_patch, "{version}");
        }
        assert_eq!(method_id("get", true), None);
    }
}
