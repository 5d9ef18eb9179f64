//! Source values that no column took, as a map or as JSON.

use bumpalo::Bump;

use crate::record::Fields;
use crate::scan::{Field, Leftover, Secrets};
use crate::table::column::{ListRest, split_path};

mod json;
mod map;
#[cfg(test)]
mod tests;

pub(crate) use json::push_object;
pub(crate) use map::MapBuilder;

/// What a row leaves.
#[derive(Debug)]
pub(crate) struct Rest<'r, 'b> {
    pub(crate) names: &'static [Field],
    pub(crate) fields: Fields<'r, 'b>,
    pub(crate) taken: u128,
    pub(crate) members: &'r [Leftover<'b>],
    pub(crate) lists: &'r [ListRest<'b>],
    pub(crate) secrets: Secrets,
    pub(crate) arena: &'b Bump,
    /// Bytes of the record.
    pub(crate) record_bytes: usize,
}

impl<'r, 'b> Rest<'r, 'b> {
    /// Fields and members of the record itself that no column took.
    fn direct(&self) -> impl Iterator<Item = Leftover<'b>> + use<'r, 'b> {
        let names = self.names;
        let path = move |at: usize| names.get(at).map_or("", |field| field.path());
        let fields = self.fields.untaken(self.taken);
        fields.map(move |(at, value)| split_path(path(at), value)).chain(self.members.iter().copied())
    }
}
