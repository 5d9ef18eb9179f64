//! What the rules see of an event, whatever it is made of.

use std::borrow::Cow;

/// One value of an event: cheap to copy, borrowed from what holds it for `'a`.
pub trait Value<'a>: Copy {
    /// Text may stand for an object without attributes of its own, such as `unmapped`, when it is JSON: columns are often
    /// written so.
    const JSON_TEXT_IS_OBJECT: bool;

    /// What it is.
    fn view(self) -> View<'a, Self>;

    /// Its elements in order; none when it is no list.
    fn items(self) -> impl Iterator<Item = Self>;

    /// Its members in order; none when it is no object. Of members with one name, the last one counts.
    fn members(self) -> impl Iterator<Item = (&'a str, Self)>;

    /// Its member of that name.
    fn get(self, name: &str) -> Option<Self> {
        self.members().filter(|(own, _)| *own == name).last().map(|(_, value)| value)
    }
}

/// What a [`Value`] is.
#[derive(Debug, Clone, Copy)]
pub enum View<'a, V> {
    /// Written out as null. What is null in a column is not there at all.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A time of a typed column, in milliseconds since the epoch: as good as a number or as date-time text.
    Instant(i64),
    /// A list.
    List(V),
    /// An object.
    Object(V),
    /// What no attribute can be, by its name.
    Other(&'a str),
}

impl<'a, V: Value<'a>> View<'a, V> {
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn is_text(self, wanted: &str) -> bool {
        matches!(self, Self::Text(text) if text == wanted)
    }

    /// Null, or text, a list or an object without anything in it.
    pub(crate) fn is_empty(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.items().next().is_none(),
            Self::Object(object) => object.members().next().is_none(),
            _ => false,
        }
    }

    /// A whole number, `4001.0` too.
    pub(crate) fn whole(self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(number),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => Some(number as i128),
            _ => None,
        }
    }

    /// A scalar as text, as enums and observables have it.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Instant(ms) => Cow::Owned(ms.to_string()),
            Self::Float(number) => Cow::Owned(format!("{number:?}")),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Null | Self::List(_) | Self::Object(_) | Self::Other(_) => Cow::Borrowed(self.kind()),
        }
    }

    /// What it is, in a word.
    pub(crate) fn kind(self) -> &'a str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "text",
            Self::Instant(_) => "a timestamp",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Other(name) => name,
        }
    }

    /// What it is and says, for messages: cut when long.
    pub(crate) fn shown(self) -> String {
        match self {
            Self::Null | Self::List(_) | Self::Object(_) | Self::Other(_) => self.kind().to_owned(),
            Self::Text(text) => match text.char_indices().nth(MAX_SHOWN) {
                Some((end, _)) => format!("`{}...`", text.get(..end).unwrap_or_default()),
                None => format!("`{text}`"),
            },
            scalar => scalar.text().into_owned(),
        }
    }

    /// What it is and says, with its kind.
    pub(crate) fn described(self) -> String {
        match self {
            Self::Null | Self::List(_) | Self::Object(_) | Self::Other(_) => self.kind().to_owned(),
            scalar => format!("{} {}", self.kind(), scalar.shown()),
        }
    }
}

/// So many characters of a text are shown in a message.
const MAX_SHOWN: usize = 60;
