//! Where rejects and issues are, however many there are.

use ocsf_core::testing::map_in_pieces;
use ocsf_core::{MapperOptions, RejectCode};

use super::{mapped, record, vault};

#[test]
fn rejects_can_be_found_again() {
    let good = record("");
    let missing = r#"{"at":"2024-05-01T10:00:00Z","did":"ReadItem"}"#;
    let input = format!("{good}\n{missing}\n{{\"did\":\n{good}\n{{\"other\":1}}\n");
    let mapped = mapped(&input);
    let found: Vec<_> =
        mapped.rejects.iter().map(|reject| (reject.code, reject.at.record, reject.at.line)).collect();
    assert_eq!(
        found,
        [
            (RejectCode::MissingRequired, 1, 2),
            (RejectCode::JsonSyntax, 2, 3),
            (RejectCode::ForeignRecord, 4, 5)
        ]
    );
    for reject in &mapped.rejects {
        let at = reject.at.byte as usize;
        assert_eq!(&input.as_bytes()[at..at + reject.raw.len()], &*reject.raw);
    }
}

/// The line used to be that of the buffer in which the broken record ended.
#[test]
fn a_broken_record_keeps_the_line_where_it_began() {
    let long = format!("{}\n\n{{\"did\":tru {}\n{}\n", record(""), "x".repeat(400), record(""));
    for size in [1, 50, 5_000] {
        let mapped =
            map_in_pieces(&mut vault(&MapperOptions::default()), long.as_bytes(), &mut || size, false);
        assert_eq!((mapped.rejects.len(), mapped.rejects[0].at.line), (1, 3), "pieces of {size}");
    }
}

/// Each place used to be counted from the start of the buffer, and dropped rows looked up one by one.
#[test]
fn very_many_rejects_and_issues_take_linear_time() {
    let line = r#"{"at":"2024-05-01T10:00:00Z","did":"ReadItem","did":"ReadItem","ticket":"some text to fill the line"}"#;
    let input = format!("{line}\n").repeat(40_000);
    let mapped = mapped(&input);
    assert_eq!(mapped.rejects.len(), 40_000);
    assert_eq!(mapped.rejects[39_999].at.line, 40_000);
    assert_eq!(mapped.issues, [("repeated-member".to_owned(), String::new(), 40_000, 0)]);
}
