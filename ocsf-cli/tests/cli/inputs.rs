//! Which inputs there are: told by `detect`.

use crate::{Said, Sandbox, delivered};

/// Keys of the inputs that `detect` finds.
fn keys(said: &Said) -> Vec<String> {
    said.json().iter().map(|line| line["key"].as_str().unwrap().to_owned()).collect()
}

fn detect(sandbox: &Sandbox, args: &[&str]) -> Said {
    sandbox.run(&[&["detect", "--format", "json"], args].concat())
}

#[test]
fn directories_are_read_whole_but_for_what_this_program_wrote() {
    let sandbox = Sandbox::new();
    for file in [
        "logs/b.json",
        "logs/sub/a.json",
        "logs/.hidden/c.json",
        "logs/_SUCCESS",
        "logs/lake/_ocsf/manifest/x.json",
        "logs/lake/ext/t/x.parquet",
        "logs/other/_rejects/x.ndjson",
        "logs/copy/AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/01/d.json",
    ] {
        sandbox.file(file, delivered(&["A"]));
    }
    let expected = [
        "AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/01/d.json",
        "logs/.hidden/c.json",
        "logs/_SUCCESS",
        "logs/b.json",
        "logs/sub/a.json",
    ];
    assert_eq!(keys(&detect(&sandbox, &["logs"])), expected);
    assert_eq!(keys(&detect(&sandbox, &["logs/sub/.."])), expected);
    // What is named is read.
    assert_eq!(keys(&detect(&sandbox, &["logs/other/_rejects"])), ["_rejects/x.ndjson"]);
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let sandbox = Sandbox::new();
    sandbox.file("logs/sub/a.json", delivered(&["A"]));
    let expected = ["logs/sub/a.json"];
    assert_eq!(keys(&detect(&sandbox, &["logs", "logs", "logs/sub/../../logs"])), expected);
    assert_eq!(keys(&detect(&sandbox, &["logs/sub/a.json", "logs"])), expected);
    assert_eq!(keys(&detect(&sandbox, &["logs", "logs/sub/a.json"])), expected);
}

#[test]
fn patterns_are_expanded_where_the_shell_did_not() {
    let sandbox = Sandbox::new();
    for file in ["logs/a.json", "logs/b.gz", "logs/sub/c.json", "odd [name].json"] {
        sandbox.file(file, delivered(&["A"]));
    }
    assert_eq!(keys(&detect(&sandbox, &["logs/*.json"])), ["logs/a.json"]);
    assert_eq!(keys(&detect(&sandbox, &["logs/**/*.{json,gz}"])), ["logs/a.json", "logs/b.gz", "sub/c.json"]);
    assert_eq!(keys(&detect(&sandbox, &["log?/s*"])), ["sub/c.json"]);
    assert_eq!(detect(&sandbox, &["odd [name].json"]).json().len(), 1, "a path that exists is no pattern");
    let all = sandbox.path("logs/*");
    assert_eq!(keys(&detect(&sandbox, &[all.to_str().unwrap()])).len(), 3);
}

#[test]
fn lists_name_files() {
    let sandbox = Sandbox::new();
    sandbox.file("a.json", delivered(&["A"])).file("b*.json", delivered(&["A"]));
    sandbox.file("list", "b*.json\r\n\na.json");
    assert_eq!(detect(&sandbox, &["--files-from", "list"]).json().len(), 2);
    let said = sandbox.feed(&["detect", "--files-from", "-", "--format", "json"], b"a.json\n");
    assert_eq!(said.json().len(), 1);
    detect(&sandbox, &["--files-from", "nowhere"]).check(
        2,
        "",
        "error: cannot read the list `nowhere`\n  No such file or directory (os error 2)\n",
    );
}

#[test]
fn what_does_not_exist_is_told_all_at_once() {
    let sandbox = Sandbox::new();
    sandbox.file("a.json", delivered(&["A"])).file("list", "c\n");
    detect(&sandbox, &["a.json", "b", "*.gz", "--files-from", "list"]).check(
        2,
        "",
        "error: cannot read 3 of the inputs\n  `b`: No such file or directory (os error 2)\n  `*.gz`: no file matches \
         the pattern\n  `c`: No such file or directory (os error 2)\n",
    );
    detect(&sandbox, &["[a"]).check(
        2,
        "",
        "error: cannot read `[a`: no such file, and no pattern: unclosed character class; missing ']'\n",
    );
    let nothing =
        "error: no input is named\n\nhint: name files, directories or patterns, or `-` for standard input\n";
    for args in ["detect", "preview", "convert --out lake"] {
        sandbox.call(args).check(2, "", nothing);
    }
}

#[test]
fn an_empty_directory_is_told() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("logs")).unwrap();
    sandbox.run(&["detect", "logs"]).check(0, "", "warning: there are no files in what was named\n");
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn links_are_followed_once() {
        let sandbox = Sandbox::new();
        sandbox.file("logs/a.json", delivered(&["A"])).file("elsewhere/b.json", delivered(&["A"]));
        symlink(sandbox.path("logs"), sandbox.path("logs/loop")).unwrap();
        symlink(sandbox.path("elsewhere"), sandbox.path("logs/more")).unwrap();
        symlink(sandbox.path("logs/a.json"), sandbox.path("logs/z.json")).unwrap();
        let said = detect(&sandbox, &["logs"]);
        assert_eq!((said.status, said.err.as_str()), (0, ""));
        assert_eq!(keys(&said), ["logs/a.json", "logs/more/b.json"]);
    }

    #[test]
    fn what_cannot_be_looked_at_does_not_stop_the_rest() {
        let sandbox = Sandbox::new();
        sandbox.file("logs/a.json", delivered(&["A"]));
        symlink("nowhere", sandbox.path("logs/dangling")).unwrap();
        let said = detect(&sandbox, &["logs"]);
        assert_eq!(
            said.err,
            "warning: cannot look at `logs/dangling`: No such file or directory (os error 2)\n"
        );
        assert_eq!((said.status, said.json().len()), (1, 1));
    }

    #[test]
    fn files_that_cannot_be_opened_are_told() {
        let sandbox = Sandbox::new();
        sandbox.file("a.json", delivered(&["A"]));
        std::fs::set_permissions(sandbox.path("a.json"), PermissionsExt::from_mode(0o000)).unwrap();
        // Whoever may read everything cannot see this.
        if std::fs::File::open(sandbox.path("a.json")).is_err() {
            let said = detect(&sandbox, &["a.json"]);
            assert_eq!((said.status, &said.json()[0]["kind"]), (1, &"unreadable".into()));
        }
    }

    #[test]
    fn pipes_are_read_only_when_they_are_named() {
        let sandbox = Sandbox::new();
        sandbox.file("logs/a.json", delivered(&["A"]));
        let pipe = sandbox.path("logs/pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(keys(&detect(&sandbox, &["logs"])), ["logs/a.json"]);

        let writer = std::thread::spawn(move || std::fs::write(pipe, delivered(&["A"])).unwrap());
        let said = detect(&sandbox, &["logs/pipe"]);
        writer.join().unwrap();
        assert_eq!(said.json()[0]["name"], "cloudtrail");
    }

    #[test]
    fn names_that_are_no_text_stay_different_and_harmless() {
        let sandbox = Sandbox::new();
        let name = |bytes| OsStr::from_bytes(bytes).to_owned();
        sandbox.file("logs/x", "").file(std::path::Path::new("logs").join(name(b"\xff")), "");
        sandbox.file(std::path::Path::new("logs").join(name(b"\xfe\x1b[2J\n")), "");
        let said = detect(&sandbox, &["logs"]);
        assert_eq!(keys(&said), ["logs/x", "logs/\u{fffd}FE\u{1b}[2J\n", "logs/\u{fffd}FF"]);
        let said = sandbox.run(&["detect", "logs"]);
        assert!(!said.out.contains('\u{1b}') && said.out.lines().count() == 4, "{said}");
    }
}
