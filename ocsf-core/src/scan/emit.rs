//! Writes JSON text that was read: compact, secrets hidden.

use super::fields::{Json, Value};
use super::json::{Cursor, Secrets};

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "REDACTED";

/// Appends the source text of `json`, without blanks between tokens and with the values of secret members replaced.
pub(crate) fn push_compact(json: Json<'_>, secrets: Secrets, out: &mut String) {
    if json.blanks || json.secret {
        let mut cursor = Cursor::new(json.raw, true);
        push_value(&mut cursor, secrets, out);
    } else {
        out.push_str(json.raw);
    }
}

/// Copies token by token. The text was checked before, so that the end of the text is the end of the value.
fn push_value(cursor: &mut Cursor<'_>, secrets: Secrets, out: &mut String) {
    // A string is a member's name when `{`, or `,` inside an object, stands before it.
    let mut objects = Vec::new();
    let mut key_next = false;
    while let Some(byte) = cursor.peek() {
        let start = cursor.at();
        match byte {
            b'"' => {
                let Ok(token) = cursor.string() else { return };
                out.push_str(cursor.since(start));
                if key_next {
                    key_next = false;
                    if cursor.eat(b':') {
                        out.push(':');
                    }
                    if secrets.contains(&token.text()) && hide(cursor) {
                        out.push('"');
                        out.push_str(REDACTED);
                        out.push('"');
                    }
                }
                continue;
            }
            b'{' | b'[' => {
                objects.push(byte == b'{');
                key_next = byte == b'{';
            }
            b'}' | b']' => {
                objects.pop();
                key_next = false;
            }
            b',' => key_next = objects.last() == Some(&true),
            b'-' | b'0'..=b'9' => {
                if cursor.number().is_err() {
                    return;
                }
                out.push_str(cursor.since(start));
                continue;
            }
            b't' | b'f' | b'n' => {
                if cursor.literal().is_err() {
                    return;
                }
                out.push_str(cursor.since(start));
                continue;
            }
            _ => {}
        }
        cursor.bump();
        out.push_str(cursor.since(start));
    }
}

/// Passes the value of a secret member unless it is null or empty, which says nothing.
fn hide(cursor: &mut Cursor<'_>) -> bool {
    cursor.peek();
    let start = cursor.at();
    let passed = cursor.skip_value().is_ok();
    let hidden = passed && !matches!(cursor.since(start), "null" | "\"\"" | "{}" | "[]");
    if !hidden {
        cursor.set_at(start);
    }
    hidden
}

/// Appends `text` as a JSON string.
pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => {
                out.push_str(&text[from..at]);
                out.push_str("\\u00");
                out.push(char::from(b'0' + (byte >> 4)));
                out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
                from = at + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escape);
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

/// Appends any value as JSON; nothing for [`Value::Absent`].
pub(crate) fn push_json(value: Value<'_>, secrets: Secrets, out: &mut String) {
    match value {
        Value::Absent => {}
        Value::Null => out.push_str("null"),
        Value::Str(text) => push_string(text, out),
        Value::Number(text) => out.push_str(text),
        Value::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        Value::Json(json) => push_compact(json, secrets, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: Secrets = Secrets::new(&["sessionToken"]);

    fn compact(raw: &str) -> String {
        let mut out = String::new();
        push_compact(Json { raw, blanks: true, secret: true }, SECRETS, &mut out);
        out
    }

    #[test]
    fn blanks_go_and_the_rest_stays_as_written() {
        assert_eq!(
            compact("{ \"a\" : [ 1.50 , null , \"x y\\u00e9\" ] ,\n \"b\":{} }"),
            r#"{"a":[1.50,null,"x y\u00e9"],"b":{}}"#
        );
    }

    #[test]
    fn secrets_are_hidden_at_any_depth() {
        let raw = r#"{"c":{"SessionToken":{"deep":[1]},"k":"sessionToken"},"sessionToken":"abc","d":[{"sessionToken":""}]}"#;
        assert_eq!(
            compact(raw),
            r#"{"c":{"SessionToken":"REDACTED","k":"sessionToken"},"sessionToken":"REDACTED","d":[{"sessionToken":""}]}"#
        );
    }

    #[test]
    fn strings_are_escaped() {
        let mut out = String::new();
        push_string("a\"\\\n\u{1}é", &mut out);
        assert_eq!(out, r#""a\"\\\n\u0001é""#);
    }
}
