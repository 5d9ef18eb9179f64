use serde_json::Value;

use crate::Sandbox;
use crate::support::envelope;

#[test]
fn a_lake_of_ours_has_no_findings_and_a_moved_file_has() {
    let sandbox = Sandbox::new();
    sandbox.file("trail.json", envelope(0..3));
    assert_eq!(sandbox.call("convert trail.json --out lake -q").status, 0);
    let said = sandbox.call("lint lake");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert!(
        said.out.starts_with("checked 1 file (") && said.out.ends_with("0 errors, 0 warnings\n"),
        "{said}"
    );

    let (path, bytes) =
        sandbox.tree("lake").into_iter().find(|(path, _)| path.ends_with(".parquet")).unwrap();
    let day = path.split('/').find(|folder| folder.starts_with("eventDay=")).unwrap();
    sandbox.file(format!("lake/{}", path.replace(day, "eventDay=20200101")), &bytes);
    let said = sandbox.call("lint lake --format json");
    assert_eq!(said.status, 1);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let findings: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|f| (&f["code"], &f["count"])).collect();
    assert_eq!(findings, [(&"row_in_other_day".into(), &3.into())]);
    assert_eq!((&report["command"], &report["files"]), (&"lint".into(), &2.into()));
}

#[test]
fn warnings_fail_when_asked_to() {
    let sandbox = Sandbox::new();
    sandbox.file("trail.json", envelope(0..3));
    assert_eq!(sandbox.call("convert trail.json --out lake --ocsf 1.8.0 -q").status, 0);
    assert_eq!(sandbox.call("lint lake").status, 0);
    let said = sandbox.call("lint lake --fail-on warning");
    assert!(said.status == 1 && said.out.starts_with("warning: version_too_new"), "{said}");
    assert_eq!(sandbox.call("lint nowhere").status, 2);
}
