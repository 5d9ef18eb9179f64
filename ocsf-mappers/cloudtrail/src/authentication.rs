//! Authentication 3002: sign-ins, multi-factor checks, roles assumed.

use ocsf_core::{Row, Table, reads};

use crate::common;
use crate::record::{
    CloudTrail, EVENT_NAME, EVENT_SOURCE, LOGIN_TO, LOGIN_USER, MFA_USED, REQUEST, RESPONSE, USER_ACCOUNT,
    USER_ARN, USER_BEHALF, USER_INVOKED_BY, USER_NAME, USER_PRINCIPAL, USER_TYPE,
};

pub(crate) fn table(t: &mut Table<CloudTrail>) {
    t.id(
        "activity_id",
        reads(&[EVENT_NAME]),
        "1 Logon for sign-ins and assumed roles; checks of credentials are 99 Other with the name as caption",
        |r| r.facts.activity,
    );
    common::lines(t);

    t.dict_by(
        "user.uid",
        reads(&[REQUEST, USER_ARN, USER_PRINCIPAL, USER_INVOKED_BY]),
        "`roleArn` of the request, else the caller's ARN, principal or service",
        user_uid,
    );
    t.dict_by(
        "user.name",
        reads(&[REQUEST, USER_NAME, LOGIN_USER]),
        "`roleSessionName` of the request; for sign-ins the user's name, `root` for Root; `Unknown` when nothing tells who it is",
        |r| {
            if assumes_role(r) {
                let session = r.text_inside(REQUEST, "roleSessionName");
                session.or_else(|| is_nameless(r).then_some("Unknown"))
            } else {
                r.first([USER_NAME, LOGIN_USER])
                    .or_else(|| (r.text(USER_TYPE) == Some("Root")).then_some("root"))
                    .or_else(|| is_nameless(r).then_some("Unknown"))
            }
        },
    );
    t.dict_by(
        "user.uid_alt",
        reads(&[USER_PRINCIPAL, USER_BEHALF]),
        "for sign-ins: when a role is assumed, the principal is the caller, not the user",
        |r| if assumes_role(r) { None } else { r.first([USER_PRINCIPAL, USER_BEHALF]) },
    );
    t.dict_by("user.account.uid", reads(&[USER_ACCOUNT]), "", |r| r.text(USER_ACCOUNT));

    t.dict_by("session.uid", reads(&[RESPONSE]), "`assumedRoleUser.arn`", |r| {
        r.text_inside(RESPONSE, "assumedRoleUser.arn")
    });
    t.dict_by("session.uid_alt", reads(&[RESPONSE]), "`assumedRoleUser.assumedRoleId`", |r| {
        r.text_inside(RESPONSE, "assumedRoleUser.assumedRoleId")
    });
    t.str_by("session.credential_uid", reads(&[RESPONSE]), "`credentials.accessKeyId`", |r| {
        r.text_inside(RESPONSE, "credentials.accessKeyId")
    });
    t.dict_by("session.issuer", reads(&[REQUEST]), "`roleArn`", |r| r.text_inside(REQUEST, "roleArn"));

    t.truth("is_mfa", MFA_USED);
    t.dict_by(
        "service.name",
        reads(&[EVENT_SOURCE]),
        "the class needs a service or a destination, and only console sign-ins name a destination",
        |r| r.text(EVENT_SOURCE),
    );
    t.str("dst_endpoint.svc_name", LOGIN_TO);
}

fn user_uid<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    let role = r.text_inside(REQUEST, "roleArn");
    role.or_else(|| r.first([USER_ARN, USER_PRINCIPAL, USER_INVOKED_BY]))
}

/// Neither the role nor the account tells who signs in.
fn is_nameless(r: Row<'_, '_, CloudTrail>) -> bool {
    user_uid(r).is_none() && r.text(USER_ACCOUNT).is_none()
}

fn assumes_role(r: Row<'_, '_, CloudTrail>) -> bool {
    r.text(EVENT_NAME).is_some_and(|name| name.starts_with("AssumeRole"))
}
