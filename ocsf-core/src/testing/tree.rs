//! JSON read by another reader than the crate's own, with the text of its numbers kept.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

/// A step from a value to one inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'t> {
    Member(&'t str),
    Item(usize),
}

impl Tree {
    /// The value that a text holds; the last of repeated members. `None` when serde_json reads none.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        Some(Reading { text, at: 0 }.value())
    }

    /// The text of a scalar; `None` for null, empty text, and what is no scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) if !text.is_empty() => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The member of that name.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// What lies at a dotted path of members.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, name| value.member(name))
    }

    /// Calls `each` with every value that has no values inside, and the way to it.
    pub(super) fn leaves<'t>(&'t self, way: &mut Vec<Step<'t>>, each: &mut dyn FnMut(&[Step<'t>], &'t Self)) {
        let mut below = |step, value: &'t Self| {
            way.push(step);
            value.leaves(way, each);
            way.pop();
        };
        match self {
            Self::Object(members) if !members.is_empty() => {
                for (name, value) in members {
                    below(Step::Member(name), value);
                }
            }
            Self::List(items) if !items.is_empty() => {
                for (at, value) in items.iter().enumerate() {
                    below(Step::Item(at), value);
                }
            }
            _ => each(way, self),
        }
    }

    /// True when a scalar of that text is anywhere inside.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Object(members) => members.values().any(|value| value.holds(text)),
            Self::List(items) => items.iter().any(|value| value.holds(text)),
            value => value.text() == Some(text),
        }
    }
}

/// Reads a text that serde_json has found to be JSON. It also says what strings mean.
struct Reading<'t> {
    text: &'t str,
    at: usize,
}

impl Reading<'_> {
    /// The first byte that is no blank.
    fn peek(&mut self) -> u8 {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn value(&mut self) -> Tree {
        match self.peek() {
            b'{' => {
                let mut members = BTreeMap::new();
                while !matches!(self.next(), b'}' | 0) {
                    let name = self.string();
                    self.next();
                    members.insert(name, self.value());
                }
                Tree::Object(members)
            }
            b'[' => {
                let mut items = Vec::new();
                while !matches!(self.next(), b']' | 0) {
                    items.push(self.value());
                }
                Tree::List(items)
            }
            b'"' => Tree::Text(self.string()),
            _ => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let is_end = |byte: char| byte.is_ascii_whitespace() || matches!(byte, ',' | ']' | '}');
                let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
                self.at += word.len();
                match word {
                    "null" => Tree::Null,
                    "true" | "false" => Tree::Bool(word == "true"),
                    number => Tree::Number(number.to_owned()),
                }
            }
        }
    }

    /// Passes one of `{[:,`, and the end of a list or object behind it; which of them came last.
    fn next(&mut self) -> u8 {
        let mut byte = self.peek();
        if matches!(byte, b'{' | b'[' | b':' | b',') {
            self.at += 1;
            byte = self.peek();
        }
        if matches!(byte, b'}' | b']') {
            self.at += 1;
        }
        byte
    }

    fn string(&mut self) -> String {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        let is_end = |(at, byte): (usize, u8)| {
            let is_end = at > 0 && byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            is_end
        };
        let end = rest.bytes().enumerate().position(is_end).map_or(rest.len(), |at| at + 1);
        self.at += end;
        serde_json::from_str(&rest[..end]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_kinds() {
        let text = r#" {"a" : [ 1.50,{ } ,[],-2e3 ], "b\"\\":"x\u0041\"}", "c":{"d":null,"e":true},"c":{"d":false} ,"f":[[{"g":0}]]} "#;
        let tree = Tree::read(text).unwrap();
        let mut found = Vec::new();
        tree.leaves(&mut Vec::new(), &mut |way, leaf| found.push(format!("{} {leaf:?}", way.len())));
        let expected = [
            r#"2 Number("1.50")"#,
            "2 Object({})",
            "2 List([])",
            r#"2 Number("-2e3")"#,
            r#"1 Text("xA\"}")"#,
            "2 Bool(false)",
            r#"4 Number("0")"#,
        ];
        assert_eq!(found, expected);
        assert_eq!(tree.at("c.d"), Some(&Tree::Bool(false)));
        assert_eq!(Tree::read("{"), None);
    }
}
