//! Decisions about values: response codes, transports, names.

use ocsf_core::Enumerated;

/// The id of a response code: by its name in the IANA registry or in OCSF, or by its number.
pub(crate) fn rcode(word: &str) -> Enumerated<'_> {
    let known = RCODES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, id)| *id);
    let number = || word.parse().ok().filter(|number| RCODES.iter().any(|(_, id)| id == number));
    known.or_else(number).map_or(Enumerated::Other(word), Enumerated::Id)
}

/// Names of response codes. OCSF writes some of them otherwise than the registry; `NODATA` is what people call a response
/// of no error and no answer.
const RCODES: [(&str, i32); 24] = [
    ("NOERROR", 0),
    ("NODATA", 0),
    ("FORMERR", 1),
    ("FORMERROR", 1),
    ("SERVFAIL", 2),
    ("SERVERROR", 2),
    ("NXDOMAIN", 3),
    ("NOTIMP", 4),
    ("REFUSED", 5),
    ("YXDOMAIN", 6),
    ("YXRRSET", 7),
    ("NXRRSET", 8),
    ("NOTAUTH", 9),
    ("NOTZONE", 10),
    ("DSOTYPENI", 11),
    ("BADVERS", 16),
    ("BADSIG", 16),
    ("BADKEY", 17),
    ("BADTIME", 18),
    ("BADMODE", 19),
    ("BADNAME", 20),
    ("BADALG", 21),
    ("BADTRUNC", 22),
    ("BADCOOKIE", 23),
];

/// Number and IANA keyword of a transport that is an Internet protocol.
pub(crate) fn protocol(word: &str) -> Option<(i32, &'static str)> {
    [(6, "tcp"), (17, "udp")].into_iter().find(|(_, name)| name.eq_ignore_ascii_case(word))
}

/// A name without the dot of the root at its end. The root itself, and an escaped dot, stay.
pub(crate) fn without_root(name: &str) -> &str {
    let Some(stem) = name.strip_suffix('.').filter(|stem| !stem.is_empty()) else { return name };
    let backslashes = stem.bytes().rev().take_while(|byte| *byte == b'\\').count();
    if backslashes % 2 == 0 { stem } else { name }
}

#[cfg(test)]
mod tests {
    use ocsf_core::schema::{Schema, VERSIONS};

    use super::*;

    #[test]
    fn codes_have_their_id_however_they_are_written() {
        for (word, id) in [
            ("NOERROR", 0),
            ("NoError", 0),
            ("servfail", 2),
            ("ServError", 2),
            ("NXDomain", 3),
            ("BADVERS", 16),
            ("3", 3),
            ("23", 23),
        ] {
            assert_eq!(rcode(word), Enumerated::Id(id), "{word}");
        }
        for word in ["TIMEOUT", "12", "24", "99", "-1", ""] {
            assert_eq!(rcode(word), Enumerated::Other(word), "{word}");
        }
    }

    #[test]
    fn every_version_has_every_code() {
        for version in VERSIONS {
            let (_, class) = Schema::get(version).unwrap().class(4003).unwrap();
            for (name, id) in RCODES {
                assert!(class.attributes["rcode_id"].caption(id).is_some(), "{name} in {version}");
            }
        }
    }

    #[test]
    fn one_dot_is_taken_off() {
        for (name, stem) in [
            ("www.example.com.", "www.example.com"),
            ("www.example.com", "www.example.com"),
            ("example.com..", "example.com."),
            (".", "."),
            ("", ""),
            (r"a\.", r"a\."),
            (r"a\\.", r"a\\"),
            (r"\052.example.com.", r"\052.example.com"),
        ] {
            assert_eq!(without_root(name), stem);
        }
    }
}
