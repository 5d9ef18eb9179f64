//! A folder of this machine, or what lies below a prefix of a bucket: files appear in it whole.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path as StorePath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use tokio::runtime::{Builder, Runtime};

use super::bucket::{Bucket, Stores};
use super::fetch::AT_ONCE;
use super::upload::{self, Upload};
use crate::error::LakeError;
use crate::location::Location;
use crate::torn;

/// A folder that files are placed in.
pub struct Folder {
    /// As the user named it.
    name: String,
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) runtime: Arc<Runtime>,
    pub(super) place: Place,
}

pub(super) enum Place {
    Local(PathBuf),
    Remote { bucket: Bucket, prefix: StorePath },
}

/// A finished file that is to be placed.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) staged: PathBuf,
    /// Where it goes, within the folder.
    pub(crate) to: StorePath,
}

impl Folder {
    /// Opens a folder. One of this machine is made when it is not there.
    ///
    /// # Errors
    /// It cannot be made, or the store refuses.
    pub fn open(location: &Location, stores: &Stores) -> Result<Self, LakeError> {
        let name = location.to_string();
        match location {
            Location::Local(dir) => {
                fs::create_dir_all(dir).map_err(LakeError::io("create", dir))?;
                let dir = dir.canonicalize().map_err(LakeError::io("open", dir))?;
                let store = LocalFileSystem::new_with_prefix(&dir)
                    .map_err(LakeError::store("open", name.clone()))?
                    .with_automatic_cleanup(true);
                let runtime = Builder::new_current_thread().build();
                let runtime = Arc::new(runtime.map_err(LakeError::io("start the store for", &dir))?);
                Ok(Self { name, store: Arc::new(store), runtime, place: Place::Local(dir) })
            }
            Location::Remote(remote) => {
                let bucket = stores.bucket(&remote.bucket)?;
                let prefix = bucket.path(&remote.path)?;
                let store = PrefixStore::new(Arc::clone(&bucket.shared.client.store), prefix.clone());
                let runtime = Arc::clone(&bucket.runtime);
                Ok(Self { name, store: Arc::new(store), runtime, place: Place::Remote { bucket, prefix } })
            }
        }
    }

    /// Its name, for people.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder of this machine, where it is one.
    pub(crate) fn dir(&self) -> Option<&Path> {
        match &self.place {
            Place::Local(dir) => Some(dir),
            Place::Remote { .. } => None,
        }
    }

    /// The first object in it, to see whether there is one; `None` when it is empty.
    pub(crate) fn first(&self) -> Result<Option<String>, LakeError> {
        let first = self.runtime.block_on(self.store.list(None).try_next());
        Ok(first.map_err(self.error("list", ""))?.map(|found| found.location.into()))
    }

    /// The files below `folder`, or all, in the order of their paths.
    pub(crate) fn list(&self, folder: Option<&StorePath>) -> Result<Vec<StorePath>, LakeError> {
        let list = self.store.list(folder).map_ok(|found| found.location).try_collect::<Vec<_>>();
        let name = folder.map_or("", AsRef::as_ref);
        let mut found = self.runtime.block_on(list).map_err(self.error("list", name))?;
        found.sort();
        Ok(found)
    }

    pub(crate) fn read(&self, path: &StorePath) -> Result<Option<Bytes>, LakeError> {
        self.runtime.block_on(self.read_one(path))
    }

    /// Reads small files, several at once: in a bucket each takes its time to answer.
    pub(crate) fn read_each(&self, paths: &[StorePath]) -> Result<Vec<Option<Bytes>>, LakeError> {
        let reads = stream::iter(paths).map(|path| self.read_one(path)).buffered(AT_ONCE);
        self.runtime.block_on(reads.try_collect())
    }

    async fn read_one(&self, path: &StorePath) -> Result<Option<Bytes>, LakeError> {
        let read = async { self.store.get(path).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error("read", path.as_ref())(error)),
        }
    }

    /// Size of a file in bytes, if it is there.
    pub(crate) fn size(&self, path: &StorePath) -> Result<Option<u64>, LakeError> {
        self.runtime.block_on(self.size_of(path))
    }

    /// Sizes of files, several asked for at once.
    pub(crate) fn size_each(&self, paths: &[StorePath]) -> Result<Vec<Option<u64>>, LakeError> {
        let sizes = stream::iter(paths).map(|path| self.size_of(path)).buffered(AT_ONCE);
        self.runtime.block_on(sizes.try_collect())
    }

    async fn size_of(&self, path: &StorePath) -> Result<Option<u64>, LakeError> {
        match self.store.head(path).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error("look at", path.as_ref())(error)),
        }
    }

    /// Writes a small file; with [`PutMode::Create`] only when there is none, and false when there is one.
    pub(crate) fn put(&self, path: &StorePath, bytes: Bytes, mode: PutMode) -> Result<bool, LakeError> {
        let put = self.store.put_opts(path, PutPayload::from(bytes), mode.into());
        match self.runtime.block_on(put) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.error("write", path.as_ref())(error)),
        }
    }

    pub(crate) fn delete(&self, path: &StorePath) -> Result<(), LakeError> {
        match self.runtime.block_on(self.store.delete(path)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.error("remove", path.as_ref())(error)),
        }
    }

    /// Removes files, several at once.
    pub(crate) fn delete_each<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Result<(), LakeError> {
        let Place::Remote { .. } = &self.place else {
            return paths.into_iter().try_for_each(|path| self.delete(&StorePath::from(path)));
        };
        let paths: Vec<_> = paths.into_iter().map(|path| Ok(StorePath::from(path))).collect();
        let mut gone = self.store.delete_stream(stream::iter(paths).boxed());
        self.runtime.block_on(async {
            while let Some(one) = gone.next().await {
                match one {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(self.error("remove", "")(error)),
                }
            }
            Ok(())
        })
    }

    /// Places a finished file at `path`, its parts divided by `/`. What is there is replaced.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn place(&self, staged: &Path, path: &str) -> Result<(), LakeError> {
        let file = Placed { staged: staged.to_owned(), to: path.split('/').collect() };
        self.place_all(std::slice::from_ref(&file), self)
    }

    /// Removes from a folder of this machine what killed runs left of files that were being placed there; what was written to
    /// within the last hour stays, for another run may be at it. Does nothing where there is none.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub fn remove_torn(location: &Location) -> Result<(), LakeError> {
        match location {
            Location::Local(dir) => torn::remove_parts(dir),
            Location::Remote(_) => Ok(()),
        }
    }

    /// Places finished files: each appears whole, one after the other or several at once. Uploads in parts are written down
    /// in `journal` while they last.
    pub(crate) fn place_all(&self, files: &[Placed], journal: &Self) -> Result<(), LakeError> {
        let Place::Remote { bucket, prefix } = &self.place else {
            return files.iter().try_for_each(|file| self.place_local(file));
        };
        let journal = upload::Journal { store: &*journal.store, name: &journal.name };
        let uploads: Vec<Upload<'_>> = files
            .iter()
            .map(|file| Upload {
                staged: &file.staged,
                to: prefix.parts().chain(file.to.parts()).collect(),
                name: format!("{}/{}", self.name, file.to),
            })
            .collect();
        self.runtime.block_on(upload::send_all(&bucket.shared, &uploads, &journal))
    }

    /// Gives up the uploads in parts that `journal` has from runs that ended before them.
    pub(crate) fn abort_uploads(&self, journal: &Self) -> Result<(), LakeError> {
        let Place::Remote { bucket, .. } = &self.place else { return Ok(()) };
        for path in journal.list(Some(&upload::folder()))? {
            let Some(bytes) = journal.read(&path)? else { continue };
            let entry = upload::Entry::parse(&bytes, &path)?;
            // One that is over is no longer known to the store.
            match self.runtime.block_on(upload::abort(&bucket.shared, &entry)) {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(bucket.error("give up an upload to", entry.key())(error)),
            }
            journal.delete(&path)?;
        }
        Ok(())
    }

    /// Moves a file within a file system, and copies it where it lies on another one.
    fn place_local(&self, file: &Placed) -> Result<(), LakeError> {
        let Place::Local(dir) = &self.place else { return Ok(()) };
        if let Ok(from) = file.staged.strip_prefix(dir) {
            let parts = from.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
            let from = parts.collect();
            let rename = self.store.rename(&from, &file.to);
            return self.runtime.block_on(rename).map_err(self.error("publish", file.to.as_ref()));
        }
        let to = dir.join(file.to.as_ref());
        let folder = to.parent().unwrap_or(dir);
        fs::create_dir_all(folder).map_err(LakeError::io("create", folder))?;
        if fs::rename(&file.staged, &to).is_ok() {
            return Ok(());
        }
        let part = folder.join(torn::part_of(file.to.filename().unwrap_or_default()));
        let copy = || {
            let mut copy = fs::File::create(&part)?;
            std::io::copy(&mut fs::File::open(&file.staged)?, &mut copy)?;
            copy.sync_all()?;
            fs::rename(&part, &to)
        };
        copy().map_err(LakeError::io("write", &to))
    }

    /// A path within it, for people.
    pub(super) fn shown(&self, path: &StorePath) -> String {
        format!("{}/{path}", self.name)
    }

    pub(super) fn error(
        &self,
        action: &'static str,
        path: &str,
    ) -> impl FnOnce(object_store::Error) -> LakeError + use<> {
        let (path, is_remote) = match &self.place {
            Place::Local(_) => (path.to_owned(), false),
            Place::Remote { .. } => (format!("{}/{path}", self.name), true),
        };
        move |error| {
            if is_remote {
                LakeError::remote(action, path)(error)
            } else {
                LakeError::store(action, path)(error)
            }
        }
    }
}

impl fmt::Debug for Folder {
    /// Without the client, which knows credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Folder").field(&self.name).finish()
    }
}
