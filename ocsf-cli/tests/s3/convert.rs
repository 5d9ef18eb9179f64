//! `ocsf convert` from and to buckets.

use crate::Sandbox;
use crate::server::Server;

#[test]
fn a_lake_in_a_bucket_is_the_one_in_a_folder() {
    let sandbox = Sandbox::new(Server::new(&["logs", "lake"]));
    sandbox.examples();
    let local = sandbox.convert("logs --out local");
    assert_eq!(local.code, Some(0), "{}", local.err);
    for (inputs, out) in [("logs", "s3://lake/one"), ("s3://logs", "two"), ("s3://logs/", "s3://lake/three/")]
    {
        let said = sandbox.convert(&format!("{inputs} --out {out}"));
        assert_eq!(said.code, Some(0), "{}", said.err);
    }
    let expected = sandbox.tree("local");
    assert!(expected.keys().any(|name| name.starts_with("_ocsf/manifest/")));
    assert_eq!(sandbox.server.tree("lake/one"), expected);
    assert_eq!(sandbox.tree("two"), expected);
    assert_eq!(sandbox.server.tree("lake/three"), expected);
}
