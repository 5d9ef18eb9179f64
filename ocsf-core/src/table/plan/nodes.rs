//! The tree of attributes that a table fills, and how leaves become struct arrays.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, ListArray, StringArray, StructArray,
    TimestampMillisecondArray, new_null_array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};

use super::object_type;
use crate::schema::{Kind, list_type};

/// An attribute of a table.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) kind: NodeKind,
}

#[derive(Debug, Clone)]
pub(crate) enum NodeKind {
    /// A value; `word` when it has few distinct ones.
    Leaf {
        kind: Kind,
        word: bool,
        source: LeafSource,
    },
    /// A list of texts.
    Texts {
        source: LeafSource,
    },
    Object(Vec<Node>),
    /// A list of objects; null everywhere without a column.
    List {
        column: Option<usize>,
        items: Vec<Node>,
    },
}

/// Where a leaf's array comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LeafSource {
    /// This array of this column.
    Column {
        column: usize,
        part: usize,
    },
    /// The times of this column.
    DateTime {
        column: usize,
    },
    Text(Arc<str>),
    /// Each text where one of these columns has a value; everywhere without any.
    Texts(Vec<(Arc<str>, Range<usize>)>),
    Int(i32),
    /// Another table of the source fills it.
    Null,
}

impl Node {
    /// Its Arrow field.
    pub(crate) fn field(&self, dictionaries: bool) -> Field {
        Field::new(&self.name, self.kind.arrow(dictionaries), true)
    }

    /// The arrays of `nodes` as one array each.
    pub(crate) fn assemble(
        nodes: &[Self],
        columns: &[Vec<ArrayRef>],
        len: usize,
        dictionaries: bool,
    ) -> (Fields, Vec<ArrayRef>) {
        nodes
            .iter()
            .map(|node| (Arc::new(node.field(dictionaries)), node.array(columns, len, dictionaries)))
            .collect::<(Vec<_>, Vec<_>)>()
            .into_parts()
    }

    fn array(&self, columns: &[Vec<ArrayRef>], len: usize, dictionaries: bool) -> ArrayRef {
        let null = || new_null_array(&self.kind.arrow(dictionaries), len);
        let column =
            |column: usize, part: usize| columns.get(column).and_then(|arrays| arrays.get(part)).cloned();
        match &self.kind {
            NodeKind::Object(nodes) => {
                let (fields, arrays) = Self::assemble(nodes, columns, len, dictionaries);
                let nulls = any_valid(&arrays, len);
                Arc::new(StructArray::new(fields, arrays, nulls))
            }
            NodeKind::List { column: Some(list), .. } => column(*list, 0).unwrap_or_else(null),
            NodeKind::List { column: None, .. } => null(),
            NodeKind::Leaf { source, .. } | NodeKind::Texts { source } => match source {
                LeafSource::Column { column: of, part } => column(*of, *part).unwrap_or_else(null),
                LeafSource::DateTime { column: of } => {
                    column(*of, 0).map_or_else(null, |times| date_times(&times))
                }
                LeafSource::Text(text) => constant_text(text, len, dictionaries),
                LeafSource::Texts(texts) => text_lists(texts, columns, len, dictionaries),
                LeafSource::Int(value) => Arc::new(Int32Array::from(vec![*value; len])),
                LeafSource::Null => null(),
            },
        }
    }
}

trait IntoParts {
    fn into_parts(self) -> (Fields, Vec<ArrayRef>);
}

impl IntoParts for (Vec<Arc<Field>>, Vec<ArrayRef>) {
    fn into_parts(self) -> (Fields, Vec<ArrayRef>) {
        (self.0.into(), self.1)
    }
}

impl NodeKind {
    fn arrow(&self, dictionaries: bool) -> DataType {
        match self {
            Self::Leaf { kind, word, .. } => kind.arrow(*word && dictionaries),
            Self::Texts { .. } => list_type(Kind::Text.arrow(dictionaries)),
            Self::Object(nodes) => object_type(nodes, dictionaries),
            Self::List { items, .. } => list_type(object_type(items, dictionaries)),
        }
    }

    /// The same attribute, filled by nothing.
    fn emptied(&self) -> Self {
        match self {
            Self::Leaf { kind, word, .. } => {
                Self::Leaf { kind: *kind, word: *word, source: LeafSource::Null }
            }
            Self::Texts { .. } => Self::Texts { source: LeafSource::Null },
            Self::Object(nodes) => Self::Object(project(nodes, &[])),
            Self::List { items, .. } => Self::List { column: None, items: project(items, &[]) },
        }
    }
}

/// Adds what `own` has and `union` has not. Attributes that both have must be of one type.
pub(super) fn unite(union: &mut Vec<Node>, own: &[Node], path: &str, problems: &mut Vec<String>) {
    for node in own {
        let Some(there) = union.iter_mut().find(|there| there.name == node.name) else {
            union.push(node.clone());
            continue;
        };
        let path = format!("{path}{}", node.name);
        match (&mut there.kind, &node.kind) {
            (NodeKind::Object(all), NodeKind::Object(own)) => unite(all, own, &format!("{path}."), problems),
            (NodeKind::List { items: all, .. }, NodeKind::List { items: own, .. }) => {
                unite(all, own, &format!("{path}[]."), problems);
            }
            (all, own) if all.arrow(true) == own.arrow(true) => {}
            _ => problems.push(format!("`{path}` has another type in another table of the source")),
        }
    }
}

/// `own` in the shape of `union`: what it does not fill is null.
pub(super) fn project(union: &[Node], own: &[Node]) -> Vec<Node> {
    let project_one = |node: &Node| {
        let kind = match (own.iter().find(|mine| mine.name == node.name).map(|mine| &mine.kind), &node.kind) {
            (Some(NodeKind::Object(own)), NodeKind::Object(all)) => NodeKind::Object(project(all, own)),
            (Some(NodeKind::List { column, items }), NodeKind::List { items: all, .. }) => {
                NodeKind::List { column: *column, items: project(all, items) }
            }
            (Some(kind), _) => kind.clone(),
            (None, kind) => kind.emptied(),
        };
        Node { name: node.name.clone(), kind }
    };
    union.iter().map(project_one).collect()
}

/// The items of the union's list that `column` fills in `own`, which has the union's shape.
pub(super) fn items_of<'u>(union: &'u [Node], own: &[Node], column: usize) -> Option<&'u [Node]> {
    union.iter().zip(own).find_map(|(all, own)| match (&all.kind, &own.kind) {
        (NodeKind::Object(all), NodeKind::Object(own)) => items_of(all, own, column),
        (NodeKind::List { items, .. }, NodeKind::List { column: Some(list), .. }) if *list == column => {
            Some(items.as_slice())
        }
        _ => None,
    })
}

/// A struct is there where any of its children is.
fn any_valid(arrays: &[ArrayRef], len: usize) -> Option<NullBuffer> {
    let mut any: Option<BooleanBuffer> = None;
    for array in arrays {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0)?;
        any = Some(match any {
            Some(any) => &any | nulls.inner(),
            None => nulls.inner().clone(),
        });
    }
    Some(NullBuffer::new(any.unwrap_or_else(|| BooleanBuffer::new_unset(len))))
}

fn date_times(times: &ArrayRef) -> ArrayRef {
    let times: &Int64Array = times.as_primitive::<Int64Type>();
    let array = TimestampMillisecondArray::new(times.values().clone(), times.nulls().cloned());
    Arc::new(array.with_timezone("UTC"))
}

fn constant_text(text: &str, len: usize, dictionaries: bool) -> ArrayRef {
    if dictionaries {
        let keys = Int32Array::from(vec![0; len]);
        Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(vec![text]))))
    } else {
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, len)))
    }
}

/// Lists of texts, each in the rows where one of its columns has a value; null where a list would be empty.
fn text_lists(
    texts: &[(Arc<str>, Range<usize>)],
    columns: &[Vec<ArrayRef>],
    len: usize,
    dictionaries: bool,
) -> ArrayRef {
    let rows_with = |columns_of: &Range<usize>| {
        let of = columns.get(columns_of.clone()).unwrap_or_default();
        let values: Vec<ArrayRef> = of.iter().filter_map(|arrays| arrays.first()).cloned().collect();
        if columns_of.is_empty() { None } else { any_valid(&values, len) }
    };
    let rows: Vec<Option<NullBuffer>> = texts.iter().map(|(_, columns)| rows_with(columns)).collect();
    let (mut keys, mut lengths) = (Vec::with_capacity(len * texts.len()), Vec::with_capacity(len));
    for row in 0..len {
        let before = keys.len();
        let in_row = |rows: &Option<NullBuffer>| rows.as_ref().is_none_or(|rows| rows.is_valid(row));
        keys.extend((0..).zip(&rows).filter(|(_, rows)| in_row(rows)).map(|(key, _)| key));
        lengths.push(keys.len() - before);
    }
    let words = StringArray::from_iter_values(texts.iter().map(|(text, _)| text));
    let values: ArrayRef = if dictionaries {
        Arc::new(DictionaryArray::new(Int32Array::from(keys), Arc::new(words)))
    } else {
        Arc::new(StringArray::from_iter_values(keys.iter().map(|key| words.value(*key as usize))))
    };
    let field = Arc::new(Field::new("element", values.data_type().clone(), true));
    let nulls: NullBuffer = lengths.iter().map(|texts| *texts > 0).collect();
    let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, nulls))
}
