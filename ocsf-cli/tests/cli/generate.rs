use std::path::Path;

use ocsf_mappers::registry;

use crate::Sandbox;

/// What can be generated, and the source that reads it.
const LOGS: [(&str, &str); 8] = [
    ("cloudtrail", "cloudtrail"),
    ("vpc-flow", "vpc-flow"),
    ("vpc-flow --form v5", "vpc-flow"),
    ("route53-resolver", "route53-resolver"),
    ("route53-public", "route53-public"),
    ("alb", "elb"),
    ("nlb", "elb"),
    ("clb", "elb"),
];

#[test]
fn all_that_is_generated_converts_but_the_broken_ones() {
    let registry = registry();
    for (logs, source) in LOGS {
        assert!(registry.get(source).is_some(), "no source reads {logs}");
        let sandbox = Sandbox::new();
        let said = sandbox.call(&format!("generate {logs} --out logs --events 2000 --broken 2%"));
        assert_eq!((said.status, said.out.as_str()), (0, ""), "{said}");
        let broken = said.err.split(", ").find_map(|part| part.trim().strip_suffix(" of them broken"));
        let broken: u64 = broken.unwrap().parse().unwrap();
        let (said, report) = sandbox.report("logs --out lake");
        assert_eq!(said.status, 0, "{logs}: {said}");
        let records = &report["records"];
        assert_eq!(
            (&records["records"], &records["rejects"]),
            (&2_000.into(), &broken.into()),
            "{logs}: {said}"
        );
        assert!(records["events"].as_u64().unwrap() > 1_850, "{logs}: {said}");
    }
}

#[test]
fn it_says_what_it_wrote() {
    let sandbox = Sandbox::new();
    sandbox.call("generate cloudtrail --out logs --events 6 --accounts 1 --regions 1 --days 2").check(
        0,
        "",
        "Generated 2 files, 9.8 KiB (3.3 KiB stored), 6 records\n",
    );
    let keys: Vec<String> = sandbox.tree("logs").into_keys().collect();
    assert!(keys[0].starts_with("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/01/"), "{keys:?}");
    sandbox.call("generate nlb --out quiet --events 1 -q").check(0, "", "");
    let said = sandbox.call("generate nlb --out loud --events 1 -v");
    assert!(said.err.starts_with("AWSLogs/") && said.err.contains(": 1 record\n"), "{said}");
}

#[test]
fn the_same_arguments_give_the_same_files() {
    let sandbox = Sandbox::new();
    for (out, more) in [("a", ""), ("b", ""), ("c", "--seed 2")] {
        assert_eq!(sandbox.call(&format!("generate alb --events 50 --out {out} {more}")).status, 0);
    }
    assert_eq!(sandbox.tree("a"), sandbox.tree("b"));
    assert_ne!(sandbox.tree("a"), sandbox.tree("c"));
}

#[test]
fn it_mixes_with_nothing() {
    let sandbox = Sandbox::new();
    sandbox.file("logs/mine", "");
    sandbox.call("generate alb --out logs").check(
        3,
        "",
        "error: `logs` holds something already\n\nhint: use an empty directory\n",
    );
    assert!(sandbox.tree("logs").into_keys().eq(["mine"]));
    sandbox.file("file", "");
    let said = sandbox.call("generate alb --out file");
    assert!(said.status == 3 && said.err.starts_with("error: cannot write to `file`"), "{said}");
    assert!(!Path::new("file").exists());
}

#[test]
fn numbers_out_of_bounds_are_usage_errors() {
    let sandbox = Sandbox::new();
    for wrong in ["--broken 101%", "--accounts 0", "--regions 99", "--days 0", "--events -1", "--form v9"] {
        let said = sandbox.call(&format!("generate vpc-flow --out x {wrong}"));
        assert_eq!(said.status, 2, "{wrong}: {said}");
    }
    sandbox.call("generate alb --out x --form v5").check(2, "", "error: `--form` is for `vpc-flow` alone\n");
}
