//! API Activity 6003: every call that is neither an authentication nor an account change, data events included.

use ocsf_core::{Fields, Shape, Table, fields, reads};

use crate::common;
use crate::record::{CloudTrail, EVENT_NAME, READ_ONLY, RESOURCES};

pub(crate) fn table(t: &mut Table<CloudTrail>) {
    t.id(
        "activity_id",
        reads(&[EVENT_NAME, READ_ONLY]),
        "by the leading verb of the name; else 2 Read for read-only calls; else 99 Other with the name as caption",
        |r| r.facts.activity,
    );
    common::lines(t);
    t.list::<Resource>("resources", RESOURCES, |t| {
        t.str("uid", [ARN, ARN_LOWER, ARN_PREFIX]).searched();
        t.dict("owner.account.uid", [ACCOUNT, ACCOUNT_UPPER]);
        t.dict("type", TYPE);
    });
}

/// A resource of a call.
#[derive(Debug)]
pub(crate) struct Resource;

fields! { RESOURCE:
    ARN = "ARN",
    ARN_LOWER = "arn",
    ARN_PREFIX = "ARNPrefix",
    ACCOUNT = "accountId",
    ACCOUNT_UPPER = "accountID",
    TYPE = "type",
}

impl Shape for Resource {
    const FIELDS: &'static [ocsf_core::Field] = RESOURCE;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}
