//! The events of a file, in bounded memory.

use ocsf_validate::Columns;

use super::split::{Splitter, Where};
use crate::findings::At;
use crate::input::{Input, Limits, Object, ParquetRows};

/// An event of more text than this is not kept.
const MOST_BYTES: usize = 64 << 20;

/// What some editors put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes taken at a time.
const CHUNK: usize = 1 << 20;

/// Events that follow each other.
pub(super) enum Events<'a> {
    /// One, as text.
    Text(&'a [u8]),
    /// Text that is larger than an event may be.
    TooLarge,
    /// Rows of a Parquet file.
    Rows(&'a Columns),
}

/// Reads the events of `input` and hands them to `take`, with the place of the first. Returns the number of bytes read.
///
/// # Errors
/// Why the input cannot be read, or not to its end, for people.
pub(super) fn read(input: &Input, take: &mut dyn FnMut(At, Events<'_>)) -> (u64, Result<(), String>) {
    let limits = Limits { hash: false, ..Limits::default() };
    let mut object = match Object::open(input, &limits) {
        Ok(object) => object,
        Err(error) => return (0, Err(error.to_string())),
    };
    let done = match object.parquet() {
        Some(Ok(rows)) => read_rows(rows, take),
        Some(Err(why)) => Err(format!("it {why}")),
        None => read_text(&mut object, take),
    };
    (object.identity().bytes, done)
}

fn read_rows(rows: &ParquetRows, take: &mut dyn FnMut(At, Events<'_>)) -> Result<(), String> {
    let mut done = Ok(());
    for piece in rows.read() {
        match piece.map_err(|fault| fault.to_string()).and_then(|piece| {
            let columns = Columns::new(&piece.rows).map_err(|error| error.to_string())?;
            Ok((piece.first_row, columns))
        }) {
            Ok((first, columns)) => take(At::Row(first), Events::Rows(&columns)),
            Err(why) => done = done.and(Err(why)),
        }
    }
    done
}

fn read_text(object: &mut Object, take: &mut dyn FnMut(At, Events<'_>)) -> Result<(), String> {
    let (mut buffer, mut splitter, mut done) = (Vec::new(), Splitter::default(), Ok(()));
    let mut is_first = true;
    loop {
        let more = match object.fill(&mut buffer, CHUNK) {
            Ok(more) => more,
            Err(fault) => {
                done = done.and_then(|()| Err(fault.to_string()));
                true
            }
        };
        if std::mem::take(&mut is_first) && buffer.starts_with(BYTE_ORDER_MARK) {
            buffer.drain(..BYTE_ORDER_MARK.len());
        }
        while let Some(text) = splitter.next(&buffer, !more) {
            take(text.at.into(), Events::Text(buffer.get(text.from..text.to).unwrap_or_default()));
        }
        if !more {
            return done;
        }
        buffer.drain(..splitter.release());
        if buffer.len() > MOST_BYTES {
            take(splitter.give_up().into(), Events::TooLarge);
            buffer.drain(..splitter.release());
        }
    }
}

impl From<Where> for At {
    fn from(place: Where) -> Self {
        match place {
            Where::Line(line) => Self::Line(line),
            Where::Event(event) => Self::Event(event),
        }
    }
}
