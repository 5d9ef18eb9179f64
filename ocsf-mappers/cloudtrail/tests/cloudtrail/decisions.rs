//! One test for each decision that the mapping documents, and for each mistake that it once made.

use serde_json::{Value, json};

use super::{event, mapped, record};

const ANA: &str = "arn:aws:iam::111122223333:user/ana";

#[test]
fn callers_of_every_kind_have_a_user() {
    for (identity, user) in [
        (json!({"type": "Root", "accountId": "111122223333"}), json!({"name": "root", "type": "Root"})),
        (json!({"type": "AWSService", "invokedBy": "s3.amazonaws.com"}), json!({"name": "s3.amazonaws.com"})),
        // These used to lose the type, or the whole event.
        (json!({"type": "AWSService"}), json!({"name": "Unknown", "type": "AWSService", "type_id": 99})),
        (json!({"type": "Unknown", "arn": ""}), json!({"name": "Unknown", "type": "Unknown", "type_id": 99})),
        (json!({}), json!({"name": "Unknown", "type": "Unknown", "type_id": 0})),
        (json!({"type": "AWSAccount", "principalId": "P"}), json!({"uid": "P", "uid_alt": "P"})),
        (json!({"accountId": "444455556666", "invokedBy": "x"}), json!({"account": {"uid": "444455556666"}})),
    ] {
        let event = event(&json!({"userIdentity": identity}));
        for (name, value) in user.as_object().unwrap() {
            assert_eq!(&event["actor"]["user"][name], value, "{identity}");
        }
    }
    let service = event(&json!({"userIdentity": {"invokedBy": "s3.amazonaws.com"}}));
    assert_eq!(service["actor"], json!({"invoked_by": "s3.amazonaws.com"}));
}

#[test]
fn clients_are_addresses_services_or_names() {
    let endpoint = |client: Value| event(&json!({"sourceIPAddress": client}))["src_endpoint"].take();
    assert_eq!(endpoint(json!("2001:db8::1")), json!({"ip": "2001:db8::1"}));
    let service = "autoscaling.amazonaws.com";
    assert_eq!(endpoint(json!(service)), json!({"domain": service, "svc_name": service}));
    assert_eq!(endpoint(json!("AWS Internal")), json!({"name": "AWS Internal"}));
    assert_eq!(endpoint(json!("12.000.22.33")), json!({"name": "12.000.22.33"}));
    assert_eq!(endpoint(Value::Null), json!({"svc_name": "s3.amazonaws.com"}));
}

#[test]
fn calls_end_as_they_say() {
    let status = |changes: Value| event(&changes)["status"].take();
    assert_eq!(status(json!({})), "Success");
    assert_eq!(status(json!({"errorCode": "AccessDenied"})), "Failure");
    assert_eq!(status(json!({"errorCode": ""})), "Success");
    assert_eq!(status(json!({"errorMessage": "a warning"})), "Success");
    let signin = |name: &str, more: Value| {
        let mut changes = json!({"eventSource": "signin.amazonaws.com", "eventType": "AwsConsoleSignIn"});
        changes["eventName"] = name.into();
        changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        status(changes)
    };
    assert_eq!(signin("ConsoleLogin", json!({"errorMessage": "Failed authentication"})), "Failure");
    assert_eq!(signin("ConsoleLogin", json!({"responseElements": {"ConsoleLogin": "Failure"}})), "Failure");
    assert_eq!(signin("CheckMfa", json!({"serviceEventDetails": {"CheckMfa": "Failure"}})), "Failure");
    // An API activity by class, a sign-in by its verdict: used to count as a success.
    assert_eq!(signin("SwitchRole", json!({"responseElements": {"SwitchRole": "Failure"}})), "Failure");
    assert_eq!(signin("SwitchRole", json!({"responseElements": {"SwitchRole": "Success"}})), "Success");
    let insight = json!({
        "eventType": "AwsCloudTrailInsight", "eventName": null, "eventSource": null, "userIdentity": null,
        "sourceIPAddress": null,
        "insightDetails": {"eventName": "PutItem", "eventSource": "dynamodb.amazonaws.com", "errorCode": "Throttled"},
    });
    let insight = event(&insight);
    assert_eq!((&insight["status"], &insight["status_code"]), (&json!("Unknown"), &Value::Null));
    assert_eq!(insight["api"]["operation"], "PutItem");
    assert_eq!(insight["actor"]["user"], json!({"account": {"uid": "111122223333"}}));
}

#[test]
fn request_ids_are_there_where_a_request_is() {
    let request = |changes: Value| event(&changes)["api"]["request"].take();
    let event_id = "00000000-0000-4000-8000-000000000001";
    assert_eq!(request(json!({"requestID": "r"})), json!({"uid": "r"}));
    assert_eq!(request(json!({})), Value::Null);
    assert_eq!(request(json!({"requestParameters": {}})), Value::Null);
    assert_eq!(
        request(json!({"requestParameters": {"a": 1}})),
        json!({"uid": event_id, "data": "{\"a\":1}"})
    );
    let neither = event(&json!({"requestParameters": {"a": 1}, "eventID": null}));
    assert_eq!(neither["unmapped"]["requestParameters.a"], "1");
}

#[test]
fn who_signs_in() {
    let user = |name: &str, identity: Value, more: Value| {
        let source = if name.starts_with("Assume") { "sts.amazonaws.com" } else { "signin.amazonaws.com" };
        let mut changes = json!({"eventName": name, "eventSource": source, "userIdentity": identity});
        changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let event = event(&changes);
        assert_eq!(event["class_uid"], 3002, "{name}");
        event["user"].clone()
    };
    let role = json!({"requestParameters": {"roleArn": "arn:aws:iam::111122223333:role/ops", "roleSessionName": "s"}});
    assert_eq!(
        user("AssumeRole", json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}), role),
        json!({"uid": "arn:aws:iam::111122223333:role/ops", "name": "s"})
    );
    assert_eq!(
        user("ConsoleLogin", json!({"type": "IAMUser", "arn": ANA, "userName": "ana"}), json!({}))["name"],
        "ana"
    );
    // These two used to be rejects.
    assert_eq!(user("ConsoleLogin", json!({"type": "Root", "arn": ""}), json!({})), json!({"name": "root"}));
    assert_eq!(user("UserAuthentication", json!({}), json!({})), json!({"name": "Unknown"}));
}

#[test]
fn whose_account_changes() {
    let user = |name: &str, more: Value| {
        let identity = json!({"type": "IAMUser", "arn": ANA, "userName": "ana", "principalId": "AIDA"});
        let mut changes =
            json!({"eventName": name, "eventSource": "iam.amazonaws.com", "userIdentity": identity});
        changes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let event = event(&changes);
        assert_eq!(event["class_uid"], 3001, "{name}");
        event["user"].clone()
    };
    let account = json!({"uid": "111122223333"});
    assert_eq!(
        user("ChangePassword", json!({})),
        json!({"name": "ana", "uid": ANA, "uid_alt": "AIDA", "account": account})
    );
    let named = json!({"requestParameters": {"userName": "eve", "policyArn": "arn:aws:iam::aws:policy/X"}});
    assert_eq!(user("AttachUserPolicy", named), json!({"name": "eve", "account": account}));
    // The caller used to stand for groups, policies and instance profiles.
    for (name, request) in [
        ("AttachGroupPolicy", json!({"groupName": "admins", "policyArn": "arn:aws:iam::aws:policy/X"})),
        ("DeleteGroup", json!({"groupName": "admins"})),
        ("DeletePolicy", json!({"policyArn": "arn:aws:iam::111122223333:policy/x"})),
        ("CreateInstanceProfile", json!({"instanceProfileName": "p"})),
    ] {
        assert_eq!(user(name, json!({"requestParameters": request})), json!({"account": account}), "{name}");
    }
    let nobody = json!({"userIdentity": {}, "recipientAccountId": null});
    assert_eq!(user("ChangePassword", nobody)["name"], "Unknown");
}

#[test]
fn a_time_that_no_session_has_is_left_over() {
    let identity = json!({
        "type": "IAMUser", "userName": "ana",
        "sessionContext": {"attributes": {"creationDate": "1970-01-01T00:00:00Z", "mfaAuthenticated": "maybe"}},
    });
    let event = event(&json!({"userIdentity": identity}));
    assert_eq!(event["actor"].get("session"), None);
    let attributes = "userIdentity.sessionContext.attributes";
    assert_eq!(event["unmapped"][format!("{attributes}.creationDate")], "1970-01-01T00:00:00Z");
    assert_eq!(event["unmapped"][format!("{attributes}.mfaAuthenticated")], "maybe");
}

#[test]
fn summaries_and_notices_are_skipped() {
    let summary =
        mapped(r#"{"eventVersion":"1.0","eventType":"AwsAggregatedEvent","eventCategory":"Aggregated"}"#);
    assert_eq!(summary.counts.skipped["aggregated-summary"], 1);
    let notice = mapped(record(&json!({"eventSource": "aws:s3"})).to_string());
    assert_eq!(notice.counts.skipped["notification"], 1);
}

#[test]
fn partitions_take_the_first_account_that_is_one() {
    let odd = record(&json!({"recipientAccountId": "anonymous"}));
    assert_eq!(mapped(odd.to_string()).issues, []);
    let none =
        mapped(record(&json!({"recipientAccountId": null, "userIdentity": {"type": "X"}})).to_string());
    assert_eq!((none.issues[0].0.as_str(), none.issues[0].1.as_str()), ("unknown-partition", "account"));
    // Rejects lie in no partition.
    let nobody =
        json!({"recipientAccountId": null, "userIdentity": null, "eventName": null, "eventSource": null});
    let rejected = mapped(record(&nobody).to_string());
    assert_eq!(rejected.counts.rejects, 1);
    assert!(rejected.issues.iter().all(|issue| issue.0 != "unknown-partition"), "{:?}", rejected.issues);
}
