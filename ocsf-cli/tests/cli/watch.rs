//! `ocsf convert --watch`.
#![cfg(unix)]

use std::io::Read;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Sandbox;
use crate::support::envelope;

fn watch(place: &Sandbox) -> Child {
    let args = "convert logs --out lake --watch --interval 200ms --least-interval 1ms --report json";
    let mut command = place.command(&args.split(' ').collect::<Vec<_>>());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn wait_for(what: impl Fn() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

fn end(mut child: Child, signal: &str) -> (Option<i32>, Vec<Value>) {
    let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let reports = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (child.wait().unwrap().code(), reports)
}

#[test]
fn what_comes_is_converted_until_a_signal_does() {
    let place = Sandbox::new();
    place.file("logs/a.json", envelope(0..10));
    let child = watch(&place);
    wait_for(|| place.tree("lake/_ocsf/manifest").len() == 1);
    // Two that appear at once are published at once.
    place.file("logs/b.json", envelope(10..20)).file("logs/c.json", envelope(20..30));
    wait_for(|| place.tree("lake/_ocsf/manifest").len() >= 2);
    let (status, reports) = end(child, "-TERM");
    assert_eq!(status, Some(0));
    let events: u64 = reports.iter().map(|report| report["records"]["events"].as_u64().unwrap()).sum();
    assert!(events == 30 || events == 20, "{events}");
    assert!(!place.path("lake/_ocsf/staging").exists());
    // What it had not come to is the next run's.
    place.report("logs --out lake");
    let (_, report) = place.report("logs --out lake");
    assert_eq!(report["inputs"]["covered"], 3);
}

#[test]
fn another_run_may_write_in_between() {
    let place = Sandbox::new();
    place.file("logs/a.json", envelope(0..10));
    let child = watch(&place);
    wait_for(|| place.tree("lake/_ocsf/manifest").len() == 1);
    place.file("other/x.json", envelope(100..110));
    wait_for(|| place.call("convert other --out lake").status == 0);
    place.file("logs/b.json", envelope(10..20));
    wait_for(|| place.tree("lake/_ocsf/manifest").len() == 3);
    assert_eq!(end(child, "-INT").0, Some(0));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = Sandbox::new();
    place.file("logs/a.json", envelope(0..10));
    let said = place.call("convert logs --out lake --watch --interval 10s");
    assert!(said.status == 2 && said.err.contains("the interval 10s is too short"), "{said}");
    let said = place.call("convert - --out lake --watch");
    assert!(said.status == 2 && said.err.contains("a stream cannot be watched"), "{said}");
    for other in ["--overwrite", "--dry-run"] {
        assert_eq!(place.call(&format!("convert logs --out lake --watch {other}")).status, 2);
    }
    place.file("foreign/x", "");
    assert_eq!(place.call("convert logs --out foreign --watch").status, 3);
}
