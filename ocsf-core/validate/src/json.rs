//! Events as JSON text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::value::{Value, View};

/// A JSON value. Text without escapes is borrowed from what was parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Json<'t>(Node<'t>);

#[derive(Debug, Clone, PartialEq)]
enum Node<'t> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Cow<'t, str>),
    List(Vec<Json<'t>>),
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

impl<'t> Json<'t> {
    /// Parses one JSON value.
    ///
    /// Whole numbers beyond 64 bits lose digits. Values nested deeper than 128 levels are refused.
    ///
    /// # Errors
    /// The text is no JSON, or something follows the value.
    pub fn parse(text: &'t [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text)
    }

    /// True for an object.
    pub fn is_object(&self) -> bool {
        matches!(self.0, Node::Object(_))
    }
}

impl<'a> Value<'a> for &'a Json<'_> {
    const JSON_TEXT_IS_OBJECT: bool = false;

    fn view(self) -> View<'a, Self> {
        match &self.0 {
            Node::Null => View::Null,
            Node::Bool(value) => View::Bool(*value),
            Node::Int(value) => View::Int(*value),
            Node::Float(value) => View::Float(*value),
            Node::Text(value) => View::Text(value),
            Node::List(_) => View::List(self),
            Node::Object(_) => View::Object(self),
        }
    }

    fn items(self) -> impl Iterator<Item = Self> {
        match &self.0 {
            Node::List(items) => items.iter(),
            _ => [].iter(),
        }
    }

    fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let members = match &self.0 {
            Node::Object(members) => members.iter(),
            _ => [].iter(),
        };
        members.map(|(name, value)| (name.as_ref(), value))
    }
}

impl<'t> Deserialize<'t> for Json<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor).map(Self)
    }
}

struct NodeVisitor;

/// 2^63.
const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;

impl<'t> Visitor<'t> for NodeVisitor {
    type Value = Node<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node<'t>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'t>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'t>, E> {
        Ok(Node::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'t>, E> {
        Ok(Node::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'t>, E> {
        // The parser has no wider integers; a float of that size was hardly meant as one.
        let is_wide = value.fract() == 0.0 && (BEYOND_I64..1e38).contains(&value.abs());
        Ok(if is_wide { Node::Int(value as i128) } else { Node::Float(value) })
    }

    fn visit_borrowed_str<E>(self, value: &'t str) -> Result<Node<'t>, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node<'t>, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Node<'t>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Node<'t>, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Node::Object(members))
    }
}

/// A member's name, borrowed where it has no escapes: `Cow` alone would always copy.
struct Name<'t>(Cow<'t, str>);

impl<'t> Deserialize<'t> for Name<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'t> Visitor<'t> for NameVisitor {
            type Value = Name<'t>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, value: &'t str) -> Result<Name<'t>, E> {
                Ok(Name(Cow::Borrowed(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Name<'t>, E> {
                Ok(Name(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_members_with_one_name_the_last_counts() {
        let json = Json::parse(br#"{"a": 1, "\u0061": [true, null, 1.5, "x\n"]}"#).unwrap();
        let list = (&json).get("a").unwrap();
        let views: Vec<_> = list.items().map(Value::view).collect();
        assert!(matches!(views[..], [View::Bool(true), View::Null, View::Float(_), View::Text("x\n")]));
    }
}
