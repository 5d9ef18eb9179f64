//! A table at work: columns appended chunk by chunk, objects checked, arrays assembled.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Fields;

use super::column::{Column, Notes, Setup};
use super::expr::Got;
use super::plan::{Check, Node, Planned};
use crate::record::{Chunk, Row, Shape};

/// Columns and their plan.
#[derive(Debug)]
pub(crate) struct TableRun<S: Shape> {
    columns: Vec<Box<dyn Column<S>>>,
    plan: Planned,
    len: usize,
}

/// What became of the rows of a chunk.
#[derive(Debug)]
pub(crate) struct Appended {
    /// The row that the first of them became.
    pub(crate) first: usize,
    /// How many have a value in each column, before objects were dropped.
    pub(crate) counts: Vec<usize>,
    /// Numbers of the rows of the chunk that are invalid as a whole.
    pub(crate) refused: Vec<usize>,
}

impl<S: Shape> TableRun<S> {
    pub(crate) fn new(columns: Vec<Box<dyn Column<S>>>, plan: Planned) -> Self {
        Self { columns, plan, len: 0 }
    }

    pub(crate) fn set_plan(&mut self, plan: Planned, setups: Vec<(usize, Setup)>) {
        self.plan = plan;
        for (column, setup) in setups {
            self.columns[column].prepare(setup);
        }
    }

    /// Rows appended since the last finish.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn plan(&self) -> &Planned {
        &self.plan
    }

    pub(crate) fn column(&self, column: usize) -> &dyn Column<S> {
        &*self.columns[column]
    }

    /// The event time of a row.
    pub(crate) fn time(&self, column: usize, row: Row<'_, '_, S>) -> Got<i64> {
        self.columns[column].time(row)
    }

    /// Appends rows of a chunk and marks the fields that they take. An object that lacks what it must have is dropped,
    /// and its fields are not taken.
    pub(crate) fn append<'b>(
        &mut self,
        chunk: &Chunk<'b, S>,
        rows: &[usize],
        takes: &mut [u128],
        notes: &mut Notes<'b>,
    ) -> Appended {
        let first = self.len;
        let columns = self.columns.iter_mut();
        let counts: Vec<usize> = columns.map(|column| column.append(chunk, rows, takes, notes)).collect();
        self.len += rows.len();
        let mut appended = Appended { first, counts, refused: Vec::new() };
        let checks = 0..self.plan.checks.len();
        let holds = |check: &usize| self.plan.checks[*check].holds(&appended.counts, rows.len());
        let in_doubt: Vec<usize> = checks.filter(|check| !holds(check)).collect();
        for (number, &row) in rows.iter().enumerate() {
            let at = first + number;
            let is_missing = |check: &usize| self.missing(&self.plan.checks[*check], at).is_some();
            if in_doubt.iter().any(is_missing) && self.check(at, row, chunk, takes, notes) {
                appended.refused.push(number);
            }
        }
        appended
    }

    fn missing<'c>(&self, check: &'c Check, at: usize) -> Option<&'c str> {
        check.missing(|column| self.columns[column].leaf().is_valid(at))
    }

    /// Drops what is incomplete in a row; true when that is the row itself.
    fn check(
        &mut self,
        at: usize,
        row: usize,
        chunk: &Chunk<'_, S>,
        takes: &mut [u128],
        notes: &mut Notes<'_>,
    ) -> bool {
        let Self { columns, plan, .. } = self;
        let mut dropped: Vec<usize> = Vec::new();
        let mut refused = false;
        for check in &plan.checks {
            if check.missing(|column| columns[column].leaf().is_valid(at)).is_none() {
                continue;
            }
            if check.path.is_empty() {
                refused = true;
                continue;
            }
            for &column in &check.columns {
                if columns[column].leaf().is_valid(at) {
                    columns[column].null_out(at);
                    dropped.push(column);
                }
            }
            notes.issues.push(("object-dropped", Arc::clone(&check.path), row));
        }
        if !dropped.is_empty() {
            let kept = (0..columns.len()).filter(|column| !dropped.contains(column));
            takes[row] = kept.fold(0, |mask, column| mask | columns[column].takes(chunk.row(row)));
            // A list that went with its object is left over whole.
            notes.list_rest.retain(|left| left.row != row || takes[row] & left.list.bit() != 0);
        }
        refused
    }

    /// What a row lacks that the class must have; for the message of a reject.
    pub(crate) fn lacks(&self, at: usize) -> Option<&str> {
        let mut checks = self.plan.checks.iter().filter(|check| check.path.is_empty());
        checks.find_map(|check| self.missing(check, at))
    }

    /// One array for each top attribute; the table is empty afterwards.
    pub(crate) fn finish(&mut self, dictionaries: bool) -> (Fields, Vec<ArrayRef>) {
        let columns: Vec<_> = self.columns.iter_mut().map(|column| column.finish(dictionaries)).collect();
        Node::assemble(&self.plan.nodes, &columns, std::mem::take(&mut self.len), dictionaries)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.bytes()).sum()
    }
}
