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

/// What tells a source may stand behind the first 64 KiB.
#[test]
fn a_large_first_record() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(100 << 10);
    let answers = vec![serde_json::json!({"Rdata": "192.0.2.9", "Type": "A", "Class": "IN"}); 3_000];
    let query = serde_json::json!({
        "answers": answers, "query_class": "IN", "query_name": "www.example.com.", "query_timestamp": "2026-01-02T03:04:05Z",
        "query_type": "A", "rcode": "NOERROR", "version": "1.1", "vpc_id": "vpc-0aa1",
    });
    let request = format!(
        "h2 2026-08-01T10:00:00.1Z app/shop/0123456789abcdef 192.0.2.7:50123 - -1 -1 -1 400 - 1 2 \"GET {long} -\" \"-\" - -"
    );
    let wrapped = |message: &str| serde_json::json!({"messageType": "DATA_MESSAGE", "logEvents": [{"message": message}]});
    let trail = format!("{{\"requestParameters\":{{\"body\":\"{long}\"}},{}", RECORD.trim_start_matches('{'));
    sandbox
        .file("logs/a.log", format!("{request}\n"))
        .file("logs/b.json", wrapped(&request).to_string())
        .file("logs/c.json", query.to_string())
        .file("logs/d.json", wrapped(&query.to_string()).to_string())
        .file("logs/e.json.gz", gzip(trail))
        .file("logs/f.json", format!("{{\"unmapped\":\"{long}\",\"class_uid\":6003,\"metadata\":{{}}}}"))
        .file("logs/g.txt", "x".repeat(5 << 20));
    let said = sandbox.run(&["detect", "logs", "--format", "json"]).json();
    let names: Vec<_> = said.iter().map(|line| line["name"].as_str().unwrap_or("-")).collect();
    assert_eq!(
        names,
        ["elb", "elb", "route53-resolver", "route53-resolver", "cloudtrail", "ocsf-events", "-"]
    );
}
