//! Records in JSON text: finds their starts, follows envelopes, and finds its way again after broken ones.

use super::recover::{Next, Signatures, end_of_value};
use super::{Broken, Envelope, Step};
use crate::reject::RejectCode;
use crate::scan::{Cursor, ScanError};

/// Position between records. All state that outlives a buffer is here.
#[derive(Debug)]
pub(crate) struct JsonFrames {
    envelope: Envelope,
    max_record_bytes: usize,
    place: Place,
    /// The innermost array is a member of an envelope object.
    in_object: bool,
    /// How the next record probably begins.
    signatures: Signatures,
    lost: Option<Lost>,
    /// Something was found since the object began.
    started: bool,
    /// Lines of text may stand between the values.
    among_lines: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between values at the top.
    Top,
    /// In an array of records.
    Elements,
    /// In an envelope object, between its members.
    Members,
}

/// A broken record whose end is not found yet.
#[derive(Debug)]
struct Lost {
    broken: Broken,
    search: Search,
}

#[derive(Debug)]
enum Search {
    /// To the end of a well-formed value that is too large.
    Brackets { depth: u64, in_string: bool, escaped: bool },
    /// To what looks like the start of another element.
    Signature,
    /// To the end of the line.
    Line,
    /// To where another element may begin or the array end.
    Punctuation,
}

impl JsonFrames {
    pub(crate) fn new(envelope: Envelope, max_record_bytes: usize) -> Self {
        Self {
            envelope,
            max_record_bytes,
            place: Place::Top,
            in_object: false,
            signatures: Signatures::default(),
            lost: None,
            started: false,
            among_lines: false,
        }
    }

    /// Leaves what is no JSON between values to the reader of lines.
    pub(crate) fn among_lines(mut self) -> Self {
        // A byte order mark is theirs too: at the first value, it lies behind.
        (self.among_lines, self.started) = (true, true);
        self
    }

    /// Forgets everything: another object begins.
    pub(crate) fn restart(&mut self) {
        let fresh = Self::new(self.envelope, self.max_record_bytes);
        *self = if self.among_lines { fresh.among_lines() } else { fresh };
    }

    /// True when the text so far ends inside an envelope.
    pub(crate) fn is_open(&self) -> bool {
        self.place != Place::Top
    }

    /// True when the text so far ends inside a broken record.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Moves the cursor to the next record. `base` is the distance of the text's first byte from the object's.
    pub(crate) fn next(&mut self, cursor: &mut Cursor<'_>, base: u64, last: bool) -> Step {
        if let Some(lost) = self.lost.take() {
            return self.search_on(lost, cursor, last);
        }
        if !self.started {
            if cursor.text().starts_with('\u{FEFF}') {
                cursor.set_at('\u{FEFF}'.len_utf8());
            }
            self.started = !cursor.text().is_empty();
        }
        loop {
            let Some(byte) = cursor.peek() else { return Step::More };
            match (self.place, byte) {
                (_, b',') => cursor.bump(),
                (Place::Top, b'[') if !self.among_lines => self.open_array(cursor),
                (Place::Top, b'{') => match self.enter_envelope(cursor) {
                    Ok(true) => {}
                    Ok(false) => return Step::Record,
                    Err(()) if last => return Step::Record,
                    Err(()) => return Step::More,
                },
                (Place::Top, _) if self.among_lines => return Step::NoJson,
                (Place::Top, b'0'..=b'9') if !last && cursor.text().len() - cursor.at() < LONGEST_STAMP => {
                    return Step::More;
                }
                (Place::Top, b'0'..=b'9') if let_stamp(cursor) => {}
                (Place::Top, _) => {
                    let start = cursor.at();
                    return self.broken(cursor, start, start, RejectCode::JsonSyntax, base, last);
                }
                (Place::Elements, b']') => {
                    cursor.bump();
                    self.place = if self.in_object { Place::Members } else { Place::Top };
                }
                (Place::Elements, _) => return Step::Record,
                (Place::Members, b'}') => {
                    cursor.bump();
                    self.place = Place::Top;
                }
                (Place::Members, _) => {
                    let start = cursor.at();
                    match self.pass_member(cursor) {
                        Ok(()) => {}
                        Err(ScanError::Incomplete) if !last => {
                            cursor.set_at(start);
                            return Step::More;
                        }
                        Err(_) => {
                            // No member: the envelope has ended here, whatever it is.
                            cursor.set_at(start);
                            self.place = Place::Top;
                        }
                    }
                }
            }
        }
    }

    /// Enters the array at the cursor.
    pub(crate) fn open_array(&mut self, cursor: &mut Cursor<'_>) {
        cursor.bump();
        (self.place, self.in_object) = (Place::Elements, false);
    }

    /// Notes that the record from `start` to the cursor was read.
    pub(crate) fn accepted(&mut self, cursor: &Cursor<'_>, start: usize) {
        self.signatures.learn(cursor.since(start).as_bytes());
    }

    /// The record at `start` could not be read. Moves the cursor past it, or back to it when more text must come.
    pub(crate) fn refused(
        &mut self,
        cursor: &mut Cursor<'_>,
        start: usize,
        error: ScanError,
        base: u64,
        last: bool,
    ) -> Step {
        let held = cursor.text().len() - start;
        // What is too large must not depend on how much of it is at hand.
        let fault_at = match error {
            ScanError::Incomplete => held,
            ScanError::Syntax(at) | ScanError::TooDeep(at) => at.saturating_sub(start),
        };
        match error {
            _ if fault_at > self.max_record_bytes => self.too_large(cursor, start, base, last),
            ScanError::Incomplete if !last => {
                cursor.set_at(start);
                Step::More
            }
            error => {
                let (code, at) = fault(error, cursor);
                self.broken(cursor, start, at, code, base, last)
            }
        }
    }

    /// Enters `{"Records":[`; false when the object is a record itself, an error when more text must tell.
    fn enter_envelope(&mut self, cursor: &mut Cursor<'_>) -> Result<bool, ()> {
        let start = cursor.at();
        cursor.bump();
        loop {
            let Ok(key) = cursor.key() else {
                let torn = cursor.peek().is_none();
                cursor.set_at(start);
                return if torn { Err(()) } else { Ok(false) };
            };
            let name = key.text();
            if self.envelope.arrays.contains(&&*name) {
                let next = cursor.peek();
                if next == Some(b'[') {
                    cursor.bump();
                    (self.place, self.in_object) = (Place::Elements, true);
                    return Ok(true);
                }
                cursor.set_at(start);
                return next.map_or(Err(()), |_| Ok(false));
            }
            let beside = self.envelope.beside.contains(&&*name);
            match if beside { cursor.skip_value() } else { Err(ScanError::Syntax(0)) } {
                Ok(()) if cursor.eat(b',') => {}
                Err(ScanError::Incomplete) => {
                    cursor.set_at(start);
                    return Err(());
                }
                result => {
                    let torn = result.is_ok() && cursor.peek().is_none();
                    cursor.set_at(start);
                    return if torn { Err(()) } else { Ok(false) };
                }
            }
        }
    }

    fn pass_member(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ScanError> {
        let key = cursor.key()?;
        if self.envelope.arrays.contains(&&*key.text()) {
            match cursor.peek() {
                Some(b'[') => {
                    cursor.bump();
                    self.place = Place::Elements;
                    return Ok(());
                }
                Some(_) => {}
                None => return Err(ScanError::Incomplete),
            }
        }
        cursor.skip_value()
    }

    /// Gives up on the text from `start`, where `at` is wrong, and looks for the next record.
    fn broken(
        &mut self,
        cursor: &mut Cursor<'_>,
        start: usize,
        at: usize,
        code: RejectCode,
        base: u64,
        last: bool,
    ) -> Step {
        let text = cursor.text().as_bytes();
        // What lies behind the fault is not always at hand.
        self.signatures.learn(text.get(start..at).unwrap_or_default());
        let broken = Broken::new(code, base + start as u64, self.max_record_bytes);
        let search = match self.place {
            Place::Elements if at == start && code == RejectCode::JsonSyntax => Search::Punctuation,
            Place::Elements if !self.signatures.is_empty() && code != RejectCode::Truncated => {
                Search::Signature
            }
            _ if code == RejectCode::Truncated => {
                cursor.set_at(start);
                return Step::Broken(broken.take(cursor, text.len()));
            }
            Place::Elements => {
                self.place = Place::Top;
                Search::Line
            }
            _ => {
                // Among lines, what follows a broken value is tried line by line.
                let at = if self.among_lines { start } else { at };
                // Whether a record follows on the same line, within the limit, decides where this one ends.
                let limit = start.saturating_add(self.max_record_bytes);
                let seen = text.get(..limit).unwrap_or(text);
                let next = self.signatures.next_at_top(seen, start + 1, at);
                cursor.set_at(start);
                match next {
                    Next::Record(next) => return Step::Broken(broken.take(cursor, next)),
                    Next::Unseen if !last && text.len() < limit => return Step::More,
                    _ => {}
                }
                return self.search_on(
                    Lost { broken: broken.take(cursor, at.min(text.len())), search: Search::Line },
                    cursor,
                    last,
                );
            }
        };
        cursor.set_at(start);
        let broken = broken.take(cursor, start + 1);
        self.search_on(Lost { broken, search }, cursor, last)
    }

    fn too_large(&mut self, cursor: &mut Cursor<'_>, start: usize, base: u64, last: bool) -> Step {
        let broken = Broken::new(RejectCode::RecordTooLarge, base + start as u64, self.max_record_bytes);
        cursor.set_at(start);
        let search = Search::Brackets { depth: 0, in_string: false, escaped: false };
        self.search_on(Lost { broken, search }, cursor, last)
    }

    /// Goes on looking for the end of a broken record.
    fn search_on(&mut self, mut pending: Lost, cursor: &mut Cursor<'_>, last: bool) -> Step {
        let text = cursor.text().as_bytes();
        let from = cursor.at();
        let found = match &mut pending.search {
            Search::Line => memchr::memchr(b'\n', &text[from..]).map(|end| from + end + 1),
            Search::Punctuation => {
                text[from..].iter().position(|byte| b",{[]".contains(byte)).map(|end| from + end)
            }
            Search::Signature => self.signatures.next_element(text, from),
            Search::Brackets { depth, in_string, escaped } => {
                end_of_value(&text[from..], depth, in_string, escaped).map(|end| from + end)
            }
        };
        if let Some(end) = found {
            return Step::Broken(pending.broken.take(cursor, end));
        }
        if last {
            return Step::Broken(pending.broken.take(cursor, text.len()));
        }
        let keep = match pending.search {
            Search::Signature => {
                let mut keep = text.len().saturating_sub(self.signatures.reach()).max(from);
                while !cursor.text().is_char_boundary(keep) {
                    keep -= 1;
                }
                keep
            }
            _ => text.len(),
        };
        pending.broken = pending.broken.take(cursor, keep);
        self.lost = Some(pending);
        Step::More
    }
}

const LONGEST_STAMP: usize = 40;

/// Passes a time stamp and a blank, as stands before each message of a CloudWatch Logs export.
fn let_stamp(cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.text().as_bytes().get(cursor.at()..).unwrap_or_default();
    let head = &rest[..rest.len().min(LONGEST_STAMP)];
    let is_stamp = head.get(4) == Some(&b'-') && head.get(10) == Some(&b'T');
    let Some(len) = head.iter().position(|byte| *byte == b' ').filter(|_| is_stamp) else { return false };
    if !matches!(rest.get(len + 1), Some(b'{' | b'[')) {
        return false;
    }
    cursor.set_at(cursor.at() + len + 1);
    true
}

fn fault(error: ScanError, cursor: &Cursor<'_>) -> (RejectCode, usize) {
    match error {
        ScanError::Incomplete => (RejectCode::Truncated, cursor.text().len()),
        ScanError::Syntax(at) => (RejectCode::JsonSyntax, at),
        ScanError::TooDeep(at) => (RejectCode::TooDeep, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENVELOPE: Envelope = Envelope { arrays: &["Records"], beside: &["NextToken"] };

    /// Reads all records of `text`, presented in pieces that end at the given places.
    fn frames(text: &str, cuts: &[usize], max: usize) -> Vec<String> {
        let mut frames = JsonFrames::new(ENVELOPE, max);
        let mut found = Vec::new();
        let (mut from, mut cuts) = (0, cuts.iter().copied().filter(|cut| text.is_char_boundary(*cut)));
        loop {
            let end = cuts.next().unwrap_or(text.len());
            if end < from {
                continue;
            }
            let last = end == text.len();
            let mut cursor = Cursor::new(&text[from..end], last);
            loop {
                let step = match frames.next(&mut cursor, from as u64, last) {
                    Step::Record => {
                        let start = cursor.at();
                        match cursor.skip_value() {
                            Ok(()) => {
                                frames.accepted(&cursor, start);
                                found.push(cursor.since(start).to_owned());
                                None
                            }
                            Err(error) => Some(frames.refused(&mut cursor, start, error, from as u64, last)),
                        }
                    }
                    step => Some(step),
                };
                match step {
                    Some(Step::More) => break,
                    Some(Step::Broken(broken)) => {
                        let (raw, len, _) = broken.raw.finish();
                        assert_eq!(raw.len() as u64, len);
                        found.push(format!(
                            "{} {}: {}",
                            broken.code,
                            broken.byte,
                            String::from_utf8_lossy(&raw)
                        ));
                    }
                    _ => {}
                }
            }
            from += cursor.at();
            if last {
                assert_eq!(from, text.len(), "everything is taken");
                return found;
            }
        }
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(frames(text, &[], 1000), expected, "{text}");
    }

    #[test]
    fn envelopes_arrays_lines_and_glue() {
        check(r#"{"Records":[{"a":1},{"a":2}]}"#, &[r#"{"a":1}"#, r#"{"a":2}"#]);
        check(
            "\u{FEFF}{ \"NextToken\" : \"x\", \"Records\" : [\n {\"a\":1} ], \"z\": 3 }\n",
            &[r#"{"a":1}"#],
        );
        check(
            "{\"a\":1}\n{\"a\":2}{\"a\":3},{\"a\":4}\n",
            &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#"{"a":4}"#],
        );
        check(r#"[{"a":1},[2]]{"Records":[]}{"Records":[{"a":3}]}"#, &[r#"{"a":1}"#, "[2]", r#"{"a":3}"#]);
        check(
            "2024-01-01T00:00:00.000Z {\"a\":1}\n2024-01-01T00:00:01Z {\"a\":2}\n",
            &[r#"{"a":1}"#, r#"{"a":2}"#],
        );
        check(r#"{"Records":{}}"#, &[r#"{"Records":{}}"#]);
        check("", &[]);
        check(r#"{"Records":[]}"#, &[]);
    }

    #[test]
    fn a_broken_record_stands_alone() {
        check(
            "{\"a\":1}\n{\"a\":tru}\n{\"a\":3}\n",
            &[r#"{"a":1}"#, "json-syntax 8: {\"a\":tru}\n", r#"{"a":3}"#],
        );
        check("{\"a\":\"x\n{\"a\":2}\n", &["json-syntax 0: {\"a\":\"x\n", r#"{"a":2}"#]);
        check("{\"a\":\n{\"a\":2}\n{\"a\":3}\n", &["json-syntax 0: {\"a\":\n", r#"{"a":2}"#, r#"{"a":3}"#]);
        check(
            r#"{"Records":[{"a":1},{"a":x},{"a":3}]}"#,
            &[r#"{"a":1}"#, r#"json-syntax 20: {"a":x},"#, r#"{"a":3}"#],
        );
        check(
            r#"{"Records":[{"a":1},{"a":{"b":2},{"a":3}]}"#,
            &[r#"{"a":1}"#, r#"json-syntax 20: {"a":{"b":2},"#, r#"{"a":3}"#],
        );
        check("[{\"a\":1}},\n{\"a\":2}]", &[r#"{"a":1}"#, "json-syntax 8: }", r#"{"a":2}"#]);
        check("hello\n{\"a\":1}\n", &["json-syntax 0: hello\n", r#"{"a":1}"#]);
        check(r#"{"Records":[{"a":1},{"a":2"#, &[r#"{"a":1}"#, r#"truncated 20: {"a":2"#]);
    }

    /// For each of them, all text behind it used to be searched.
    #[test]
    fn many_broken_records_are_told_one_by_one() {
        let seen = r#"{"a":1},{"b":1},{"c":1},{"d":1}"#;
        let array = format!("[{seen}{}]", r#",{"d":x}"#.repeat(20_000));
        let glued = seen.replace(',', "") + &r#"{"d":x}"#.repeat(20_000);
        let lines = seen.replace(',', "\n") + &"\n{\"d\":x}".repeat(20_000);
        for text in [array, glued, lines] {
            let found = frames(&text, &[], 1 << 20);
            assert_eq!(found.len(), 20_004);
            assert!(found[4..].iter().all(|found| found.starts_with("json-syntax ")), "{:?}", found[4]);
        }
    }

    #[test]
    fn a_record_that_is_too_large_is_passed() {
        let big = format!(r#"{{"a":"{}]\"}}"}}"#, "x".repeat(50));
        let text = format!("{{\"Records\":[{big},{{\"a\":1}}]}}");
        let found = frames(&text, &[30, 45], 20);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("record-too-large 12: "), "{found:?}");
        assert_eq!(found[1], r#"{"a":1}"#);
    }

    #[test]
    fn a_name_that_ends_behind_the_fault_is_not_learnt() {
        let text = "[{\"a\u{1}\n\":1},{\"b\":1}]\n{\"c\":1}\n";
        for cut in 0..text.len() {
            assert_eq!(frames(text, &[cut], 1000), frames(text, &[], 1000), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_records(
            picks in proptest::collection::vec(0usize..14, 0..12),
            mut cuts in proptest::collection::vec(0usize..200, 0..12),
        ) {
            const PARTS: [&str; 14] = [
                "{\"Records\":[", "]}", "{\"a\":1}", ",", "\n", "{\"a\":\"é\\\"\"}", "{\"a\":", "\"x", "]", "{\"b\":[1,{\"a\":2}]}",
                "[", "zz\n", "2024-01-01T00:00:00Z ", "{\"NextToken\":1,",
            ];
            let text: String = picks.iter().map(|pick| PARTS[*pick]).collect();
            cuts.sort_unstable();
            cuts.retain(|cut| *cut < text.len());
            prop_assert_eq!(frames(&text, &cuts, 1000), frames(&text, &[], 1000));
        }
    }
}
