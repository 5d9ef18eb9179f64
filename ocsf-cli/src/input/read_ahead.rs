//! Objects of buckets, read in ranges that are under way before they are needed.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes};
use ocsf_lake::{Bucket, LakeError, Pending, RemoteObject};

use super::list::{Input, Origin};
use crate::error::innermost;

/// Bytes of a range at most: larger objects are read in several.
const MAX_RANGE: u64 = 8 << 20;

/// Bytes of a range at least, however little memory there is.
const MIN_RANGE: u64 = 256 << 10;

/// The objects of a group in their order. While one is read, ranges of it and of the next ones are under way.
#[derive(Debug, Clone)]
pub struct ReadAhead(Arc<Mutex<Ahead>>);

#[derive(Debug)]
struct Ahead {
    objects: Vec<(Bucket, RemoteObject)>,
    /// Number of the object behind the one that was opened last.
    next: usize,
    /// What is asked for next: the number of an object, and a byte of it.
    cursor: (usize, u64),
    under_way: VecDeque<Asked>,
    range_bytes: u64,
    memory_bytes: u64,
    /// Why the object that was opened last broke off.
    fault: Option<String>,
}

/// A range that was asked for.
#[derive(Debug)]
struct Asked {
    object: usize,
    range: Range<u64>,
    bytes: Result<Pending, LakeError>,
}

impl ReadAhead {
    /// For `inputs`, in their order, with about as much memory. Those that lie in no bucket are left out. Nothing is asked for
    /// before the first is opened.
    pub fn new<'i>(inputs: impl IntoIterator<Item = &'i Input>, memory_bytes: usize) -> Self {
        let objects = inputs.into_iter().filter_map(|input| match &input.origin {
            Origin::Object(bucket, object) => Some((bucket.clone(), object.clone())),
            _ => None,
        });
        let memory_bytes = memory_bytes as u64;
        Self(Arc::new(Mutex::new(Ahead {
            objects: objects.collect(),
            next: 0,
            cursor: (0, 0),
            under_way: VecDeque::new(),
            range_bytes: (memory_bytes / 4).clamp(MIN_RANGE, MAX_RANGE),
            memory_bytes,
            fault: None,
        })))
    }

    /// Why the object that was opened last could not be read to its end, where it could not.
    pub fn fault(&self) -> Option<String> {
        self.lock().fault.clone()
    }

    /// The bytes of the next object of that name. Objects before it are given up.
    pub(super) fn open(&self, bucket: &Bucket, object: &RemoteObject) -> impl Read + Send + use<> {
        let number = self.lock().go_to(bucket, object);
        ObjectReader { ahead: self.clone(), number, chunk: Bytes::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Ahead> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ahead {
    fn go_to(&mut self, bucket: &Bucket, object: &RemoteObject) -> usize {
        let mut later = self.objects.iter().skip(self.next);
        let number = if let Some(skipped) = later.position(|(of, is)| of == bucket && is == object) {
            self.next + skipped
        } else {
            self.objects.push((bucket.clone(), object.clone()));
            self.objects.len() - 1
        };
        self.next = number + 1;
        self.fault = None;
        self.under_way.retain(|asked| asked.object >= number);
        self.cursor = self.cursor.max((number, 0));
        self.ask();
        number
    }

    /// Asks for the next ranges while there is room for them.
    fn ask(&mut self) {
        while let Some((bucket, object)) = self.objects.get(self.cursor.0) {
            let first = self.cursor.1;
            let range = first..object.size.min(first.saturating_add(self.range_bytes));
            let bytes: u64 = self.under_way.iter().map(|asked| asked.range.end - asked.range.start).sum();
            // What is being read is in memory too.
            let is_full = bytes + (range.end - range.start) + self.range_bytes > self.memory_bytes
                || self.under_way.len() >= bucket.concurrency();
            if is_full && !self.under_way.is_empty() {
                return;
            }
            let number = self.cursor.0;
            self.cursor = if range.end < object.size { (number, range.end) } else { (number + 1, 0) };
            if !range.is_empty() {
                let bytes = bucket.fetch(object, range.clone());
                self.under_way.push_back(Asked { object: number, range, bytes });
            }
        }
    }

    /// The next range of the object that is read; `None` at its end.
    fn take(&mut self, object: usize) -> Option<Asked> {
        let asked = (self.under_way.front().is_some_and(|asked| asked.object == object))
            .then(|| self.under_way.pop_front())
            .flatten();
        self.ask();
        asked
    }
}

/// The bytes of one object.
struct ObjectReader {
    ahead: ReadAhead,
    number: usize,
    chunk: Bytes,
}

impl Read for ObjectReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.chunk.is_empty() {
            let asked = self.ahead.lock().take(self.number);
            let Some(asked) = asked else { return Ok(0) };
            self.chunk = asked.bytes.and_then(Pending::wait).map_err(|error| {
                let why = innermost(&error);
                self.ahead.lock().fault = Some(why.clone());
                io::Error::other(why)
            })?;
        }
        let n = out.len().min(self.chunk.len());
        self.chunk.copy_to_slice(out.get_mut(..n).unwrap_or_default());
        Ok(n)
    }
}
