//! Decisions about ids: activity and status.

use ocsf_core::{Enumerated, Fields};

use crate::record::{
    ERROR_CODE, ERROR_MESSAGE, EVENT_NAME, EVENT_TYPE, READ_ONLY, REQUEST, RESPONSE, SERVICE_DETAILS,
};
use crate::route::Class;

/// Activity of an event name within its class.
pub(crate) fn activity<'b>(class: Class, name: &'b str, fields: &Fields<'_, 'b>) -> Enumerated<'b> {
    match class {
        Class::ApiActivity => match api_activity(name) {
            Some(id) => Enumerated::Id(id),
            None if fields.text(READ_ONLY) == Some("true") => Enumerated::Id(READ),
            None => Enumerated::Other(name),
        },
        Class::Authentication => match name {
            "CheckMfa" | "CredentialChallenge" | "CredentialVerification" => Enumerated::Other(name),
            _ => Enumerated::Id(1),
        },
        Class::AccountChange => match account_change(name) {
            Some(AccountChange::Is(id)) => Enumerated::Id(id),
            Some(AccountChange::ByKeyStatus) => match fields.text_inside(REQUEST, "status") {
                Some("Active") => Enumerated::Id(2),
                Some("Inactive") => Enumerated::Id(5),
                _ => Enumerated::Other(name),
            },
            _ => Enumerated::Other(name),
        },
    }
}

/// How a call ended: `status_id`.
///
/// An error, or a verdict of failure, means failure; a login that only says why it failed, too. An Insight is about many
/// calls and does not say how each ended.
pub(crate) fn status(class: Class, fields: &Fields<'_, '_>) -> i32 {
    const UNKNOWN: i32 = 0;
    const SUCCESS: i32 = 1;
    const FAILURE: i32 = 2;
    let Some(name) = fields.text(EVENT_NAME) else { return UNKNOWN };
    // Answers to API calls hold no verdict, and there are many of them.
    let has_verdict = || fields.text(EVENT_TYPE) != Some("AwsApiCall");
    let verdict = |field| fields.text_inside(field, name) == Some("Failure");
    let failed = fields.text(ERROR_CODE).is_some()
        || (class == Class::Authentication && fields.text(ERROR_MESSAGE).is_some())
        || (has_verdict() && (verdict(RESPONSE) || verdict(SERVICE_DETAILS)));
    if failed { FAILURE } else { SUCCESS }
}

/// How an event of identity management changes an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountChange {
    /// This activity.
    Is(i32),
    /// Enable or Disable, as the request says.
    ByKeyStatus,
    /// 99 Other, by its own name.
    Other,
}

/// The account changes. AWS has the list of names, and finds the activity by substrings, which mistakes
/// `DeleteServiceLinkedRole`, inline policies and permissions boundaries; here each name has the activity it means.
pub(crate) fn account_change(name: &str) -> Option<AccountChange> {
    use AccountChange::{ByKeyStatus, Is, Other};
    Some(match name {
        "CreateUser"
        | "CreateRole"
        | "CreateServiceLinkedRole"
        | "CreateInstanceProfile"
        | "CreateAccessKey"
        | "CreateLoginProfile"
        | "CreateVirtualMFADevice"
        | "CreateAccountAlias" => Is(1),
        "UpdateAccessKey" => ByKeyStatus,
        "ChangePassword" | "PasswordUpdated" => Is(3),
        "UpdateLoginProfile" => Is(4),
        "DeleteUser"
        | "DeleteRole"
        | "DeleteServiceLinkedRole"
        | "DeleteGroup"
        | "DeleteInstanceProfile"
        | "DeleteAccessKey"
        | "DeleteLoginProfile"
        | "DeleteVirtualMFADevice"
        | "DeleteAccountAlias"
        | "DeletePolicy"
        | "DeleteAccountPasswordPolicy" => Is(6),
        "AttachUserPolicy"
        | "AttachGroupPolicy"
        | "AttachRolePolicy"
        | "PutUserPolicy"
        | "PutGroupPolicy"
        | "PutRolePolicy"
        | "PutUserPermissionsBoundary"
        | "PutRolePermissionsBoundary"
        | "AddUserToGroup" => Is(7),
        "DetachUserPolicy"
        | "DetachGroupPolicy"
        | "DetachRolePolicy"
        | "DeleteUserPolicy"
        | "DeleteGroupPolicy"
        | "DeleteRolePolicy"
        | "DeleteUserPermissionsBoundary"
        | "DeleteRolePermissionsBoundary"
        | "RemoveUserFromGroup"
        | "RemoveRoleFromInstanceProfile" => Is(8),
        "EnableMFADevice" => Is(10),
        "DeactivateMFADevice" => Is(11),
        "UpdateUser"
        | "UpdateRole"
        | "UpdateRoleDescription"
        | "UpdateGroup"
        | "UpdateAssumeRolePolicy"
        | "UpdateAccountPasswordPolicy"
        | "UpdateAccountEmailAddress"
        | "UpdateAccountName"
        | "EmailUpdated"
        | "AccountNameUpdated"
        | "ResyncMFADevice"
        | "AddRoleToInstanceProfile"
        | "RequestSmsMfaRegistration"
        | "FinalizeSmsMfaRegistration"
        | "TagUser"
        | "TagRole"
        | "TagInstanceProfile"
        | "UntagUser"
        | "UntagRole"
        | "UntagInstanceProfile" => Other,
        _ => return None,
    })
}

const CREATE: i32 = 1;
const READ: i32 = 2;
const UPDATE: i32 = 3;
const DELETE: i32 = 4;

/// Leading verbs of API names and their activity.
const VERBS: [(i32, &[&str]); 4] = [
    (
        CREATE,
        &[
            "Create",
            "Run",
            "Generate",
            "Allocate",
            "Import",
            "Copy",
            "Launch",
            "Provision",
            "Request",
            "Issue",
        ],
    ),
    (
        READ,
        &[
            "Get", "List", "Describe", "Head", "Search", "Lookup", "Query", "Scan", "Select", "View",
            "Export", "Check", "Estimate", "Preview", "Simulate", "Test", "Validate", "Read", "Download",
            "Decode", "Decrypt",
        ],
    ),
    (
        UPDATE,
        &[
            "Update",
            "Put",
            "Modify",
            "Add",
            "Remove",
            "Start",
            "Stop",
            "Attach",
            "Detach",
            "Associate",
            "Disassociate",
            "Tag",
            "Untag",
            "Enable",
            "Disable",
            "Register",
            "Deregister",
            "Set",
            "Reset",
            "Restore",
            "Change",
            "Replace",
            "Reboot",
            "Authorize",
            "Revoke",
            "Cancel",
            "Move",
            "Upload",
            "Write",
            "Send",
            "Publish",
            "Accept",
            "Reject",
            "Grant",
            "Assign",
            "Unassign",
            "Suspend",
            "Resume",
            "Activate",
            "Deactivate",
            "Rotate",
            "Complete",
            "Batch",
            "Encrypt",
        ],
    ),
    (DELETE, &["Delete", "Terminate", "Purge", "Release", "Destroy"]),
];

/// Activity by the leading verb, which must end where the next word begins. `Batch` says nothing before a verb.
fn api_activity(name: &str) -> Option<i32> {
    const BATCHED: [&str; 7] = ["Get", "Delete", "Put", "Write", "Describe", "Update", "Create"];
    let verb = leading_word(name);
    let verb = match name.strip_prefix("Batch").map(leading_word) {
        Some(batched) if BATCHED.contains(&batched) => batched,
        _ => verb,
    };
    VERBS.iter().find(|(_, verbs)| verbs.contains(&verb)).map(|(id, _)| *id)
}

fn leading_word(name: &str) -> &str {
    let end =
        name.bytes().skip(1).position(|byte| !byte.is_ascii_lowercase()).map_or(name.len(), |at| at + 1);
    name.get(..end).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leading_verb_decides() {
        for (name, id) in [
            ("CreateBucket", Some(CREATE)),
            ("GetObject", Some(READ)),
            ("ListBuckets", Some(READ)),
            ("PutObject", Some(UPDATE)),
            ("DeleteObjects", Some(DELETE)),
            ("BatchGetItem", Some(READ)),
            ("BatchDeleteImage", Some(DELETE)),
            ("BatchMeterUsage", Some(UPDATE)),
            ("GetDeleteMarkers", Some(READ)),
            ("RunInstances", Some(CREATE)),
            ("Encrypt", Some(UPDATE)),
            ("CreateFunction20150331", Some(CREATE)),
            ("Listen", None),
            ("InvokeFunction", None),
            ("", None),
        ] {
            assert_eq!(api_activity(name), id, "{name}");
        }
    }

    #[test]
    fn every_id_exists_in_every_version() {
        use ocsf_core::schema::Schema;
        for version in ocsf_core::schema::VERSIONS {
            let schema = Schema::get(version).unwrap();
            let has =
                |class, id| schema.class(class).unwrap().1.attributes["activity_id"].caption(id).is_some();
            assert!((0..=4).all(|id| has(6003, id)));
            assert!([0, 1, 99].iter().all(|id| has(3002, *id)));
            assert!([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11].iter().all(|id| has(3001, *id)));
        }
    }
}
