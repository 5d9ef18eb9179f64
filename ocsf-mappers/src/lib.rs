//! Every AWS log source of the ocsf workspace behind one registry.

pub use ocsf_aws_common::LogKey;

use ocsf_core::{Mapper, MapperOptions, Sample, Verdict};

/// A source that a [`Registry`] can detect and build.
pub trait Entry: Send + Sync {
    /// Name on the command line, such as `cloudtrail`.
    fn name(&self) -> &'static str;
    /// Name for people.
    fn title(&self) -> &'static str;
    /// Whether the sample is a log of this source.
    fn sniff(&self, sample: &Sample<'_>) -> Verdict;
    /// A mapper, or everything that is wrong with its plan in one text.
    ///
    /// # Errors
    /// The OCSF version is unknown, or a table does not fit it.
    fn build(&self, options: &MapperOptions) -> Result<Box<dyn Mapper>, String>;
}

/// The sources that a program knows.
pub struct Registry {
    entries: Vec<Box<dyn Entry>>,
}

/// What the sources say of an object, together.
#[derive(Debug, Clone, PartialEq)]
pub enum Detection {
    /// One source is clearly meant.
    Source {
        /// Its name.
        name: &'static str,
        /// 0..1.
        confidence: f32,
        /// The rule that matched.
        reason: String,
    },
    /// Known, and rightly no log: digest, notice, test file, empty.
    Skip {
        /// Stable kind, such as `cloudtrail-digest` or `empty`.
        kind: &'static str,
        /// The rule that matched.
        reason: String,
    },
    /// Several sources fit about as well; the most likely first.
    Ambiguous(Vec<(&'static str, f32)>),
    /// No source fits.
    Unknown,
}

impl Registry {
    /// No sources yet.
    pub fn empty() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a source.
    pub fn with(mut self, entry: impl Entry + 'static) -> Self {
        self.entries.push(Box::new(entry));
        self
    }

    /// The sources in order.
    pub fn entries(&self) -> impl Iterator<Item = &dyn Entry> {
        self.entries.iter().map(AsRef::as_ref)
    }

    /// The source of that name.
    pub fn get(&self, name: &str) -> Option<&dyn Entry> {
        self.entries().find(|entry| entry.name() == name)
    }

    /// Asks every source about the sample.
    pub fn detect(&self, sample: &Sample<'_>) -> Detection {
        if sample.complete && sample.head.iter().all(u8::is_ascii_whitespace) {
            return Detection::Skip { kind: "empty", reason: "no bytes but blanks".into() };
        }
        let mut found = Vec::new();
        for entry in self.entries() {
            match entry.sniff(sample) {
                Verdict::Skip { kind, reason } => return Detection::Skip { kind, reason },
                Verdict::Source { confidence, reason } => found.push((entry.name(), confidence, reason)),
                _ => {}
            }
        }
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        if let [first, second, ..] = found.as_slice()
            && first.1 - second.1 < 0.15
        {
            return Detection::Ambiguous(
                found.iter().map(|(name, confidence, _)| (*name, *confidence)).collect(),
            );
        }
        match found.into_iter().next() {
            Some((name, confidence, reason)) => Detection::Source { name, confidence, reason },
            None => Detection::Unknown,
        }
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries().map(Entry::name)).finish()
    }
}

/// Every source whose feature is on.
pub fn registry() -> Registry {
    let registry = Registry::empty();
    #[cfg(feature = "cloudtrail")]
    let registry = registry.with(CloudTrail);
    registry
}

#[cfg(feature = "cloudtrail")]
struct CloudTrail;

#[cfg(feature = "cloudtrail")]
impl Entry for CloudTrail {
    fn name(&self) -> &'static str {
        ocsf_cloudtrail::INFO.name
    }

    fn title(&self) -> &'static str {
        ocsf_cloudtrail::INFO.title
    }

    fn sniff(&self, sample: &Sample<'_>) -> Verdict {
        ocsf_cloudtrail::sniff(sample)
    }

    fn build(&self, options: &MapperOptions) -> Result<Box<dyn Mapper>, String> {
        Ok(Box::new(ocsf_cloudtrail::mapper(options).map_err(|error| error.to_string())?))
    }
}
