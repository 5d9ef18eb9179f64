//! Short names of what must not change unseen: schemas and groups.

use std::fmt::Write as _;

use arrow::datatypes::{DataType, Field, Schema};
use sha2::{Digest, Sha256};

use crate::manifest::GROUP_NAME;

/// Sixteen hexadecimal digits that stand for the names, types and order of all columns. Dictionary and plain text
/// columns count as the same, since they give the same file.
///
/// ```
/// use arrow::datatypes::{DataType, Field, Schema};
/// let schema = Schema::new(vec![Field::new("time", DataType::Int64, true)]);
/// assert_eq!(ocsf_lake::schema_fingerprint(&schema).len(), 16);
/// ```
pub fn schema_fingerprint(schema: &Schema) -> String {
    let mut text = String::new();
    for field in schema.fields() {
        describe(field, &mut text);
        text.push('\n');
    }
    let mut digest = hex(&Sha256::digest(text.as_bytes()));
    digest.truncate(16);
    digest
}

/// Thirty-two hexadecimal digits that stand for some texts in their order.
pub(crate) fn short_name(texts: impl IntoIterator<Item = String>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    let mut name = hex(&digest.finalize());
    name.truncate(GROUP_NAME);
    name
}

fn describe(field: &Field, out: &mut String) {
    let _ = write!(out, "{}:", field.name());
    match field.data_type() {
        DataType::Dictionary(_, values) => {
            let _ = write!(out, "{values}");
        }
        DataType::Struct(fields) => {
            out.push('{');
            for field in fields {
                describe(field, out);
                out.push(',');
            }
            out.push('}');
        }
        DataType::List(item) | DataType::Map(item, _) => {
            out.push('[');
            describe(item, out);
            out.push(']');
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
    out.push_str(if field.is_nullable() { "?" } else { "!" });
}

/// Lower-case hexadecimal digits of `bytes`, as hashes are written in manifests.
///
/// ```
/// assert_eq!(ocsf_lake::hex(&[0, 0xAB]), "00ab");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_types_and_order_count_and_dictionaries_do_not() {
        let of = |fields: &[(&str, DataType)]| {
            let fields = fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true));
            schema_fingerprint(&Schema::new(fields.collect::<Vec<_>>()))
        };
        let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        assert_eq!(of(&[("a", DataType::Utf8)]), of(&[("a", words)]));
        assert_ne!(of(&[("a", DataType::Utf8)]), of(&[("b", DataType::Utf8)]));
        assert_ne!(of(&[("a", DataType::Int32)]), of(&[("a", DataType::Int64)]));
        let (a, b) = (("a", DataType::Utf8), ("b", DataType::Utf8));
        assert_ne!(of(&[a.clone(), b.clone()]), of(&[b, a]));
    }
}
