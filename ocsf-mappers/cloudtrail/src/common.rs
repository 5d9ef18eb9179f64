//! Lines that all three classes share: who called what, from where, and how it ended.

use ocsf_aws_common::Client;
use ocsf_core::{Enumerated, Row, Shape, Table, Value, Version, fields, reads, takes};

use crate::record::{
    API_VERSION, AWS_REGION, CloudTrail, ERROR_CODE, ERROR_MESSAGE, EVENT_CATEGORY, EVENT_ID, EVENT_NAME,
    EVENT_SOURCE, EVENT_TIME, EVENT_TYPE, EVENT_VERSION, FEDERATED_PROVIDER, INSIGHT_ERROR, INSIGHT_NAME,
    INSIGHT_SOURCE, ISSUER_ACCOUNT, ISSUER_ARN, LOGIN_USER, RECIPIENT_ACCOUNT, REQUEST, REQUEST_ID, RESPONSE,
    SERVICE_DETAILS, SESSION_CREATED, SESSION_MFA, SHARED_EVENT_ID, SOURCE_IP, USER_ACCOUNT, USER_AGENT,
    USER_ARN, USER_BEHALF, USER_CREDENTIAL, USER_INVOKED_BY, USER_KEY, USER_NAME, USER_PRINCIPAL,
    USER_PROVIDER, USER_STORE, USER_TYPE, VPC_ENDPOINT,
};

const V1_2: Version = Version::new(1, 2, 0);
const V1_6: Version = Version::new(1, 6, 0);

/// Adds the lines that stand in every class.
pub(crate) fn lines(t: &mut Table<CloudTrail>) {
    event(t);
    actor(t);
    api(t);
    client(t);
}

fn event(t: &mut Table<CloudTrail>) {
    t.time("time", EVENT_TIME);
    t.id("severity_id", reads(&[]), "always 1 Informational", |_| Enumerated::Id(1));
    t.id(
        "status_id",
        reads(&[ERROR_CODE, ERROR_MESSAGE, RESPONSE, SERVICE_DETAILS]),
        "2 Failure with an error code, a verdict `Failure`, or an error message of a sign-in; else 1 Success; 0 Unknown for Insights",
        |r| Enumerated::Id(r.facts.status),
    );
    t.dict("status_code", ERROR_CODE);
    t.str("status_detail", ERROR_MESSAGE);
    t.konst("metadata.product.name", "CloudTrail");
    t.konst("metadata.product.vendor_name", "AWS");
    t.dict("metadata.product.version", EVENT_VERSION);
    t.dict_by(
        "metadata.product.feature.name",
        takes(&[EVENT_CATEGORY]),
        "`Management, Data, and Insights` when the record does not say, as AWS writes it",
        |r| r.text(EVENT_CATEGORY).or(Some("Management, Data, and Insights")),
    );
    t.str("metadata.uid", EVENT_ID).searched();
    t.dict("metadata.event_code", EVENT_TYPE);
    t.str("metadata.correlation_uid", SHARED_EVENT_ID);
    t.konst("cloud.provider", "AWS");
    t.dict("cloud.region", AWS_REGION);
    t.dict("cloud.account.uid", RECIPIENT_ACCOUNT);
}

fn actor(t: &mut Table<CloudTrail>) {
    t.id(
        "actor.user.type_id",
        takes(&[USER_TYPE]),
        "99 Other with the type as caption, since queries on Security Lake filter on the type's own word; 0 when nothing is known of the caller",
        |r| match r.text(USER_TYPE) {
            Some(kind) => Enumerated::Other(kind),
            None if is_nobody(r) => Enumerated::Id(0),
            None => Enumerated::Missing,
        },
    );
    t.dict_by(
        "actor.user.name",
        takes(&[USER_NAME]),
        "`root` for Root; the calling service for AWSService; `Unknown` when nothing names the caller",
        caller_name,
    )
    .searched();
    t.dict_by(
        "actor.user.uid",
        takes(&[USER_ARN]).and_reads(&[USER_PRINCIPAL, USER_BEHALF]),
        "else the principal, when neither a name nor an account stands beside it: a user needs one of the three",
        |r| r.text(USER_ARN).or_else(|| lone_principal(r)),
    )
    .searched();
    t.dict("actor.user.uid_alt", [USER_PRINCIPAL, USER_BEHALF]);
    t.dict_by(
        "actor.user.account.uid",
        takes(&[USER_ACCOUNT]),
        "else the account of the session issuer; for Insights the account that received the event",
        |r| r.text(USER_ACCOUNT).or_else(|| r.text(ISSUER_ACCOUNT)).or_else(|| insight_account(r)),
    );
    t.before(V1_6, |t| {
        t.dict("actor.user.credential_uid", [USER_KEY, USER_CREDENTIAL]).searched();
    });
    t.since(V1_6, |t| {
        t.list_by::<Credential, _>(
            "actor.user.programmatic_credentials",
            takes(&[USER_KEY, USER_CREDENTIAL]),
            "each a credential; `credential_uid` is deprecated since 1.6",
            |r, items| {
                for uid in [USER_KEY, USER_CREDENTIAL].into_iter().filter_map(|field| r.text(field)) {
                    items.push(&[(CREDENTIAL_UID, Value::Str(uid))]);
                }
            },
            |t| {
                t.dict("uid", CREDENTIAL_UID).searched();
            },
        );
    });
    t.time("actor.session.created_time", SESSION_CREATED);
    t.truth("actor.session.is_mfa", SESSION_MFA);
    t.dict("actor.session.issuer", ISSUER_ARN);
    t.dict("actor.idp.name", [FEDERATED_PROVIDER, USER_PROVIDER]);
    t.dict("actor.idp.uid", USER_STORE);
    t.before(V1_2, |t| {
        t.dict("actor.invoked_by", USER_INVOKED_BY);
    });
    t.since(V1_2, |t| {
        t.dict("actor.app_name", USER_INVOKED_BY).note("`invoked_by` is deprecated since 1.2");
    });
}

fn api(t: &mut Table<CloudTrail>) {
    t.dict("api.operation", [EVENT_NAME, INSIGHT_NAME]).searched();
    t.dict("api.service.name", [EVENT_SOURCE, INSIGHT_SOURCE]).searched();
    t.dict("api.version", API_VERSION);
    t.str_by(
        "api.request.uid",
        takes(&[REQUEST_ID]).and_reads(&[EVENT_ID, REQUEST]),
        "required beside request data: the event id when the record has none",
        |r| r.text(REQUEST_ID).or_else(|| r.json(REQUEST).and_then(|_| r.text(EVENT_ID))),
    )
    .searched();
    t.json("api.request.data", REQUEST);
    t.json("api.response.data", RESPONSE);
    t.dict("api.response.error", [ERROR_CODE, INSIGHT_ERROR]);
    t.str("api.response.message", ERROR_MESSAGE);
}

fn client(t: &mut Table<CloudTrail>) {
    t.dict_by("src_endpoint.ip", takes(&[SOURCE_IP]), "when it is an address", |r| match r.facts.client {
        Some(Client::Ip(ip)) => Some(ip),
        _ => None,
    })
    .searched();
    t.dict_by("src_endpoint.domain", takes(&[SOURCE_IP]), "when it is a service", |r| match r.facts.client {
        Some(Client::Service(name)) => Some(name),
        _ => None,
    });
    t.dict_by("src_endpoint.name", takes(&[SOURCE_IP]), "when it is neither", |r| match r.facts.client {
        Some(Client::Name(name)) => Some(name),
        _ => None,
    });
    t.dict_by(
        "src_endpoint.svc_name",
        reads(&[SOURCE_IP, USER_INVOKED_BY, EVENT_SOURCE]),
        "the calling service; without any address the invoking service, else the service called, since API Activity requires an endpoint",
        |r| match r.facts.client {
            Some(Client::Service(name)) => Some(name),
            Some(_) => None,
            None => r.text(USER_INVOKED_BY).or_else(|| r.text(EVENT_SOURCE)).or_else(|| r.text(INSIGHT_SOURCE)),
        },
    );
    t.dict("src_endpoint.uid", VPC_ENDPOINT);
    t.dict("http_request.user_agent", USER_AGENT);
}

/// The caller's name, or the word that stands for it.
fn caller_name<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    let by_type = || match r.text(USER_TYPE) {
        Some("Root") => Some("root"),
        Some("AWSService") => r.text(USER_INVOKED_BY),
        _ => r.text(LOGIN_USER),
    };
    r.text(USER_NAME).or_else(by_type).or_else(|| is_nameless(r).then_some("Unknown"))
}

/// The principal of a caller who has neither a name nor an ARN nor an account.
fn lone_principal<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    let known = r.first([USER_ACCOUNT, ISSUER_ACCOUNT]).or_else(|| caller_name(r));
    if known.is_some() { None } else { r.first([USER_PRINCIPAL, USER_BEHALF]) }
}

/// Nothing identifies the caller, although the record has an identity, or no other sign of who acted.
fn is_nameless(r: Row<'_, '_, CloudTrail>) -> bool {
    let ids = [USER_ARN, USER_PRINCIPAL, USER_BEHALF, USER_ACCOUNT, ISSUER_ACCOUNT];
    r.first(ids).is_none()
        && insight_account(r).is_none()
        && (r.text(USER_TYPE).is_some() || r.first([USER_INVOKED_BY, ISSUER_ARN]).is_none())
}

/// Nothing in the record says who called, not even what kind of identity it was.
fn is_nobody(r: Row<'_, '_, CloudTrail>) -> bool {
    r.first([USER_TYPE, USER_NAME, LOGIN_USER]).is_none() && is_nameless(r)
}

fn insight_account<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    r.first([INSIGHT_NAME, INSIGHT_SOURCE]).and_then(|_| r.text(RECIPIENT_ACCOUNT))
}

/// An access key or bearer credential.
#[derive(Debug)]
pub(crate) struct Credential;

fields! { CREDENTIALS: CREDENTIAL_UID = "uid" }

impl Shape for Credential {
    const FIELDS: &'static [ocsf_core::Field] = CREDENTIALS;
    type Facts<'b> = ();

    fn facts(_: ocsf_core::Fields<'_, '_>) {}
}
