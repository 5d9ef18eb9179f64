//! A line cut into fields.

/// The fields of a line, in order: what stands between blanks, or between double quotes.
///
/// Runs of blanks count as one; control characters are blanks. With `quotes`, a field that begins with `"` ends at the
/// next `"` that a blank or the end of the line follows and no backslash escapes, unless the quote behind it opens no field:
/// then both stand inside of this one. What is escaped stays as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    quotes: bool,
    /// No closing quote without a backslash before it follows: looking again would take long and find none.
    only_escaped: bool,
}

impl<'t> Tokens<'t> {
    pub(crate) fn new(text: &'t str, quotes: bool) -> Self {
        Self { text, at: 0, quotes, only_escaped: false }
    }

    /// The text behind the fields so far.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default().trim_ascii()
    }

    /// End of the field whose opening quote stands before `start`. A quote that is never closed is closed by an escaped
    /// one, as an agent that ends with a backslash has it, or by the end of the line.
    ///
    /// A closing quote that stands before one in the middle of a word would leave the rest of the line out of step, since
    /// only fields in quotes hold any.
    fn closing_quote(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let (mut escaped, mut doubtful) = (None, None);
        let is_opening = |from: usize| {
            let next = memchr::memchr(b'"', bytes.get(from..).unwrap_or_default());
            next.is_none_or(|at| {
                bytes.get(from..from + at).and_then(<[u8]>::last).is_some_and(|byte| *byte <= b' ')
            })
        };
        for end in memchr::memchr_iter(b'"', bytes.get(start..).unwrap_or_default()).map(|at| start + at) {
            if bytes.get(end + 1).is_some_and(|next| *next > b' ') {
                continue;
            }
            let backslashes =
                bytes.get(start..end).unwrap_or_default().iter().rev().take_while(|byte| **byte == b'\\');
            if backslashes.count() % 2 == 0 {
                if is_opening(end + 1) {
                    return end;
                }
                doubtful.get_or_insert(end);
            } else {
                escaped.get_or_insert(end);
            }
            if self.only_escaped {
                break;
            }
        }
        self.only_escaped = true;
        doubtful.or(escaped).unwrap_or(bytes.len())
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t str;

    #[inline]
    fn next(&mut self) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        while bytes.get(start).is_some_and(|byte| *byte <= b' ') {
            start += 1;
        }
        let first = *bytes.get(start)?;
        if self.quotes && first == b'"' {
            let end = self.closing_quote(start + 1);
            self.at = (end + 1).min(bytes.len());
            return self.text.get(start + 1..end);
        }
        self.at = blank_from(bytes, start);
        self.text.get(start..self.at)
    }
}

/// First byte at or after `from` that is a blank or a control character; the length when there is none.
#[inline]
fn blank_from(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut at = from;
    while let Some(word) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        // The high bit of a byte stays clear where its value is 0x20 or less.
        let above = ((word & !HIGH) + ONES * (0x7F - 0x20)) | word;
        let blanks = !above & HIGH;
        if blanks != 0 {
            return at + (blanks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| *byte > b' ') {
        at += 1;
    }
    at
}

/// True when a line ends inside a quoted field: the number of its quotes, without escaped ones, is odd.
pub(crate) fn has_open_quote(line: &str) -> bool {
    let bytes = line.as_bytes();
    let quotes = memchr::memchr_iter(b'"', bytes);
    quotes.filter(|at| at.checked_sub(1).is_none_or(|before| bytes[before] != b'\\')).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(line: &str, quotes: bool, expected: &[&str]) {
        assert_eq!(Tokens::new(line, quotes).collect::<Vec<_>>(), expected, "{line}");
    }

    #[test]
    fn blanks_part_fields() {
        check("2 - a  bc\t12345678 x ", false, &["2", "-", "a", "bc", "12345678", "x"]);
        check("", false, &[]);
        check("  ", false, &[]);
        check("é \u{3000}x \"y z\"", false, &["é", "\u{3000}x", "\"y", "z\""]);
    }

    #[test]
    fn quotes_hold_blanks_and_quotes() {
        check(r#"a "b c" "" "-" d"#, true, &["a", "b c", "", "-", "d"]);
        check(r#""GET /a"b HTTP/1.1" 1"#, true, &[r#"GET /a"b HTTP/1.1"#, "1"]);
        check(r#""t {\"a\": \"b\" , \x22}" -"#, true, &[r#"t {\"a\": \"b\" , \x22}"#, "-"]);
        check(r#""h2","http/1.1" 2"#, true, &[r#"h2","http/1.1"#, "2"]);
    }

    #[test]
    fn quotes_around_a_word_inside_of_a_field_are_no_ends() {
        check(r#""GET /a "b" c" "x "y" z" - "w""#, true, &[r#"GET /a "b" c"#, r#"x "y" z"#, "-", "w"]);
        // Nothing fits: the first quote that may end the field does.
        check(r#""a b" c"d e"f"#, true, &["a b", "c\"d", "e\"f"]);
    }

    #[test]
    fn a_quote_that_is_not_closed_ends_at_an_escaped_one_or_with_the_line() {
        check(r#""agent\" - 1"#, true, &[r"agent\", "-", "1"]);
        check(r#""a\" b "c\" d"#, true, &[r"a\", "b", r"c\", "d"]);
        check(r#"x "open and on"#, true, &["x", "open and on"]);
        check(r#"x ""#, true, &["x", ""]);
    }

    #[test]
    fn open_quotes_are_seen() {
        assert!(has_open_quote(r#"a "b"#));
        assert!(!has_open_quote(r#"a "b \" c" "d""#));
    }

    proptest! {
        #[test]
        fn without_quotes_as_the_standard_library_splits(text in "[ -~\\té]{0,60}") {
            let ours: Vec<_> = Tokens::new(&text, false).collect();
            let theirs: Vec<_> = text.split(|c: char| c <= ' ').filter(|part| !part.is_empty()).collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn any_text_comes_to_an_end(text in "[ab \"\\\\\u{e9}]{0,60}") {
            let mut tokens = Tokens::new(&text, true);
            let fields = tokens.by_ref().count();
            prop_assert!(fields <= text.len());
            prop_assert_eq!(tokens.rest(), "");
        }
    }
}
