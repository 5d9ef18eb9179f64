use crate::{RECORD, Sandbox, delivered, gzip, zstd};

#[test]
fn a_line_for_each_input() {
    let sandbox = Sandbox::new();
    let rejects = concat!(
        r#"{"object":"logs/a.json","record":0,"byte":0,"line":1,"source":"cloudtrail","code":"no-time","#,
        r#""path":null,"detail":"no time","raw_b64":"e30=","raw_len":2}"#
    );
    sandbox
        .file("logs/a.json", delivered(&["A"]))
        .file("logs/b.json.gz", gzip(delivered(&["A"])))
        .file("logs/c.zst", zstd(gzip(RECORD)))
        .file("logs/d.gz", [gzip(gzip(RECORD)), gzip(gzip(RECORD))].concat())
        .file("logs/empty", "")
        .file("logs/empty.gz", gzip(" \n"))
        .file("logs/events.json", r#"{"class_uid":6003,"metadata":{"version":"1.1.0"}}"#)
        .file("logs/notes.txt", "nothing to see\n")
        .file("logs/odd\u{1b}[2Jname", "x")
        .file("logs/archive.xz", b"\xfd7zXZ\0\0\x04\xe6")
        .file("logs/fake.parquet", b"PAR1 and no more")
        .file("logs/rejects.ndjson.zst", zstd(format!("{rejects}\n")))
        .file("logs/torn.gz", &gzip(RECORD)[..9]);
    insta::assert_snapshot!("detect_text", sandbox.run(&["detect", "logs"]));
    insta::assert_snapshot!("detect_json", sandbox.run(&["detect", "logs", "--format", "json"]));
}

#[test]
fn all_recognised_is_success() {
    let sandbox = Sandbox::new();
    sandbox.file("logs/a.json", delivered(&["A"])).file("logs/empty", "");
    assert_eq!(sandbox.run(&["detect", "logs"]).status, 0);
    sandbox.file("logs/notes.txt", "nothing to see\n");
    assert_eq!(sandbox.run(&["detect", "logs"]).status, 1);
}

#[test]
fn the_users_word_counts_but_for_what_holds_no_events() {
    let sandbox = Sandbox::new();
    sandbox.file("logs/a", "?").file(
        "logs/digest",
        r#"{"awsAccountId":"111122223333","digestStartTime":"2024-05-01T10:00:00Z","digestS3Object":"o"}"#,
    );
    let said = sandbox.run(&["detect", "--source", "cloudtrail", "--format", "json", "logs"]);
    let lines = said.json();
    assert_eq!((&lines[0]["name"], &lines[0]["confidence"]), (&"cloudtrail".into(), &1.0.into()));
    assert_eq!((&lines[1]["kind"], &lines[1]["name"]), (&"skip".into(), &"cloudtrail-digest".into()));
    assert_eq!(said.status, 0);
}

#[test]
fn an_unknown_source_is_told_with_what_is_close() {
    Sandbox::new().run(&["detect", "--source", "cloudtrial", "x"]).check(
        2,
        "",
        "error: no source is called `cloudtrial`\n\nhint: did you mean `cloudtrail`?\n",
    );
}

#[test]
fn standard_input() {
    let said = Sandbox::new().feed(&["detect", "-"], &gzip(delivered(&["A"])));
    said.check(
        0,
        "input  detected    sure  compression  because\n\
         -      cloudtrail  0.97  gzip         members `eventSource`, `eventName`, `eventVersion`\n",
        "",
    );
}
