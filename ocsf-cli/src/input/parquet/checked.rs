//! Pages that are looked at once they are decompressed, before the library decodes them.
//!
//! It takes room for as many values as a page states, and copies what values share: some bytes can state billions.

use std::sync::Arc;

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::delta::Lengths;
use super::levels::Fullest;
use super::pages::Pages;

/// One row group, its pages checked.
pub(super) struct CheckedGroup<'f> {
    pub(super) pages: &'f Pages,
    pub(super) metadata: &'f ParquetMetaData,
    pub(super) group: usize,
}

impl CheckedGroup<'_> {
    fn row_group(&self) -> Result<&RowGroupMetaData> {
        let group = self.metadata.row_groups().get(self.group);
        group.ok_or_else(|| ParquetError::General("no such row group".to_owned()))
    }
}

impl RowGroups for CheckedGroup<'_> {
    fn num_rows(&self) -> usize {
        self.row_group().map_or(0, |group| usize::try_from(group.num_rows()).unwrap_or_default())
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        let group = self.row_group()?;
        let chunk = group.columns().get(column);
        let chunk = chunk.ok_or_else(|| ParquetError::General("no such column".to_owned()))?;
        let file = self.pages.clone();
        let reader = SerializedPageReader::new(Arc::new(file.clone()), chunk, self.num_rows(), None)?;
        let column = chunk.column_descr();
        let levels = [column.max_rep_level(), column.max_def_level()].map(|most| most > 0);
        let fullest = Fullest::new(column.max_rep_level());
        let reader = CheckedPages { reader, file, levels, fullest, cost: 0 };
        Ok(Box::new(One(Some(Box::new(reader)))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.row_group().into_iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.metadata
    }
}

/// The pages of one column chunk.
struct One(Option<Box<dyn PageReader>>);

impl Iterator for One {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageIterator for One {}

struct CheckedPages {
    reader: SerializedPageReader<Pages>,
    file: Pages,
    /// Whether repetition and definition levels stand before values.
    levels: [bool; 2],
    /// What stands in the records of a column that repeats.
    fullest: Fullest,
    /// What rows of the current page may take beside it.
    cost: u64,
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.reader.get_next_page()?;
        if let Some(page) = &page {
            let cost = cost(page, self.levels, &mut self.fullest)?;
            self.file.hold(std::mem::replace(&mut self.cost, cost), cost)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.reader.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.reader.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.reader.at_record_boundary()
    }
}

/// Room for an element of a list: levels, a value, and what builds it.
const ELEMENT: u64 = 24;

/// Bytes that rows may take beside the page itself; an error when the page does not hold what it states.
fn cost(page: &Page, levels: [bool; 2], fullest: &mut Fullest) -> Result<u64> {
    let most = page.num_values() as usize;
    let refused = || ParquetError::General(format!("a page of {most} values, which it does not hold"));
    if let Page::DictionaryPage { buf, .. } = page {
        // The shortest value of a dictionary is a byte.
        return if most > buf.len() { Err(refused()) } else { Ok(0) };
    }
    let copied = if shares_values(page.encoding()) {
        let values = values_of(page, levels).ok_or_else(refused)?;
        copied(page.encoding(), values, most).ok_or_else(refused)?
    } else {
        0
    };
    if !levels[0] {
        return Ok(copied);
    }
    let repeats = repeats_of(page).ok_or_else(refused)?;
    let elements = fullest.see(repeats, most).ok_or_else(refused)?;
    Ok(copied.saturating_add(elements as u64 * ELEMENT))
}

/// The repetition levels of a page.
fn repeats_of(page: &Page) -> Option<&[u8]> {
    match page {
        Page::DataPage { buf, rep_level_encoding: Encoding::RLE, .. } => {
            let (len, rest) = buf.split_first_chunk::<4>()?;
            rest.get(..usize::try_from(u32::from_le_bytes(*len)).ok()?)
        }
        Page::DataPageV2 { buf, rep_levels_byte_len, .. } => buf.get(..*rep_levels_byte_len as usize),
        _ => None,
    }
}

fn shares_values(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY)
}

/// The bytes of a page behind its levels.
fn values_of(page: &Page, levels: [bool; 2]) -> Option<&[u8]> {
    match page {
        Page::DataPage { def_level_encoding, rep_level_encoding, .. }
            if levels[0] && *rep_level_encoding != Encoding::RLE
                || levels[1] && *def_level_encoding != Encoding::RLE =>
        {
            None
        }
        Page::DataPage { buf, .. } => levels.iter().filter(|has| **has).try_fold(&buf[..], |rest, _| {
            let (len, rest) = rest.split_first_chunk::<4>()?;
            rest.get(usize::try_from(u32::from_le_bytes(*len)).ok()?..)
        }),
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            buf.get((*def_levels_byte_len as usize).checked_add(*rep_levels_byte_len as usize)?..)
        }
        Page::DictionaryPage { buf, .. } => Some(buf),
    }
}

/// Bytes that values become beside their page, of which there are `most`: their lengths stand first.
fn copied(encoding: Encoding, values: &[u8], most: usize) -> Option<u64> {
    let first = Lengths::read(values, most)?;
    if encoding != Encoding::DELTA_BYTE_ARRAY {
        return Some(0);
    }
    // How much of the value before, and how much more.
    let second = Lengths::read(values.get(first.end..)?, most)?;
    first.sum.checked_add(second.sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_no_more_values_than_bytes_for_them() {
        let check = |page: &Page, levels| cost(page, levels, &mut Fullest::new(0));
        let dictionary = |num_values| Page::DictionaryPage {
            buf: vec![0; 100].into(),
            num_values,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        assert!(check(&dictionary(100), [false; 2]).is_ok());
        assert!(check(&dictionary(101), [false; 2]).is_err());

        // Levels of three bytes, then a hundred million values without a bit.
        let lengths =
            [&[0x80, 0x80, 0x80, 0x02, 4, 0x80, 0xc2, 0xd7, 0x2f, 0][..], &[0; 5].repeat(30)].concat();
        let page = |encoding, num_values| Page::DataPage {
            buf: [&[3, 0, 0, 0, 9, 9, 9], &lengths[..]].concat().into(),
            num_values,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
            assert!(check(&page(encoding, 1_000), [false, true]).is_err());
            assert!(check(&page(encoding, 100_000_000), [false, false]).is_err(), "levels are no lengths");
        }
        assert!(check(&page(Encoding::DELTA_LENGTH_BYTE_ARRAY, 100_000_000), [false, true]).is_ok());
    }
}
