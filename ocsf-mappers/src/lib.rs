//! Every AWS log source of the ocsf workspace behind one registry.
//!
//! [`registry`] holds the sources whose feature is on; all are on by default, and a feature adds its source without
//! changing any other. Programs that know other sources too add them with [`Registry::with`].
//!
//! | feature | source | crate |
//! |---|---|---|
//! | `cloudtrail` | AWS CloudTrail | `ocsf-cloudtrail` |
//! | `elb` | access, connection and health check logs of load balancers | `ocsf-elb` |
//! | `route53` | Route 53 Resolver and public DNS query logs, two sources | `ocsf-route53` |
//! | `vpc-flow` | VPC and Transit Gateway flow logs, also as Parquet | `ocsf-vpc-flow` |
//!
//! ```
//! use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, Sample};
//! use ocsf_mappers::{Detection, registry};
//!
//! let log = br#"{"Records":[{"eventVersion":"1.08","eventTime":"2024-05-01T10:00:00Z","eventName":"ListBuckets",
//!     "eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7",
//!     "userIdentity":{"type":"IAMUser","userName":"ana"}}]}"#;
//! let registry = registry();
//! let found = registry.detect(&Sample { name: "some.json", head: log, complete: true });
//! let Detection::Source { name, .. } = found else { panic!("{found:?}") };
//! assert_eq!(name, "cloudtrail");
//!
//! let mut mapper = registry.get(name).unwrap().build(&MapperOptions::default())?;
//! mapper.begin(ObjectInfo { name: "some.json".into(), ..ObjectInfo::default() });
//! mapper.decode(log, true);
//! let mut out = Output::default();
//! mapper.flush(&mut out);
//! assert_eq!(out.counts.events, 1);
//! # Ok::<(), String>(())
//! ```

pub use ocsf_aws_common::LogKey;

use std::marker::PhantomData;

use ocsf_core::{Mapper, MapperOptions, Sample, Source, SourceMapper, SourceOption, Verdict};

/// A source that a [`Registry`] can detect and build.
pub trait Entry: Send + Sync {
    /// Name on the command line, such as `cloudtrail`.
    fn name(&self) -> &'static str;
    /// Name for people.
    fn title(&self) -> &'static str;
    /// Options that this source alone has.
    fn options(&self) -> &'static [SourceOption] {
        &[]
    }
    /// Names that the source has in keys of delivered objects, such as `vpcflowlogs`; none unless it says so.
    fn delivered_as(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether the sample is a log of this source.
    fn sniff(&self, sample: &Sample<'_>) -> Verdict;
    /// Whether an object that comes as columns of these names, a Parquet file say, is a log of this source. `key` is its
    /// path or key. No, unless the source says otherwise.
    fn sniff_columns(&self, key: &str, columns: &[&str]) -> Verdict {
        let _ = (key, columns);
        Verdict::No
    }
    /// Whether its mappers implement [`Mapper::decode_batch`]. They do not, unless the source says otherwise.
    fn reads_columns(&self) -> bool {
        false
    }
    /// A mapper, or everything that is wrong with its plan in one text.
    ///
    /// # Errors
    /// The OCSF version is unknown, or a table or an option does not fit it.
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

/// Confidence from which on a source is sure.
const CERTAIN: f32 = 0.9;

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

    /// Adds the [`Source`] `S`, recognised by `sniff`.
    ///
    /// ```
    /// use ocsf_mappers::{Registry, registry};
    ///
    /// let flows = Registry::empty().with_source::<ocsf_vpc_flow::VpcFlow>(ocsf_vpc_flow::sniff);
    /// assert_eq!(flows.entries().next().unwrap().name(), "vpc-flow");
    /// assert!(registry().get("vpc-flow").is_some());
    /// ```
    pub fn with_source<S: Source>(self, sniff: fn(&Sample<'_>) -> Verdict) -> Self {
        self.with(SourceEntry { sniff, sniff_columns: None, source: PhantomData::<fn() -> S> })
    }

    /// Adds the [`Source`] `S`, whose records are lines: recognised by `sniff`, and by `sniff_columns` where its objects come
    /// as columns. That takes the key and the names of the columns.
    ///
    /// ```
    /// use ocsf_mappers::{Detection, Registry};
    ///
    /// let flows = Registry::empty().with_columnar_source::<ocsf_vpc_flow::VpcFlow>(
    ///     ocsf_vpc_flow::sniff,
    ///     ocsf_vpc_flow::sniff_columns,
    /// );
    /// let found = flows.detect_columns("x.parquet", &["version", "interface_id", "bytes", "log_status"]);
    /// assert!(matches!(found, Detection::Source { name: "vpc-flow", .. }));
    /// ```
    pub fn with_columnar_source<S: Source>(
        self,
        sniff: fn(&Sample<'_>) -> Verdict,
        sniff_columns: fn(&str, &[&str]) -> Verdict,
    ) -> Self {
        let sniff_columns = Some(sniff_columns);
        self.with(SourceEntry { sniff, sniff_columns, source: PhantomData::<fn() -> S> })
    }

    /// The sources in order.
    pub fn entries(&self) -> impl Iterator<Item = &dyn Entry> {
        self.entries.iter().map(AsRef::as_ref)
    }

    /// The source of that name.
    pub fn get(&self, name: &str) -> Option<&dyn Entry> {
        self.entries().find(|entry| entry.name() == name)
    }

    /// Asks the sources about the sample.
    ///
    /// When the key names a source, and the sample is certainly a log of it, that is the one, and no other is asked.
    /// An object of nothing but blanks is a [`Detection::Skip`]; so is one that any source knows to hold no events. Of
    /// several sources the most confident one is meant when it leads by 0.15 or more, else it is
    /// [`Detection::Ambiguous`].
    pub fn detect(&self, sample: &Sample<'_>) -> Detection {
        if sample.complete && sample.head.iter().all(u8::is_ascii_whitespace) {
            return Detection::Skip { kind: "empty", reason: "no bytes but blanks".into() };
        }
        self.by_key(sample).unwrap_or_else(|| self.decide(|entry| entry.sniff(sample)))
    }

    fn by_key(&self, sample: &Sample<'_>) -> Option<Detection> {
        let service = LogKey::parse(sample.name).service?;
        let entry = self.entries().find(|entry| entry.delivered_as().contains(&service))?;
        match entry.sniff(sample) {
            Verdict::Source { confidence, reason } if confidence >= CERTAIN => {
                Some(Detection::Source { name: entry.name(), confidence, reason })
            }
            _ => None,
        }
    }

    /// Asks every source about an object that comes as columns of these names. `key` is its path or key.
    ///
    /// What the sources say is weighed as in [`detect`](Self::detect).
    pub fn detect_columns(&self, key: &str, columns: &[&str]) -> Detection {
        self.decide(|entry| entry.sniff_columns(key, columns))
    }

    fn decide(&self, ask: impl Fn(&dyn Entry) -> Verdict) -> Detection {
        let mut found = Vec::new();
        for entry in self.entries() {
            match ask(entry) {
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

/// Every source whose feature is on: see the table at the top of this crate.
pub fn registry() -> Registry {
    let registry = Registry::empty();
    #[cfg(feature = "cloudtrail")]
    let registry = registry.with_source::<ocsf_cloudtrail::CloudTrail>(ocsf_cloudtrail::sniff);
    #[cfg(feature = "elb")]
    let registry = registry.with_columnar_source::<ocsf_elb::Elb>(ocsf_elb::sniff, ocsf_elb::sniff_columns);
    #[cfg(feature = "route53")]
    let registry = registry
        .with_source::<ocsf_route53::Resolver>(ocsf_route53::sniff_resolver)
        .with_source::<ocsf_route53::Public>(ocsf_route53::sniff_public);
    #[cfg(feature = "vpc-flow")]
    let registry = registry
        .with_columnar_source::<ocsf_vpc_flow::VpcFlow>(ocsf_vpc_flow::sniff, ocsf_vpc_flow::sniff_columns);
    registry
}

/// A [`Source`] as an entry.
struct SourceEntry<S> {
    sniff: fn(&Sample<'_>) -> Verdict,
    sniff_columns: Option<fn(&str, &[&str]) -> Verdict>,
    source: PhantomData<fn() -> S>,
}

impl<S: Source> Entry for SourceEntry<S> {
    fn name(&self) -> &'static str {
        S::INFO.name
    }

    fn title(&self) -> &'static str {
        S::INFO.title
    }

    fn options(&self) -> &'static [SourceOption] {
        S::INFO.options
    }

    fn delivered_as(&self) -> &'static [&'static str] {
        S::INFO.delivered_as
    }

    fn sniff(&self, sample: &Sample<'_>) -> Verdict {
        (self.sniff)(sample)
    }

    fn sniff_columns(&self, key: &str, columns: &[&str]) -> Verdict {
        self.sniff_columns.map_or(Verdict::No, |sniff| sniff(key, columns))
    }

    fn reads_columns(&self) -> bool {
        self.sniff_columns.is_some()
    }

    fn build(&self, options: &MapperOptions) -> Result<Box<dyn Mapper>, String> {
        Ok(Box::new(SourceMapper::<S>::new(options).map_err(|error| error.to_string())?))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ocsf_core::arrow::array::RecordBatch;
    use ocsf_core::arrow::datatypes::Schema;

    use super::*;

    /// Says the same of every sample.
    struct Says(&'static str, Verdict);

    impl Entry for Says {
        fn name(&self) -> &'static str {
            self.0
        }

        fn title(&self) -> &'static str {
            self.0
        }

        fn sniff(&self, _: &Sample<'_>) -> Verdict {
            self.1.clone()
        }

        fn build(&self, _: &MapperOptions) -> Result<Box<dyn Mapper>, String> {
            Err("no mapper".into())
        }
    }

    fn is(confidence: f32) -> Verdict {
        Verdict::Source { confidence, reason: "r".into() }
    }

    fn check(verdicts: [Verdict; 2], expected: &Detection) {
        let [a, b] = verdicts;
        let registry = Registry::empty().with(Says("a", a)).with(Says("b", b));
        let sample = Sample { name: "x", head: b"x", complete: true };
        assert_eq!(registry.detect(&sample), *expected);
    }

    #[test]
    fn the_most_confident_source_is_meant_when_it_leads() {
        let source = |name, confidence| Detection::Source { name, confidence, reason: "r".into() };
        check([Verdict::No, Verdict::No], &Detection::Unknown);
        check([is(0.5), Verdict::No], &source("a", 0.5));
        check([is(0.5), is(0.9)], &source("b", 0.9));
        check([is(0.8), is(0.9)], &Detection::Ambiguous(vec![("b", 0.9), ("a", 0.8)]));
        let skip = Verdict::Skip { kind: "digest", reason: "r".into() };
        check([is(0.9), skip], &Detection::Skip { kind: "digest", reason: "r".into() });
    }

    #[test]
    fn columns_are_asked_of_those_who_read_them() {
        let registry = registry();
        for entry in registry.entries() {
            let mut mapper = entry.build(&MapperOptions::default()).unwrap();
            let rows = RecordBatch::new_empty(Arc::new(Schema::empty()));
            // A source of lines could read columns, but not every log comes as such.
            let can_read = mapper.decode_batch(&rows, 0).is_ok();
            assert!(can_read || !entry.reads_columns(), "{}", entry.name());
            assert_eq!(entry.sniff_columns("x", &["a", "b"]), Verdict::No);
        }
        assert_eq!(registry.detect_columns("x", &[]), Detection::Unknown);
        assert!(!Says("a", Verdict::No).reads_columns());
        assert_eq!(Says("a", is(0.9)).sniff_columns("x", &[]), Verdict::No);
    }

    #[test]
    fn an_object_of_blanks_is_skipped() {
        let sample = |complete| Sample { name: "x", head: b" \n", complete };
        assert!(matches!(registry().detect(&sample(true)), Detection::Skip { kind: "empty", .. }));
        assert_eq!(registry().detect(&sample(false)), Detection::Unknown);
    }

    #[test]
    fn every_feature_is_in_the_table() {
        let (_, features) = include_str!("../Cargo.toml").split_once("[features]").unwrap();
        let names = features.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
        for name in names.filter(|name| !name.starts_with('#') && *name != "default") {
            assert!(include_str!("lib.rs").contains(&format!("//! | `{name}` | ")), "no row for `{name}`");
        }
    }

    #[test]
    fn every_source_has_names_and_builds_at_every_version() {
        for entry in registry().entries() {
            assert!(!entry.title().is_empty());
            for version in ocsf_core::schema::VERSIONS {
                let mut options = MapperOptions::default();
                (*version).clone_into(&mut options.version);
                let mapper = entry.build(&options).unwrap();
                assert_eq!(mapper.info().name, entry.name());
            }
        }
        assert!(registry().get("nothing").is_none());
    }

    #[cfg(all(feature = "cloudtrail", feature = "elb", feature = "route53", feature = "vpc-flow"))]
    fn detect(head: &str) -> Detection {
        registry().detect(&Sample { name: "x", head: head.as_bytes(), complete: true })
    }

    #[cfg(all(feature = "cloudtrail", feature = "elb", feature = "route53", feature = "vpc-flow"))]
    #[test]
    fn sources_are_told_apart() {
        let flow = "2 111122223333 eni-0aa1 192.0.2.1 10.0.0.1 1 2 6 1 40 1767225600 1767225655 ACCEPT OK\n";
        let trail = r#"{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}"#;
        let resolver = r#"{"version":"1.1","account_id":"111122223333","vpc_id":"vpc-0aa1","query_name":"a.","rcode":"NOERROR"}"#;
        let public = "1.0 2026-01-02T03:04:05Z ZEXAMPLE1 example.com A NOERROR UDP FRA50 192.0.2.53 -\n";
        for (head, source) in [
            (flow, "vpc-flow"),
            (trail, "cloudtrail"),
            (resolver, "route53-resolver"),
            (public, "route53-public"),
            ("h2 2026-01-02T03:04:05.678901Z app/shop/0123456789abcdef 192.0.2.1:1 - -1 -1 -1 400\n", "elb"),
            ("2026-01-02T03:04:05.678901Z 192.0.2.1 50123 443 - - -\n", "elb"),
            ("http 2026-01-02T03:04:05.678901Z 0.002113000 10.0.1.5:8080 shop-tg PASS 200 -\n", "elb"),
            ("tls 2.0 2026-01-02T03:04:05 net/edge/0123456789abcdef\n", "elb"),
            ("2026-01-02T03:04:05.678901Z legacy-lb 192.0.2.1:2817 10.0.0.9:80 0.1 0.1 0.1 200 200\n", "elb"),
        ] {
            assert!(matches!(detect(head), Detection::Source { name, .. } if name == source), "{head}");
        }
        assert_eq!(detect("neither\n"), Detection::Unknown);
    }

    #[cfg(feature = "vpc-flow")]
    #[test]
    fn options_of_all_sources_have_names_of_their_own() {
        let registry = registry();
        let mut names: Vec<_> =
            registry.entries().flat_map(Entry::options).map(|option| option.name).collect();
        assert!(names.contains(&"vpc-format"));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
