//! The fields that a mapper knows, and a reader that fills them from a record in one pass.

use bumpalo::Bump;

use super::json::{Cursor, ScanError, StrToken};

/// A field of the source record: its number among the fields of the source, and its dotted path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    index: u16,
    path: &'static str,
}

impl Field {
    /// Most fields that one source may have.
    pub const MAX: usize = 128;

    /// Use [`fields!`](crate::fields), which numbers them.
    pub const fn new(index: u16, path: &'static str) -> Self {
        Self { index, path }
    }

    /// Dotted path in the record.
    pub const fn path(self) -> &'static str {
        self.path
    }

    /// Number among the fields of its source.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The bit that stands for it in a set of fields.
    pub(crate) const fn bit(self) -> u128 {
        1 << self.index
    }
}

/// Declares the fields of a source: a constant each, and one list of them all.
///
/// ```
/// ocsf_core::fields! { pub FIELDS: EVENT_TIME = "eventTime", USER = "userIdentity.userName" }
/// assert_eq!(FIELDS[1], USER);
/// assert_eq!(USER.path(), "userIdentity.userName");
/// ```
#[macro_export]
macro_rules! fields {
    ($vis:vis $all:ident: $($name:ident = $path:literal),+ $(,)?) => {
        $crate::fields!(@number [$vis] 0u16; $($name = $path,)+);
        /// Every field of the source, in order.
        $vis const $all: &[$crate::Field] = &[$($name),+];
    };
    (@number [$vis:vis] $index:expr; $name:ident = $path:literal, $($rest:tt)*) => {
        #[doc = concat!("`", $path, "`")]
        $vis const $name: $crate::Field = $crate::Field::new($index, $path);
        $crate::fields!(@number [$vis] $index + 1; $($rest)*);
    };
    (@number [$vis:vis] $index:expr;) => {};
}

/// Value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Value<'b> {
    /// The record has no such field.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// Text, escapes resolved.
    Str(&'b str),
    /// A number, as its source text.
    Number(&'b str),
    /// `true` or `false`.
    Bool(bool),
    /// An object or an array.
    Json(Json<'b>),
}

/// An object or an array as its source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'b> {
    /// Valid JSON.
    pub raw: &'b str,
    /// Blanks stand between its tokens.
    pub blanks: bool,
    /// A member at some depth is secret.
    pub secret: bool,
}

impl<'b> Value<'b> {
    /// Text, a number's source text, `true` or `false`; `None` for anything else and for empty text.
    pub fn text(self) -> Option<&'b str> {
        match self {
            Self::Str(text) | Self::Number(text) if !text.is_empty() => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// True unless the record has no such field or it is `null`, `""`, `{}` or `[]`.
    pub fn is_some(self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Json(json) => !json.is_empty(),
            value => value.text().is_some(),
        }
    }
}

impl Json<'_> {
    /// True for `{}` and `[]`.
    pub fn is_empty(self) -> bool {
        let inner = self.raw.get(1..self.raw.len().saturating_sub(1)).unwrap_or_default();
        inner.bytes().all(|byte| byte.is_ascii_whitespace())
    }

    /// True for an array.
    pub fn is_array(self) -> bool {
        self.raw.starts_with('[')
    }
}

/// A member of the record that is no field of the source.
#[derive(Debug, Clone, Copy)]
pub struct Leftover<'b> {
    /// Dotted path of the object that it is a member of; empty for the record itself.
    pub parent: &'static str,
    /// Its own name.
    pub key: &'b str,
    /// Its value; never [`Value::Absent`].
    pub value: Value<'b>,
}

/// The fields of a source as a tree of member names.
#[derive(Debug)]
pub struct FieldTree {
    nodes: Vec<Node>,
    fields: &'static [Field],
}

#[derive(Debug, Default)]
struct Node {
    /// Path of the object that the node stands for.
    path: &'static str,
    children: Vec<Child>,
    /// `children` ordered by length of the name: those of length `n` begin at `by_len[n]`, end at `by_len[n + 1]`.
    by_len: Vec<u16>,
}

#[derive(Debug)]
struct Child {
    name: &'static str,
    field: Option<Field>,
    node: Option<usize>,
}

impl FieldTree {
    /// The tree of these fields.
    ///
    /// # Panics
    /// There are more than [`Field::MAX`] of them: a mistake in a source's own constants.
    pub fn new(fields: &'static [Field]) -> Self {
        assert!(fields.len() <= Field::MAX, "a source has at most {} fields", Field::MAX);
        let mut tree = Self { nodes: vec![Node::default()], fields };
        for field in fields {
            tree.insert(*field);
        }
        for node in &mut tree.nodes {
            node.children.sort_by_key(|child| (child.name.len(), child.name));
            let longest = node.children.last().map_or(0, |child| child.name.len());
            node.by_len = (0..=longest + 1)
                .map(|len| node.children.partition_point(|child| child.name.len() < len) as u16)
                .collect();
        }
        tree
    }

    fn insert(&mut self, field: Field) {
        let mut at = 0;
        let mut end = 0;
        let names: Vec<&'static str> = field.path().split('.').collect();
        for (i, name) in names.iter().enumerate() {
            end += name.len() + usize::from(i > 0);
            let node = &mut self.nodes[at];
            let found = node.children.iter().position(|child| child.name == *name);
            let index = found.unwrap_or_else(|| {
                node.children.push(Child { name, field: None, node: None });
                node.children.len() - 1
            });
            if i + 1 == names.len() {
                self.nodes[at].children[index].field = Some(field);
            } else if let Some(next) = self.nodes[at].children[index].node {
                at = next;
            } else {
                let next = self.nodes.len();
                self.nodes[at].children[index].node = Some(next);
                self.nodes.push(Node { path: &field.path()[..end], ..Node::default() });
                at = next;
            }
        }
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True when the source has no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Reads the object at the cursor: fields into `values`, which has one place each, and all other members into `rest`.
    ///
    /// A member that comes twice keeps its last value. Returns the number of such repetitions.
    ///
    /// # Errors
    /// No JSON object stands here, or it is nested too deep.
    pub fn read<'b>(
        &self,
        cursor: &mut Cursor<'b>,
        arena: &'b Bump,
        values: &mut [Value<'b>],
        rest: &mut Vec<Leftover<'b>>,
    ) -> Result<u32, ScanError> {
        let mut repeated = 0;
        let mut seen = 0u64;
        self.read_node(0, cursor, arena, values, rest, &mut seen, &mut repeated)?;
        Ok(repeated)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one recursive descent, private")]
    fn read_node<'b>(
        &self,
        at: usize,
        cursor: &mut Cursor<'b>,
        arena: &'b Bump,
        values: &mut [Value<'b>],
        rest: &mut Vec<Leftover<'b>>,
        seen: &mut u64,
        repeated: &mut u32,
    ) -> Result<(), ScanError> {
        let node = &self.nodes[at];
        let bit = 1 << (at & 63);
        if *seen & bit != 0 {
            *repeated += 1;
            self.clear(at, values);
            rest.retain(|left| !is_below(left.parent, node.path));
        }
        *seen |= bit;
        let first_left = rest.len();
        if cursor.peek() != Some(b'{') {
            return Err(cursor.peek().map_or(ScanError::Incomplete, |_| ScanError::Syntax(cursor.at())));
        }
        cursor.bump();
        if cursor.eat(b'}') {
            return Ok(());
        }
        loop {
            let key = text_in(cursor.key()?, arena);
            match node.child(key) {
                Some(Child { node: Some(below), field: None, .. }) if cursor.peek() == Some(b'{') => {
                    self.read_node(*below, cursor, arena, values, rest, seen, repeated)?;
                }
                Some(Child { field: Some(field), .. }) => {
                    let value = read_value(cursor, arena)?;
                    if let Some(slot) = values.get_mut(field.index()) {
                        *repeated += u32::from(*slot != Value::Absent);
                        *slot = value;
                    }
                }
                _ => {
                    let value = read_value(cursor, arena)?;
                    let again = rest.get_mut(first_left..).and_then(|rest| {
                        rest.iter_mut().find(|left| left.key == key && left.parent == node.path)
                    });
                    if let Some(left) = again {
                        left.value = value;
                        *repeated += 1;
                    } else {
                        rest.push(Leftover { parent: node.path, key, value });
                    }
                }
            }
            match cursor.peek() {
                Some(b',') => cursor.bump(),
                Some(b'}') => {
                    cursor.bump();
                    return Ok(());
                }
                Some(_) => return Err(ScanError::Syntax(cursor.at())),
                None => return Err(ScanError::Incomplete),
            }
        }
    }

    fn clear(&self, at: usize, values: &mut [Value<'_>]) {
        for child in &self.nodes[at].children {
            if let Some(slot) = child.field.and_then(|field| values.get_mut(field.index())) {
                *slot = Value::Absent;
            }
            if let Some(below) = child.node {
                self.clear(below, values);
            }
        }
    }
}

impl Node {
    #[inline]
    fn child(&self, name: &str) -> Option<&Child> {
        let start = *self.by_len.get(name.len())? as usize;
        let end = *self.by_len.get(name.len() + 1)? as usize;
        self.children.get(start..end)?.iter().find(|child| child.name == name)
    }
}

fn is_below(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Reads any value at the cursor.
pub(crate) fn read_value<'b>(cursor: &mut Cursor<'b>, arena: &'b Bump) -> Result<Value<'b>, ScanError> {
    Ok(match cursor.peek() {
        Some(b'"') => Value::Str(text_in(cursor.string()?, arena)),
        Some(b'{' | b'[') => {
            let (raw, blanks, secret) = cursor.raw_value()?;
            Value::Json(Json { raw, blanks, secret })
        }
        Some(b't' | b'f' | b'n') => match cursor.literal()? {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Null,
        },
        Some(_) => Value::Number(cursor.number()?),
        None => return Err(ScanError::Incomplete),
    })
}

fn text_in<'b>(token: StrToken<'b>, arena: &'b Bump) -> &'b str {
    if token.escaped { arena.alloc_str(&token.text()) } else { token.raw }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::fields! { FIELDS: TIME = "eventTime", NAME = "user.name", ARN = "user.session.arn", PARAMS = "params" }

    fn read<'b>(text: &'b str, arena: &'b Bump) -> (Vec<Value<'b>>, Vec<Leftover<'b>>, u32) {
        let tree = FieldTree::new(FIELDS);
        let mut values = vec![Value::Absent; tree.len()];
        let mut rest = Vec::new();
        let repeated = tree.read(&mut Cursor::new(text, true), arena, &mut values, &mut rest).unwrap();
        (values, rest, repeated)
    }

    #[test]
    fn fields_and_leftovers_part() {
        let arena = Bump::new();
        let text = r#"{"eventTime":"t","user":{"name":"a\u0062","x":1,"session":{"arn":null,"y":[1]}},"z":{"q":2},"params":{"k": 1}}"#;
        let (values, rest, repeated) = read(text, &arena);
        assert_eq!(values[TIME.index()], Value::Str("t"));
        assert_eq!(values[NAME.index()], Value::Str("ab"));
        assert_eq!(values[ARN.index()], Value::Null);
        assert!(matches!(values[PARAMS.index()], Value::Json(Json { raw: r#"{"k": 1}"#, blanks: true, .. })));
        let left: Vec<_> = rest.iter().map(|left| (left.parent, left.key)).collect();
        assert_eq!(left, [("user", "x"), ("user.session", "y"), ("", "z")]);
        assert_eq!(repeated, 0);
    }

    #[test]
    fn an_object_field_of_another_type_is_left_over() {
        let arena = Bump::new();
        let (values, rest, _) = read(r#"{"user":"root"}"#, &arena);
        assert!(values.iter().all(|value| *value == Value::Absent));
        assert_eq!((rest[0].key, rest[0].value), ("user", Value::Str("root")));
    }

    #[test]
    fn the_last_of_repeated_members_wins() {
        let arena = Bump::new();
        let text = r#"{"eventTime":1,"eventTime":2,"user":{"name":"a","x":1},"user":{"y":1},"w":1,"w":2}"#;
        let (values, rest, repeated) = read(text, &arena);
        assert_eq!(values[TIME.index()], Value::Number("2"));
        assert_eq!(values[NAME.index()], Value::Absent);
        let left: Vec<_> = rest.iter().map(|left| (left.key, left.value)).collect();
        assert_eq!(left, [("y", Value::Number("1")), ("w", Value::Number("2"))]);
        assert_eq!(repeated, 3);
    }
}
