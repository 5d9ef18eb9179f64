//! Manifests and descriptions of a lake: damaged ones are errors, and one that is read is written the same.
#![no_main]

use ocsf_lake::{Lake, LakeSettings, Manifest};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(data) {
        let text = serde_json::to_vec(&manifest).expect("a manifest is JSON");
        assert_eq!(serde_json::from_slice::<Manifest>(&text).expect("what was written is read"), manifest);
    }
    let outside = folder();
    let canary = outside.path().join("canary.parquet");
    std::fs::write(&canary, "x").expect("a file");
    let dir = outside.path().join("lake");
    std::fs::create_dir_all(dir.join("_ocsf/manifest")).expect("folders");
    let name = if data.first().is_some_and(|first| first.is_ascii_whitespace()) {
        "lake.json"
    } else {
        "manifest/a.json"
    };
    std::fs::write(dir.join("_ocsf").join(name), data).expect("a file");
    // With the hash that any manifest has, what it says is believed.
    if let Ok(manifest) = serde_json::from_slice::<Manifest>(data) {
        let text = Manifest { group: "a".into(), ..manifest }.to_json().expect("a manifest is JSON");
        std::fs::write(dir.join("_ocsf/manifest/a.json"), text).expect("a file");
    }
    if let Ok(lake) = Lake::open(LakeSettings::new(dir.as_path()))
        && let Ok(manifests) = lake.manifests()
    {
        let groups: Vec<String> = manifests.into_iter().map(|manifest| manifest.group).collect();
        let _ = lake.remove(&groups);
    }
    assert!(canary.exists(), "a file outside of the lake was removed");
});

/// A folder in memory where there is such a thing: what is written is synced to disk.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}
