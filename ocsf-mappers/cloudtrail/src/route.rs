//! Which class a record belongs to.
//!
//! AWS publishes the list of event names; it decides by the name alone, so that `CreateUser` of a file transfer service
//! becomes an account change. Here the service must be one that manages identities of AWS itself.

use ocsf_core::{Route, Row};

use crate::record::{
    AWS_REGION, CloudTrail, EVENT_CATEGORY, EVENT_ID, EVENT_NAME, EVENT_SOURCE, EVENT_TIME, EVENT_TYPE,
    EVENT_VERSION, INSIGHT_NAME, USER_TYPE,
};

/// The classes, numbered as the tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    ApiActivity,
    Authentication,
    AccountChange,
}

const AUTHENTICATION: [&str; 9] = [
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "CheckMfa",
    "ConsoleLogin",
    "CredentialChallenge",
    "CredentialVerification",
    "ExternalIdPDirectoryLogin",
    "UserAuthentication",
];

const AUTHENTICATION_SOURCES: [&str; 3] = ["signin.amazonaws.com", "sso.amazonaws.com", "sts.amazonaws.com"];

const ACCOUNT_CHANGE_SOURCES: [&str; 5] = [
    "account.amazonaws.com",
    "iam.amazonaws.com",
    "signin.amazonaws.com",
    "sso-directory.amazonaws.com",
    "sso.amazonaws.com",
];

/// The class of an event name of a service.
pub(crate) fn class(name: &str, source: &str) -> Class {
    if AUTHENTICATION.contains(&name) && AUTHENTICATION_SOURCES.contains(&source) {
        Class::Authentication
    } else if ACCOUNT_CHANGE_SOURCES.contains(&source) && crate::values::account_change(name).is_some() {
        Class::AccountChange
    } else {
        Class::ApiActivity
    }
}

/// Where a record goes.
pub(crate) fn route(row: Row<'_, '_, CloudTrail>) -> Route {
    let is = |field, word: &str| row.text(field).is_some_and(|text| text.eq_ignore_ascii_case(word));
    if is(EVENT_TYPE, "AwsAggregatedEvent") || is(EVENT_CATEGORY, "Aggregated") {
        return Route::Skip("aggregated-summary");
    }
    if row.text(EVENT_SOURCE).is_some_and(|source| source.starts_with("aws:")) {
        return Route::Skip("notification");
    }
    // Some tools leave out members that AWS always writes; any two of these make a record.
    let named = row.first([EVENT_NAME, INSIGHT_NAME]).is_some();
    let signs = [EVENT_VERSION, EVENT_TIME, EVENT_SOURCE, EVENT_ID, AWS_REGION, USER_TYPE];
    let signs = signs.iter().filter(|field| row.value(**field).is_some()).count();
    if signs + usize::from(named) < 2 {
        return Route::Foreign;
    }
    Route::Table(match row.facts.class {
        Class::ApiActivity => 0,
        Class::Authentication => 1,
        Class::AccountChange => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_service_decide_together() {
        assert_eq!(class("CreateUser", "iam.amazonaws.com"), Class::AccountChange);
        assert_eq!(class("CreateUser", "transfer.amazonaws.com"), Class::ApiActivity);
        assert_eq!(class("AssumeRole", "sts.amazonaws.com"), Class::Authentication);
        assert_eq!(class("ConsoleLogin", "signin.amazonaws.com"), Class::Authentication);
        assert_eq!(class("GetSessionToken", "sts.amazonaws.com"), Class::ApiActivity);
        assert_eq!(class("ListBuckets", "s3.amazonaws.com"), Class::ApiActivity);
    }
}
