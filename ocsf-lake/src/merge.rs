//! Sorted runs, merged while they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;
use std::sync::Arc;

use crate::error::LakeError;
use crate::leaf_rows::LeafRows;
use crate::rows::{OrderedRows, Row, RowKey, gather};
use crate::spill::{Block, RunReader};

/// The rows of several runs in order. Each run holds one block in memory.
#[derive(Debug)]
pub(crate) struct MergedRows {
    runs: Vec<RunReader>,
    /// Block that each run is in, as an index into `blocks`; none at its end.
    current: Vec<Option<usize>>,
    blocks: Vec<Block>,
    /// Next row of each run that is not at its end.
    heads: BinaryHeap<Reverse<(RowKey, usize, usize)>>,
    rank: Vec<u32>,
}

impl MergedRows {
    pub(crate) fn new(runs: Vec<RunReader>, rank: Vec<u32>) -> Result<Self, LakeError> {
        let current = vec![None; runs.len()];
        let mut merged = Self { runs, current, blocks: Vec::new(), heads: BinaryHeap::new(), rank };
        for run in 0..merged.runs.len() {
            merged.load(run)?;
        }
        Ok(merged)
    }

    fn load(&mut self, run: usize) -> Result<(), LakeError> {
        let block = self.runs[run].next_block()?.filter(|block| block.len() > 0);
        self.current[run] = block.map(|block| {
            self.blocks.push(block);
            self.blocks.len() - 1
        });
        self.push_head(run, 0);
        Ok(())
    }

    fn push_head(&mut self, run: usize, row: usize) {
        if let Some(block) = self.current[run] {
            let mut key = self.blocks[block].key(row);
            key.partition = self.rank.get(key.partition as usize).copied().unwrap_or(u32::MAX);
            self.heads.push(Reverse((key, run, row)));
        }
    }
}

impl OrderedRows for MergedRows {
    fn peek(&self) -> Option<RowKey> {
        self.heads.peek().map(|Reverse((key, ..))| *key)
    }

    fn next(&mut self) -> Result<Option<Row>, LakeError> {
        let Some(Reverse((key, run, row))) = self.heads.pop() else { return Ok(None) };
        let Some(block) = self.current[run] else { return Ok(None) };
        let found = Row::new(key, self.blocks[block].bytes(row), block as u32, row as u32);
        if row + 1 < self.blocks[block].len() {
            self.push_head(run, row + 1);
        } else {
            self.load(run)?;
        }
        Ok(Some(found))
    }

    fn gather(&mut self, rows: &[Row]) -> Vec<Arc<LeafRows>> {
        let batches: Vec<&[Arc<LeafRows>]> = self.blocks.iter().map(Block::leaves).collect();
        let gathered = gather(&batches, rows);
        // Blocks that their runs have left are done with.
        let mut blocks: Vec<Option<Block>> = mem::take(&mut self.blocks).into_iter().map(Some).collect();
        for current in self.current.iter_mut().flatten() {
            if let Some(block) = blocks.get_mut(*current).and_then(Option::take) {
                *current = self.blocks.len();
                self.blocks.push(block);
            }
        }
        gathered
    }
}
