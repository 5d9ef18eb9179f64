//! What holds for any input.

use ocsf_core::MapperOptions;
use ocsf_core::testing::conformance;
use proptest::prelude::*;

use crate::{VERSIONS, events, map, options};

#[test]
fn all_forms_conform() {
    let samples: Vec<&[u8]> = LINES.iter().map(|lines| lines.as_bytes()).collect();
    conformance(|options: &MapperOptions| ocsf_vpc_flow::mapper(options).expect("a plan"), &samples);
}

/// Everything that an output says, for comparing.
fn summary(out: &ocsf_core::Output) -> String {
    let issues: Vec<_> = out.issues.iter().collect();
    let batches: Vec<_> = out.batches.iter().map(|batch| (&batch.keys.record, &batch.keys.byte)).collect();
    format!("{:?}\n{:?}\n{:?}\n{issues:?}\n{batches:?}", events(out), out.rejects, out.counts)
}

const LINES: [&str; 9] = [
    include_str!("data/v2.log"),
    include_str!("data/v5.log"),
    include_str!("data/tgw.log"),
    "2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1024 443 6 1 40 1767225600 1767225655 ACCEPT OK 7 8\r\n",
    "2 111122223333 eni-0aa1 192.0.2.1\n",
    "{\"message\":\"2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1024 443 6 1 40 1767225600 1767225655 ACCEPT OK\"}",
    "2026-01-01T00:00:00.000Z 2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 2 6 1 40 - - ACCEPT OK\n",
    "\n# nothing\n",
    "caf\u{e9}\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same(
        picks in proptest::collection::vec(0..LINES.len(), 0..6),
        mut cuts in proptest::collection::vec(0usize..3_000, 0..12),
    ) {
        let input: String = picks.iter().map(|pick| LINES[*pick]).collect();
        cuts.sort_unstable();
        let whole = map(&options("1.1.0"), input.as_bytes(), &[]);
        let split = map(&options("1.1.0"), input.as_bytes(), &cuts);
        prop_assert_eq!(summary(&split), summary(&whole));
    }

    #[test]
    fn any_bytes_are_safe(input in proptest::collection::vec(any::<u8>(), 0..400)) {
        let whole = map(&options("1.5.0"), &input, &[]);
        let split = map(&options("1.5.0"), &input, &[input.len() / 3, input.len() / 2]);
        prop_assert_eq!(summary(&split), summary(&whole));
    }

    /// Whatever a field holds, the event has it: as a value of its own or unmapped.
    #[test]
    fn nothing_is_lost(
        values in proptest::collection::vec("[a-z]{3}[0-9]{5}|[1-9][0-9]{5}|10\\.[1-9][0-9]\\.7\\.9|-", 53),
        version in 0..VERSIONS.len(),
    ) {
        let header = include_str!("data/v11.log").lines().next().unwrap_or_default();
        let names: Vec<&str> = header.split(' ').collect();
        let mut fields: Vec<String> = values;
        fields.resize(names.len(), "-".to_owned());
        let at = |name: &str| names.iter().position(|known| *known == name).expect("a field");
        for (name, value) in
            [("start", "1767225600"), ("end", "1767225655"), ("dstaddr", "192.0.2.1"), ("srcaddr", "192.0.2.2")]
        {
            fields[at(name)] = value.to_owned();
        }
        let out = map(&options(VERSIONS[version]), format!("{header}\n{}\n", fields.join(" ")).as_bytes(), &[]);
        prop_assert_eq!(out.counts.events, 1, "{:?}", out.rejects);
        let text = events(&out)[0].1.to_string();
        for (name, value) in names.iter().zip(&fields).filter(|(_, value)| *value != "-") {
            prop_assert!(text.contains(value.as_str()), "{} {} is not in {}", name, value, text);
        }
    }
}
