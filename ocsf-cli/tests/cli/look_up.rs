//! `explain` and `schema`: answers from the mapping and the schema themselves.

use crate::Sandbox;

#[test]
fn a_mapping_is_explained_in_every_form() {
    let sandbox = Sandbox::new();
    let text = sandbox.run(&["explain", "cloudtrail", "--class", "api_activity"]);
    assert_eq!(text.status, 0);
    assert!(
        text.out.starts_with("API Activity (6003), OCSF 1.1.0, table ct-api-activity\n\n  attribute "),
        "{text}"
    );
    assert!(
        text.out.lines().any(|line| line.starts_with("  api.operation  ") && line.contains(" eventName")),
        "{text}"
    );

    let markdown = sandbox.run(&["explain", "cloudtrail", "--class", "6003", "--format", "md"]);
    assert!(markdown.out.contains("\n| `api.operation` | `eventName`"), "{markdown}");

    let json = sandbox
        .run(&["explain", "cloudtrail", "--class", "6003", "--format", "json", "--ocsf", "1.5.0"])
        .json();
    let line = json.iter().find(|line| line["path"] == "api.operation").unwrap();
    assert_eq!((&line["from"][0], &line["ocsf"]), (&"eventName".into(), &"1.5.0".into()));
    assert!(json.iter().all(|line| line["class_uid"] == 6003));

    let all = sandbox.run(&["explain", "cloudtrail", "--format", "json"]).json();
    assert!(all.len() > json.len() && all.iter().any(|line| line["class_uid"] == 3002));
}

const RECORD: &str = r#"{"eventVersion":"1.09","eventTime":"2024-05-01T09:00:12Z","eventSource":"signin.amazonaws.com",
"eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.10","eventID":"cc0215a1-0000-4000-8000-000000000001",
"userIdentity":{"type":"IAMUser","userName":"ana","accountId":"111122223333"},"responseElements":{"ConsoleLogin":"Success"},
"additionalEventData":{"MFAUsed":"Yes","MobileVersion":"No"},"recipientAccountId":"111122223333"}"#;

#[test]
fn a_record_is_explained() {
    let sandbox = Sandbox::new();
    sandbox.file("one.json", RECORD);
    let said = sandbox.run(&["explain", "cloudtrail", "--record", "one.json"]);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said}");
    assert!(
        said.out.starts_with(
            "Authentication (3002), OCSF 1.1.0, table ct-authentication\nwhy: this table gets sign-ins"
        ),
        "{said}"
    );
    let has = |words: &[&str]| {
        said.out
            .lines()
            .any(|line| line.split("  ").filter(|w| !w.is_empty()).map(str::trim).eq(words.iter().copied()))
    };
    assert!(has(&["api.operation", "ConsoleLogin", "eventName, insightDetails.eventName"]), "{said}");
    assert!(has(&["activity_name", "Logon", "caption of `activity_id`"]), "{said}");
    assert!(has(&["time_dt", "2024-05-01T09:00:12Z", "`time` as a date and time"]), "{said}");
    assert!(has(&["additionalEventData.MobileVersion", "No"]), "{said}");

    let json = sandbox.run(&[
        "explain",
        "cloudtrail",
        "--record",
        "one.json",
        "--format",
        "json",
        "--ocsf",
        "1.8.0",
    ]);
    let json = &json.json()[0];
    assert_eq!(json["unmapped"]["additionalEventData.MobileVersion"], "No");
    assert_eq!(json["why"]["from"][0], "eventName");
    let of = |path: &str| {
        json["attributes"].as_array().unwrap().iter().find(|line| line["path"] == path).unwrap().clone()
    };
    assert_eq!(of("is_mfa")["value"], true);
    assert_eq!(of("is_mfa")["from"][0], "additionalEventData.MFAUsed");
    assert_eq!(of("metadata.version")["value"], "1.8.0");
}

#[test]
fn a_record_that_is_no_event_is_explained_too() {
    let sandbox = Sandbox::new();
    sandbox.file("skipped.log", "2 111122223333 eni-0aa1 - - - - - - - 1767225600 1767225655 - NODATA\n");
    let said = sandbox.run(&["explain", "vpc-flow", "--record", "skipped.log"]);
    assert_eq!(
        (said.status, said.out.as_str()),
        (0, "no event: the record is rightly none, and counted as skipped: nodata\n")
    );
    sandbox.file("bad.json", "{\"a\":1}");
    let said = sandbox.run(&["explain", "cloudtrail", "--record", "bad.json"]);
    assert_eq!((said.status, said.out.as_str()), (1, ""));
    assert!(
        said.err.contains("record 0 (line 1, byte 0) becomes no event\n  rejected as foreign-record: "),
        "{said}"
    );
    sandbox.file("two.json", format!("{RECORD}\n{RECORD}"));
    let said = sandbox.run(&["explain", "cloudtrail", "--record", "two.json"]);
    assert_eq!(said.err, "hint: `two.json` holds more records, this is the first event of them\n");
    assert_eq!(sandbox.run(&["explain", "cloudtrail", "--record", "none.json"]).status, 2);
}

#[test]
fn a_class_that_a_source_does_not_fill() {
    let said = Sandbox::new().run(&["explain", "cloudtrail", "--class", "dns_activity"]);
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert!(
        said.err.starts_with("error: AWS CloudTrail has no events of that class\n\nhint: it fills "),
        "{said}"
    );
}

#[test]
fn classes_are_listed_with_their_sources() {
    let sandbox = Sandbox::new();
    let said = sandbox.run(&["schema"]);
    let line = said.out.lines().find(|line| line.contains(" api_activity ")).unwrap();
    assert!(line.trim_start().starts_with("6003  api_activity") && line.contains("  cloudtrail"), "{line}");
    let json = sandbox.run(&["schema", "--format", "json"]).json();
    let line = json.iter().find(|line| line["class_uid"] == 6003).unwrap();
    assert_eq!(line["sources"][0], "cloudtrail");
    assert_eq!(json.len() + 1, said.out.lines().count());
}

#[test]
fn classes_objects_and_sources_are_shown() {
    let sandbox = Sandbox::new();
    let class = sandbox.run(&["schema", "api_activity"]);
    assert!(
        class.out.starts_with("API Activity (api_activity), class_uid 6003, category Application Activity\n")
    );
    assert!(class.out.contains("\n  activity_id "), "{class}");
    assert_eq!(class.out, sandbox.run(&["schema", "6003"]).out);

    let object: serde_json::Value =
        serde_json::from_str(&sandbox.run(&["schema", "fingerprint", "--format", "json"]).out).unwrap();
    assert_eq!(object["attributes"]["algorithm_id"]["requirement"], "required");

    let arrow = sandbox.run(&["schema", "api_activity", "--format", "arrow"]);
    assert!(arrow.out.contains("\n  time_dt: Timestamp(ms, \"UTC\")\n"), "{arrow}");
    let tree = sandbox.run(&["schema", "cloudtrail"]);
    assert!(tree.out.contains("ct-api-activity: API Activity (6003), OCSF 1.1.0\n\n"), "{tree}");
    assert!(tree.out.contains("\n  unmapped: map of string to string\n"), "{tree}");
    assert!(tree.out.contains("\n  api: object\n    operation: string\n"), "{tree}");
    assert_eq!(sandbox.run(&["schema", "cloudtrail", "--format", "json"]).json()[0]["ocsf"], "1.1.0");
}

#[test]
fn what_has_no_columns_is_told() {
    let sandbox = Sandbox::new();
    sandbox.run(&["schema", "dhcp_activity", "--ocsf", "1.8.0", "--format", "arrow"]).check(
        2,
        "",
        "error: no source has events of that class\n\nhint: `ocsf schema` lists the classes and their sources\n",
    );
    let said = sandbox.run(&["schema", "user", "--format", "arrow"]);
    said.check(2, "", "error: `user` is an object, only tables have such a schema\n");
}

#[test]
fn a_table_in_the_words_of_engines() {
    let sandbox = Sandbox::new();
    for format in ["parquet", "athena-ddl", "glue-json", "iceberg", "spark", "duckdb", "clickhouse", "vector"]
    {
        insta::assert_snapshot!(
            format!("schema_{format}"),
            sandbox.run(&["schema", "r53-public", "--format", format])
        );
    }
}

#[test]
fn statements_know_where_the_lake_is_and_what_it_has() {
    let sandbox = Sandbox::new();
    let call = |args: &str| sandbox.call(&format!("schema {args}")).out;
    let ddl = call(
        "vpc-flow --format athena-ddl --location s3://b/p/ --region eu-west-1,us-east-1 --account 012345678901",
    );
    assert!(ddl.contains("LOCATION 's3://b/p/ext/vpc-flow/'"), "{ddl}");
    assert!(ddl.contains("'projection.region.values' = 'eu-west-1,us-east-1'"), "{ddl}");
    assert!(ddl.contains("'projection.accountid.values' = '012345678901'"), "{ddl}");
    let view = call("r53-public --format clickhouse --location s3://b");
    assert!(view.contains("FROM s3('https://b.s3.amazonaws.com/ext/r53-public/**/*.parquet'"), "{view}");
    let views = call("cloudtrail --format duckdb --location it's");
    assert_eq!(views.matches("CREATE OR REPLACE VIEW ct_").count(), 3, "{views}");
    assert!(views.contains("'it''s/ext/ct-api-activity/**/*.parquet'"), "{views}");
    assert_eq!(call("vpc-flow --format duckdb").matches("CREATE").count(), 1, "a table goes before a source");
    assert_eq!(
        call("network_activity --format duckdb").matches("CREATE").count(),
        6,
        "all tables of a class"
    );

    let said = sandbox.call("schema cloudtrail --format spark");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("hint: name one of them: ct-api-activity, "), "{said}");
    let said = sandbox.call("schema user --format iceberg");
    assert_eq!(said.status, 2, "{said}");
}
