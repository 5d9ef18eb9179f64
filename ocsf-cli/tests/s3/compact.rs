//! `ocsf compact` of lakes in buckets.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use arrow::array::AsArray;
use hyper::Method;
use ocsf_lake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::server::{Asked, Fault, Server};
use crate::{Sandbox, envelope};

pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// Ids of all events of a lake, as whoever lists its files reads them.
pub(crate) fn uids(lake: &Tree) -> Vec<String> {
    let mut uids = Vec::new();
    for (_, bytes) in lake.iter().filter(|(name, _)| name.starts_with("ext/")) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let metadata = batch.column_by_name("metadata").unwrap().as_struct();
            let Some(column) = metadata.column_by_name("uid") else { continue };
            let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8);
            uids.extend(
                column.unwrap().as_string::<i32>().iter().map(|uid| uid.unwrap_or_default().to_owned()),
            );
        }
    }
    uids.sort();
    uids
}

/// Fails with the names of files that one of two trees alone has, or that have other bytes in it.
#[track_caller]
pub(crate) fn check_same(one: &Tree, other: &Tree, at: &str) {
    let names = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name));
    let names: Vec<&String> = names.collect();
    assert!(names.is_empty(), "{at}: {names:?}");
}

fn files(lake: &Tree) -> usize {
    lake.keys().filter(|name| name.starts_with("ext/")).count()
}

/// Four groups of one partition in a lake of a bucket, of which two were merged before, and the inputs beside it.
fn small() -> Sandbox {
    let sandbox = Sandbox::new(Server::new(&["lake"]).with_etags());
    for number in 0..4_u32 {
        sandbox.log(&format!("logs/{number}.json"), &envelope((0..20).map(|n| n * 10 + number)));
        let said = sandbox.convert("logs --out s3://lake --trace");
        assert_eq!(said.code, Some(0), "{}", said.err);
        if number == 1 {
            assert_eq!(sandbox.compact("s3://lake").code, Some(0));
        }
    }
    assert_eq!(files(&sandbox.server.tree("lake")), 3);
    sandbox
}

pub(crate) fn is_change(asked: &Asked) -> bool {
    asked.method != Method::GET && asked.method != Method::HEAD
}

/// A look at what decides whether something may be changed.
pub(crate) fn is_look(asked: &Asked) -> bool {
    !is_change(asked)
        && ["/_ocsf/turn", "/_ocsf/compaction", "-c.parquet"].iter().any(|part| asked.target.contains(part))
}

/// A fault for the request of that number among some.
pub(crate) fn at(
    number: usize,
    fault: Fault,
    among: fn(&Asked) -> bool,
) -> impl Fn(&Asked) -> Option<Fault> + Send + 'static {
    let count = AtomicUsize::new(0);
    move |asked| {
        let is_it = among(asked) && count.fetch_add(1, Ordering::Relaxed) == number;
        is_it.then_some(fault)
    }
}

/// Begins a command, and comes back when it has met a fault; false when it has ended without one.
pub(crate) fn until_fault(sandbox: &Sandbox, args: &str) -> (Child, bool) {
    let mut child = sandbox.command(args).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    loop {
        if sandbox.server.faults() > 0 {
            return (child, true);
        }
        if child.try_wait().unwrap().is_some() {
            return (child, sandbox.server.faults() > 0);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Begins a command, and comes back when it has met a fault; none when it has ended well without one.
pub(crate) fn fault_met(sandbox: &Sandbox, args: &str) -> Option<Child> {
    let (mut child, met) = until_fault(sandbox, args);
    if !met {
        assert!(child.wait().unwrap().success());
        sandbox.server.heal();
    }
    met.then_some(child)
}

/// Kills a command that has met a fault, and mends that.
pub(crate) fn kill(sandbox: &Sandbox, mut child: Child) {
    // What is done without an answer takes its time.
    thread::sleep(Duration::from_millis(20));
    child.kill().unwrap();
    child.wait().unwrap();
    sandbox.server.heal();
}

#[test]
fn a_lake_in_a_bucket_is_compacted_as_one_in_a_folder() {
    let sandbox = Sandbox::new(Server::new(&["lake", "state"]).with_etags());
    let places = [
        ("local", ""),
        ("s3://lake/a", ""),
        ("s3://lake/b", "--state s3://state/b"),
        ("s3://lake/c", "--state c-state"),
    ];
    let each = |run: &dyn Fn(&str, &str)| places.iter().for_each(|(out, state)| run(out, state));
    let tree_of = |place: &str| match place.strip_prefix("s3://") {
        Some(place) => sandbox.server.tree(place),
        None => sandbox.tree(place),
    };
    let same = || {
        let whole = tree_of("local");
        check_same(&tree_of("s3://lake/a"), &whole, "a");
        for (out, state) in [("s3://lake/b", "s3://state/b"), ("s3://lake/c", "c-state")] {
            let mut both = tree_of(out);
            both.extend(tree_of(state));
            // A state that is elsewhere says of which output it is.
            assert!(both.remove("_ocsf/output.json").is_some());
            check_same(&both, &whole, out);
        }
        whole
    };
    sandbox.examples();
    for round in 0..3_u32 {
        let name = format!("logs/more/{round}.json");
        sandbox.log(&name, &envelope((0..900).map(|n| n * 100 / (round + 1))));
        each(&|out, state| {
            let said = sandbox.convert(&format!("logs --out {out} {state} --trace --group-bytes 2KB"));
            assert_eq!(said.code, Some(0), "{}", said.err);
        });
        let before = uids(&tree_of("local"));
        each(&|out, state| {
            let said = sandbox.compact(&format!("{out} {state} --dry-run"));
            assert_eq!(said.code, Some(0), "{}", said.err);
        });
        let more = ["--until 2024-05-02", "", "--dedup"][round as usize];
        same();
        let mut merged = Vec::new();
        for (out, state) in places {
            let said = sandbox.compact(&format!("{out} {state} {more} --multipart-bytes 30KiB"));
            assert_eq!(said.code, Some(0), "{}", said.err);
            merged.push(said.report["merges"].clone());
        }
        assert!(
            merged.iter().all(|one| *one == merged[0])
                && merged[0].as_array().is_some_and(|all| !all.is_empty())
        );
        let after = uids(&same());
        assert!(if more == "--dedup" { after.len() < before.len() } else { after == before });
    }
    let nothing = sandbox.compact("s3://lake/a --dedup");
    assert_eq!((nothing.code, nothing.report["merges"].as_array().unwrap().len()), (Some(0), 0));
    let said = sandbox.convert("logs --out s3://lake/a --trace --group-bytes 2KB");
    assert_eq!(said.report["records"]["events"], 0, "{}", said.err);
    assert!(sandbox.server.leftovers().is_empty());
    assert!(sandbox.tree("").keys().all(|name| !name.starts_with("ocsf-run")));
}

#[test]
fn what_is_no_lake_is_refused() {
    let sandbox = Sandbox::new(Server::new(&["lake"]));
    sandbox.server.object("lake/things/x", "");
    for place in ["s3://lake/things", "s3://lake/nothing", "s3://lake"] {
        let said = sandbox.compact(place);
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert!(said.err.contains("is no lake that `ocsf convert` wrote"), "{}", said.err);
    }
    assert_eq!(sandbox.server.tree("lake").len(), 1);
}

#[test]
fn a_server_in_trouble_changes_nothing() {
    let sandbox = small();
    let before = sandbox.server.tree("lake");
    assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    let expected = sandbox.server.tree("lake");
    for fault in [Fault::SlowDown, Fault::Internal, Fault::Reset, Fault::Truncated, Fault::Slow] {
        sandbox.server.restore("lake", &before);
        sandbox.server.requests();
        sandbox.server.inject(move |asked| {
            let whole = fault != Fault::Truncated || asked.method == Method::GET;
            (whole && asked.number.is_multiple_of(4)).then_some(fault)
        });
        let said = sandbox.compact("s3://lake --multipart-bytes 5KiB");
        assert!(sandbox.server.heal() > 5, "{fault:?}");
        assert_eq!(said.code, Some(0), "{fault:?} {}", said.err);
        check_same(&sandbox.server.tree("lake"), &expected, &format!("{fault:?}"));
        assert!(sandbox.server.leftovers().is_empty(), "{fault:?}");
    }
    // A server that stays so: nothing is lost, and the next one does it.
    sandbox.server.restore("lake", &before);
    for number in 0..12 {
        let count = AtomicUsize::new(0);
        sandbox.server.inject(move |asked| {
            let is_late = is_change(asked) && count.fetch_add(1, Ordering::Relaxed) >= number;
            is_late.then_some(Fault::Internal)
        });
        let said = sandbox.compact("s3://lake --retries 0");
        if sandbox.server.heal() > 0 {
            assert_eq!(said.code, Some(3), "{number} {}", said.err);
        }
        let (all, left) = (uids(&before), uids(&sandbox.server.tree("lake")));
        assert!(all.iter().all(|uid| left.contains(uid)), "{number}");
    }
    assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    check_same(&sandbox.server.tree("lake"), &expected, "healthy");
}

#[test]
fn what_a_bucket_has_got_is_compared_before_anything_goes() {
    let sandbox = small();
    let before = sandbox.server.tree("lake");
    sandbox.server.requests();
    assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    let asked = sandbox.server.requests();
    let is_new = |asked: &Asked| asked.target.contains("-c.parquet");
    let sent = asked.iter().position(|asked| is_new(asked) && asked.method == Method::PUT).unwrap();
    let read = asked.iter().rposition(|asked| is_new(asked) && asked.method == Method::GET).unwrap();
    let gone = asked.iter().position(|asked| asked.target.ends_with("?delete"));
    assert!(sent < read && read < gone.unwrap());

    // Other bytes of the same length, as soon as it is there.
    sandbox.server.restore("lake", &before);
    let dir = sandbox.server.path("lake");
    sandbox.server.inject(move |asked| {
        let is_looked_at = is_new(asked) && asked.method == Method::HEAD;
        let path = dir
            .join(asked.target.split('?').next().unwrap().trim_start_matches("/lake/").replace("%3D", "="));
        if is_looked_at && path.exists() && !asked.target.is_empty() {
            let mut bytes = std::fs::read(&path).unwrap();
            if let Some(byte) = bytes.get_mut(100) {
                *byte ^= 1;
            }
            std::fs::write(&path, bytes).unwrap();
        }
        None
    });
    let said = sandbox.compact("s3://lake");
    sandbox.server.heal();
    assert_eq!(said.code, Some(3), "{}", said.err);
    assert!(said.err.contains("is not what was sent"), "{}", said.err);
    let after = sandbox.server.tree("lake");
    let is_old = |name: &&String| name.starts_with("ext/");
    assert!(before.keys().filter(is_old).all(|name| before.get(name) == after.get(name)));
    for command in
        ["convert logs --out s3://lake --trace", "compact s3://lake", "convert logs --out s3://lake --trace"]
    {
        assert!(sandbox.command(command).output().unwrap().status.success());
    }
    assert_eq!(uids(&sandbox.server.tree("lake")), uids(&before));
    assert_eq!(files(&sandbox.server.tree("lake")), 1);
}

#[test]
fn killed_anywhere_the_next_run_goes_on() {
    let sandbox = small();
    let before = sandbox.server.tree("lake");
    let all = uids(&before);
    assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    let expected = sandbox.server.tree("lake");
    let mut points = 0;
    for fault in [Fault::Hang, Fault::Mute] {
        for number in 0.. {
            sandbox.server.restore("lake", &before);
            sandbox.server.inject(at(number, fault, is_change));
            let Some(child) = fault_met(&sandbox, "compact s3://lake") else { break };
            kill(&sandbox, child);
            points += 1;
            let killed = sandbox.server.tree("lake");
            let said = sandbox.convert("logs --out s3://lake --trace");
            assert_eq!((said.code, &said.report["records"]["events"]), (Some(0), &0.into()), "{}", said.err);
            assert_eq!(uids(&sandbox.server.tree("lake")), all, "{fault:?} {number}");
            if number % 2 == 0 {
                sandbox.server.restore("lake", &killed);
            }
            let said = sandbox.compact("s3://lake");
            assert_eq!(said.code, Some(0), "{fault:?} {number} {}", said.err);
            check_same(&sandbox.server.tree("lake"), &expected, &format!("{fault:?} {number}"));
            // Merged files are replaced as well, at the second try at the latest.
            sandbox.server.restore("lake", &killed);
            let replace = || sandbox.convert("logs --out s3://lake --trace --overwrite").code == Some(0);
            assert!(replace() || replace(), "{fault:?} {number}");
            assert_eq!(uids(&sandbox.server.tree("lake")), all, "{fault:?} {number}");
        }
    }
    assert!(points >= 18, "{points}");
}

/// Holds a compaction at each of its changes while something else goes on from its beginning to its end, and then lets it go
/// on: what it had asked for is done late. Or at each of its looks at what is there, which are answered late.
fn held(sandbox: &Sandbox, faults: &[Fault], meanwhile: &dyn Fn(), all: &[String]) {
    let before = sandbox.server.tree("lake");
    for fault in faults.iter().copied() {
        let among = if fault == Fault::Late { is_look } else { is_change };
        let points = (0..).take_while(|number| {
            sandbox.server.restore("lake", &before);
            sandbox.server.inject(at(*number, fault, among));
            held_once(sandbox, meanwhile, all, &format!("{fault:?} {number}"))
        });
        assert!(points.count() > 8, "{fault:?}");
        sandbox.server.restore("lake", &before);
    }
}

/// False when the compaction came to its end.
fn held_once(sandbox: &Sandbox, meanwhile: &dyn Fn(), all: &[String], at: &str) -> bool {
    let (mut child, met) = until_fault(sandbox, "compact s3://lake");
    if !met {
        sandbox.server.heal();
        return false;
    }
    meanwhile();
    sandbox.server.heal();
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 3)), "{at} {code:?}");
    let left = uids(&sandbox.server.tree("lake"));
    assert!(all.iter().all(|uid| left.contains(uid)), "{at}");
    for _ in 0..2 {
        let said = sandbox.compact("s3://lake");
        assert_eq!(said.code, Some(0), "{at} {}", said.err);
    }
    let lake = sandbox.server.tree("lake");
    assert_eq!(uids(&lake), all, "{at}");
    let said = sandbox.convert("logs --out s3://lake --trace");
    assert_eq!((said.code, &said.report["records"]["events"]), (Some(0), &0.into()), "{at} {}", said.err);
    check_same(&sandbox.server.tree("lake"), &lake, at);
    let odd = |name: &&String| name.contains("_ocsf/turn") || name.contains("_ocsf/announced");
    assert_eq!((files(&lake), lake.keys().find(odd)), (1, None), "{at}");
    true
}

#[test]
fn two_compactions_at_once_agree() {
    let sandbox = small();
    let all = uids(&sandbox.server.tree("lake"));
    let meanwhile = || assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    held(&sandbox, &[Fault::Held], &meanwhile, &all);
}

#[test]
fn what_another_compaction_has_merged_with_its_trace_is_left_out() {
    let sandbox = small();
    let before = sandbox.server.tree("lake");
    let is_read = |asked: &Asked| !is_change(asked) && asked.target.contains("/_ocsf/trace/");
    for number in 0.. {
        sandbox.server.restore("lake", &before);
        sandbox.server.inject(at(number, Fault::Held, is_read));
        let (mut child, met) = until_fault(&sandbox, "compact s3://lake");
        if met {
            assert_eq!(sandbox.compact("s3://lake").code, Some(0));
        }
        sandbox.server.heal();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{number}");
        assert_eq!(uids(&sandbox.server.tree("lake")), uids(&before), "{number}");
        if !met {
            assert!(number > 1);
            break;
        }
    }
}

#[test]
fn a_run_and_another_compaction_at_the_same_time_lose_nothing() {
    let sandbox = small();
    let mut all = uids(&sandbox.server.tree("lake"));
    let more = envelope((0..20).map(|n| n * 10 + 7));
    all.extend((0..20).map(|n| format!("event-{}", n * 10 + 7)));
    all.sort();
    sandbox.log("logs/7.json", &more);
    let meanwhile = || {
        assert_eq!(sandbox.convert("logs --out s3://lake --trace").code, Some(0));
        assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    };
    held(&sandbox, &[Fault::Held, Fault::Late], &meanwhile, &all);
}

#[test]
fn inputs_that_are_replaced_at_the_same_time_are_neither_lost_nor_doubled() {
    let sandbox = small();
    let all = uids(&sandbox.server.tree("lake"));
    for (tries, faults) in [(1, &[Fault::Held][..]), (2, &[Fault::Held, Fault::Late])] {
        let meanwhile = || {
            for _ in 0..tries {
                let said = sandbox.convert("logs --out s3://lake --trace --overwrite");
                assert!(matches!(said.code, Some(0 | 3)), "{}", said.err);
            }
        };
        held(&sandbox, faults, &meanwhile, &all);
    }
}

#[test]
fn merged_events_are_replaced_together_or_not_at_all() {
    let sandbox = small();
    assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    let before = sandbox.server.tree("lake");
    let said = sandbox.convert("logs/3.json --out s3://lake --trace --overwrite");
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("its files also hold events of `logs/"), "{}", said.err);
    check_same(&sandbox.server.tree("lake"), &before, "refused");
    sandbox.log("logs/3.json", &envelope((0..5).map(|n| n * 10 + 3)));
    let said = sandbox.convert("logs --out s3://lake --trace --overwrite");
    assert_eq!((said.code, &said.report["records"]["events"]), (Some(0), &65.into()), "{}", said.err);
    let lake = sandbox.server.tree("lake");
    assert_eq!(uids(&lake).len(), 65);
    assert!(!lake.keys().any(|name| name.contains("compaction") || name.contains("turn")));
}

/// Two inputs in a bucket with ten events in common, and the command that drops these from the files of one.
fn doubled() -> (Sandbox, &'static str) {
    let sandbox = Sandbox::new(Server::new(&["lake"]).with_etags());
    sandbox.log("logs/a.json", &envelope(0..20));
    sandbox.log("logs/b.json", &envelope(10..30));
    assert_eq!(sandbox.convert("logs --out s3://lake --group-bytes 1").code, Some(0));
    (sandbox, "compact s3://lake --dedup --target-size 1KiB")
}

/// The input that still has all of its events, and the other one.
fn keeper(lake: &Tree) -> (&'static str, &'static str) {
    let json = |(_, bytes): (&String, &Vec<u8>)| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
    let compaction = lake.iter().find(|(name, _)| name.contains("/compaction/")).map(json).unwrap();
    let kept_by = compaction["kept_by"][0].as_str().unwrap();
    let manifest = lake.iter().find(|(name, _)| name.contains(&format!("manifest/{kept_by}"))).map(json);
    let is_a = manifest.unwrap()["inputs"][0]["key"].as_str().unwrap().ends_with("a.json");
    if is_a { ("a", "b") } else { ("b", "a") }
}

#[test]
fn an_event_that_was_dropped_is_not_lost_with_the_one_that_stayed() {
    let (sandbox, dedup) = doubled();
    assert!(sandbox.command(dedup).output().unwrap().status.success());
    let merged = sandbox.server.tree("lake");
    assert_eq!(uids(&merged).len(), 30);
    let (keeper, other) = keeper(&merged);
    sandbox.log(&format!("logs/{keeper}.json"), &envelope(40..41));
    let said = sandbox.convert(&format!("logs/{keeper}.json --out s3://lake --group-bytes 1 --overwrite"));
    assert_eq!(said.code, Some(3), "{}", said.err);
    let why = format!("its files also hold events of `logs/{other}.json`");
    assert!(said.err.contains(&why), "{}", said.err);
    check_same(&sandbox.server.tree("lake"), &merged, "refused");
    let said = sandbox.convert("logs --out s3://lake --group-bytes 1 --overwrite");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(uids(&sandbox.server.tree("lake")).len(), 21);
}

#[test]
fn an_event_is_not_dropped_while_the_one_that_was_to_stay_is_replaced() {
    let (sandbox, dedup) = doubled();
    let before = sandbox.server.tree("lake");
    assert!(sandbox.command(dedup).output().unwrap().status.success());
    let (keeper, other) = keeper(&sandbox.server.tree("lake"));
    let of_other = if other == "a" { 0..20 } else { 10..30 };
    sandbox.log(&format!("logs/{keeper}.json"), &envelope(40..41));
    let overwrite = format!("logs/{keeper}.json --out s3://lake --group-bytes 1 --overwrite");
    for (fault, among) in [(Fault::Held, is_change as fn(&Asked) -> bool), (Fault::Late, is_look)] {
        let (mut replaced, mut refused) = (0, 0);
        for number in 0.. {
            sandbox.server.restore("lake", &before);
            sandbox.server.inject(at(number, fault, among));
            let Some(mut child) = fault_met(&sandbox, dedup) else { break };
            let mut said = sandbox.convert(&overwrite);
            if said.code == Some(3) {
                said = sandbox.convert(&overwrite);
            }
            sandbox.server.heal();
            let code = child.wait().unwrap().code();
            assert!(matches!(code, Some(0 | 3)), "{fault:?} {number} {code:?}");
            match said.code {
                Some(0) => replaced += 1,
                Some(3) => refused += 1,
                _ => panic!("{fault:?} {number} {}", said.err),
            }
            for _ in 0..2 {
                assert_eq!(sandbox.compact("s3://lake --dry-run").code, Some(0), "{fault:?} {number}");
                let left = uids(&sandbox.server.tree("lake"));
                let lost = of_other.clone().map(|n| format!("event-{n}")).find(|uid| !left.contains(uid));
                assert_eq!(lost, None, "{fault:?} {number} {:?}", said.code);
                let merged = sandbox.command(dedup).output().unwrap();
                assert!(merged.status.success(), "{fault:?} {number}");
            }
        }
        assert!(replaced > 2 && refused > 2, "{fault:?} {replaced} {refused}");
    }
}

#[test]
fn without_its_trace_a_merged_file_stays_and_the_rest_goes_on() {
    let sandbox = small();
    let before = sandbox.server.tree("lake");
    let is_merged = |name: &&String| name.ends_with("-c.parquet");
    let merged = before.keys().find(is_merged).unwrap();
    let trace = merged.rsplit('/').next().unwrap().replace("-c.parquet", ".parquet");
    let trace = sandbox.server.path(&format!("lake/_ocsf/trace/{trace}"));
    for fault in ["is not there", "is damaged"] {
        sandbox.server.restore("lake", &before);
        if fault == "is damaged" {
            std::fs::write(&trace, &std::fs::read(&trace).unwrap()[..100]).unwrap();
        } else {
            std::fs::remove_file(&trace).unwrap();
        }
        let said = sandbox.compact("s3://lake");
        assert_eq!(said.code, Some(1), "{}", said.err);
        let told = said.report["unreadable"].to_string();
        assert!(told.contains("its trace `_ocsf/trace/") && told.contains(fault), "{told}");
        let lake = sandbox.server.tree("lake");
        assert_eq!((files(&lake), uids(&lake)), (2, uids(&before)));
        assert_eq!(lake.get(merged), before.get(merged));
        let said = sandbox.convert("logs --out s3://lake --trace --overwrite");
        assert_eq!(said.code, Some(0), "{}", said.err);
        assert_eq!(sandbox.compact("s3://lake").code, Some(0));
        assert_eq!(uids(&sandbox.server.tree("lake")), uids(&before));
    }
}

#[test]
fn a_lost_record_of_a_compaction_is_told() {
    let sandbox = small();
    assert_eq!(sandbox.compact("s3://lake").code, Some(0));
    let lake = sandbox.server.tree("lake");
    let record = lake.keys().find(|name| name.contains("_ocsf/compaction/")).unwrap();
    std::fs::remove_file(sandbox.server.path("lake").join(record)).unwrap();
    for said in [sandbox.convert("logs --out s3://lake --trace"), sandbox.compact("s3://lake")] {
        assert_eq!(said.code, Some(3), "{}", said.err);
        assert!(said.err.contains("listed by no manifest"), "{}", said.err);
        assert!(said.err.contains("restore its record in `_ocsf/compaction`"), "{}", said.err);
    }
}
