//! Values inside an object or array that a record keeps as raw text, read when asked for.

use bumpalo::Bump;

use super::fields::{Json, Value, read_value};
use super::json::Cursor;

/// The value at a dotted path below `json`; [`Value::Absent`] when there is none.
pub fn lookup<'b>(json: Json<'b>, path: &str, arena: &'b Bump) -> Value<'b> {
    let mut here = Value::Json(json);
    for name in path.split('.') {
        let Value::Json(json) = here else { return Value::Absent };
        here = members(json, arena)
            .filter(|(key, _)| *key == name)
            .last()
            .map_or(Value::Absent, |(_, value)| value);
    }
    here
}

/// Names and values of the members of an object, in order; nothing for an array.
pub fn members<'b>(json: Json<'b>, arena: &'b Bump) -> impl Iterator<Item = (&'b str, Value<'b>)> {
    let mut cursor = Cursor::new(json.raw, true);
    let mut more = cursor.eat(b'{') && !cursor.eat(b'}');
    std::iter::from_fn(move || {
        if !more {
            return None;
        }
        let key = cursor.key().ok()?;
        let key = if key.escaped { arena.alloc_str(&key.text()) } else { key.raw };
        let mut value = read_value(&mut cursor, arena).ok()?;
        if let Value::Json(inner) = &mut value {
            inner.secret = json.secret;
        }
        more = cursor.eat(b',');
        Some((key, value))
    })
}

/// Iterator over the elements of an array.
#[derive(Debug)]
pub struct JsonItems<'b> {
    cursor: Cursor<'b>,
    arena: &'b Bump,
    secret: bool,
    more: bool,
}

/// The elements of an array, in order; nothing for an object.
pub fn items<'b>(json: Json<'b>, arena: &'b Bump) -> JsonItems<'b> {
    let mut cursor = Cursor::new(json.raw, true);
    let more = cursor.eat(b'[') && !cursor.eat(b']');
    JsonItems { cursor, arena, secret: json.secret, more }
}

impl<'b> Iterator for JsonItems<'b> {
    type Item = Value<'b>;

    fn next(&mut self) -> Option<Value<'b>> {
        if !self.more {
            return None;
        }
        let mut value = read_value(&mut self.cursor, self.arena).ok()?;
        if let Value::Json(inner) = &mut value {
            inner.secret = self.secret;
        }
        self.more = self.cursor.eat(b',');
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(raw: &str) -> Json<'_> {
        Json { raw, blanks: true, secret: false }
    }

    #[test]
    fn paths_members_and_items() {
        let arena = Bump::new();
        let object = json(r#"{"a": {"b": [1, {"c": "x"}], "b2": 1}, "n": 7}"#);
        assert_eq!(lookup(object, "n", &arena), Value::Number("7"));
        assert_eq!(lookup(object, "a.b2", &arena), Value::Number("1"));
        assert_eq!(lookup(object, "a.q", &arena), Value::Absent);
        assert_eq!(lookup(object, "n.q", &arena), Value::Absent);
        let Value::Json(list) = lookup(object, "a.b", &arena) else { panic!() };
        assert_eq!(items(list, &arena).count(), 2);
        assert_eq!(members(list, &arena).count(), 0);
        assert_eq!(items(json("[]"), &arena).count(), 0);
        assert_eq!(members(json("{ }"), &arena).count(), 0);
    }
}
