use crate::support::{Place, delivered, event, gzip, zstd};

#[test]
fn a_line_for_each_input() {
    let place = Place::new();
    let rejects = concat!(
        r#"{"object":"logs/a.json","record":0,"byte":0,"line":1,"source":"cloudtrail","code":"no-time","#,
        r#""path":null,"detail":"no time","raw_b64":"e30=","raw_len":2}"#
    );
    place
        .write("logs/a.json", delivered(&["A"]))
        .write("logs/b.json.gz", gzip(delivered(&["A"])))
        .write("logs/c.zst", zstd(gzip(event("A"))))
        .write("logs/d.gz", [gzip(gzip(event("A"))), gzip(gzip(event("A")))].concat())
        .write("logs/empty", "")
        .write("logs/empty.gz", gzip(" \n"))
        .write("logs/events.json", r#"{"class_uid":6003,"metadata":{"version":"1.1.0"}}"#)
        .write("logs/notes.txt", "nothing to see\n")
        .write("logs/odd\u{1b}[2Jname", "x")
        .write("logs/archive.xz", b"\xfd7zXZ\0\0\x04\xe6")
        .write("logs/fake.parquet", b"PAR1 and no more")
        .write("logs/rejects.ndjson.zst", zstd(format!("{rejects}\n")))
        .write("logs/torn.gz", &gzip(event("A"))[..9]);
    insta::assert_snapshot!("detect_text", place.ocsf(&["detect", "logs"]));
    insta::assert_snapshot!("detect_json", place.ocsf(&["detect", "logs", "--format", "json"]));
}

#[test]
fn all_recognised_is_success() {
    let place = Place::new();
    place.write("logs/a.json", delivered(&["A"])).write("logs/empty", "");
    assert_eq!(place.ocsf(&["detect", "logs"]).status(), 0);
    place.write("logs/notes.txt", "nothing to see\n");
    assert_eq!(place.ocsf(&["detect", "logs"]).status(), 1);
}

#[test]
fn the_users_word_counts_but_for_what_holds_no_events() {
    let place = Place::new();
    place.write("logs/a", "?").write(
        "logs/digest",
        r#"{"awsAccountId":"111122223333","digestStartTime":"2024-05-01T10:00:00Z","digestS3Object":"o"}"#,
    );
    let said = place.ocsf(&["detect", "--source", "cloudtrail", "--format", "json", "logs"]);
    let lines = said.json();
    assert_eq!((&lines[0]["name"], &lines[0]["confidence"]), (&"cloudtrail".into(), &1.0.into()));
    assert_eq!((&lines[1]["kind"], &lines[1]["name"]), (&"skip".into(), &"cloudtrail-digest".into()));
    assert_eq!(said.status(), 0);
}

#[test]
fn an_unknown_source_is_told_with_what_is_close() {
    Place::new().ocsf(&["detect", "--source", "cloudtrial", "x"]).check(
        2,
        "",
        "error: no source is called `cloudtrial`\n\nhint: did you mean `cloudtrail`?\n",
    );
}

#[test]
fn standard_input() {
    let said = Place::new().feed(&["detect", "-"], &gzip(delivered(&["A"])));
    said.check(
        0,
        "input  detected    sure  compression  because\n\
         -      cloudtrail  0.97  gzip         members `eventSource`, `eventName`, `eventVersion`\n",
        "",
    );
}
