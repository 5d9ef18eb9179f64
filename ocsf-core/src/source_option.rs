//! Options that one source alone has.

use crate::options::MapperOptions;
use crate::record::Source;
use crate::schema::Version;
use crate::text::{Columns, parse_names};

/// An option of one source. A command line offers it as `--<name>`; a library sets it with
/// [`MapperOptions::with_source_option`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceOption {
    /// Name in kebab case, no other source's.
    pub name: &'static str,
    /// What values it takes.
    pub kind: OptionKind,
    /// The first OCSF version that it can be used with.
    pub since: Option<Version>,
    /// What it does, in one line.
    pub help: &'static str,
}

/// The values that a [`SourceOption`] takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionKind {
    /// `true` or `false`. The source asks with [`Fields::is_set`](crate::Fields::is_set).
    Flag,
    /// The columns of lines that no header names: field names parted by blanks or commas, each as it is or as `${name}`.
    /// They count for every line of an object without a header.
    Columns,
}

impl SourceOption {
    /// An option that is on or off.
    pub const fn flag(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: OptionKind::Flag, since: None, help }
    }

    /// An option that names columns.
    pub const fn columns(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: OptionKind::Columns, since: None, help }
    }

    /// Before this OCSF version no valid event can come of it: using it is an error.
    pub const fn since(mut self, version: Version) -> Self {
        self.since = Some(version);
        self
    }
}

/// What the user chose among the options of a source.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    pub(crate) flags: Vec<&'static str>,
    pub(crate) columns: Option<Columns>,
}

impl Chosen {
    /// Reads the options of `S`, or says all that is wrong with them.
    pub(crate) fn of<S: Source>(options: &MapperOptions) -> Result<Self, Vec<String>> {
        let (mut chosen, mut problems) = (Self::default(), Vec::new());
        for option in S::INFO.options {
            let Some(value) = options.source_options.get(option.name) else { continue };
            match (option.kind, value.as_str()) {
                (OptionKind::Flag, "false") => continue,
                (OptionKind::Flag, "true") => chosen.flags.push(option.name),
                (OptionKind::Flag, _) => {
                    problems.push(format!("`{}` is `true` or `false`, not `{value}`", option.name));
                }
                (OptionKind::Columns, _) => match parse_names(value, S::FIELDS) {
                    Ok(columns) => chosen.columns = Some(columns),
                    Err(problem) => problems.push(format!("`{}`: {problem}", option.name)),
                },
            }
            if let Some(since) = option.since
                && Version::parse(&options.version).is_some_and(|version| version < since)
            {
                problems.push(format!("`{}` needs OCSF {since} or later", option.name));
            }
        }
        if problems.is_empty() { Ok(chosen) } else { Err(problems) }
    }
}
