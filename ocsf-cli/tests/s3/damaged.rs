//! `ocsf compact` of lakes in buckets with files that are damaged, or that others remove meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::Method;

use crate::server::Server;
use crate::{Sandbox, envelope};

/// Four groups of one partition.
fn lake() -> Sandbox {
    let sandbox = Sandbox::new(Server::new(&["lake"]).with_etags());
    for number in 0..4_u32 {
        sandbox.log(&format!("logs/{number}.json"), &envelope((0..20).map(|n| n * 10 + number)));
        let said = sandbox.convert("logs --out s3://lake");
        assert_eq!(said.code, Some(0), "{}", said.err);
    }
    assert_eq!(files(&sandbox).len(), 4);
    sandbox
}

fn files(sandbox: &Sandbox) -> Vec<String> {
    sandbox.server.tree("lake").into_keys().filter(|name| name.starts_with("ext/")).collect()
}

#[test]
fn damaged_files_stay_and_the_rest_is_merged() {
    for dedup in ["", "--dedup"] {
        for is_shorter in [false, true] {
            let sandbox = lake();
            let name = &files(&sandbox)[1];
            let mut bytes = sandbox.server.tree("lake")[name].clone();
            bytes[4..3000].fill(0x55);
            if is_shorter {
                bytes.remove(4);
            }
            sandbox.server.object(&format!("lake/{name}"), &bytes);
            let said = sandbox.compact(&format!("s3://lake {dedup}"));
            assert_eq!(said.code, Some(1), "{dedup}: {}", said.err);
            assert!(said.err.contains("1 file could not be read and stays as it is: `"), "{}", said.err);
            let left = files(&sandbox);
            assert!(left.len() == 2 && left.contains(name), "{left:?}");
            assert!(sandbox.server.tree("lake")[name] == bytes);
        }
    }
}

#[test]
fn a_file_that_goes_between_two_looks_is_missing() {
    let sandbox = lake();
    let name = files(&sandbox)[1].clone();
    let file = sandbox.server.path("lake").join(&name);
    let end = name.rsplit('/').next().unwrap().to_owned();
    let asked_for = AtomicUsize::new(0);
    sandbox.server.inject(move |asked| {
        let is_it = asked.method == Method::GET && asked.target.contains(&end);
        // The first time its footer is read.
        if is_it && asked_for.fetch_add(1, Ordering::Relaxed) == 1 {
            std::fs::remove_file(&file).unwrap();
        }
        None
    });
    let said = sandbox.compact("s3://lake --dedup");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!((said.report["missing"].as_u64(), files(&sandbox).len()), (Some(1), 1), "{}", said.err);
}
