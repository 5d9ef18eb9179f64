//! One Parquet file of a lake: its columns, row groups, and footer.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ocsf_core::TableInfo;
use parquet::arrow::ArrowSchemaConverter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescPtr;

use crate::column::{Chunk, ColumnFormat, ColumnWriter, Scratch};
use crate::error::LakeError;
use crate::fingerprint::schema_fingerprint;
use crate::leaf_rows::{LeafRows, Level};
use crate::options::FileOptions;
use crate::shred::{LeafKind, leaf_kinds};
use crate::words::Words;

/// A row group ends early at this size; Security Lake wants at most 256,000,000 bytes compressed.
const ROW_GROUP_LIMIT: usize = 192_000_000;

/// Rows of a row group at most.
const ROW_GROUP_ROWS: u64 = 1 << 20;

/// How the files of one table are written.
#[derive(Debug)]
pub(crate) struct TableFormat {
    pub(crate) fingerprint: String,
    parquet: SchemaDescPtr,
    pub(crate) columns: Vec<ColumnFormat>,
    row_group_bytes: u64,
    footer: Vec<KeyValue>,
}

impl TableFormat {
    pub(crate) fn new(
        info: &TableInfo,
        mapper: &str,
        mapping: u32,
        options: &FileOptions,
    ) -> Result<Self, LakeError> {
        let fingerprint = schema_fingerprint(&info.schema);
        let parquet = ArrowSchemaConverter::new().convert(&info.schema)?;
        let entry = |key: &str, value: String| KeyValue::new(format!("ocsf.{key}"), value);
        let footer = vec![
            entry("tool", concat!("ocsf ", env!("CARGO_PKG_VERSION")).to_owned()),
            entry("version", info.version.to_string()),
            entry("class_uid", info.class_uid.to_string()),
            entry("class_name", info.class_name.to_string()),
            entry("table", info.name.to_owned()),
            entry("mapper", mapper.to_owned()),
            entry("mapping_version", mapping.to_string()),
            entry("schema_fingerprint", fingerprint.clone()),
        ];
        let wanted: Vec<String> =
            info.lookup_paths.iter().map(|path| path.replace("[]", ".list.element")).collect();
        let compression = Compression::ZSTD(ZstdLevel::try_new(options.zstd_level)?);
        let kinds = leaf_kinds(&info.schema)?;
        let mut columns = Vec::with_capacity(kinds.len());
        for (column, kind) in parquet.columns().iter().zip(kinds) {
            let path = column.path().string();
            if column.max_def_level() > Level::MAX.0 || column.max_rep_level() > Level::MAX.1 {
                return Err(ParquetError::General(format!("`{path}` is nested too deeply")).into());
            }
            let rising = kind == LeafKind::Long && matches!(path.as_str(), "time" | "time_dt");
            let lookup = matches!(kind, LeafKind::Word | LeafKind::Text) && wanted.contains(&path);
            columns.push(ColumnFormat {
                column: Arc::clone(column),
                kind,
                rising,
                indexed: rising || lookup,
                bloom_filter: lookup,
                compression,
            });
        }
        Ok(Self {
            fingerprint,
            parquet: Arc::new(parquet),
            columns,
            row_group_bytes: options.row_group_bytes,
            footer,
        })
    }

    fn properties(&self) -> WriterProperties {
        let time = self.columns.iter().position(|column| column.column.path().string() == "time");
        let sorting = time.map(|time| {
            vec![SortingColumn { column_idx: time as i32, descending: false, nulls_first: false }]
        });
        WriterProperties::builder()
            .set_key_value_metadata(Some(self.footer.clone()))
            .set_sorting_columns(sorting)
            .build()
    }
}

/// A Parquet file that is being written.
pub(crate) struct ParquetFile<'t> {
    writer: SerializedFileWriter<File>,
    format: &'t TableFormat,
    words: &'t Words,
    scratch: &'t mut Scratch,
    /// Rows that the file has at most.
    most_rows: u64,
    /// Column chunks of the open row group.
    columns: Vec<Column>,
    group_rows: u64,
    group_bytes: u64,
    rows: u64,
}

enum Column {
    Own(Box<ColumnWriter>),
    /// It is byte for byte as that earlier one, so far.
    Twin(usize),
}

impl Column {
    fn twin_of(&self) -> Option<usize> {
        match self {
            Self::Own(_) => None,
            Self::Twin(of) => Some(*of),
        }
    }
}

impl<'t> ParquetFile<'t> {
    /// Creates the file, for `rows` rows at most, whose words are those of `words`.
    pub(crate) fn create(
        path: &Path,
        format: &'t TableFormat,
        rows: u64,
        words: &'t Words,
        scratch: &'t mut Scratch,
    ) -> Result<Self, LakeError> {
        let file = File::create_new(path).map_err(LakeError::io("create", path))?;
        let properties = Arc::new(format.properties());
        let writer = SerializedFileWriter::new(file, format.parquet.root_schema_ptr(), properties)?;
        Ok(Self {
            writer,
            format,
            words,
            scratch,
            most_rows: rows,
            columns: Vec::new(),
            group_rows: 0,
            group_bytes: 0,
            rows: 0,
        })
    }

    /// Appends so many events, whose source records have `bytes` bytes.
    pub(crate) fn write(&mut self, leaves: &[Arc<LeafRows>], rows: u64, bytes: u64) -> Result<(), LakeError> {
        if self.columns.is_empty() {
            self.columns =
                (0..self.format.columns.len()).map(|number| self.new_column(leaves, number)).collect();
        }
        self.part_twins(leaves);
        for (number, (column, leaf)) in self.columns.iter_mut().zip(leaves).enumerate() {
            if let Column::Own(column) = column {
                column.write(leaf, self.words.dictionary(number), self.scratch)?;
            }
        }
        self.rows += rows;
        self.group_rows += rows;
        self.group_bytes += bytes;
        let size = || self.columns.iter().map(|column| self.size(column)).sum::<usize>();
        if self.group_bytes >= self.format.row_group_bytes
            || self.group_rows >= ROW_GROUP_ROWS
            || size() >= ROW_GROUP_LIMIT
        {
            self.close_row_group()?;
        }
        Ok(())
    }

    /// Writes what is open and the footer, to the disk itself. Returns rows and bytes of the file.
    pub(crate) fn finish(mut self, path: &Path) -> Result<(u64, u64), LakeError> {
        self.close_row_group()?;
        let rows = self.rows;
        let file = self.writer.into_inner()?;
        let sync = file.sync_all().and_then(|()| file.metadata());
        let bytes = sync.map_err(LakeError::io("write", path))?.len();
        Ok((rows, bytes))
    }

    fn new_column(&self, leaves: &[Arc<LeafRows>], number: usize) -> Column {
        let formats = &self.format.columns;
        let is_twin =
            |of: &usize| Arc::ptr_eq(&leaves[*of], &leaves[number]) && formats[*of].is_like(&formats[number]);
        (0..number).find(is_twin).map_or_else(
            || {
                let words = self.words.dictionary(number);
                Column::Own(Box::new(ColumnWriter::new(&formats[number], words, self.most_rows)))
            },
            Column::Twin,
        )
    }

    /// Makes columns their own that were twins up to these rows.
    fn part_twins(&mut self, leaves: &[Arc<LeafRows>]) {
        for number in 0..self.columns.len() {
            let Column::Twin(of) = self.columns[number] else { continue };
            if !Arc::ptr_eq(&leaves[of], &leaves[number])
                && let Column::Own(first) = &self.columns[of]
            {
                self.columns[number] = Column::Own(first.clone());
            }
        }
    }

    /// Compressed bytes of a column so far.
    fn size(&self, column: &Column) -> usize {
        match column {
            Column::Own(column) => column.bytes(),
            Column::Twin(of) => self.columns.get(*of).map_or(0, |first| self.size(first)),
        }
    }

    fn close_row_group(&mut self) -> Result<(), LakeError> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        // Chunks that columns to come are twins of.
        let mut chunks: Vec<Option<Chunk>> = Vec::with_capacity(self.columns.len());
        let firsts: Vec<usize> = self.columns.iter().filter_map(Column::twin_of).collect();
        for (column, format) in self.columns.drain(..).zip(&self.format.columns) {
            let own = match column {
                Column::Own(column) => Some(column.close(self.scratch)?),
                Column::Twin(of) => {
                    if let Some(Some(chunk)) = chunks.get(of) {
                        group.append_column(&chunk.bytes, chunk.result(format)?)?;
                    }
                    None
                }
            };
            if let Some(chunk) = &own {
                group.append_column(&chunk.bytes, chunk.result(format)?)?;
            }
            let is_first = firsts.contains(&chunks.len());
            chunks.push(own.filter(|_| is_first));
        }
        group.close()?;
        (self.group_rows, self.group_bytes) = (0, 0);
        Ok(())
    }
}
