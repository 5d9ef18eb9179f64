//! `ocsf detect`: what inputs are, and why.

use ocsf_mappers::{Entry, Registry};
use serde::Serialize;

use super::inputs;
use crate::args::{DetectArgs, TextOrJson};
use crate::error::{CliError, ExitStatus};
use crate::input::{Compression, Found, Input, Limits, Object};
use crate::output::{print, print_lines};
use crate::table::Table;
use crate::term::{Talk, quote_text};

/// Prints a line for each input.
///
/// # Errors
/// An input that was named does not exist, or standard output cannot be written.
pub(crate) fn run(args: &DetectArgs, talk: Talk, registry: &Registry) -> Result<ExitStatus, CliError> {
    let wanted = args.input.wanted(registry)?;
    let listing = inputs(&args.input, talk)?;
    let findings: Vec<Finding> =
        listing.inputs.iter().map(|input| Finding::of(input, registry, wanted)).collect();
    match args.format {
        TextOrJson::Text if findings.is_empty() => {}
        TextOrJson::Text => print(&table(&findings))?,
        TextOrJson::Json => {
            print_lines(findings.iter().filter_map(|finding| serde_json::to_string(finding).ok()))?;
        }
    }
    let all_recognised = findings.iter().all(|finding| finding.kind.is_recognised());
    Ok(if all_recognised && listing.problems.is_empty() { ExitStatus::Success } else { ExitStatus::Partial })
}

/// What one input is.
#[derive(Debug, Serialize)]
struct Finding {
    path: String,
    key: String,
    kind: Kind,
    /// The source, or the kind of what is skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    reason: String,
    compression: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Source,
    Skip,
    Rejects,
    Ambiguous,
    Unknown,
    Unreadable,
}

impl Kind {
    fn is_recognised(self) -> bool {
        matches!(self, Self::Source | Self::Skip | Self::Rejects)
    }
}

impl Finding {
    fn of(input: &Input, registry: &Registry, wanted: Option<&dyn Entry>) -> Self {
        let finding = |kind, name, confidence: Option<f32>, reason, layers: &[Compression]| Self {
            path: input.name(),
            key: input.key.clone(),
            kind,
            name,
            // Two digits are all that is meant, in JSON too.
            confidence: confidence.map(|share| (f64::from(share) * 100.0).round() / 100.0),
            reason,
            compression: layers.iter().map(|layer| layer.as_str()).collect(),
        };
        let mut object = match Object::open(input, &Limits::default()) {
            Ok(object) => object,
            Err(error) => return finding(Kind::Unreadable, None, None, error.to_string(), &[]),
        };
        let found = object.detect(input, registry, wanted);
        let layers = object.layers();
        match found {
            Found::Source { name, confidence, reason } => {
                finding(Kind::Source, Some(name), Some(confidence), reason, layers)
            }
            Found::Skip { kind, reason } => finding(Kind::Skip, Some(kind), None, reason, layers),
            Found::Rejects => {
                finding(Kind::Rejects, None, None, "records that an earlier run rejected".to_owned(), layers)
            }
            Found::Ambiguous(sources) => {
                let fits: Vec<String> =
                    sources.iter().map(|(name, confidence)| format!("{name} {confidence:.2}")).collect();
                finding(Kind::Ambiguous, None, None, format!("fits {}", fits.join(", ")), layers)
            }
            Found::Unknown { reason } => finding(Kind::Unknown, None, None, reason, layers),
        }
    }

    fn detected(&self) -> String {
        match (self.kind, self.name) {
            (Kind::Source, Some(name)) => name.to_owned(),
            (Kind::Skip, Some(name)) => format!("skipped: {name}"),
            (Kind::Rejects, _) => "rejected records".to_owned(),
            (Kind::Ambiguous, _) => "several sources".to_owned(),
            (Kind::Unreadable, _) => "not readable".to_owned(),
            _ => "not recognised".to_owned(),
        }
    }
}

fn table(findings: &[Finding]) -> String {
    let mut table = Table::new(&["input", "detected", "sure", "compression", "because"]);
    for finding in findings {
        table.row([
            quote_text(&finding.path).into_owned(),
            finding.detected(),
            finding.confidence.map(|share| format!("{share:.2}")).unwrap_or_default(),
            if finding.compression.is_empty() {
                "none".to_owned()
            } else {
                finding.compression.iter().rev().copied().collect::<Vec<_>>().join(" in ")
            },
            quote_text(&finding.reason).into_owned(),
        ]);
    }
    table.render(0)
}
