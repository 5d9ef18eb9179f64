//! Whatever is written reads back as what the library's own writer makes of it.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, ListArray,
    MapArray, RecordBatch, StringArray, StructArray, TimestampMillisecondArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit};
use ocsf_core::TableInfo;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Encoding;
use parquet::data_type::ByteArray;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};
use parquet::file::statistics::Statistics;
use proptest::prelude::*;

use super::Scratch;
use crate::options::FileOptions;
use crate::parquet_file::{ParquetFile, TableFormat};
use crate::rows::{Row, RowKey, gather};
use crate::shred::shred;
use crate::words::Words;

fn word_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn item_fields() -> Fields {
    vec![Field::new("word", word_type(), true), Field::new("number", DataType::Int32, true)].into()
}

fn entry_fields() -> Fields {
    vec![Field::new("key", word_type(), false), Field::new("value", DataType::Utf8, true)].into()
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", item, true)))
}

fn object_fields() -> Fields {
    vec![
        Field::new("word", word_type(), true),
        Field::new("words", list_of(word_type()), true),
        Field::new("items", list_of(DataType::Struct(item_fields())), true),
        Field::new("empty", DataType::Int64, true),
    ]
    .into()
}

/// Every kind of leaf, in objects, lists and maps.
fn schema() -> SchemaRef {
    let entries = Field::new("key_value", DataType::Struct(entry_fields()), false);
    Arc::new(Schema::new(vec![
        Field::new("time", DataType::Int64, true),
        Field::new("time_dt", DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), true),
        Field::new("word", word_type(), true),
        Field::new("text", DataType::Utf8, true),
        Field::new("int", DataType::Int32, true),
        Field::new("long", DataType::Int64, true),
        Field::new("float", DataType::Float64, true),
        Field::new("truth", DataType::Boolean, true),
        Field::new("object", DataType::Struct(object_fields()), true),
        Field::new("map", DataType::Map(Arc::new(entries), false), true),
    ]))
}

fn table() -> TableInfo {
    let mut table = TableInfo::new("invented", 6003, "API Activity", "1.1.0", schema());
    table.lookup_paths = vec!["word".into(), "text".into(), "object.items[].word".into()];
    table
}

/// `word` and `number` of an element.
type Item = (Option<String>, Option<i32>);

/// What a row is made of; `None` is null.
#[derive(Debug, Clone)]
struct Made {
    time: i64,
    word: Option<String>,
    text: Option<String>,
    long: Option<i64>,
    float: Option<f64>,
    has_object: bool,
    words: Option<Vec<Option<String>>>,
    items: Option<Vec<Option<Item>>>,
    entries: Option<Vec<(String, Option<String>)>>,
}

fn any_made() -> impl Strategy<Value = Made> {
    let word = || proptest::option::of("[ab]{0,2}");
    let item = proptest::option::of((word(), proptest::option::of(0..3)));
    let entry = ("[kl]", proptest::option::of("[a-zé]{0,9}"));
    let scalars = (
        0..5_i64,
        word(),
        proptest::option::of("[a-zé]{0,90}"),
        proptest::option::of(any::<i64>()),
        proptest::option::of(prop_oneof![Just(0.0), Just(-0.0), any::<f64>()]),
    );
    let lists = (
        any::<bool>(),
        proptest::option::of(proptest::collection::vec(word(), 0..4)),
        proptest::option::of(proptest::collection::vec(item, 0..4)),
        proptest::option::of(proptest::collection::vec(entry, 0..3)),
    );
    (scalars, lists).prop_map(|((time, word, text, long, float), (has_object, words, items, entries))| Made {
        time,
        word,
        text,
        long,
        float,
        has_object,
        words,
        items,
        entries,
    })
}

fn offsets<T>(lists: impl Iterator<Item = Option<Vec<T>>>) -> (OffsetBuffer<i32>, NullBuffer, Vec<T>) {
    let (mut all, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for list in lists {
        valid.push(list.is_some());
        let list = list.unwrap_or_default();
        lengths.push(list.len());
        all.extend(list);
    }
    (OffsetBuffer::from_lengths(lengths), valid.into(), all)
}

fn word_array<'w>(words: impl Iterator<Item = Option<&'w str>>) -> ArrayRef {
    Arc::new(words.collect::<DictionaryArray<Int32Type>>())
}

fn batch(rows: &[Made]) -> RecordBatch {
    let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
    let (word_offsets, word_nulls, words) = offsets(rows.iter().map(|row| row.words.clone()));
    let words = ListArray::new(
        Arc::new(Field::new("element", word_type(), true)),
        word_offsets,
        word_array(words.iter().map(Option::as_deref)),
        Some(word_nulls),
    );
    let (item_offsets, item_nulls, items) = offsets(rows.iter().map(|row| row.items.clone()));
    let parts: Vec<_> = items.iter().map(|item| item.clone().unwrap_or_default()).collect();
    let items = StructArray::new(
        item_fields(),
        vec![
            word_array(parts.iter().map(|part| part.0.as_deref())),
            Arc::new(parts.iter().map(|part| part.1).collect::<Int32Array>()),
        ],
        Some(items.iter().map(Option::is_some).collect::<Vec<_>>().into()),
    );
    let items = ListArray::new(
        Arc::new(Field::new("element", DataType::Struct(item_fields()), true)),
        item_offsets,
        Arc::new(items),
        Some(item_nulls),
    );
    let object = StructArray::new(
        object_fields(),
        vec![
            word_array(rows.iter().map(|row| row.word.as_deref())),
            Arc::new(words),
            Arc::new(items),
            new_null_array(&DataType::Int64, rows.len()),
        ],
        Some(rows.iter().map(|row| row.has_object).collect::<Vec<_>>().into()),
    );
    let (entry_offsets, entry_nulls, entries) = offsets(rows.iter().map(|row| row.entries.clone()));
    let entries = StructArray::new(
        entry_fields(),
        vec![
            word_array(entries.iter().map(|entry| Some(entry.0.as_str()))),
            Arc::new(entries.iter().map(|entry| entry.1.as_deref()).collect::<StringArray>()),
        ],
        None,
    );
    let map = MapArray::new(
        Arc::new(Field::new("key_value", DataType::Struct(entry_fields()), false)),
        entry_offsets,
        entries,
        Some(entry_nulls),
        false,
    );
    let stamps = TimestampMillisecondArray::from(times.clone());
    let times = Int64Array::from(times);
    // Mappers give both the same buffers; others need not.
    let shared = TimestampMillisecondArray::new(times.values().clone(), times.nulls().cloned());
    let stamps = if rows.len().is_multiple_of(2) { shared } else { stamps };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(times),
        Arc::new(stamps.with_timezone("UTC")),
        word_array(rows.iter().map(|row| row.word.as_deref())),
        Arc::new(rows.iter().map(|row| row.text.as_deref()).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| row.long.map(|long| (long % 3) as i32)).collect::<Int32Array>()),
        Arc::new(rows.iter().map(|row| row.long).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|row| row.float).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|row| row.long.map(|long| long > 0)).collect::<BooleanArray>()),
        Arc::new(object),
        Arc::new(map),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn write_ours(path: &Path, batches: &[RecordBatch]) {
    let format = TableFormat::new(&table(), "invented", 1, &FileOptions::default()).unwrap();
    let mut words = Words::new(format.columns.len());
    let leaves: Vec<_> = batches.iter().map(|batch| shred(batch, &mut words)).collect();
    let leaves: Vec<_> = leaves.iter().map(Vec::as_slice).collect();
    let rows = batches.iter().zip(0..).flat_map(|(batch, number)| {
        (0..batch.num_rows()).map(move |at| {
            let key = RowKey { partition: 0, time: 0, object: number, record: at as u64 };
            Row::new(key, 1, number, at as u32)
        })
    });
    let rows: Vec<Row> = rows.collect();
    let mut scratch = Scratch::new(1).unwrap();
    let mut file = ParquetFile::create(path, &format, rows.len() as u64, &words, &mut scratch).unwrap();
    for rows in rows.chunks(4096) {
        file.write(&gather(&leaves, rows), rows.len() as u64, 1).unwrap();
    }
    file.finish(path).unwrap();
}

fn read(file: File) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = Arc::clone(reader.schema());
    let batches: Vec<_> = reader.with_batch_size(1 << 20).build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// Both files hold the same values, and what our footer says of the values is true.
///
/// Returns the encodings of the pages of each column.
fn check(batches: &[RecordBatch]) -> HashMap<String, Vec<Encoding>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ours");
    write_ours(&path, batches);
    let theirs = tempfile::tempfile().unwrap();
    let mut writer = ArrowWriter::try_new(theirs.try_clone().unwrap(), schema(), None).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    let (ours, theirs) = (read(File::open(&path).unwrap()), read(theirs));
    assert_eq!(ours.num_rows(), theirs.num_rows());
    for ((field, ours), theirs) in schema().fields().iter().zip(ours.columns()).zip(theirs.columns()) {
        let theirs = arrow::compute::cast(theirs, ours.data_type()).unwrap();
        assert_eq!(ours, &theirs, "{}", field.name());
    }
    let options = ReaderProperties::builder().set_read_bloom_filter(true).build();
    let options = ReadOptionsBuilder::new().with_reader_properties(options).with_page_index().build();
    let reader = SerializedFileReader::new_with_options(File::open(&path).unwrap(), options).unwrap();
    let group = reader.get_row_group(0).unwrap();
    let names: Vec<String> =
        group.metadata().columns().iter().map(|column| column.column_path().string()).collect();
    let of = |path: &str| names.iter().position(|name| name == path).unwrap();
    // The word of each row, which has a filter, statistics and a page index.
    let words = arrow::compute::cast(ours.column(2), &DataType::Utf8).unwrap();
    let words = words.as_string::<i32>();
    let filter = group.get_column_bloom_filter(of("word")).unwrap();
    assert!(words.iter().flatten().all(|word| filter.check(word)));
    let items = group.get_column_bloom_filter(of("object.items.list.element.word"));
    assert!(items.is_some());
    let Some(Statistics::ByteArray(bounds)) = group.metadata().column(of("word")).statistics() else {
        unreachable!("words have statistics")
    };
    assert_eq!(bounds.null_count_opt(), Some(words.null_count() as u64));
    assert_eq!(bounds.min_opt().map(ByteArray::data), words.iter().flatten().min().map(str::as_bytes));
    assert_eq!(bounds.max_opt().map(ByteArray::data), words.iter().flatten().max().map(str::as_bytes));
    let longs = ours.column(5).as_primitive::<Int64Type>();
    let Some(Statistics::Int64(bounds)) = group.metadata().column(of("long")).statistics() else {
        unreachable!("numbers have statistics")
    };
    assert_eq!(
        (bounds.min_opt().copied(), bounds.max_opt().copied()),
        (longs.iter().flatten().min(), longs.iter().flatten().max())
    );
    let (pages, at) = (reader.metadata().offset_index().unwrap(), of("word"));
    let ColumnIndexMetaData::BYTE_ARRAY(index) = &reader.metadata().column_index().unwrap()[0][at] else {
        unreachable!("words have an index")
    };
    let first_rows = pages[0][at].page_locations().iter().map(|page| page.first_row_index as usize);
    let first_rows: Vec<usize> = first_rows.chain([ours.num_rows()]).collect();
    for (page, rows) in first_rows.windows(2).enumerate() {
        let there = || words.iter().skip(rows[0]).take(rows[1] - rows[0]).flatten().map(str::as_bytes);
        assert_eq!((index.min_value(page), index.max_value(page)), (there().min(), there().max()));
        assert_eq!(index.null_count(page), Some((rows[1] - rows[0] - there().count()) as i64));
    }
    let encodings =
        |column| group.get_column_page_reader(column).unwrap().map(|page| page.unwrap().encoding()).collect();
    names.iter().cloned().zip((0..names.len()).map(encodings)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn rows_of_every_kind_read_back(rows in proptest::collection::vec(any_made(), 1..60), cut in 0..60_usize) {
        let (one, other) = rows.split_at(cut.min(rows.len()));
        check(&[batch(one), batch(other)]);
    }

    #[test]
    fn rows_that_are_all_the_same_read_back(row in any_made(), count in 1..3_000_usize, other in any_made()) {
        check(&[batch(&vec![row.clone(); count])]);
        let mut rows = vec![row; count];
        rows.push(other);
        check(&[batch(&rows)]);
    }
}

#[test]
fn pages_follow_each_other_and_large_dictionaries_are_given_up() {
    let made = |number: i64| {
        let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64);
        Made {
            time: number * 7,
            word: Some(format!("{:0>1$}", number / 2, if number < 40_000 { 4 } else { 30 })),
            text: (number % 3 > 0).then(|| "x".repeat((number % 40) as usize)),
            long: (number % 5 > 0).then_some(scattered),
            float: Some(number as f64),
            has_object: number % 7 > 0,
            words: Some(vec![Some("a".to_owned()); (number % 5) as usize]),
            items: Some(vec![
                Some((Some(format!("{}", scattered % 500_000)), Some(1)));
                (number % 3) as usize
            ]),
            entries: None,
        }
    };
    let rows: Vec<Made> = (0..150_000).map(made).collect();
    let pages = check(&[batch(&rows[..70_000]), batch(&rows[70_000..149_999]), batch(&rows[149_999..])]);
    assert_eq!(pages["time"], [Encoding::DELTA_BINARY_PACKED; 8]);
    assert_eq!(pages["int"], [Encoding::PLAIN, Encoding::RLE_DICTIONARY, Encoding::RLE_DICTIONARY]);
    for path in ["word", "long", "object.items.list.element.word"] {
        let pages = &pages[path];
        assert_eq!(pages[..2], [Encoding::PLAIN, Encoding::RLE_DICTIONARY], "{path}");
        assert_eq!(pages.last(), Some(&Encoding::PLAIN), "{path}");
    }
}
