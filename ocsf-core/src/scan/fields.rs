//! The fields that a mapper knows, and a reader that fills them from a record in one pass.

use bumpalo::Bump;

use super::json::{Cursor, ScanError, StrToken};
use super::keys::Keys;

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

/// Some fields of a source, to be asked for all at once.
///
/// ```
/// ocsf_core::fields! { pub FIELDS: EVENT_TIME = "eventTime", USER = "userIdentity.userName" }
/// const WHO: ocsf_core::FieldSet = ocsf_core::FieldSet::of(&[USER]);
/// assert!(WHO.contains(USER) && !WHO.contains(EVENT_TIME));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSet(u128);

impl FieldSet {
    /// The set of these.
    pub const fn of(fields: &[Field]) -> Self {
        let (mut set, mut rest) = (0, fields);
        while let [field, others @ ..] = rest {
            set |= field.bit();
            rest = others;
        }
        Self(set)
    }

    /// True when it has this field.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    pub(crate) const fn bits(self) -> u128 {
        self.0
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
    #[inline]
    pub fn text(self) -> Option<&'b str> {
        match self {
            Self::Str(text) | Self::Number(text) if !text.is_empty() => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// True unless the record has no such field or it is `null`, `""`, `{}` or `[]`.
    #[inline]
    pub fn is_some(self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Json(json) => !json.is_empty(),
            value => value.text().is_some(),
        }
    }

    /// Null, empty text and `{}`: no column can carry them, whatever fields it takes. An empty list may be an empty list.
    #[inline]
    pub(crate) fn is_nothing(self) -> bool {
        match self {
            Self::Json(json) => json.is_empty() && !json.is_array(),
            value => !value.is_some(),
        }
    }
}

impl Json<'_> {
    /// An object without members.
    pub(crate) const EMPTY: Self = Self { raw: "{}", blanks: false, secret: false };

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
    /// Its own name; empty for `parent` itself, an object without members.
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
    /// There are more than [`Field::MAX`] of them, or they lie in more than 128 objects: a mistake in a source's own
    /// constants.
    pub fn new(fields: &'static [Field]) -> Self {
        assert!(fields.len() <= Field::MAX, "a source has at most {} fields", Field::MAX);
        let mut tree = Self { nodes: vec![Node::default()], fields };
        for field in fields {
            tree.insert(*field);
        }
        assert!(
            tree.nodes.len() <= MAX_OBJECTS,
            "the fields of a source lie in at most {MAX_OBJECTS} objects"
        );
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
        let first = rest.len();
        let entered = arena.alloc_slice_fill_copy(self.nodes.len(), first);
        let mut reading = Reading { arena, values, rest, entered, seen: 0, repeated: 0, dropped: false };
        self.read_node(0, cursor, &mut reading)?;
        let Reading { repeated, dropped, .. } = reading;
        if dropped {
            let mut number = 0;
            rest.retain(|left| {
                number += 1;
                number <= first || left.value != Value::Absent
            });
        }
        Ok(repeated)
    }

    fn read_node<'b>(
        &self,
        at: usize,
        cursor: &mut Cursor<'b>,
        reading: &mut Reading<'_, 'b>,
    ) -> Result<(), ScanError> {
        let node = &self.nodes[at];
        self.restart(at, reading);
        reading.seen |= bit(at);
        reading.entered[at] = reading.rest.len();
        // Members of this object that are no fields: where they are among the leftovers.
        let mut left_here: bumpalo::collections::Vec<'_, usize> =
            bumpalo::collections::Vec::new_in(reading.arena);
        let mut names = Keys::default();
        if cursor.peek() != Some(b'{') {
            return Err(cursor.peek().map_or(ScanError::Incomplete, |_| ScanError::Syntax(cursor.at())));
        }
        cursor.bump();
        if cursor.eat(b'}') {
            if at > 0 {
                // Not the same as no object: what it leaves has no name of its own.
                let json = Json { raw: "{}", blanks: false, secret: false };
                reading.rest.push(Leftover { parent: node.path, key: "", value: Value::Json(json) });
            }
            return Ok(());
        }
        loop {
            let key = text_in(cursor.key()?, reading.arena);
            let child = node.child(key);
            if let Some(Child { field: Some(field), .. }) = child {
                let value = read_value(cursor, reading.arena)?;
                if let Some(slot) = reading.values.get_mut(field.index()) {
                    reading.repeated += u32::from(*slot != Value::Absent);
                    *slot = value;
                }
            } else {
                let again = names.find(key, left_here.len(), |at| reading.rest[left_here[at]].key);
                let below = child.and_then(|child| child.node);
                if let Some(below) = below.filter(|_| cursor.peek() == Some(b'{')) {
                    if let Some(at) = again {
                        reading.drop_left(left_here[at]);
                    }
                    self.read_node(below, cursor, reading)?;
                } else {
                    if let Some(below) = below {
                        self.restart(below, reading);
                    }
                    let value = read_value(cursor, reading.arena)?;
                    if let Some(at) = again {
                        reading.repeated += u32::from(reading.rest[left_here[at]].value != Value::Absent);
                        reading.rest[left_here[at]].value = value;
                    } else {
                        left_here.push(reading.rest.len());
                        reading.rest.push(Leftover { parent: node.path, key, value });
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

    /// Forgets what an object gave before, when its name comes again.
    fn restart(&self, at: usize, reading: &mut Reading<'_, '_>) {
        if reading.seen & bit(at) == 0 {
            return;
        }
        reading.repeated += 1;
        reading.seen &= !bit(at);
        self.clear(at, reading.values);
        let path = self.nodes[at].path;
        for number in reading.entered[at]..reading.rest.len() {
            if is_below(reading.rest[number].parent, path) {
                reading.rest[number].value = Value::Absent;
                reading.dropped = true;
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

/// A record while it is read.
struct Reading<'r, 'b> {
    arena: &'b Bump,
    values: &'r mut [Value<'b>],
    /// Leftovers; an absent value stands for one that was dropped.
    rest: &'r mut Vec<Leftover<'b>>,
    /// How many there were when an object was entered.
    entered: &'r mut [usize],
    /// The objects that were entered, by [`bit`].
    seen: u128,
    repeated: u32,
    dropped: bool,
}

impl Reading<'_, '_> {
    fn drop_left(&mut self, number: usize) {
        if self.rest[number].value != Value::Absent {
            self.rest[number].value = Value::Absent;
            self.repeated += 1;
            self.dropped = true;
        }
    }
}

/// The bit that stands for an object of the tree in a set of them.
fn bit(node: usize) -> u128 {
    1 << (node % MAX_OBJECTS)
}

const MAX_OBJECTS: usize = 128;

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

    #[test]
    fn a_repeated_object_leaves_other_records_alone() {
        let arena = Bump::new();
        let tree = FieldTree::new(FIELDS);
        let mut rest = Vec::new();
        for text in
            [r#"{"user":{"x":1}}"#, r#"{"z":0,"user":{"x":2,"session":{"q":1}},"user":{"x":3},"v":4}"#]
        {
            let mut values = vec![Value::Absent; tree.len()];
            tree.read(&mut Cursor::new(text, true), &arena, &mut values, &mut rest).unwrap();
        }
        let left: Vec<_> = rest.iter().map(|left| (left.key, left.value)).collect();
        let number = Value::Number;
        assert_eq!(left, [("x", number("1")), ("z", number("0")), ("x", number("3")), ("v", number("4"))]);
    }

    #[test]
    fn the_last_wins_also_between_an_object_and_a_text() {
        let arena = Bump::new();
        let (values, rest, repeated) = read(r#"{"user":"root","user":{"name":"a"}}"#, &arena);
        assert_eq!((values[NAME.index()], rest.len(), repeated), (Value::Str("a"), 0, 1));
        let (values, rest, repeated) = read(r#"{"user":{"name":"a","x":1},"user":"root"}"#, &arena);
        assert_eq!((values[NAME.index()], repeated), (Value::Absent, 1));
        assert_eq!((rest.len(), rest[0].key, rest[0].value), (1, "user", Value::Str("root")));
    }
}
