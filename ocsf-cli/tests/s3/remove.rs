//! `convert --overwrite` while others merge what it replaces, and what is left of it when it was killed.

use std::thread;
use std::time::Duration;

use hyper::Method;

use crate::compact::{Tree, at, check_same, fault_met, is_change, is_look, kill, uids, until_fault};
use crate::server::{Asked, Fault, Server};
use crate::{Sandbox, envelope};

const GIVEN: [&str; 2] = ["a1", "a2"];
const NOT_GIVEN: [&str; 2] = ["h1", "h2"];
const OVERWRITE: &str =
    "convert logs/a1.json logs/a2.json --out s3://lake --trace --group-bytes 1 --overwrite";
const OVERWRITE_ALL: &str = "convert logs --out s3://lake --trace --group-bytes 1 --overwrite";
const CONVERT: &str = "convert logs --out s3://lake --trace --group-bytes 1";
const COMPACT: &str = "compact s3://lake";

/// A lake of four groups in one partition: those of two inputs are going to be replaced.
fn lake() -> Sandbox {
    let sandbox = Sandbox::new(Server::new(&["lake"]).with_etags());
    for (number, name) in (0..).zip(GIVEN.into_iter().chain(NOT_GIVEN)) {
        sandbox.log(&format!("logs/{name}.json"), &envelope((0..5).map(|n| n * 10 + number)));
    }
    check_run(&sandbox, CONVERT, "at first");
    sandbox
}

#[track_caller]
fn check_run(sandbox: &Sandbox, command: &str, at: &str) {
    let done = sandbox.command(command).output().unwrap();
    assert!(done.status.success(), "{at}: {command}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Ids of the events of inputs that nobody wanted to replace.
fn not_given(all: &[String]) -> Vec<String> {
    let of_one = |uid: &&String| uid.ends_with('2') || uid.ends_with('3');
    all.iter().filter(of_one).cloned().collect()
}

/// Whatever comes next, nothing is lost that nobody wanted to replace, and in the end all is there, once.
fn check_after(sandbox: &Sandbox, all: &[String], at: &str) {
    let left = sandbox.server.tree("lake");
    for (next, again) in [(COMPACT, CONVERT), (CONVERT, OVERWRITE_ALL)] {
        sandbox.server.restore("lake", &left);
        check_run(sandbox, next, at);
        let there = uids(&sandbox.server.tree("lake"));
        for uid in not_given(all) {
            assert_eq!(there.iter().filter(|there| **there == uid).count(), 1, "{at}: {next}: {uid}");
        }
        check_run(sandbox, again, at);
        let lake = sandbox.server.tree("lake");
        assert_eq!(uids(&lake), all, "{at}: {next}, {again}");
        let odd = |name: &&String| name.contains("_ocsf/turn") || name.contains("_ocsf/announced");
        assert_eq!(lake.keys().find(odd), None, "{at}: {next}");
    }
}

/// Groups that are marked to go.
fn marks(lake: &Tree) -> Tree {
    let is_mark = |(name, bytes): &(&String, &Vec<u8>)| {
        name.starts_with("_ocsf/") && String::from_utf8_lossy(bytes).contains("\"removing\"")
    };
    lake.iter().filter(is_mark).map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

fn is_mark(asked: &Asked) -> bool {
    asked.method == Method::PUT
        && ["/_ocsf/manifest/", "/_ocsf/compaction/"].iter().any(|part| asked.target.contains(part))
}

#[test]
fn what_others_merge_while_it_is_replaced_takes_nothing_else_with_it() {
    let sandbox = lake();
    let before = sandbox.server.tree("lake");
    let all = uids(&before);
    for (fault, among) in [(Fault::Held, is_change as fn(&Asked) -> bool), (Fault::Late, is_look)] {
        let mut ended = [0, 0];
        for number in 0.. {
            let at_point = format!("{fault:?} {number}");
            sandbox.server.restore("lake", &before);
            sandbox.server.inject(at(number, fault, among));
            let Some(mut child) = fault_met(&sandbox, OVERWRITE) else { break };
            let said = sandbox.compact("s3://lake");
            assert!(matches!(said.code, Some(0 | 3)), "{at_point} {}", said.err);
            sandbox.server.heal();
            match child.wait().unwrap().code() {
                Some(0) => ended[0] += 1,
                Some(3) => ended[1] += 1,
                code => panic!("{at_point} {code:?}"),
            }
            let there = uids(&sandbox.server.tree("lake"));
            assert!(not_given(&all).iter().all(|uid| there.contains(uid)), "{at_point}");
            check_after(&sandbox, &all, &at_point);
        }
        assert!(ended.iter().all(|count| *count > 1), "{fault:?} {ended:?}");
    }
}

#[test]
fn a_merge_in_the_midst_of_the_marks_takes_nothing_else_with_it() {
    let sandbox = lake();
    let before = sandbox.server.tree("lake");
    let all = uids(&before);
    for round in 0..3 {
        sandbox.server.restore("lake", &before);
        sandbox.server.inject(|asked| is_mark(asked).then_some(Fault::Slow));
        let (mut child, _) = until_fault(&sandbox, OVERWRITE);
        thread::sleep(Duration::from_millis(100 * round));
        let said = sandbox.compact("s3://lake");
        assert!(matches!(said.code, Some(0 | 3)), "{round} {}", said.err);
        let code = child.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 3)), "{round} {code:?}");
        sandbox.server.heal();
        check_after(&sandbox, &all, &format!("{round}"));
    }
}

#[test]
fn marks_that_came_after_a_merge_are_taken_back() {
    let sandbox = lake();
    let before = sandbox.server.tree("lake");
    let all = uids(&before);
    check_run(&sandbox, COMPACT, "merged");
    let merged = sandbox.server.tree("lake");
    let mut marked = 0;
    for number in 0..GIVEN.len() {
        sandbox.server.restore("lake", &before);
        sandbox.server.inject(at(number, Fault::Mute, is_mark));
        let (mut child, _) = until_fault(&sandbox, OVERWRITE);
        thread::sleep(Duration::from_millis(50));
        child.kill().unwrap();
        child.wait().unwrap();
        sandbox.server.heal();
        let marks = marks(&sandbox.server.tree("lake"));
        marked += marks.len();
        let mut left = merged.clone();
        left.extend(marks);
        for next in [COMPACT, CONVERT] {
            sandbox.server.restore("lake", &left);
            check_run(&sandbox, next, &format!("{number}"));
            check_same(&sandbox.server.tree("lake"), &merged, &format!("{number}: {next}"));
        }
        sandbox.server.restore("lake", &left);
        check_after(&sandbox, &all, &format!("{number}"));
    }
    assert_eq!(marked, 3);
}

#[test]
fn killed_at_any_time_a_replacement_is_completed() {
    let sandbox = lake();
    check_run(&sandbox, COMPACT, "merged");
    let before = sandbox.server.tree("lake");
    let all = uids(&before);
    for number in (0..).step_by(3) {
        let fault = if number % 4 < 2 { Fault::Hang } else { Fault::Mute };
        sandbox.server.restore("lake", &before);
        sandbox.server.inject(at(number, fault, is_change));
        let Some(child) = fault_met(&sandbox, OVERWRITE_ALL) else { break };
        kill(&sandbox, child);
        let at = format!("{fault:?} {number}");
        for next in if number % 2 == 0 { [CONVERT, COMPACT] } else { [COMPACT, OVERWRITE_ALL] } {
            check_run(&sandbox, next, &at);
        }
        assert_eq!(uids(&sandbox.server.tree("lake")), all, "{at}");
    }
}
