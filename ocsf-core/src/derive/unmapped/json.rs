//! As JSON: an object in the shape of the source.

use super::Rest;
use crate::scan::emit::{REDACTED, push_json, push_string};
use crate::scan::{Secrets, Value};
use crate::table::column::split_path;

/// The row's values as one JSON object in the shape of the source.
pub(crate) fn push_object(rest: &Rest<'_, '_>, out: &mut String) -> bool {
    let mut tree = Tree::default();
    for left in rest.direct() {
        let mut text = String::new();
        push_hidden(left.key, left.value, rest.secrets, &mut text);
        tree.put(left.parent, left.key, text);
    }
    // Items of one list come together, in order.
    let mut lists = rest.lists.iter().peekable();
    while let Some(first) = lists.peek().map(|left| left.list) {
        let mut elements: Vec<Tree> = Vec::new();
        let mut last = None;
        while let Some(left) = lists.next_if(|left| left.list == first) {
            if last != Some(left.item) || (left.left.parent.is_empty() && left.left.key.is_empty()) {
                elements.push(Tree::default());
            }
            last = Some(left.item);
            let mut text = String::new();
            push_hidden(left.left.key, left.left.value, rest.secrets, &mut text);
            if let Some(element) = elements.last_mut() {
                element.put(left.left.parent, left.left.key, text);
            }
        }
        let texts: Vec<String> = elements.iter().map(Tree::text).collect();
        let path = split_path(first.path(), Value::Absent);
        tree.put(path.parent, path.key, format!("[{}]", texts.join(",")));
    }
    if tree.members.is_empty() {
        return false;
    }
    out.push_str(&tree.object());
    true
}

/// Members in order of arrival; below the record, one without a name is the value itself.
#[derive(Debug, Default)]
struct Tree {
    members: Vec<(String, Member)>,
    /// Which members are objects.
    objects: Vec<usize>,
}

#[derive(Debug)]
enum Member {
    Text(String),
    Object(Tree),
}

impl Tree {
    fn put(&mut self, parent: &str, key: &str, text: String) {
        let mut here = self;
        for name in parent.split('.').filter(|name| !name.is_empty()) {
            let known = here.objects.iter().copied().find(|at| here.members[*at].0 == name);
            let at = known.unwrap_or_else(|| {
                here.objects.push(here.members.len());
                here.members.push((name.to_owned(), Member::Object(Self::default())));
                here.members.len() - 1
            });
            let Member::Object(below) = &mut here.members[at].1 else { return };
            here = below;
        }
        here.members.push((key.to_owned(), Member::Text(text)));
    }

    fn text(&self) -> String {
        if let [(name, Member::Text(text))] = self.members.as_slice()
            && name.is_empty()
        {
            return text.clone();
        }
        self.object()
    }

    fn object(&self) -> String {
        let mut out = String::from("{");
        for (i, (name, member)) in self.members.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            push_string(name, &mut out);
            out.push(':');
            match member {
                Member::Text(text) => out.push_str(text),
                Member::Object(below) => out.push_str(&below.text()),
            }
        }
        out.push('}');
        out
    }
}

fn push_hidden(key: &str, value: Value<'_>, secrets: Secrets, out: &mut String) {
    if secrets.contains(key) && value.is_some() {
        push_string(REDACTED, out);
    } else {
        push_json(value, secrets, out);
    }
}
