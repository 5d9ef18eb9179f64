//! Account Change 3001: users, roles, keys, passwords, policies.

use ocsf_core::{Fields, Row, Shape, Table, Value, Version, fields, reads};

use crate::common;
use crate::record::{
    CloudTrail, EVENT_NAME, RECIPIENT_ACCOUNT, REQUEST, RESPONSE, USER_ACCOUNT, USER_ARN, USER_BEHALF,
    USER_NAME, USER_PRINCIPAL, USER_TYPE,
};

const V1_4: Version = Version::new(1, 4, 0);

pub(crate) fn table(t: &mut Table<CloudTrail>) {
    t.id(
        "activity_id",
        reads(&[EVENT_NAME, REQUEST]),
        "each event name has its activity; names without one are 99 Other with the name as caption",
        |r| r.facts.activity,
    );
    common::lines(t);

    t.dict_by(
        "user.name",
        reads(&[RESPONSE, REQUEST, USER_NAME]),
        "the user or role that the response or the request names; the caller when the change is about nobody else; `Unknown` when nothing tells. A group is no user",
        |r| {
            let caller = || caller(r).and_then(|()| r.text(USER_NAME).or_else(|| root(r)));
            let is_nameless = || user_uid(r).or_else(|| user_account(r)).is_none();
            changed(r, &NAMES).or_else(caller).or_else(|| is_nameless().then_some("Unknown"))
        },
    );
    t.dict_by(
        "user.uid",
        reads(&[RESPONSE, REQUEST, USER_ARN]),
        "ARN of that user or role, or of the caller",
        user_uid,
    );
    t.dict_by(
        "user.uid_alt",
        reads(&[RESPONSE, REQUEST, USER_PRINCIPAL, USER_BEHALF]),
        "id of that user or role, or of the caller",
        |r| changed(r, &IDS).or_else(|| caller(r).and_then(|()| r.first([USER_PRINCIPAL, USER_BEHALF]))),
    );
    t.dict_by("user.account.uid", reads(&[RECIPIENT_ACCOUNT, USER_ACCOUNT]), "", user_account);

    t.before(V1_4, |t| {
        t.dict_by("policy.uid", reads(&[REQUEST]), "`policyArn`, or `permissionsBoundary`", policy_uid);
        t.dict_by("policy.name", reads(&[REQUEST]), "`policyName`", policy_name);
    });
    t.since(V1_4, |t| {
        t.list_by::<Policy, _>(
            "policies",
            reads(&[REQUEST]),
            "the policy that the request names; `policy` is deprecated since 1.4",
            |r, items| {
                let value = |text: Option<_>| text.map_or(Value::Absent, Value::Str);
                let (uid, name) = (policy_uid(r), policy_name(r));
                if uid.or(name).is_some() {
                    items.push(&[(POLICY_UID, value(uid)), (POLICY_NAME, value(name))]);
                }
            },
            |t| {
                t.dict("uid", POLICY_UID);
                t.dict("name", POLICY_NAME);
            },
        );
    });
}

/// Where a response or a request names the account that changed.
const NAMES: [(Part, &str); 5] = [
    (Part::Response, "user.userName"),
    (Part::Response, "role.roleName"),
    (Part::Request, "userName"),
    (Part::Request, "roleName"),
    (Part::Response, "accessKey.userName"),
];
const ARNS: [(Part, &str); 2] = [(Part::Response, "user.arn"), (Part::Response, "role.arn")];
const IDS: [(Part, &str); 2] = [(Part::Response, "user.userId"), (Part::Response, "role.roleId")];

#[derive(Debug, Clone, Copy)]
enum Part {
    Request,
    Response,
}

fn changed<'b>(r: Row<'_, 'b, CloudTrail>, places: &[(Part, &str)]) -> Option<&'b str> {
    places.iter().find_map(|(part, path)| match part {
        Part::Request => r.text_inside(REQUEST, path),
        Part::Response => r.text_inside(RESPONSE, path),
    })
}

/// What a request may be about when it names no user and no role: the caller is not the one who changed.
const OTHERS: [(Part, &str); 4] = [
    (Part::Request, "groupName"),
    (Part::Request, "policyArn"),
    (Part::Request, "policyName"),
    (Part::Request, "instanceProfileName"),
];

/// The caller changed the own account: nobody else is named, nor a group, a policy or an instance profile.
fn caller(r: Row<'_, '_, CloudTrail>) -> Option<()> {
    [&NAMES[..], &ARNS, &OTHERS].iter().all(|places| changed(r, places).is_none()).then_some(())
}

fn user_uid<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    changed(r, &ARNS).or_else(|| caller(r).and_then(|()| r.text(USER_ARN)))
}

fn user_account<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    r.first([RECIPIENT_ACCOUNT, USER_ACCOUNT])
}

fn root(r: Row<'_, '_, CloudTrail>) -> Option<&'static str> {
    (r.text(USER_TYPE) == Some("Root")).then_some("root")
}

fn policy_uid<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    r.text_inside(REQUEST, "policyArn").or_else(|| r.text_inside(REQUEST, "permissionsBoundary"))
}

fn policy_name<'b>(r: Row<'_, 'b, CloudTrail>) -> Option<&'b str> {
    r.text_inside(REQUEST, "policyName")
}

/// A policy that was attached, detached, put or deleted.
#[derive(Debug)]
pub(crate) struct Policy;

fields! { POLICY: POLICY_UID = "uid", POLICY_NAME = "name" }

impl Shape for Policy {
    const FIELDS: &'static [ocsf_core::Field] = POLICY;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}
