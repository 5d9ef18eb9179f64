//! Events in, findings out.

use std::collections::BTreeSet;

use crate::code::Code;
use crate::columns::Columns;
use crate::facts::Facts;
use crate::finding::{Finding, Path};
use crate::json::Json;
use crate::rules::{Forms, check};
use crate::value::{Value, View};

/// What is looked for, and by which rules.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Check by this OCSF version instead of by each event's `metadata.version`.
    pub version: Option<String>,
    /// Wrong captions and forms are errors, not warnings.
    pub strict: bool,
    /// Look for missing recommended attributes too.
    pub recommended: bool,
    /// Rules that are left out.
    pub quiet: BTreeSet<Code>,
}

/// Checks events, one after the other. It keeps nothing of them but some texts whose form it has tested.
#[derive(Debug)]
pub struct Validator {
    options: Options,
    forms: Vec<Forms>,
}

impl Validator {
    /// A validator with these options. Facts of a version are loaded when the first event needs them.
    pub fn new(options: Options) -> Self {
        Self { options, forms: Vec::new() }
    }

    /// Checks one event and hands what is found to `emit`.
    pub fn check<'a, V: Value<'a>>(&mut self, event: V, emit: &mut dyn FnMut(Finding)) {
        if !matches!(event.view(), View::Object(_)) {
            let message = format!("expected an event, got {}", event.view().kind());
            return self.tell(Code::NotAnObject, Path::EVENT, message, emit);
        }
        let stated = event.get("metadata").and_then(|metadata| metadata.get("version"));
        let stated = stated.map_or(View::Null, Value::view);
        let version = match (&self.options.version, stated) {
            (Some(version), _) => version.as_str(),
            (None, View::Text(version)) => version,
            (None, other) => other.kind(),
        };
        let Some(facts) = Facts::get(version) else {
            let known = ocsf_core::schema::VERSIONS.join(", ");
            let message = format!("{} is not known, there are {known}", stated.shown());
            let metadata = Path::EVENT.member("metadata");
            return self.tell(Code::VersionUnknown, metadata.member("version"), message, emit);
        };
        // Types are numbered within their version.
        let at = ocsf_core::schema::VERSIONS.iter().position(|known| *known == facts.schema.version());
        let at = at.unwrap_or_default();
        if self.forms.len() <= at {
            self.forms.resize_with(at + 1, Forms::default);
        }
        if let Some(forms) = self.forms.get_mut(at) {
            check(event, facts, &self.options, forms, emit);
        }
    }

    /// Checks the event that `text` is, and says when it is no JSON.
    pub fn check_json(&mut self, text: &[u8], emit: &mut dyn FnMut(Finding)) {
        match Json::parse(text) {
            Ok(event) => self.check(&event, emit),
            Err(error) => self.not_json(error.to_string(), emit),
        }
    }

    /// Says of an event that it could not be read as JSON, and why.
    pub fn not_json(&self, why: String, emit: &mut dyn FnMut(Finding)) {
        self.tell(Code::NotJson, Path::EVENT, why, emit);
    }

    /// Checks every row of a batch; `emit` gets the row too, counted from 0.
    pub fn check_batch(&mut self, events: &Columns, emit: &mut dyn FnMut(usize, Finding)) {
        for row in 0..events.rows() {
            self.check(events.row(row), &mut |finding| emit(row, finding));
        }
    }

    fn tell(&self, code: Code, path: Path<'_>, message: String, emit: &mut dyn FnMut(Finding)) {
        if let Some(level) = code.level(self.options.strict, self.options.recommended)
            && !self.options.quiet.contains(&code)
        {
            emit(Finding { code, level, path: path.to_string(), message });
        }
    }
}
