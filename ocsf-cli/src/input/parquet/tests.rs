use std::io::Write;

use arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, Int64Array, ListArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Int32Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use proptest::prelude::*;

use super::*;

const ROWS: usize = 40;

/// Columns of every sort.
fn sample() -> RecordBatch {
    let words: StringArray =
        (0..ROWS).map(|row| (row % 3 > 0).then(|| format!("word {}", row % 5))).collect();
    let lists = (0..ROWS as i64).map(|row| (row % 4 > 0).then(|| vec![Some(row), None]));
    let stamps = (0..ROWS as i64).map(|row| row * 1_000_001);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("number", Arc::new((0..ROWS as i32).map(Some).collect::<Int32Array>())),
        (
            "long",
            Arc::new((0..ROWS as i64).map(|row| (row % 7 > 0).then_some(row << 40)).collect::<Int64Array>()),
        ),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists))),
        ("stamp", Arc::new(TimestampMicrosecondArray::from_iter_values(stamps).with_timezone("UTC"))),
        (
            "code",
            Arc::new(
                (0..ROWS).map(|row| ["a", "b"].get(row % 3).copied()).collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        (
            "object",
            Arc::new(StructArray::from(vec![(
                Arc::new(Field::new("inner", DataType::Utf8, true)),
                Arc::new(words.clone()) as ArrayRef,
            )])),
        ),
        ("word", Arc::new(words)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .unwrap()
}

fn written(batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let mut bytes = Vec::new();
    let properties = properties.set_max_row_group_row_count(Some(15)).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn samples() -> Vec<Vec<u8>> {
    let builder = WriterProperties::builder;
    let gzip = Compression::GZIP(GzipLevel::default());
    let v2 = builder().set_writer_version(WriterVersion::PARQUET_2_0).set_dictionary_enabled(false);
    vec![
        written(&sample(), builder().set_compression(gzip)),
        written(&sample(), builder().set_compression(Compression::SNAPPY).set_data_page_row_count_limit(4)),
        written(&sample(), v2.set_compression(gzip)),
        written(&sample(), builder().set_compression(Compression::ZSTD(ZstdLevel::default()))),
        written(&sample(), builder()),
    ]
}

fn open(bytes: &[u8]) -> Result<ParquetRows, String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    ParquetRows::open(file)
}

/// Numbers of the rows that can be read, and the faults.
fn read(rows: &ParquetRows) -> (Vec<u64>, Vec<String>) {
    let (mut numbers, mut faults) = (Vec::new(), Vec::new());
    for piece in rows.read() {
        match piece {
            Ok(piece) => numbers.extend((piece.first_row..).take(piece.rows.num_rows())),
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    (numbers, faults)
}

#[test]
fn every_row_comes_once_in_order() {
    for bytes in samples() {
        let rows = open(&bytes).unwrap();
        assert_eq!(rows.columns(), ["number", "long", "list", "stamp", "code", "object", "word"]);
        assert_eq!((rows.stored_bytes(), rows.bytes() > 500), (bytes.len() as u64, true));
        assert_eq!(read(&rows), ((0..ROWS as u64).collect(), vec![]));
        // A second time as well.
        let texts: Vec<_> =
            rows.read().map(|piece| piece.unwrap().rows.schema().field(6).data_type().clone()).collect();
        assert_eq!(texts, [DataType::Utf8View, DataType::Utf8View, DataType::Utf8View]);
    }
}

#[test]
fn a_damaged_row_group_is_a_fault_and_the_others_are_read() {
    let mut bytes = samples().swap_remove(0);
    let rows = open(&bytes).unwrap();
    let (at, _) = rows.groups()[1].columns()[0].byte_range();
    bytes[at as usize..][..30].fill(0xff);
    let (numbers, faults) = read(&open(&bytes).unwrap());
    assert_eq!(numbers, (0..15).chain(30..40).collect::<Vec<u64>>());
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].starts_with("corrupt: row group 2 of 3 cannot be read from row 15 on, 15 rows lost: "),
        "{faults:?}"
    );
    assert!(faults[0].ends_with(&format!("byte {at}")), "{faults:?}");
}

#[test]
fn what_is_no_parquet_file_says_so() {
    let good = samples().swap_remove(0);
    let check = |bytes: &[u8], expected: &str| {
        let why = open(bytes).unwrap_err();
        assert!(why.contains(expected), "{why}");
    };
    check(b"", "no readable footer");
    check(b"PAR1PAR1", "no readable footer");
    check(&good[..good.len() - 1], "no readable footer");
    check(&good[..good.len() / 2], "no readable footer");
    let with_len = |len: u32| [&good[..good.len() - 8], &len.to_le_bytes(), b"PAR1"].concat();
    check(&with_len(u32::MAX), "no readable footer");
    check(
        &[&vec![0; 5 << 20][..], &(5_u32 << 20).to_le_bytes(), b"PAR1"].concat(),
        "footer of 5242880 bytes",
    );
    check(&with_len(4), "damaged footer");
    check(&with_len(good.len() as u32), "no readable footer");
    let footer = |bytes: &[u8]| [b"PAR1", bytes, &(bytes.len() as u32).to_le_bytes(), b"PAR1"].concat();
    check(&footer(&[0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00]), "damaged footer");
    check(&footer(&[0x15, 0x02, 0x00]), "damaged footer");
    let long = StringArray::from_iter_values((0..500).map(|row| format!("{row:050}")));
    let long = RecordBatch::try_from_iter([("long", Arc::new(long) as ArrayRef)]).unwrap();
    let long = written(&long, WriterProperties::builder().set_dictionary_enabled(false));
    check(&long[20_000..], "outside of its bytes");
}

#[test]
fn pages_that_are_too_large_are_refused() {
    let lines = StringArray::from_iter_values((0..3_000).map(|row| format!("{row:050}")));
    let batch = RecordBatch::try_from_iter([("line", Arc::new(lines) as ArrayRef)]).unwrap();
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let gzip = Compression::GZIP(GzipLevel::default());
    for (properties, limit, expected) in [
        // The header says that the page is large.
        (plain().set_compression(gzip), 20_000, "a page of "),
        // What is stored is already too large.
        (plain(), 20_000, "a page of "),
    ] {
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mut rows = open(&bytes).unwrap();
        assert_eq!(read(&rows).0.len(), 3_000);
        rows.pages.most = limit;
        let (numbers, faults) = read(&rows);
        assert_eq!(numbers, Vec::<u64>::new());
        assert!(faults[0].contains(expected), "{faults:?}");
    }
}

#[test]
fn pages_that_are_too_large_together_are_refused() {
    let lines = |rows: usize| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows).map(|row| format!("{row:050}"))))
    };
    let read_with = |columns: usize, rows: usize, most: u64| {
        let columns = (0..columns).map(|number| (format!("c{number}"), lines(rows)));
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_dictionary_enabled(false);
        let properties = properties.set_data_page_row_count_limit(1_000).set_write_batch_size(1_000).build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mut file = open(&bytes).unwrap();
        file.pages.most = most;
        read(&file)
    };
    // A page has 54,000 bytes, a batch 4,096 rows of each column.
    let page = 54_000;
    let faults = |columns, rows, most| read_with(columns, rows, most).1;
    assert_eq!(faults(1, 3_000, 3 * page), Vec::<String>::new());
    assert!(faults(1, 3_000, 2 * page)[0].contains("pages of more than 108000 bytes together"));
    assert_eq!(faults(5, 1_000, 5 * page), Vec::<String>::new());
    assert!(faults(5, 1_000, 4 * page)[0].contains("together"));
    // Batches that follow each other hold no more than one of them does, and pages on the way.
    assert_eq!(read_with(2, 100_000, 16 * page), ((0..100_000).collect(), vec![]));
}

#[test]
fn values_that_share_bytes_are_bounded_together() {
    let start = "p".repeat(5_000);
    let words: StringArray = (0..2_000).map(|row| Some(format!("{start}{row}"))).collect();
    let batch = RecordBatch::try_from_iter([("word", Arc::new(words) as ArrayRef)]).unwrap();
    for (encoding, held) in
        [(Encoding::DELTA_BYTE_ARRAY, 12 << 20), (Encoding::DELTA_LENGTH_BYTE_ARRAY, 12 << 20)]
    {
        let properties = WriterProperties::builder().set_dictionary_enabled(false).set_encoding(encoding);
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mut rows = open(&bytes).unwrap();
        rows.pages.most = held;
        assert_eq!(read(&rows), ((0..2_000).collect(), vec![]), "{encoding}");
        rows.pages.most = 8 << 20;
        assert!(read(&rows).1[0].contains("together"), "{encoding}");
    }
}

#[test]
fn lists_without_end_are_refused() {
    let lists = |elements: usize, rows: usize| -> ArrayRef {
        let lists = (0..rows).map(|_| Some(vec![None; elements]));
        Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists))
    };
    let faults = |lists: ArrayRef, most: u64| {
        let batch = RecordBatch::try_from_iter([("list", lists)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let mut rows = open(&bytes).unwrap();
        rows.pages.most = most;
        read(&rows).1
    };
    // 24 bytes an element, of all records of a batch.
    assert!(faults(lists(100_000, 1), 2_000_000)[0].contains("together"));
    assert_eq!(faults(lists(100_000, 1), 3_000_000), Vec::<String>::new());
    assert_eq!(faults(lists(2, 50_000), 3_000_000), Vec::<String>::new());
}

#[test]
fn many_columns_are_read_few_rows_at_a_time() {
    let columns = (0..3_000).map(|number| {
        (format!("c{number}"), Arc::new(Int32Array::from(vec![None::<i32>; 2_000])) as ArrayRef, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let pieces: Vec<usize> =
        open(&bytes).unwrap().read().map(|piece| piece.unwrap().rows.num_rows()).collect();
    assert_eq!(pieces.iter().sum::<usize>(), 2_000);
    // 32 MiB of 16 bytes for each value.
    assert!(pieces.iter().all(|rows| *rows <= 699), "{pieces:?}");
}

#[test]
fn more_rows_than_there_can_be_are_refused() {
    let nulls = RecordBatch::try_from_iter_with_nullable([(
        "null",
        arrow::array::new_null_array(&DataType::Int32, 20 << 20),
        true,
    )]);
    let mut bytes = Vec::new();
    let nulls = nulls.unwrap();
    let mut writer = ArrowWriter::try_new(&mut bytes, nulls.schema(), None).unwrap();
    writer.write(&nulls).unwrap();
    writer.close().unwrap();
    let why = open(&bytes).unwrap_err();
    assert!(why.contains("gives 20971520 rows, more than 17"), "{why}");
}

#[test]
fn words_of_a_dictionary_are_held_once() {
    let word = "w".repeat(1 << 17);
    let words: DictionaryArray<Int32Type> = (0..400).map(|_| Some(word.as_str())).collect();
    let batch = RecordBatch::try_from_iter([("word", Arc::new(words) as ArrayRef)]).unwrap();
    let properties = WriterProperties::builder().set_dictionary_page_size_limit(8 << 20);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let rows = open(&bytes).unwrap();
    let mut pieces = 0;
    for piece in rows.read() {
        let rows = piece.unwrap().rows;
        pieces += 1;
        assert!(rows.num_rows() <= 16 && rows.get_array_memory_size() < 1 << 20, "{rows:?}");
    }
    assert_eq!(pieces, 400 / 16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is damaged, rows come in order and no more of them than there are, and nothing panics.
    #[test]
    fn any_damage_is_a_fault(
        sample in 0..5_usize,
        in_footer in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 1..4_usize), 1..6),
    ) {
        let mut bytes = samples().swap_remove(sample);
        let footer = bytes.len() - 8 - u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
        let place = if in_footer { footer..bytes.len() - 8 } else { 0..footer };
        for (at, byte, len) in damage {
            let at = place.start + at.index(place.len());
            for byte_at in bytes.iter_mut().skip(at).take(len) {
                *byte_at = byte_at.wrapping_add(byte);
            }
        }
        if let Ok(rows) = open(&bytes) {
            let (numbers, _) = read(&rows);
            prop_assert!(numbers.is_sorted());
        }
    }
}
