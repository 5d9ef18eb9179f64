//! Records of a chunk become rows of the tables.

use super::SourceMapper;
use super::read::{Head, Pass};
use super::readable::Readable;
use crate::derive::unmapped::Rest;
use crate::frame::Kept;
use crate::mapper::TableInfo;
use crate::record::{Place, Source};
use crate::reject::RejectCode;
use crate::table::column::Notes;

impl<S: Source> SourceMapper<S> {
    /// Passes the rows of a chunk through the tables that they were routed to.
    pub(super) fn fill(&mut self, pass: &Pass<'_, '_, S>) {
        let Pass { text, chunk, heads, .. } = pass;
        let text = *text;
        if heads.is_empty() {
            return;
        }
        let mut takes = vec![0; heads.len()];
        for table in 0..self.tables.len() {
            let rows: Vec<usize> = (0..heads.len()).filter(|row| heads[*row].table == table).collect();
            if rows.is_empty() {
                continue;
            }
            let mut notes = Notes::new(self.secrets);
            let open = &mut self.tables[table];
            let appended = open.run.append(chunk, &rows, &mut takes, &mut notes);
            open.observables(&appended, &self.options);
            let first = appended.first;
            notes.list_rest.sort_by_key(|left| left.row);
            let places: Vec<Place<'_>> = rows.iter().map(|row| S::place(chunk.row(*row))).collect();
            for (number, &row) in rows.iter().enumerate() {
                let head = &heads[row];
                let from = notes.list_rest.partition_point(|left| left.row < row);
                let to = notes.list_rest.partition_point(|left| left.row <= row);
                let fields = chunk.fields(row);
                let rest = Rest {
                    names: S::FIELDS,
                    fields,
                    taken: takes[row],
                    members: chunk.rest(row),
                    lists: &notes.list_rest[from..to],
                    secrets: self.secrets,
                    arena: chunk.arena,
                    record_bytes: head.raw.len(),
                };
                let open = &mut self.tables[table];
                open.derived(&rest, head.raw, &self.options);
                open.keys(head, places[number], fields.origin(), self.object.sequence, self.bytes);
                if appended.refused.contains(&number) {
                    let lacks = open.run.lacks(first + number).unwrap_or_default().to_owned();
                    open.drop_row(first + number);
                    let TableInfo { class_name, version, .. } = &self.infos[table];
                    let detail = format!("{class_name} requires {lacks} in OCSF {version}");
                    let (byte, line) = (self.bytes + head.at as u64, self.line(text, head.at));
                    let raw = head.raw.text();
                    let raw = Kept::whole(raw.as_bytes());
                    self.reject(RejectCode::MissingRequired, head.record, byte, line, None, detail, raw);
                    self.keep_origin(fields.origin());
                } else {
                    self.out.counts.events += 1;
                    if open.last_partition_is_incomplete() {
                        let missing = open.missing_partition();
                        self.issue("unknown-partition", missing, head, text);
                    }
                }
                for _ in 0..head.repeated {
                    self.issue("repeated-member", "", head, text);
                }
            }
            for (code, path, row) in notes.issues {
                self.issue(code, &path, &heads[row], text);
            }
        }
    }

    fn issue(&mut self, code: &'static str, path: &str, head: &Head<'_>, text: Option<&Readable<'_>>) {
        let position = self.position(text, head.record, head.at);
        self.out.issues.add(code, path, position);
    }
}
