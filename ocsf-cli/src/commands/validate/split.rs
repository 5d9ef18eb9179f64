//! Where events begin and end in JSON text, without keeping more of it than one.

/// Parts text into events: one a line, or values of a document that may span lines.
///
/// A document is one event or several behind each other, a list of events, or an object whose first member is such a list
/// called `events`.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    form: Option<Form>,
    scan: Scan,
    /// Bytes of `buffer` that were scanned.
    scanned: usize,
    /// Where the event that is being scanned begins.
    start: Option<usize>,
    /// The list of events of the document has ended.
    behind: bool,
    events: u64,
    lines: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Lines,
    /// Events lie this deep.
    Document(usize),
}

/// The text of one event, and where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) at: Where,
}

/// Counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Line(u64),
    Event(u64),
}

/// Depth within JSON text.
#[derive(Debug, Default, Clone, Copy)]
struct Scan {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    fn pass(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_text => self.escaped = true,
            b'"' => self.in_text = !self.in_text,
            _ if self.in_text => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

impl Splitter {
    /// Bytes that tell lines from a document.
    pub(super) const LOOK: usize = 1 << 20;

    /// The next event of `buffer`; `None` when it ends before one does. With `last` nothing follows, and what is left is an
    /// event, whole or not.
    pub(super) fn next(&mut self, buffer: &[u8], last: bool) -> Option<Text> {
        loop {
            let left = buffer.len().saturating_sub(self.scanned);
            let form = match self.form {
                Some(form) => form,
                None if left > 0 && (last || left >= Self::LOOK) => self.begin(buffer),
                None => return None,
            };
            let found = match form {
                Form::Lines => self.line(buffer, last),
                Form::Document(base) => self.value(buffer, base, last),
            };
            // A document that has ended may be followed by another.
            if found.is_some() || self.form.is_some() {
                return found;
            }
        }
    }

    /// Forgets the bytes of `buffer` that are done with, and says how many they are.
    pub(super) fn release(&mut self) -> usize {
        let done = self.start.unwrap_or(self.scanned);
        self.scanned -= done;
        self.start = self.start.map(|_| 0);
        done
    }

    /// Leaves the event that is being scanned: it is too large to be kept.
    pub(super) fn give_up(&mut self) -> Where {
        self.start = Some(self.scanned);
        match self.form {
            Some(Form::Lines) => Where::Line(self.lines + 1),
            _ => Where::Event(self.events + 1),
        }
    }

    fn begin(&mut self, buffer: &[u8]) -> Form {
        let form = match Form::of(buffer, self.scanned) {
            // Lines before were not counted.
            Form::Lines if self.events > 0 => Form::Document(0),
            form => form,
        };
        self.form = Some(form);
        if let Form::Document(base) = form {
            while self.scan.depth < base
                && let Some(byte) = buffer.get(self.scanned)
            {
                self.scan.pass(*byte);
                self.scanned += 1;
            }
        }
        form
    }

    fn line(&mut self, buffer: &[u8], last: bool) -> Option<Text> {
        loop {
            let from = self.start.unwrap_or(self.scanned);
            let rest = buffer.get(self.scanned..).unwrap_or_default();
            let end = match memchr::memchr(b'\n', rest) {
                Some(at) => self.scanned + at,
                None if last && from < buffer.len() => buffer.len(),
                None => {
                    self.scanned = buffer.len();
                    self.start = Some(from);
                    return None;
                }
            };
            self.lines += 1;
            self.scanned = (end + 1).min(buffer.len());
            self.start = None;
            if !buffer.get(from..end).unwrap_or_default().trim_ascii().is_empty() {
                return Some(Text { from, to: end, at: Where::Line(self.lines) });
            }
        }
    }

    fn value(&mut self, buffer: &[u8], base: usize, last: bool) -> Option<Text> {
        while let Some(byte) = buffer.get(self.scanned) {
            let outside = self.start.is_none();
            if outside && !self.behind && (byte.is_ascii_whitespace() || *byte == b',') {
                self.scanned += 1;
                continue;
            }
            self.behind |= outside && base > 0 && *byte == b']';
            if self.behind {
                // Behind the list: what closes the document, or members that are no events.
                self.scan.pass(*byte);
                self.scanned += 1;
                if self.scan.depth == 0 && !self.scan.in_text {
                    (self.form, self.behind) = (None, false);
                    return None;
                }
                continue;
            }
            let from = *self.start.get_or_insert(self.scanned);
            let was_text = self.scan.in_text;
            self.scan.pass(*byte);
            self.scanned += 1;
            let closes = matches!(byte, b'}' | b']') || *byte == b'"' && was_text;
            let follows = buffer.get(self.scanned);
            let scalar_ends = !self.scan.in_text
                && follows
                    .is_some_and(|next| next.is_ascii_whitespace() || matches!(next, b',' | b']' | b'{'));
            if self.scan.depth == base && !self.scan.in_text && (closes || scalar_ends) {
                return Some(self.end(from, self.scanned));
            }
        }
        match self.start {
            Some(from) if last => Some(self.end(from, buffer.len())),
            _ => None,
        }
    }

    fn end(&mut self, from: usize, to: usize) -> Text {
        self.start = None;
        self.events += 1;
        Text { from, to, at: Where::Event(self.events) }
    }
}

impl Form {
    /// The form of what begins at `from`.
    fn of(buffer: &[u8], from: usize) -> Self {
        let text = buffer.get(from..).unwrap_or_default().trim_ascii_start();
        if text.starts_with(b"[") {
            return Self::Document(1);
        }
        let after = |text: &'_ [u8], token: &[u8]| {
            text.trim_ascii_start().strip_prefix(token).map(|rest| buffer.len() - rest.len())
        };
        let within = |at: usize| buffer.get(at..).unwrap_or_default();
        let list = after(text, b"{")
            .and_then(|at| after(within(at), b"\"events\""))
            .and_then(|at| after(within(at), b":"))
            .and_then(|at| after(within(at), b"["));
        if list.is_some() {
            return Self::Document(2);
        }
        let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let mut scan = Scan::default();
        let first = lines.next().unwrap_or_default();
        for (at, byte) in first.iter().enumerate() {
            scan.pass(*byte);
            let is_end = matches!(byte, b'}' | b']') && scan.depth == 0 && !scan.in_text;
            if is_end && !first.get(at + 1..).unwrap_or_default().trim_ascii().is_empty() {
                // Another value stands on the same line.
                return Self::Document(0);
            }
        }
        let is_whole = scan.depth == 0 && !scan.in_text;
        // A line that is broken off is no beginning of a document when the next one begins anew.
        if is_whole || lines.find(|line| !line.is_empty()).is_some_and(|line| line.starts_with(b"{")) {
            Self::Lines
        } else {
            Self::Document(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The events of `text`, given in pieces of `size` bytes.
    fn split(text: &str, size: usize) -> Vec<(String, Where)> {
        let (mut splitter, mut buffer, mut found) = (Splitter::default(), Vec::new(), Vec::new());
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(size.max(1)).collect();
        for (at, piece) in pieces.iter().enumerate() {
            buffer.extend_from_slice(piece);
            while let Some(text) = splitter.next(&buffer, at + 1 == pieces.len()) {
                found.push((String::from_utf8_lossy(&buffer[text.from..text.to]).into_owned(), text.at));
            }
            buffer.drain(..splitter.release());
        }
        found
    }

    fn texts(text: &str) -> Vec<String> {
        split(text, 1 << 20).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn one_event_a_line_and_a_broken_line_harms_no_other() {
        let found = split("{\"a\":1}\n\n{\"b\": \"x\n{\"c\":[{}]}", 1 << 20);
        let expected = [("{\"a\":1}", 1), ("{\"b\": \"x", 3), ("{\"c\":[{}]}", 4)];
        assert_eq!(found, expected.map(|(text, line)| (text.to_owned(), Where::Line(line))));
        assert_eq!(texts("{\"a\":\n{\"b\":1}\n"), ["{\"a\":", "{\"b\":1}"]);
    }

    #[test]
    fn documents_of_all_forms() {
        assert_eq!(texts("{\n \"a\": \"}\"\n}\n{\n}"), ["{\n \"a\": \"}\"\n}", "{\n}"]);
        assert_eq!(texts("[\n{\"a\":[1]}, {} , 7, \"x\"]\n"), ["{\"a\":[1]}", "{}", "7", "\"x\""]);
        assert_eq!(texts("{ \"events\" : [ {\"a\":1},\n{} ], \"more\": {} }"), ["{\"a\":1}", "{}"]);
        assert_eq!(texts("[{\"a\":1}]\n[{}]\n{\"b\":1}"), ["{\"a\":1}", "{}", "{\"b\":1}"]);
        assert_eq!(
            texts("{\"events\":[{}],\"x\":[1]}\n{\"events\":[{\"a\":1}]} y"),
            ["{}", "{\"a\":1}", "y"]
        );
        assert_eq!(texts("{\"a\":1}{\"b\":2} {}"), ["{\"a\":1}", "{\"b\":2}", "{}"]);
        assert_eq!(texts("[]"), Vec::<String>::new());
        assert_eq!(texts(" \n"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(text in "[\\[\\]{}\",:\\\\a1 \n]{0,60}", size in 1_usize..9) {
            prop_assert_eq!(split(&text, size), split(&text, 1 << 20));
        }
    }
}
