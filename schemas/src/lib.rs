//! Compiled facts of the OCSF schema versions, as data.
//!
//! One JSON text per version: every class, every object that one reaches, their attributes with types, requirements,
//! profiles, enums, siblings and observable types, and the lists that these refer to. No descriptions. The texts are
//! generated from the official schema; the README of this crate tells how, and what each member means.
//!
//! Nothing is parsed here: whoever reads a version pays for that version alone.
//!
//! ```
//! let text = ocsf_schemas::json("1.1.0").unwrap();
//! let facts: serde_json::Value = serde_json::from_str(text)?;
//! assert_eq!(facts["version"], "1.1.0");
//! assert_eq!(facts["classes"]["api_activity"]["uid"], 6003);
//! assert_eq!(facts["objects"]["user"]["attributes"]["uid"]["type"], "string_t");
//! assert_eq!(ocsf_schemas::json("0.9.0"), None);
//! # Ok::<(), serde_json::Error>(())
//! ```

macro_rules! versions {
    ($($version:literal),+) => {
        /// The versions, oldest first.
        pub const VERSIONS: &[&str] = &[$($version),+];

        /// The facts of a version as JSON text; `None` when it is not one of [`VERSIONS`].
        pub fn json(version: &str) -> Option<&'static str> {
            match version {
                $($version => Some(include_str!(concat!("../data/", $version, ".json"))),)+
                _ => None,
            }
        }
    };
}

versions!["1.1.0", "1.3.0", "1.5.0", "1.8.0"];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_data_folder_is_a_version() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let mut expected: Vec<_> = VERSIONS.iter().map(|version| format!("{version}.json")).collect();
        expected.sort();
        assert_eq!(files, expected, "`versions!` in src/lib.rs lists what data/ holds");
    }

    #[test]
    fn versions_are_listed_oldest_first() {
        let numbers =
            |version: &&str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap()).collect() };
        assert!(VERSIONS.is_sorted_by_key(numbers));
    }

    #[test]
    fn a_file_holds_the_version_it_is_named_for_and_tells_its_origin() {
        for version in VERSIONS {
            let facts: serde_json::Value = serde_json::from_str(json(version).unwrap()).unwrap();
            assert_eq!(facts["version"], *version);
            assert_eq!(facts["generated_by"], "ocsf-schemas-generate");
            assert!(facts["ref"].as_str().is_some_and(|reference| !reference.is_empty()), "{version}");
        }
    }
}
