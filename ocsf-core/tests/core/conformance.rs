//! The kit over the invented source, and the kit itself: it must find what is wrong.

use ocsf_core::schema::VERSIONS;
use ocsf_core::testing::{check_splits, conformance, map_in_pieces};
use ocsf_core::{Mapper, MapperInfo, MapperOptions, ObjectInfo, Output, SourceMapper, TableInfo};

use super::{Vault, mapped, options, record, vault};

#[test]
fn the_invented_source_conforms() {
    let full = record(
        r#","who":{"name":"ana","id":"u-7","team":"x"},"ok":false,"ticket":"t-1","number":4,"note":"é\ud83d",
        "asked":{ "reason" : "audit", "pin" : 1.50 },"items":[{"id":"i-1","kind":"note","x":1},{"kind":"k"},7]"#,
    );
    let good = record("");
    let envelope =
        format!("\u{FEFF}{{\"version\": 1, \"entries\": [\n {full},\n {good} ], \"next\": null}}\n");
    let lines = format!("{full}\n{good}\n{{\"did\":\"Heartbeat\"}}\n{good}{good}\n");
    let wrapped = format!(
        r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"id":"1","message":{}}},{{"message":"plain"}}]}}"#,
        serde_json::to_string(&good).unwrap()
    );
    let broken = format!("{good}\n{{\"did\":\n{good}\nwords\n{{\"x\":1}}\n[{good}, {{\"at\": 7}}, {good}");
    let mut binary = lines.clone().into_bytes();
    binary.extend(b"{\"did\":\"a\xFFb\",\"at\":\"2024-05-01T10:00:00Z\"}\n\xFF\xFE\x00\n{\"did\":\"x");
    let samples =
        [envelope.as_bytes(), lines.as_bytes(), wrapped.as_bytes(), broken.as_bytes(), &binary, b""];
    conformance(vault, &samples);
}

#[test]
fn every_version_builds_with_the_same_lines() {
    for version in VERSIONS {
        let mapper = vault(&options(|options| options.version = (*version).to_owned()));
        assert_eq!(mapper.tables()[0].version.as_ref(), *version);
        assert!(mapper.tables()[0].mapping.iter().any(|line| line.path == "resources[].uid"));
        assert_eq!(mapper.tables()[0].lookup_paths, ["actor.user.name"]);
    }
    let error = SourceMapper::<Vault>::new(&options(|options| options.version = "9.9.9".into())).unwrap_err();
    assert!(error.to_string().contains("1.1.0"), "{error}");
}

/// Gives another result when the input comes in pieces.
#[derive(Debug)]
struct Forgetful(SourceMapper<Vault>);

impl Mapper for Forgetful {
    fn info(&self) -> &MapperInfo {
        self.0.info()
    }

    fn tables(&self) -> &[TableInfo] {
        self.0.tables()
    }

    fn begin(&mut self, object: ObjectInfo) {
        self.0.begin(object);
    }

    fn decode(&mut self, buf: &[u8], last: bool) -> usize {
        self.0.decode(buf, last);
        buf.len()
    }

    fn buffered_bytes(&self) -> usize {
        self.0.buffered_bytes()
    }

    fn flush(&mut self, out: &mut Output) {
        self.0.flush(out);
    }
}

#[test]
#[should_panic(expected = "whole and in pieces")]
fn the_kit_finds_a_mapper_that_forgets_what_it_did_not_take() {
    check_splits(|options| Forgetful(vault(options)), &MapperOptions::default(), record("").as_bytes());
}

#[test]
fn an_input_may_end_with_a_call_that_brings_nothing() {
    let input = record("") + "\n" + &record("");
    let mut sizes = [input.len(), 0].into_iter();
    let pieces = map_in_pieces(
        &mut vault(&MapperOptions::default()),
        input.as_bytes(),
        &mut || sizes.next().unwrap_or(0),
        true,
    );
    assert_eq!(pieces, mapped(&input));
    assert_eq!(pieces.counts.events, 2);
}
