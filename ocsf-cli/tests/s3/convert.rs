//! `ocsf convert` from and to buckets.

use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::Method;
use serde_json::Value;

use crate::server::{Fault, KEY_ID, SECRET, Server, tree};
use crate::{Sandbox, envelope};

#[test]
fn a_lake_in_a_bucket_is_the_one_in_a_folder() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]));
    sandbox.examples();
    let local = sandbox.convert("logs --out local --trace");
    assert_eq!(local.code, Some(0), "{}", local.err);
    for (inputs, out) in [("logs", "s3://lake/one"), ("s3://logs", "two"), ("s3://logs/", "s3://lake/three/")]
    {
        let said = sandbox.convert(&format!("{inputs} --out {out} --trace"));
        assert_eq!(said.code, Some(0), "{}", said.err);
    }
    let expected = sandbox.tree("local");
    for folder in ["_ocsf/manifest/", "_ocsf/trace/", "_rejects/", "ext/"] {
        assert!(expected.keys().any(|name| name.starts_with(folder)), "{folder}");
    }
    assert_eq!(sandbox.server.tree("lake/one"), expected);
    assert_eq!(sandbox.tree("two"), expected);
    assert_eq!(sandbox.server.tree("lake/three"), expected);
    for (name, bytes) in expected {
        let holds = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!holds(SECRET) && !holds(KEY_ID), "{name}");
    }
}

#[test]
fn buckets_are_looked_into_without_a_lake() {
    let sandbox = Sandbox::new(Server::new(&["logs"]));
    sandbox
        .server
        .object("logs/a.json", envelope(0..3))
        .object("logs/empty", "")
        .object("logs/note.txt", "hello");
    let run = |args: &str| {
        let done = sandbox.command(args).output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, out, err) = run("detect s3://logs");
    assert_eq!(code, Some(1), "{err}");
    for told in ["s3://logs/a.json", "cloudtrail", "s3://logs/empty", "s3://logs/note.txt"] {
        assert!(out.contains(told), "{out}");
    }
    let (code, out, err) = run("preview s3://logs/a.json -n 2");
    assert_eq!((code, out.lines().count()), (Some(0), 2), "{err}");
    let said = sandbox.convert("s3://logs --out lake");
    assert_eq!(said.report["inputs"]["skipped"], serde_json::json!({"empty": 1}), "{}", said.err);
    assert_eq!(said.report["inputs"]["unrecognised"][0]["input"], "s3://logs/note.txt");
}

#[test]
fn staging_goes_with_the_run() {
    let sandbox = Sandbox::new(Server::new(&["lake"]));
    sandbox.log("logs/a.json", &envelope(0..3));
    assert_eq!(sandbox.convert("logs --out s3://lake").code, Some(0));
    let left: Vec<String> = sandbox.tree("").into_keys().collect();
    assert_eq!(left, ["logs/a.json"]);
}

#[test]
fn what_the_lake_holds_is_not_read_again() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]).with_etags());
    sandbox.log("logs/a.json", &envelope(0..3));
    sandbox.log("logs/b.json", &envelope(3..5));
    let first = sandbox.convert("s3://logs --out s3://lake");
    assert_eq!(first.report["records"]["events"], 5, "{}", first.err);
    let lake = sandbox.server.tree("lake");
    let manifests = lake.iter().filter(|(name, _)| name.starts_with("_ocsf/manifest"));
    let manifest: Value = serde_json::from_slice(manifests.map(|(_, bytes)| bytes).next().unwrap()).unwrap();
    assert!(manifest["inputs"][0]["etag"].is_string() && manifest["inputs"][0]["sha256"].is_string());
    sandbox.server.requests();

    let again = sandbox.convert("s3://logs --out s3://lake");
    assert_eq!((again.code, &again.report["inputs"]["covered"]), (Some(0), &2.into()), "{}", again.err);
    assert_eq!(sandbox.server.tree("lake"), lake);
    let reads = sandbox.server.requests();
    assert!(!reads.iter().any(|asked| asked.target.contains("/logs/a.json")), "{reads:?}");

    // Of local copies of the same keys, and of a server that tells nothing, the hash is compared.
    let local = sandbox.convert("logs --out s3://lake");
    assert_eq!((local.code, &local.report["inputs"]["covered"]), (Some(0), &2.into()), "{}", local.err);

    sandbox.log("logs/c.json", &envelope(5..9));
    let more = sandbox.convert("s3://logs --out s3://lake");
    assert_eq!(
        (&more.report["records"]["events"], &more.report["inputs"]["covered"]),
        (&4.into(), &2.into())
    );
}

#[test]
fn objects_that_changed_are_told_and_replaced_when_asked() {
    for server in [Server::new(&["logs", "lake"]), Server::new(&["logs", "lake"]).with_etags()] {
        let sandbox = Sandbox::new(server);
        sandbox.server.object("logs/a.json", envelope(0..3)).object("logs/b.json", envelope(3..5));
        assert_eq!(sandbox.convert("s3://logs --out s3://lake").code, Some(0));
        // As long as it was.
        sandbox.server.object("logs/a.json", envelope(6..9));
        let said = sandbox.convert("s3://logs --out s3://lake");
        assert_eq!(said.report["inputs"]["changed"], serde_json::json!(["logs/a.json"]), "{}", said.err);
        assert!(said.err.contains("1 file changed since conversion"), "{}", said.err);
        let said = sandbox.convert("s3://logs --out s3://lake --overwrite");
        assert_eq!((said.code, &said.report["records"]["events"]), (Some(0), &5.into()), "{}", said.err);
        let lake = sandbox.server.tree("lake");
        assert_eq!(lake.keys().filter(|name| name.ends_with(".parquet")).count(), 1, "{:?}", lake.keys());
        assert_eq!(lake.keys().filter(|name| name.contains("manifest")).count(), 1, "{:?}", lake.keys());
    }
}

#[test]
fn a_lost_manifest_is_told_and_files_on_their_way_are_not() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]));
    sandbox.server.object("logs/a.json", envelope(0..3));
    assert_eq!(sandbox.convert("s3://logs --out s3://lake").code, Some(0));
    sandbox.server.object("logs/0.json", envelope(3..5));
    let lake = sandbox.server.tree("lake");
    let manifest = lake.keys().find(|name| name.contains("manifest")).unwrap();
    let announced = sandbox.server.path("lake").join(manifest.replace("manifest", "announced"));
    let manifest = sandbox.server.path("lake").join(manifest);
    std::fs::create_dir_all(announced.parent().unwrap()).unwrap();
    std::fs::rename(&manifest, &announced).unwrap();
    // As of a run that goes on.
    assert_eq!(sandbox.convert("s3://logs/0.json --out s3://lake --dry-run").code, Some(0));
    std::fs::remove_file(&announced).unwrap();
    let before = sandbox.server.tree("lake");
    let said = sandbox.convert("s3://logs --out s3://lake");
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("1 files with events are listed by no manifest"), "{}", said.err);
    assert!(said.err.contains("hint: restore the manifest from a copy"), "{}", said.err);
    assert_eq!(sandbox.server.tree("lake"), before);
}

#[test]
fn keys_may_hold_any_sign() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]).with_etags());
    let names = ["a=b+c/d e%20f.json", "ü/~(x)'!,;@$.json", "*[x]{y}?.json", "%2F.json", "x#y^z|`.json"];
    for (number, name) in (0..).zip(names) {
        sandbox.log(&format!("logs/{name}"), &envelope(number..=number));
    }
    let local = sandbox.convert("logs --out local");
    assert_eq!((local.code, &local.report["records"]["events"]), (Some(0), &5.into()), "{}", local.err);
    let said = sandbox.convert("s3://logs --out s3://lake");
    assert_eq!(said.code, Some(0), "{}", said.err);
    let files = |tree: std::collections::BTreeMap<String, Vec<u8>>| {
        let files = tree.into_iter().filter(|(name, _)| name.starts_with("ext/"));
        files.collect::<Vec<_>>()
    };
    assert_eq!(files(sandbox.server.tree("lake")), files(sandbox.tree("local")));
    for name in ["ü", "*[x]{y}?.json", "%2F.json"] {
        let said = sandbox.convert(&format!("s3://logs/{name} --out s3://lake --dry-run"));
        assert_eq!((said.code, &said.report["inputs"]["covered"]), (Some(0), &1.into()), "{}", said.err);
    }
}

#[test]
fn objects_are_named_by_key_path_pattern_and_list() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]));
    for (number, name) in (0..).zip(["x/a.json", "x/b.json", "x/y/c.json", "xx.json", "z/a.json"]) {
        sandbox.log(&format!("logs/{name}"), &envelope(number..=number));
    }
    std::fs::write(sandbox.path("list"), "s3://logs/x/y\nlogs/z/a.json\n").unwrap();
    for (inputs, events) in [
        ("s3://logs", 5),
        ("s3://logs/x", 3),
        ("s3://logs/x/", 3),
        ("s3://logs/x/a.json", 1),
        ("s3://logs/x/*.json", 2),
        ("s3://logs/*/a.json", 2),
        ("s3://logs/**/*.json", 5),
        ("s3://logs/?/y", 1),
        ("s3://logs/x s3://logs/x/a.json logs/z", 4),
        ("--files-from list", 2),
    ] {
        let said = sandbox.convert(&format!("{inputs} --out lake --dry-run"));
        assert_eq!(
            (said.code, &said.report["records"]["events"]),
            (Some(0), &events.into()),
            "{inputs} {}",
            said.err
        );
    }
    for (inputs, why) in [
        ("s3://logs/nothing", "no such object, and none lies below it"),
        ("s3://logs/nothing/", "no object lies below it"),
        ("s3://logs/x*", "no object matches the pattern"),
        ("s3://logs/x//a.json", "cannot be named"),
        ("ftp://logs/x", "there are `s3://`"),
    ] {
        let said = sandbox.convert(&format!("{inputs} --out lake"));
        if inputs == "s3://logs/x*" {
            assert_eq!(said.code, Some(0), "{}", said.err);
            continue;
        }
        assert_eq!(said.code, Some(2), "{inputs} {}", said.err);
        assert!(said.err.contains(why), "{inputs} {}", said.err);
    }
}

#[test]
fn more_objects_than_a_page_of_a_listing() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]).with_etags());
    for number in 0..1_100 {
        sandbox.log(&format!("logs/{number:04}.json"), &envelope(number..=number));
    }
    let said = sandbox.convert("s3://logs --out s3://lake --group-bytes 100KiB");
    assert_eq!((said.code, &said.report["records"]["events"]), (Some(0), &1_100.into()), "{}", said.err);
    let pages = sandbox.server.requests();
    let pages = pages
        .iter()
        .filter(|asked| asked.target.starts_with("/logs?") || asked.target.starts_with("/logs/?"));
    assert_eq!(pages.count(), 2);
    assert_eq!(sandbox.convert("logs --out local --group-bytes 100KiB").code, Some(0));
    let ext = |tree: std::collections::BTreeMap<String, Vec<u8>>| -> Vec<_> {
        tree.into_iter().filter(|(name, _)| name.starts_with("ext/")).collect()
    };
    assert_eq!(ext(sandbox.server.tree("lake")), ext(sandbox.tree("local")));
}

#[test]
fn a_large_bucket_is_converted_while_it_is_listed() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]).with_etags());
    for number in 0..3_050 {
        sandbox.server.object(&format!("logs/{number:04}.json"), envelope(number..=number));
    }
    let run = || sandbox.convert("s3://logs --out s3://lake --group-bytes 100KiB --threads 1");
    let said = run();
    assert_eq!((said.code, &said.report["records"]["events"]), (Some(0), &3_050.into()), "{}", said.err);
    let asked = sandbox.server.requests();
    let last_page = asked.iter().rposition(|asked| asked.target.contains("continuation-token")).unwrap();
    let published = asked.iter().position(|asked| asked.target.contains("_ocsf/manifest/")).unwrap();
    assert!(published < last_page, "{published} {last_page}");
    let again = run();
    assert_eq!((again.code, &again.report["inputs"]["covered"]), (Some(0), &3_050.into()), "{}", again.err);

    // A page that fails is no end.
    let pages = AtomicUsize::new(0);
    sandbox.server.inject(move |asked| {
        let is_fourth =
            asked.target.contains("continuation-token") && pages.fetch_add(1, Ordering::Relaxed) > 1;
        is_fourth.then_some(Fault::Internal)
    });
    let said = sandbox.convert("s3://logs --out lake --group-bytes 100KiB --threads 1 --retries 0");
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("cannot list `s3://logs/`"), "{}", said.err);
    sandbox.server.heal();
    let said = sandbox.convert("s3://logs --out lake --group-bytes 100KiB");
    assert_eq!(said.code, Some(0), "{}", said.err);
    let of = |report: &Value| {
        report["inputs"]["covered"].as_u64().unwrap() + report["records"]["events"].as_u64().unwrap()
    };
    assert_eq!(of(&said.report), 3_050);
}

#[test]
fn lakes_in_the_bucket_are_no_inputs() {
    let sandbox = Sandbox::new(Server::new(&["logs"]));
    sandbox.log("logs/a.json", &envelope(0..2));
    for _ in 0..2 {
        let said = sandbox.convert("s3://logs --out s3://logs/lake");
        assert_eq!(
            (said.code, &said.report["inputs"]["found"]),
            (Some(0), &1.into()),
            "{} {}",
            said.err,
            said.report
        );
    }
    let said = sandbox.convert("s3://logs --out s3://logs");
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("already holds files of something else, e.g. `a.json`"), "{}", said.err);
}

#[test]
fn the_state_may_be_elsewhere() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake", "state"]));
    sandbox.examples();
    assert_eq!(sandbox.convert("logs --out plain --state plain-state --trace").code, Some(0));
    let without_note = |mut state: std::collections::BTreeMap<String, Vec<u8>>| {
        assert!(state.remove("_ocsf/output.json").is_some());
        state
    };
    let (out, state) = (sandbox.tree("plain"), without_note(sandbox.tree("plain-state")));
    for (to, at) in [("s3://lake/a", "s3://state/a"), ("s3://lake/b", "b-state"), ("c", "s3://state/c")] {
        for covered in [0, 29] {
            let said = sandbox.convert(&format!("s3://logs --out {to} --state {at} --trace"));
            assert_eq!(
                (said.code, &said.report["inputs"]["covered"]),
                (Some(0), &covered.into()),
                "{}",
                said.err
            );
        }
        let of = |place: &str| match place.strip_prefix("s3://") {
            Some(place) => sandbox.server.tree(place),
            None => tree(&sandbox.path(place)),
        };
        assert_eq!(of(to), out, "{to}");
        assert_eq!(without_note(of(at)), state, "{at}");
    }
}

#[test]
fn a_state_is_of_one_place_in_a_bucket() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake", "state"]));
    sandbox.log("logs/a.json", &envelope(0..3));
    assert_eq!(sandbox.convert("logs --out s3://lake/a --state s3://state/x").code, Some(0));
    let before = sandbox.server.tree("state");
    for args in ["s3://lake/b", "s3://lake/b --dry-run", "c", "c --dry-run"] {
        let said = sandbox.convert(&format!("logs --out {args} --state s3://state/x"));
        assert_eq!(said.code, Some(3), "{args}: {}", said.err);
        assert!(said.err.contains("`s3://state/x` is the state of `s3://lake/a`, not of `"), "{}", said.err);
        assert_eq!(sandbox.server.tree("state"), before, "{args}");
    }
    // Where the output may be written to and no more, nobody can tell.
    sandbox.server.inject(|asked| {
        (asked.method == Method::GET && asked.target.starts_with("/lake")).then_some(Fault::Denied)
    });
    assert_eq!(sandbox.convert("logs --out s3://lake/a --state s3://state/x").code, Some(0));
    let said = sandbox.convert("logs --out s3://lake/b --state s3://state/x");
    assert!(said.err.contains("which cannot be listed: 403 Forbidden: AccessDenied"), "{}", said.err);
    sandbox.server.heal();
    // Moved, it goes on.
    for (name, bytes) in sandbox.server.tree("lake/a") {
        sandbox.server.object(&format!("lake/b/{name}"), &bytes);
    }
    let said = sandbox.convert("logs --out s3://lake/b --state s3://state/x");
    assert_eq!((said.code, &said.report["inputs"]["covered"]), (Some(0), &1.into()), "{}", said.err);
}

#[test]
fn a_custom_source_takes_events_alone() {
    let sandbox = Sandbox::new(Server::new(&["logs", "aws-security-data-lake-eu-west-1-x", "state"]));
    sandbox.examples();
    let out = "s3://aws-security-data-lake-eu-west-1-x/ext/ct-api-activity";
    let said = sandbox.convert(&format!("s3://logs --out {out}"));
    assert_eq!(said.code, Some(2), "{}", said.err);
    let said = sandbox.convert(&format!("s3://logs --out {out} --state s3://state/of/it"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    let files = sandbox.server.tree("aws-security-data-lake-eu-west-1-x");
    assert!(!files.is_empty());
    for name in files.keys() {
        assert!(name.starts_with("ext/ct-api-activity/region=eu-west-1/accountId="), "{name}");
    }
    let state: Vec<String> = sandbox.server.tree("state/of/it").into_keys().collect();
    assert!(state.iter().any(|name| name.starts_with("_rejects/")), "{state:?}");
    assert!(state.iter().any(|name| name.starts_with("_ocsf/manifest/")), "{state:?}");
}

#[test]
fn files_go_in_parts_when_they_are_large() {
    let sandbox = Sandbox::new(Server::new(&["lake"]));
    sandbox.examples();
    assert_eq!(sandbox.convert("logs --out local").code, Some(0));
    let said = sandbox.convert("logs --out s3://lake --multipart-bytes 1");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(sandbox.server.tree("lake"), sandbox.tree("local"));
    let asked = sandbox.server.requests();
    let begun =
        asked.iter().filter(|asked| asked.method == Method::POST && asked.target.contains("?uploads"));
    assert_eq!(begun.count(), 19, "all files of events and of rejects");
    let noted = asked.iter().position(|asked| asked.target.contains("_ocsf/uploads/")).unwrap();
    let part = asked.iter().position(|asked| asked.target.contains("partNumber=")).unwrap();
    assert!(noted < part);
    assert!(sandbox.server.leftovers().is_empty());
}
