//! What a user may choose about a mapping.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Choices that every mapper understands. They change events, so they are part of a lake's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapperOptions {
    /// OCSF version of the events, one of [`ocsf_schemas::VERSIONS`]. Default `1.1.0`, what Security Lake reads.
    pub version: String,
    /// Where source values without a column go. Default [`Unmapped::Map`].
    pub unmapped: Unmapped,
    /// Keep the record's own text in `raw_data`. Default false.
    pub raw_data: bool,
    /// Which observables are listed. Default [`Observables::Aws`].
    pub observables: Observables,
    /// Write secrets such as session tokens as they came instead of `REDACTED`. Default false.
    pub keep_secrets: bool,
    /// Low-cardinality string columns leave as `Dictionary(Int32, Utf8)` instead of `Utf8`. Default true.
    pub dictionaries: bool,
    /// A record larger than this many bytes is rejected. Default 16 MiB.
    pub max_record_bytes: usize,
    /// Values of [`SourceOption`](crate::SourceOption)s by name. A source passes over those that it does not have, so
    /// that one set serves all sources. Default none.
    pub source_options: BTreeMap<String, String>,
}

impl Default for MapperOptions {
    fn default() -> Self {
        Self {
            version: "1.1.0".into(),
            unmapped: Unmapped::Map,
            raw_data: false,
            observables: Observables::Aws,
            keep_secrets: false,
            dictionaries: true,
            max_record_bytes: 16 << 20,
            source_options: BTreeMap::new(),
        }
    }
}

impl MapperOptions {
    /// Gives an option of one source a value: `true` for one that is on or off.
    pub fn with_source_option(mut self, name: &str, value: &str) -> Self {
        self.source_options.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// Form of the `unmapped` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unmapped {
    /// `map<string,string>` with dotted keys, as Security Lake has it. Where keys would outgrow the record many times, an
    /// object is one value, its JSON text.
    #[default]
    Map,
    /// One JSON object as text, in the shape of the source: absent, null and empty stay apart.
    Json,
    /// No such column: the values are dropped.
    None,
}

/// Which observables are derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Observables {
    /// Host names, addresses, user names, resource and instance ids, URLs, e-mail addresses, hashes: what AWS lists.
    #[default]
    Aws,
    /// Every scalar that the schema gives an observable type.
    All,
    /// No such column.
    None,
}

macro_rules! text_form {
    ($ty:ident: $($variant:ident = $text:literal),+) => {
        impl $ty {
            /// The word on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $ty {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(format!("expected one of {}", [$($text),+].join(", "))),
                }
            }
        }
    };
}
text_form!(Unmapped: Map = "map", Json = "json", None = "none");
text_form!(Observables: Aws = "aws", All = "all", None = "none");
