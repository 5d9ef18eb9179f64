//! A cursor over JSON text that checks the grammar and hands out raw slices. No tree is built.

use std::borrow::Cow;

/// Containers may be nested this deep.
pub(crate) const MAX_DEPTH: usize = 1024;

/// Why scanning stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanError {
    /// The text ends inside a value; more text may complete it.
    Incomplete,
    /// No JSON at this byte of the text.
    Syntax(usize),
    /// Nested deeper than 1,024 levels at this byte of the text.
    TooDeep(usize),
}

/// Names of members whose values are secret, compared without case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Secrets {
    names: &'static [&'static str],
    /// The bits of all names: most keys are none of them by their length, first and last byte alone.
    bits: u128,
}

impl Secrets {
    /// The set of these names.
    pub const fn new(names: &'static [&'static str]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < names.len() {
            bits |= Self::bit(names[i]);
            i += 1;
        }
        Self { names, bits }
    }

    /// One of 128 bits, the same for names that differ in case alone.
    const fn bit(name: &str) -> u128 {
        let bytes = name.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return 0 };
        let (first, last) = (first.to_ascii_lowercase() as usize, last.to_ascii_lowercase() as usize);
        1 << ((bytes.len() + 5 * first + 17 * last) & 127)
    }

    /// True when the value of `key` is to be hidden.
    #[inline]
    pub fn contains(&self, key: &str) -> bool {
        self.bits & Self::bit(key) != 0 && self.names.iter().any(|name| name.eq_ignore_ascii_case(key))
    }
}

/// A string token without its quotes.
#[derive(Debug, Clone, Copy)]
pub struct StrToken<'b> {
    /// Text between the quotes, escapes as they stand.
    pub raw: &'b str,
    /// True when it has escapes.
    pub escaped: bool,
}

impl<'b> StrToken<'b> {
    /// The text that the token stands for. A lone surrogate becomes U+FFFD.
    pub fn text(self) -> Cow<'b, str> {
        if self.escaped { Cow::Owned(unescape(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

/// A position in a text that holds JSON values.
#[derive(Debug, Clone)]
pub struct Cursor<'b> {
    text: &'b str,
    /// The bytes that the text stands for, where some of them are no text.
    source: &'b [u8],
    at: usize,
    /// No text follows: a number may end where the text ends.
    complete: bool,
    secrets: Secrets,
    /// Blanks between tokens were skipped since the flags were cleared.
    saw_blank: bool,
    /// A secret member was passed since the flags were cleared.
    saw_secret: bool,
}

impl<'b> Cursor<'b> {
    /// A cursor at the start of `text`; with `complete`, no more text follows it.
    pub fn new(text: &'b str, complete: bool) -> Self {
        Self {
            text,
            source: text.as_bytes(),
            at: 0,
            complete,
            secrets: Secrets::default(),
            saw_blank: false,
            saw_secret: false,
        }
    }

    /// Keeps the bytes that the text was made of, one for each of the text's.
    pub(crate) fn with_source(mut self, source: &'b [u8]) -> Self {
        self.source = source;
        self
    }

    /// The bytes from here to `end`, as they came.
    pub(crate) fn source_to(&self, end: usize) -> &'b [u8] {
        self.source.get(self.at..end).unwrap_or_default()
    }

    /// Notes members of these names in [`raw_value`](Self::raw_value).
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// Bytes passed.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Moves to a byte of the text; positions past its end mean the end.
    pub fn set_at(&mut self, at: usize) {
        self.at = at.min(self.text.len());
    }

    /// The whole text.
    pub fn text(&self) -> &'b str {
        self.text
    }

    /// The text from `start` to here; empty when `start` is no character boundary before here.
    pub fn since(&self, start: usize) -> &'b str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The next byte after blanks; `None` at the end.
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.saw_blank = true;
            self.at += 1;
        }
        None
    }

    /// Passes one byte that [`peek`](Self::peek) has shown.
    pub fn bump(&mut self) {
        self.at += 1;
    }

    /// Passes `byte` when it comes next.
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), ScanError> {
        match self.peek() {
            Some(next) if next == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(ScanError::Syntax(self.at)),
            None => Err(ScanError::Incomplete),
        }
    }

    /// Passes a string and yields its token.
    ///
    /// # Errors
    /// No string stands here, or it is torn or holds control characters.
    #[inline]
    pub fn string(&mut self) -> Result<StrToken<'b>, ScanError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = find_special(self.text.as_bytes(), self.at);
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    let raw = self.since(start);
                    self.at += 1;
                    return Ok(StrToken { raw, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(ScanError::Syntax(self.at)),
                None => return Err(ScanError::Incomplete),
            }
        }
    }

    fn escape(&mut self) -> Result<(), ScanError> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                for i in 2..6 {
                    match bytes.get(self.at + i) {
                        Some(byte) if byte.is_ascii_hexdigit() => {}
                        Some(_) => return Err(ScanError::Syntax(self.at + i)),
                        None => return Err(ScanError::Incomplete),
                    }
                }
                self.at += 6;
            }
            Some(_) => return Err(ScanError::Syntax(self.at + 1)),
            None => return Err(ScanError::Incomplete),
        }
        Ok(())
    }

    /// Passes a member name and its colon.
    ///
    /// # Errors
    /// Neither stands here.
    #[inline]
    pub fn key(&mut self) -> Result<StrToken<'b>, ScanError> {
        let key = self.string()?;
        self.expect(b':')?;
        Ok(key)
    }

    /// Passes a number and yields its text as it stands.
    ///
    /// # Errors
    /// No number stands here.
    pub fn number(&mut self) -> Result<&'b str, ScanError> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let digits = |at: &mut usize| {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            *at > from
        };
        let mut at = start;
        at += usize::from(bytes.get(at) == Some(&b'-'));
        let leading_zero = bytes.get(at) == Some(&b'0');
        let from = at;
        let mut ok = digits(&mut at);
        if leading_zero && at > from + 1 {
            return Err(ScanError::Syntax(from + 1));
        }
        if ok && bytes.get(at) == Some(&b'.') {
            at += 1;
            ok = digits(&mut at);
        }
        if ok && matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            ok = digits(&mut at);
        }
        if at >= bytes.len() && !self.complete {
            return Err(ScanError::Incomplete);
        }
        if !ok {
            return Err(if at >= bytes.len() { ScanError::Incomplete } else { ScanError::Syntax(at) });
        }
        self.at = at;
        Ok(self.since(start))
    }

    /// Passes `true`, `false` or `null`.
    ///
    /// # Errors
    /// None of them stands here.
    pub fn literal(&mut self) -> Result<&'b str, ScanError> {
        let rest = &self.text.as_bytes()[self.at.min(self.text.len())..];
        for word in ["true", "false", "null"] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(word);
            }
            if word.as_bytes().starts_with(rest) {
                return Err(ScanError::Incomplete);
            }
        }
        Err(ScanError::Syntax(self.at))
    }

    /// Passes any value and yields its text, whether blanks stand between its tokens, and whether it holds secrets.
    ///
    /// # Errors
    /// No JSON value stands here, or it is nested too deep.
    pub fn raw_value(&mut self) -> Result<(&'b str, bool, bool), ScanError> {
        self.peek();
        let start = self.at;
        (self.saw_blank, self.saw_secret) = (false, false);
        self.skip_value()?;
        Ok((self.since(start), self.saw_blank, self.saw_secret))
    }

    /// Passes any value.
    ///
    /// # Errors
    /// No JSON value stands here, or it is nested too deep.
    pub fn skip_value(&mut self) -> Result<(), ScanError> {
        let mut open = Containers::default();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{') => {
                    open.push(true, self.at)?;
                    self.at += 1;
                    if !self.eat(b'}') {
                        self.noted_key()?;
                        continue;
                    }
                    open.pop();
                }
                Some(b'[') => {
                    open.push(false, self.at)?;
                    self.at += 1;
                    if !self.eat(b']') {
                        continue;
                    }
                    open.pop();
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number()?;
                }
                Some(b't' | b'f' | b'n') => {
                    self.literal()?;
                }
                Some(_) => return Err(ScanError::Syntax(self.at)),
                None => return Err(ScanError::Incomplete),
            }
            loop {
                let Some(in_object) = open.top() else { return Ok(()) };
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if in_object {
                            self.noted_key()?;
                        }
                        break;
                    }
                    Some(b'}') if in_object => open.pop(),
                    Some(b']') if !in_object => open.pop(),
                    Some(_) => return Err(ScanError::Syntax(self.at)),
                    None => return Err(ScanError::Incomplete),
                }
                self.at += 1;
            }
        }
    }

    fn noted_key(&mut self) -> Result<(), ScanError> {
        let key = self.key()?;
        self.saw_secret |= self.secrets.contains(&key.text());
        Ok(())
    }
}

/// The open containers, innermost last, one bit each: objects are 1.
#[derive(Default)]
struct Containers {
    bits: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Containers {
    fn push(&mut self, object: bool, at: usize) -> Result<(), ScanError> {
        let word = self.bits.get_mut(self.depth / 64).ok_or(ScanError::TooDeep(at))?;
        let bit = 1 << (self.depth % 64);
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn top(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        Some(self.bits[last / 64] >> (last % 64) & 1 == 1)
    }
}

/// First byte at or after `from` that is a quote, a backslash or a control character; the length when there is none.
#[inline]
fn find_special(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut at = from;
    while let Some(word) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        let zero_byte = |x: u64| x.wrapping_sub(ONES) & !x & HIGH;
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let hit = control
            | zero_byte(word ^ (ONES * u64::from(b'"')))
            | zero_byte(word ^ (ONES * u64::from(b'\\')));
        if hit != 0 {
            return at + (hit.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| *byte >= 0x20 && !matches!(byte, b'"' | b'\\')) {
        at += 1;
    }
    at
}

/// Resolves the escapes of a string token that [`Cursor::string`] has checked.
pub(crate) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        match chars.next() {
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (unit, after) = hex4(chars.as_str());
                rest = after;
                out.push(match unit {
                    0xD800..=0xDBFF => match low_surrogate(rest) {
                        Some((low, after)) => {
                            rest = after;
                            char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
                                .unwrap_or('\u{FFFD}')
                        }
                        None => '\u{FFFD}',
                    },
                    _ => char::from_u32(unit).unwrap_or('\u{FFFD}'),
                });
                continue;
            }
            Some(plain) => out.push(plain),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

fn hex4(text: &str) -> (u32, &str) {
    let (digits, rest) = text.split_at_checked(4).unwrap_or((text, ""));
    (u32::from_str_radix(digits, 16).unwrap_or(0xFFFD), rest)
}

fn low_surrogate(text: &str) -> Option<(u32, &str)> {
    let (unit, rest) = hex4(text.strip_prefix("\\u")?);
    (0xDC00..=0xDFFF).contains(&unit).then_some((unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn skip(text: &str) -> Result<usize, ScanError> {
        let mut cursor = Cursor::new(text, true);
        cursor.skip_value().map(|()| cursor.at())
    }

    #[test]
    fn values_end_where_they_end() {
        for text in
            ["{}", "[]", "1", "-0.5e+3", "null", "true", r#""a\"b""#, r#"{"a":[1,{"b":null}],"c":""}"#]
        {
            assert_eq!(skip(text), Ok(text.len()), "{text}");
            assert_eq!(skip(&format!("{text},")), Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn faults_are_told_from_torn_values() {
        for text in ["{", "[1", r#"{"a""#, r#"{"a":"#, "\"ab", "tru", "-", r#""\u12"#, "[1,"] {
            assert_eq!(skip(text), Err(ScanError::Incomplete), "{text}");
        }
        for text in [
            "}",
            "{]",
            "[}",
            r#"{"a" 1}"#,
            "[1 2]",
            "01",
            "1.x",
            "truf",
            "\"a\nb\"",
            r#""\x""#,
            "{1:2}",
            "[1,]",
        ] {
            assert!(matches!(skip(text), Err(ScanError::Syntax(_))), "{text}: {:?}", skip(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(skip(&("[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH))).is_ok());
        assert_eq!(skip(&"[".repeat(100_000)), Err(ScanError::TooDeep(MAX_DEPTH)));
    }

    #[test]
    fn escapes_resolve_and_lone_surrogates_are_replaced() {
        assert_eq!(unescape(r"a\u00e9\n\ud83d\ude00\/"), "aé\n😀/");
        assert_eq!(unescape(r"x\ud83dy\ude00"), "x\u{FFFD}y\u{FFFD}");
        assert_eq!(unescape(r"\ud83d\u0041"), "\u{FFFD}A");
    }

    #[test]
    fn secrets_and_blanks_are_noted() {
        const NAMES: Secrets = Secrets::new(&["sessionToken"]);
        let mut cursor = Cursor::new(r#"{"a": {"SessionToken":"x"}} {"a":1}"#, true).with_secrets(NAMES);
        let (_, blank, secret) = cursor.raw_value().unwrap();
        assert!(blank && secret);
        let (raw, blank, secret) = cursor.raw_value().unwrap();
        assert_eq!((raw, blank, secret), (r#"{"a":1}"#, false, false));
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}:,"\\0-9a-z.eE +\-tnu]{0,24}"#) {
            let mut stream = serde_json::Deserializer::from_str(&text).into_iter::<&serde_json::value::RawValue>();
            let theirs = stream.next();
            let ours = skip(&text);
            if let Some(Ok(raw)) = theirs {
                // A number that runs into text is one value to us and to serde_json alike.
                let mut cursor = Cursor::new(&text, true);
                prop_assert_eq!(cursor.raw_value().map(|(raw, ..)| raw), Ok(raw.get()));
            } else {
                prop_assert!(ours.is_err() || text.as_bytes().get(ours.unwrap_or(0)).is_some(), "{:?}", ours);
            }
        }

        #[test]
        fn unescape_agrees_with_serde_json(text in "\\PC{0,20}") {
            let json = serde_json::to_string(&text).unwrap();
            let token = Cursor::new(&json, true).string().unwrap();
            prop_assert_eq!(token.text(), text);
        }
    }
}
