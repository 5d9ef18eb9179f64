//! Buckets: opened once, listed, read in ranges that are under way before anybody waits for them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as StorePath;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStoreExt};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::clients::{Client, StoreOptions};
use crate::error::LakeError;
use crate::location::{BucketName, Scheme};

/// All buckets of a run, and the threads that wait for them.
#[derive(Clone, Default)]
pub struct Stores(Arc<Shared>);

#[derive(Default)]
struct Shared {
    options: StoreOptions,
    opened: Mutex<Opened>,
}

/// Nothing is started before the first bucket.
#[derive(Default)]
struct Opened {
    runtime: Option<Arc<Runtime>>,
    buckets: BTreeMap<BucketName, Bucket>,
}

impl Stores {
    /// Buckets that are reached with these options.
    pub fn new(options: StoreOptions) -> Self {
        Self(Arc::new(Shared { options, opened: Mutex::default() }))
    }

    /// The bucket of that name. The first time it may be asked where it is; whether it is there shows when it is used.
    ///
    /// # Errors
    /// The options or the environment are at fault, or the Region of the bucket is not to be found.
    pub fn bucket(&self, name: &BucketName) -> Result<Bucket, LakeError> {
        let mut opened = self.0.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = opened.buckets.get(name) {
            return Ok(bucket.clone());
        }
        let runtime = if let Some(runtime) = &opened.runtime {
            Arc::clone(runtime)
        } else {
            let made = Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let made = made.map_err(LakeError::io("start the threads for", name.to_string().as_ref()))?;
            Arc::clone(opened.runtime.insert(Arc::new(made)))
        };
        let options = &self.0.options;
        let client = Client::connect(name, options, &runtime)?;
        let permits = Arc::new(Semaphore::new(options.concurrency.get()));
        let shared = SharedBucket { name: name.clone(), client, permits, options: options.clone() };
        let bucket = Bucket { shared: Arc::new(shared), runtime };
        opened.buckets.insert(name.clone(), bucket.clone());
        Ok(bucket)
    }
}

impl fmt::Debug for Stores {
    /// Without the clients, which know credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// A bucket that is open. Calls wait for the store; from several threads they go on at the same time.
#[derive(Clone)]
pub struct Bucket {
    pub(super) shared: Arc<SharedBucket>,
    pub(super) runtime: Arc<Runtime>,
}

pub(super) struct SharedBucket {
    pub(super) name: BucketName,
    pub(super) client: Client,
    /// One for each request that may be under way.
    pub(super) permits: Arc<Semaphore>,
    pub(super) options: StoreOptions,
}

/// An object as a listing tells of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoteObject {
    /// Its whole key.
    pub key: String,
    /// Stored bytes.
    pub size: u64,
    /// What the store gives another value when it gets other content, where it tells.
    pub etag: Option<String>,
}

impl Bucket {
    /// The name.
    pub fn name(&self) -> &BucketName {
        &self.shared.name
    }

    /// How many requests are under way at the same time, at most.
    pub fn concurrency(&self) -> usize {
        self.shared.options.concurrency.get()
    }

    /// The object of that key; `None` when there is none.
    ///
    /// # Errors
    /// The store refuses.
    pub fn find(&self, key: &str) -> Result<Option<RemoteObject>, LakeError> {
        let path = self.path(key)?;
        match self.runtime.block_on(self.shared.client.store.head(&path)) {
            Ok(found) => Ok(Some(found.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error("read", key)(error)),
        }
    }

    /// All objects whose keys lie below `prefix`, as the store gives them: page by page, and in an order of its own.
    ///
    /// # Errors
    /// The store refuses, or has a key that cannot be named: nothing follows then.
    pub fn list(
        &self,
        prefix: &str,
    ) -> Result<impl Iterator<Item = Result<RemoteObject, LakeError>> + use<>, LakeError> {
        let path = self.path(prefix)?;
        let mut objects = self.shared.client.store.list(Some(&path));
        let (bucket, prefix) = (self.clone(), prefix.to_owned());
        let mut failed = false;
        Ok(std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let next = bucket.runtime.block_on(objects.next())?;
            failed = next.is_err();
            Some(next.map(RemoteObject::from).map_err(bucket.error("list", &prefix)))
        }))
    }

    /// Begins to read a range of an object, which must be the one that was listed: an object that changed since is an error,
    /// and so is one that ends too early.
    ///
    /// # Errors
    /// There is no such key.
    pub fn fetch(&self, object: &RemoteObject, range: Range<u64>) -> Result<Pending, LakeError> {
        let path = self.path(&object.key)?;
        let shared = Arc::clone(&self.shared);
        let (etag, whole) = (object.etag.clone(), object.size);
        let task = self.runtime.spawn(async move {
            let _permit = shared.permits.acquire().await;
            fetch(&shared, &path, etag, range, whole).await
        });
        Ok(Pending { task, bucket: self.clone(), key: object.key.clone() })
    }

    pub(super) fn path(&self, key: &str) -> Result<StorePath, LakeError> {
        StorePath::parse(key).map_err(|error| self.error("read", key)(error.into()))
    }

    pub(super) fn error(
        &self,
        action: &'static str,
        key: &str,
    ) -> impl FnOnce(object_store::Error) -> LakeError + use<> {
        LakeError::remote(action, format!("{}/{key}", self.shared.name))
    }
}

impl PartialEq for Bucket {
    /// A name stands for one bucket.
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Bucket {}

impl PartialOrd for Bucket {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bucket {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl Hash for Bucket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Bucket {
    /// Without the client, which knows credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.shared.name).finish()
    }
}

impl From<ObjectMeta> for RemoteObject {
    fn from(found: ObjectMeta) -> Self {
        Self {
            key: found.location.into(),
            size: found.size,
            etag: found.e_tag.filter(|etag| !etag.is_empty()),
        }
    }
}

/// A range that is under way. Dropped, it is given up.
#[derive(Debug)]
pub struct Pending {
    task: JoinHandle<object_store::Result<Bytes>>,
    bucket: Bucket,
    key: String,
}

impl Pending {
    /// The bytes, once they are there.
    ///
    /// # Errors
    /// The store refused also after retries, or the object is not the one that was listed.
    pub fn wait(mut self) -> Result<Bytes, LakeError> {
        let done = self.bucket.runtime.block_on(&mut self.task);
        done.map_err(object_store::Error::from)
            .and_then(|bytes| bytes)
            .map_err(self.bucket.error("read", &self.key))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn fetch(
    bucket: &SharedBucket,
    path: &StorePath,
    etag: Option<String>,
    range: Range<u64>,
    whole: u64,
) -> object_store::Result<Bytes> {
    let wanted = range.end.saturating_sub(range.start);
    // A whole object is asked for as such: its length is then known without having been told.
    let part = (range != (0..whole)).then_some(GetRange::Bounded(range));
    // Others than S3 write the value in other ways when they list; it is compared below all the same.
    let if_match = etag.clone().filter(|_| bucket.name.scheme == Scheme::S3);
    let options = GetOptions { if_match, range: part, ..GetOptions::default() };
    let got = bucket.client.store.get_opts(path, options).await?;
    // Not every server heeds the condition.
    let same =
        |now: &String| etag.as_deref().is_none_or(|then| now.trim_matches('"') == then.trim_matches('"'));
    let is_other = got.meta.size != whole || !got.meta.e_tag.as_ref().is_none_or(same);
    let bytes = if is_other {
        Vec::new()
    } else {
        let mut bytes = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
        let mut chunks = got.into_stream();
        while let Some(chunk) = chunks.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    };
    if bytes.len() as u64 == wanted {
        return Ok(bytes.into());
    }
    let why = if is_other { "it changed since it was listed" } else { "its bytes end too early" };
    Err(object_store::Error::Precondition { path: path.to_string(), source: why.into() })
}
