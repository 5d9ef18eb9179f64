//! `explain` and `schema`: answers from the mapping and the schema themselves.

use crate::support::Place;

#[test]
fn a_mapping_is_explained_in_every_form() {
    let place = Place::new();
    let text = place.ocsf(&["explain", "cloudtrail", "--class", "api_activity"]);
    assert_eq!(text.status(), 0);
    assert!(
        text.stdout.starts_with("API Activity (6003), OCSF 1.1.0, table ct-api-activity\n\n  attribute "),
        "{text}"
    );
    assert!(
        text.stdout.lines().any(|line| line.starts_with("  api.operation  ") && line.contains(" eventName")),
        "{text}"
    );

    let markdown = place.ocsf(&["explain", "cloudtrail", "--class", "6003", "--format", "md"]);
    assert!(markdown.stdout.contains("\n| `api.operation` | `eventName`"), "{markdown}");

    let json = place
        .ocsf(&["explain", "cloudtrail", "--class", "6003", "--format", "json", "--ocsf", "1.5.0"])
        .json();
    let line = json.iter().find(|line| line["path"] == "api.operation").unwrap();
    assert_eq!((&line["from"][0], &line["ocsf"]), (&"eventName".into(), &"1.5.0".into()));
    assert!(json.iter().all(|line| line["class_uid"] == 6003));

    let all = place.ocsf(&["explain", "cloudtrail", "--format", "json"]).json();
    assert!(all.len() > json.len() && all.iter().any(|line| line["class_uid"] == 3002));
}

#[test]
fn a_class_that_a_source_does_not_fill() {
    let said = Place::new().ocsf(&["explain", "cloudtrail", "--class", "dns_activity"]);
    assert_eq!((said.status(), said.stdout.as_str()), (2, ""));
    assert!(
        said.stderr.starts_with("error: AWS CloudTrail has no events of that class\n\nhint: it fills "),
        "{said}"
    );
}

#[test]
fn classes_are_listed_with_their_sources() {
    let place = Place::new();
    let said = place.ocsf(&["schema"]);
    let line = said.stdout.lines().find(|line| line.contains(" api_activity ")).unwrap();
    assert!(line.trim_start().starts_with("6003  api_activity") && line.contains("cloudtrail"), "{line}");
    let json = place.ocsf(&["schema", "--format", "json"]).json();
    let line = json.iter().find(|line| line["class_uid"] == 6003).unwrap();
    assert_eq!(line["sources"][0], "cloudtrail");
    assert_eq!(json.len() + 1, said.stdout.lines().count());
}

#[test]
fn classes_objects_and_sources_are_shown() {
    let place = Place::new();
    let class = place.ocsf(&["schema", "api_activity"]);
    assert!(
        class
            .stdout
            .starts_with("API Activity (api_activity), class_uid 6003, category Application Activity\n")
    );
    assert!(class.stdout.contains("\n  activity_id "), "{class}");
    assert_eq!(class.stdout, place.ocsf(&["schema", "6003"]).stdout);

    let object: serde_json::Value =
        serde_json::from_str(&place.ocsf(&["schema", "fingerprint", "--format", "json"]).stdout).unwrap();
    assert_eq!(object["attributes"]["algorithm_id"]["requirement"], "required");

    let arrow = place.ocsf(&["schema", "api_activity", "--format", "arrow"]);
    assert!(arrow.stdout.contains("\n  time_dt: Timestamp(ms, \"UTC\")\n"), "{arrow}");
    let tree = place.ocsf(&["schema", "cloudtrail"]);
    assert!(tree.stdout.contains("ct-api-activity: API Activity (6003), OCSF 1.1.0\n\n"), "{tree}");
    assert!(tree.stdout.contains("\n  unmapped: map of string to string\n"), "{tree}");
    assert!(tree.stdout.contains("\n  api: object\n    operation: string\n"), "{tree}");
    assert_eq!(place.ocsf(&["schema", "cloudtrail", "--format", "json"]).json()[0]["ocsf"], "1.1.0");
}

#[test]
fn what_has_no_columns_is_told() {
    let place = Place::new();
    place.ocsf(&["schema", "dns_activity", "--ocsf", "1.8.0", "--format", "arrow"]).check(
        2,
        "",
        "error: no source has events of that class\n\nhint: `ocsf schema` lists the classes and their sources\n",
    );
    let said = place.ocsf(&["schema", "user", "--format", "arrow"]);
    said.check(2, "", "error: `user` is an object, only tables have an Arrow schema\n");
}
