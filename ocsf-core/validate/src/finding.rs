//! What was found, and where in the event.

use std::fmt;

use serde::Serialize;

use crate::code::{Code, Level};

/// A rule that an event does not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// How bad that is.
    pub level: Level,
    /// The attribute, such as `observables[2].name`; empty for the event as a whole.
    pub path: String,
    /// What was expected and what is there.
    pub message: String,
}

/// A place in an event, as a chain from the value up.
#[derive(Clone, Copy)]
pub(crate) struct Path<'p> {
    above: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Event,
    Member(&'p str),
    Element(usize),
}

impl<'p> Path<'p> {
    pub(crate) const EVENT: Path<'static> = Path { above: None, step: Step::Event };

    pub(crate) fn member(&'p self, name: &'p str) -> Self {
        Self { above: Some(self), step: Step::Member(name) }
    }

    pub(crate) fn element(&'p self, index: usize) -> Self {
        Self { above: Some(self), step: Step::Element(index) }
    }

    pub(crate) fn is_event(&self) -> bool {
        matches!(self.step, Step::Event)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Event => Ok(()),
            Step::Member(name) => {
                let dot = if self.above.is_none_or(Path::is_event) { "" } else { "." };
                write!(f, "{dot}{name}")
            }
            Step::Element(index) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_attributes_do() {
        let list = Path::EVENT.member("observables");
        let element = list.element(2);
        assert_eq!(element.member("name").to_string(), "observables[2].name");
        assert_eq!(Path::EVENT.to_string(), "");
    }
}
