//! Finished files on their way into a bucket: whole, or in parts that are written down before the first is sent.

use std::io;
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::multipart::PartId;
use object_store::path::Path as StorePath;
use object_store::{Error, MultipartId, ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::bucket::SharedBucket;
use crate::error::LakeError;
use crate::fingerprint::hex;

/// Bytes that are in memory on their way at the same time, unless one part alone is larger.
const MEMORY: usize = 64 << 20;

/// No store takes more parts than this.
const MAX_PARTS: u64 = 10_000;

/// An upload is begun again so often when another run gave it up for dead.
const MAX_TRIES: usize = 3;

/// A file to send.
pub(super) struct Upload<'a> {
    pub(super) staged: &'a Path,
    /// Its key.
    pub(super) to: StorePath,
    /// Where it goes, for people.
    pub(super) name: String,
}

/// Where uploads in parts are written down while they last, so that a later run gives up what this one left.
pub(super) struct Journal<'a> {
    pub(super) store: &'a dyn ObjectStore,
    /// The folder, for people.
    pub(super) name: &'a str,
}

/// An upload in parts, as the journal has it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    key: String,
    upload: MultipartId,
}

impl Entry {
    pub(super) fn parse(bytes: &[u8], path: &StorePath) -> Result<Self, LakeError> {
        serde_json::from_slice(bytes)
            .map_err(|error| LakeError::Damaged { path: path.to_string(), detail: error.to_string() })
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    fn path(&self) -> StorePath {
        let name = hex(&Sha256::digest(format!("{}\n{}", self.key, self.upload).as_bytes()));
        folder().join(format!("{}.json", name.get(..32).unwrap_or(&name)))
    }
}

/// Folder of the journal in the state of a lake.
pub(super) fn folder() -> StorePath {
    StorePath::from("_ocsf").join("uploads")
}

/// Sends all files, several at once.
pub(super) async fn send_all(
    bucket: &SharedBucket,
    uploads: &[Upload<'_>],
    journal: &Journal<'_>,
) -> Result<(), LakeError> {
    let memory = Semaphore::new(MEMORY >> 10);
    let sent = uploads.iter().map(|upload| send(bucket, upload, journal, &memory));
    stream::iter(sent).buffer_unordered(bucket.options.concurrency.get()).try_collect().await
}

/// Gives up an upload that an earlier run began.
pub(super) async fn abort(bucket: &SharedBucket, entry: &Entry) -> object_store::Result<()> {
    let key = StorePath::parse(&entry.key)?;
    bucket.client.multipart.abort_multipart(&key, &entry.upload).await
}

async fn send(
    bucket: &SharedBucket,
    upload: &Upload<'_>,
    journal: &Journal<'_>,
    memory: &Semaphore,
) -> Result<(), LakeError> {
    let metadata = tokio::fs::metadata(upload.staged).await;
    let size = metadata.map_err(LakeError::io("read", upload.staged))?.len();
    let refused = || LakeError::remote("write", upload.name.clone());
    if size < bucket.options.multipart_bytes {
        let part = Part { number: 0, first: 0, bytes: size };
        let send = async |bytes: Bytes| {
            bucket.client.store.put(&upload.to, PutPayload::from(bytes)).await.map_err(refused())
        };
        return with_part(bucket, upload.staged, &part, memory, send).await.map(|_| ());
    }
    let mut tries = 1;
    loop {
        match send_parts(bucket, upload, size, journal, memory).await {
            // Another run began meanwhile and took this upload for one of a dead run.
            Err(LakeError::Store { source: Error::NotFound { .. }, .. }) if tries < MAX_TRIES => tries += 1,
            done => return done,
        }
    }
}

async fn send_parts(
    bucket: &SharedBucket,
    upload: &Upload<'_>,
    size: u64,
    journal: &Journal<'_>,
    memory: &Semaphore,
) -> Result<(), LakeError> {
    let refused = || LakeError::remote("write", upload.name.clone());
    let client = &bucket.client.multipart;
    let id = client.create_multipart(&upload.to).await.map_err(refused())?;
    let entry = Entry { key: upload.to.to_string(), upload: id };
    let told = |action, path: &StorePath| LakeError::remote(action, format!("{}/{path}", journal.name));
    let text = serde_json::to_vec(&entry)
        .map_err(|error| LakeError::Damaged { path: entry.path().to_string(), detail: error.to_string() })?;
    let path = entry.path();
    let noted = journal.store.put(&path, PutPayload::from(text)).await.map_err(told("write", &path));
    let sent = match noted {
        Ok(_) => {
            let parts = parts(size, bucket.options.part_bytes);
            let each = parts.map(|part| {
                let (entry, memory) = (&entry, memory);
                async move {
                    let send = async |bytes: Bytes| {
                        let payload = PutPayload::from(bytes);
                        client
                            .put_part(&upload.to, &entry.upload, part.number, payload)
                            .await
                            .map_err(refused())
                    };
                    with_part(bucket, upload.staged, &part, memory, send).await
                }
            });
            let parts: Result<Vec<PartId>, _> =
                stream::iter(each).buffered(bucket.options.concurrency.get()).try_collect().await;
            match parts {
                Ok(parts) => {
                    let done = client.complete_multipart(&upload.to, &entry.upload, parts).await;
                    done.map(|_| ()).map_err(refused())
                }
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    };
    if sent.is_err() {
        match client.abort_multipart(&upload.to, &entry.upload).await {
            Ok(()) | Err(Error::NotFound { .. }) => {}
            // It is left to the next run, which finds it in the journal.
            Err(_) => return sent,
        }
    }
    match journal.store.delete(&path).await {
        Ok(()) | Err(Error::NotFound { .. }) => sent,
        Err(error) => sent.and_then(|()| Err(told("remove", &path)(error))),
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    number: usize,
    first: u64,
    bytes: u64,
}

/// The parts of a file: all of one size but for the last.
fn parts(size: u64, part_bytes: u64) -> impl Iterator<Item = Part> {
    let bytes = part_bytes.max(size.div_ceil(MAX_PARTS)).max(1);
    (0..size.div_ceil(bytes)).map(move |number| {
        let first = number * bytes;
        Part { number: number as usize, first, bytes: bytes.min(size - first) }
    })
}

/// Reads a part and sends it, when there is room in memory and a request may be made.
async fn with_part<T>(
    bucket: &SharedBucket,
    staged: &Path,
    part: &Part,
    memory: &Semaphore,
    send: impl AsyncFnOnce(Bytes) -> Result<T, LakeError>,
) -> Result<T, LakeError> {
    let room = u32::try_from(part.bytes >> 10).unwrap_or(u32::MAX).clamp(1, (MEMORY >> 10) as u32);
    let _room = memory.acquire_many(room).await;
    let _permit = bucket.permits.acquire().await;
    let bytes = read(staged, *part).await.map_err(LakeError::io("read", staged))?;
    send(bytes).await
}

async fn read(staged: &Path, part: Part) -> io::Result<Bytes> {
    use tokio::io::{AsyncReadExt, AsyncSeekExt};
    let mut file = tokio::fs::File::open(staged).await?;
    file.seek(io::SeekFrom::Start(part.first)).await?;
    let mut bytes = Vec::with_capacity(usize::try_from(part.bytes).unwrap_or_default());
    file.take(part.bytes).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 == part.bytes {
        return Ok(bytes.into());
    }
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than it was"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_file_once() {
        for (size, part_bytes, count) in [(10, 4, 3), (12, 4, 3), (1, 4, 1), (200_000, 1, 10_000), (4, 0, 4)]
        {
            let all: Vec<Part> = parts(size, part_bytes).collect();
            assert_eq!(all.len(), count);
            let mut next = 0;
            for (number, part) in all.iter().enumerate() {
                assert_eq!((part.number, part.first), (number, next));
                next += part.bytes;
            }
            assert_eq!(next, size);
        }
    }
}
