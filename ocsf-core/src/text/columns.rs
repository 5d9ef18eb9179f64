//! Which field stands at which place of a line.

use bumpalo::Bump;

use super::tokens::Tokens;
use crate::frame::Form;
use crate::record::Filled;
use crate::scan::{Field, Leftover, Value};

/// Fields behind the last column that get a name each. What follows them is one value more.
const MAX_SURPLUS: usize = 64;

/// Columns of a header or of a user beyond this many are not told apart.
const MAX_NAMED: usize = 256;

/// The columns of lines, in order.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    list: Vec<Column>,
    /// A line of fewer fields is torn.
    at_least: usize,
    quotes: bool,
}

#[derive(Debug, Clone)]
enum Column {
    Known(Field),
    /// No field of the source.
    Unknown(Box<str>),
}

/// A line has too few fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooFew {
    pub(crate) found: usize,
    pub(crate) expected: usize,
}

impl Columns {
    /// The columns of a form.
    pub(crate) fn of(form: &Form) -> Self {
        Self {
            list: form.columns.iter().copied().map(Column::Known).collect(),
            at_least: form.at_least,
            quotes: form.quotes,
        }
    }

    /// Columns by name; a name that comes again is no field.
    fn named<'n>(names: impl Iterator<Item = &'n str>, index: &NameIndex) -> Self {
        let mut list: Vec<Column> = Vec::new();
        for name in names.take(MAX_NAMED) {
            let field = index.get(name).filter(|field| {
                !list.iter().any(|known| matches!(known, Column::Known(known) if known == field))
            });
            list.push(field.map_or_else(|| Column::Unknown(bare(name).into()), Column::Known));
        }
        Self { at_least: list.len(), list, quotes: false }
    }

    /// Columns that a user names, parted by blanks or commas; `None` when no name is that of a field.
    pub(crate) fn parse(text: &str, index: &NameIndex) -> Option<Self> {
        let names = text.split([' ', ',', '\t', '\n', '\r']).filter(|name| !name.is_empty());
        let columns = Self::named(names, index);
        let is_some = columns.known().next().is_some();
        is_some.then_some(columns)
    }

    /// Number of columns.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The names of all, in order.
    pub(crate) fn names(&self) -> Vec<&str> {
        let name = |column| match column {
            &Column::Known(field) => field.path(),
            Column::Unknown(name) => name,
        };
        self.list.iter().map(name).collect()
    }

    /// The names that are no fields of the source.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.list.iter().filter_map(|column| match column {
            Column::Unknown(name) => Some(&**name),
            Column::Known(_) => None,
        })
    }

    /// The fields of the source among the columns.
    pub(crate) fn known(&self) -> impl Iterator<Item = Field> {
        self.list.iter().filter_map(|column| match column {
            Column::Known(field) => Some(*field),
            Column::Unknown(_) => None,
        })
    }

    /// Puts the fields of a line into their places; `-` is no value. What has no place goes to `rest`, under the name of
    /// its column or as `field_<n>`, counted from 1. Returns the number of fields, and which
    /// of them the source knows.
    pub(crate) fn fill<'b>(
        &self,
        line: &'b str,
        arena: &'b Bump,
        values: &mut [Value<'b>],
        rest: &mut Vec<Leftover<'b>>,
    ) -> Result<(usize, Filled), TooFew> {
        let mut filled = Filled::default();
        let mut tokens = Tokens::new(line, self.quotes);
        let mut found = 0;
        for (column, token) in self.list.iter().zip(tokens.by_ref()) {
            found += 1;
            if token == "-" {
                continue;
            }
            match column {
                Column::Known(field) => {
                    if let Some(slot) = values.get_mut(field.index()) {
                        *slot = Value::Str(token);
                        filled.add(field.index(), token.is_empty());
                    }
                }
                Column::Unknown(name) => {
                    rest.push(Leftover { parent: "", key: arena.alloc_str(name), value: Value::Str(token) });
                }
            }
        }
        if found < self.at_least {
            return Err(TooFew { found, expected: self.at_least });
        }
        while !tokens.rest().is_empty() {
            found += 1;
            let value = if found <= self.len() + MAX_SURPLUS { tokens.next() } else { Some(tokens.rest()) };
            let Some(value) = value else { break };
            if value != "-" {
                let key = arena.alloc_str(&format!("field_{found}"));
                rest.push(Leftover { parent: "", key, value: Value::Str(value) });
            }
            if found > self.len() + MAX_SURPLUS {
                break;
            }
        }
        Ok((found, filled))
    }
}

/// Finds fields by the names that people give them: `-`, `_` and `:` are one, case does not count, `${...}` may stand around.
#[derive(Debug)]
pub(crate) struct NameIndex {
    /// Fields by the length of their names.
    by_len: Vec<Vec<Field>>,
}

impl NameIndex {
    pub(crate) fn new(fields: &[Field]) -> Self {
        let mut by_len: Vec<Vec<Field>> = Vec::new();
        for field in fields {
            let len = field.path().len();
            if by_len.len() <= len {
                by_len.resize(len + 1, Vec::new());
            }
            by_len[len].push(*field);
        }
        Self { by_len }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Field> {
        let name = bare(name);
        let is_joint = |byte: u8| matches!(byte, b'-' | b'_' | b':');
        let same = |a: u8, b: u8| a.eq_ignore_ascii_case(&b) || (is_joint(a) && is_joint(b));
        let fields = self.by_len.get(name.len())?;
        let is_it = |field: &&Field| field.path().bytes().zip(name.bytes()).all(|(a, b)| same(a, b));
        fields.iter().find(is_it).copied()
    }

    /// The columns that a header line names: the fields of the source among its words are more than the others.
    pub(crate) fn header(&self, line: &str) -> Option<Columns> {
        if !line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$') {
            return None;
        }
        let words = || Tokens::new(line, false);
        if !words().take(2).any(|word| self.get(word).is_some()) {
            return None;
        }
        let columns = Columns::named(words(), self);
        (columns.known().count() * 2 > columns.len()).then_some(columns)
    }
}

/// The columns that a user names, parted by blanks or commas.
pub(crate) fn parse_names(text: &str, fields: &[Field]) -> Result<Columns, String> {
    Columns::parse(text, &NameIndex::new(fields)).ok_or_else(|| {
        let some: Vec<_> = fields.iter().take(4).map(|field| field.path()).collect();
        format!("`{text}` names no field; fields are `{}` and so on", some.join("`, `"))
    })
}

/// A name without `$`, `{` and `}` around it.
fn bare(name: &str) -> &str {
    name.trim_start_matches('$').strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::fields! { FIELDS: VERSION = "version", ACCOUNT = "account-id", START = "start" }

    fn fill(columns: &Columns, line: &str) -> Result<String, TooFew> {
        let arena = Bump::new();
        let mut values = vec![Value::Absent; FIELDS.len()];
        let mut rest = Vec::new();
        columns.fill(line, &arena, &mut values, &mut rest)?;
        let fields =
            FIELDS.iter().zip(&values).filter_map(|(field, value)| Some((field.path(), value.text()?)));
        let left = rest.iter().map(|left| (left.key, left.value.text().unwrap_or_default()));
        let all: Vec<_> = fields.chain(left).map(|(name, value)| format!("{name}={value}")).collect();
        Ok(all.join(" "))
    }

    #[test]
    fn a_header_names_the_columns_in_any_order() {
        let index = NameIndex::new(FIELDS);
        let columns = index.header("start new-field account_id VERSION").unwrap();
        assert_eq!(columns.unknown().collect::<Vec<_>>(), ["new-field"]);
        assert_eq!(fill(&columns, "1 n 2 3").unwrap(), "version=3 account-id=2 start=1 new-field=n");
        assert_eq!(fill(&columns, "1 - 2 -").unwrap(), "account-id=2 start=1");
        assert_eq!(fill(&columns, "1 n 2"), Err(TooFew { found: 3, expected: 4 }));
        assert!(index.header("version 111122223333 eni-1").is_none());
        assert!(index.header("hello start").is_none());
        assert_eq!(
            index.header("VERSION ACCOUNT-ID Start").unwrap().names(),
            ["version", "account-id", "start"]
        );
    }

    #[test]
    fn surplus_fields_are_kept_by_number() {
        let columns = parse_names("${version} ${start}", FIELDS).unwrap();
        assert_eq!(fill(&columns, "2 7 x - y").unwrap(), "version=2 start=7 field_3=x field_5=y");
        let many = "z ".repeat(5_000);
        let filled = fill(&columns, &many).unwrap();
        assert!(filled.contains("field_66=z field_67=z z z"), "{}", &filled[..900]);
    }

    #[test]
    fn names_of_users_are_checked() {
        assert!(parse_names("$${version},$${account-id}", FIELDS).is_ok());
        assert!(parse_names("colour size", FIELDS).unwrap_err().contains("names no field"));
        let twice = parse_names("start start", FIELDS).unwrap();
        assert_eq!(fill(&twice, "1 2").unwrap(), "start=1 start=2");
    }
}
