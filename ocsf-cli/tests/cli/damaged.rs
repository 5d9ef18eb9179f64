//! `ocsf compact` of lakes with damaged files.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use ocsf_lake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ocsf_lake::parquet::file::reader::{FileReader as _, SerializedFileReader};

use crate::Sandbox;
use crate::compact::{lake, uids};
use crate::support::envelope;

/// Overwrites the values of a column. What the footer says stays good.
fn damage(place: &Sandbox, path: &str, column: &str) {
    let mut bytes = std::fs::read(place.path(path)).unwrap();
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes.clone())).unwrap();
    for group in reader.metadata().row_groups() {
        let chunk = group.columns().iter().find(|chunk| chunk.column_path().string() == column).unwrap();
        let (start, length) = chunk.byte_range();
        bytes[start as usize..(start + length) as usize].fill(0x55);
    }
    place.file(path, &bytes);
}

fn files(place: &Sandbox) -> Vec<String> {
    place.tree("lake/ext").into_keys().map(|path| format!("lake/ext/{path}")).collect()
}

#[test]
fn damaged_files_stay_and_the_rest_is_merged() {
    for dedup in ["", "--dedup"] {
        let place = lake();
        let path = &files(&place)[1];
        let good = std::fs::read(place.path(path)).unwrap();
        damage(&place, path, "time");
        let bytes = std::fs::read(place.path(path)).unwrap();
        let said = place.call(&format!("compact lake {dedup}"));
        assert!(said.status == 1 && said.err.contains("Merged 11 files into 2"), "{said}");
        let told = "1 file could not be read and stays as it is: `";
        assert!(said.err.contains(told) && said.err.contains(path), "{said}");
        assert_eq!(files(&place).len(), 3);
        assert!(std::fs::read(place.path(path)).unwrap() == bytes);
        let before = place.tree("lake/ext");
        let said = place.call(&format!("compact lake {dedup}"));
        assert!(said.status == 1 && said.err.starts_with("Nothing to merge"), "{said}");
        assert!(said.err.contains(told) && before == place.tree("lake/ext"), "{said}");
        // Without a footer.
        place.file(path, &bytes[..1000]);
        let said = place.call(&format!("compact lake {dedup}"));
        assert!(said.status == 1 && said.err.contains(told), "{said}");
        // From a copy.
        place.file(path, good);
        assert_eq!((uids(&place).len(), place.call("compact lake").status), (240, 0));
        assert_eq!((uids(&place).len(), files(&place).len()), (240, 2));
    }
}

#[test]
fn what_is_merged_beside_a_damaged_file_does_not_depend_on_threads() {
    let trees = ["1", "4"].map(|threads| {
        let place = lake();
        for path in [1, 4, 7] {
            damage(&place, &files(&place)[path], "api.operation");
        }
        let said = place.call(&format!("compact lake --threads {threads}"));
        assert!(said.status == 1 && said.err.contains("Merged 9 files into 2"), "{said}");
        assert!(said.err.contains("3 files could not be read and stay as they are, first: `"), "{said}");
        place.tree("lake/ext")
    });
    assert!(trees[0] == trees[1]);
}

/// Times of the events of a file.
fn times(place: &Sandbox, path: &str) -> Vec<i64> {
    let file = std::fs::File::open(place.path(path)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches = reader.map(Result::unwrap);
    batches.flat_map(|batch| batch["time"].as_primitive::<Int64Type>().values().to_vec()).collect()
}

/// The file that holds the same events as another.
fn original(place: &Sandbox, copy: &str, among: &[String]) -> String {
    let wanted = times(place, copy);
    among.iter().find(|path| times(place, path) == wanted).unwrap().clone()
}

/// Of an event that is there twice, the copy in a good file stays, whichever is damaged, and in whatever column.
#[test]
fn no_event_goes_for_one_in_a_damaged_file() {
    for column in ["time", "metadata.uid", "api.operation"] {
        for damaged in 0..2 {
            let place = lake();
            place.file("more/a.json", envelope((0..40).map(|n| n * 150 + 3)));
            let before = files(&place);
            place.report("more --out lake");
            let copy = files(&place).into_iter().find(|path| !before.contains(path)).unwrap();
            let one = if damaged == 0 { copy } else { original(&place, &copy, &before) };
            damage(&place, &one, column);
            let said = place.call("compact lake --dedup");
            assert!(said.status == 1 && said.err.contains("1 file could not be read"), "{column}: {said}");
            assert!(place.path(&one).exists());
            std::fs::remove_file(place.path(&one)).unwrap();
            let mut left = uids(&place);
            let all = left.len();
            left.dedup();
            assert_eq!((left.len(), all), (240, 240), "{column} {damaged}");
        }
    }
}
