//! A lake: opened, added to group by group, each published whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use tokio::runtime::{Builder, Runtime};

use crate::error::LakeError;
use crate::group::{GroupWriter, StagedFile, StagedGroup};
use crate::manifest::{
    Description, FileRecord, GroupCounts, InputRecord, LakeOptions, MANIFEST_VERSION, Manifest, group_name,
};
use crate::options::FileOptions;
use crate::sealed::seal;
use crate::staging::RunStaging;
use crate::trace;

/// Folder of a lake's own state.
pub(crate) const STATE: &str = "_ocsf";

/// Option of a lake that is the location of one custom source: its table.
const TABLE: &str = "table";

/// Settings of a run on a lake.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LakeSettings {
    /// Folder of the lake; made when it is not there.
    pub out: PathBuf,
    /// Folder that holds `_ocsf` in place of `out`. None by default.
    pub state: Option<PathBuf>,
    /// Folder for sorted runs of groups that outgrow their memory. The system's by default.
    pub temp_dir: PathBuf,
    /// How files are cut and encoded.
    pub files: FileOptions,
    /// Options that all runs on the lake must share, by name.
    pub options: LakeOptions,
    /// Further options that change events, by name. They may differ from run to run and are part of the names of groups.
    pub group_options: LakeOptions,
}

impl LakeSettings {
    /// Settings for a lake in `out`, all others as by default.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Self {
            out: out.into(),
            state: None,
            temp_dir: std::env::temp_dir(),
            files: FileOptions::default(),
            options: LakeOptions::new(),
            group_options: LakeOptions::new(),
        }
    }
}

/// A lake that is open for a run.
#[derive(Debug)]
pub struct Lake {
    pub(crate) out: Store,
    pub(crate) state: Store,
    pub(crate) files: Arc<FileOptions>,
    options: LakeOptions,
    group_options: LakeOptions,
    pub(crate) temp_dir: PathBuf,
    pub(crate) staging: RunStaging,
    pub(crate) runtime: Runtime,
}

/// An object store with the folder that it stands for.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) dir: PathBuf,
}

impl Store {
    fn local(dir: &Path) -> Result<Self, LakeError> {
        fs::create_dir_all(dir).map_err(LakeError::io("create", dir))?;
        let dir = dir.canonicalize().map_err(LakeError::io("open", dir))?;
        let store = LocalFileSystem::new_with_prefix(&dir)
            .map_err(LakeError::store("open", dir.display().to_string()))?
            .with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store), dir })
    }

    /// Path within the store of a file below its folder.
    fn path_of(&self, file: &Path) -> StorePath {
        let parts = file.strip_prefix(&self.dir).unwrap_or(file).components();
        parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    }
}

/// What a group is published with.
#[derive(Debug, Clone, Default)]
pub struct GroupRecord {
    /// Inputs that the group covers, in their order.
    pub inputs: Vec<InputRecord>,
    /// Mapping version of each mapper that was used.
    pub mappings: BTreeMap<String, u32>,
    /// The balance.
    pub counts: GroupCounts,
    /// Further files of the group, written to its staging folder: name there, folder in the lake, extension.
    pub side_files: Vec<SideFile>,
}

/// A file of a group that holds no events.
#[derive(Debug, Clone)]
pub struct SideFile {
    /// Name in the group's staging folder.
    pub name: String,
    /// Folder in the lake, such as `_rejects`.
    pub folder: String,
    /// What follows the group's name in its own: `.ndjson.zst`.
    pub suffix: String,
}

impl Lake {
    /// Opens the lake, or begins one.
    ///
    /// # Errors
    /// The folder holds other things, or a lake of other options; its state is damaged; or it cannot be written.
    pub fn open(settings: LakeSettings) -> Result<Self, LakeError> {
        let LakeSettings { out, state, temp_dir, files, options, group_options } = settings;
        if state.is_none() {
            refuse_foreign(&out)?;
        }
        let runtime =
            Builder::new_current_thread().build().map_err(LakeError::io("start the store for", &out))?;
        let out = Store::local(&out)?;
        let state = state.map_or_else(|| Store::local(&out.dir), |dir| Store::local(&dir))?;
        let staging = RunStaging::create(&out.dir.join(STATE).join("staging"))?;
        let lake =
            Self { out, state, files: Arc::new(files), options, group_options, temp_dir, staging, runtime };
        lake.check_options()?;
        Ok(lake)
    }

    /// Opens a lake that is there, with its own options. Groups that are begun in it have default [`FileOptions`].
    ///
    /// # Errors
    /// There is none; its state is damaged; or it cannot be written.
    pub fn reopen(out: &Path, state: Option<&Path>, temp_dir: PathBuf) -> Result<Self, LakeError> {
        let description = state.unwrap_or(out).join(description_path().as_ref());
        let text = fs::read(&description).map_err(LakeError::io("open", &description))?;
        let Description { options, .. } =
            serde_json::from_slice(&text).map_err(|error| damaged(&description_path(), error))?;
        let mut settings = LakeSettings::new(out);
        settings.state = state.map(Path::to_owned);
        settings.temp_dir = temp_dir;
        settings.files.provider_location = options.contains_key(TABLE);
        settings.options = options;
        Self::open(settings)
    }

    /// Begins a group that holds up to `memory_bytes` of events in memory.
    ///
    /// # Errors
    /// No folder could be made for its files.
    pub fn group(&self, memory_bytes: usize) -> Result<GroupWriter, LakeError> {
        Ok(GroupWriter::new(
            Arc::clone(&self.files),
            self.staging.group()?,
            self.temp_dir.clone(),
            memory_bytes,
        ))
    }

    /// Publishes a group: its manifest says so, its files appear one after the other, each whole, then the manifest says that
    /// they count. Killed in between, the next run removes what it finds, and converts the inputs again.
    ///
    /// Returns the manifest, or `None` when the group covers no input.
    ///
    /// # Errors
    /// A file could not be moved to its place, or the manifest could not be written.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a group is published once, and its staging folder goes with it"
    )]
    pub fn publish(&self, staged: StagedGroup, record: GroupRecord) -> Result<Option<Manifest>, LakeError> {
        if record.inputs.is_empty() {
            return Ok(None);
        }
        self.describe()?;
        let manifest = self.preview(&staged, &record);
        self.write_manifest(&Manifest { removing: true, ..manifest.clone() })?;
        for (file, there) in staged.files.iter().zip(&manifest.files) {
            self.move_to(&file.staged, &StorePath::from(there.path.as_str()))?;
        }
        for (file, there) in record.side_files.iter().zip(&manifest.side_files) {
            self.move_to(&staged.staging_dir().join(&file.name), &StorePath::from(there.as_str()))?;
        }
        if let Some(there) = &manifest.trace {
            self.place_in_state(&staged.staging_dir().join(trace::STAGED), there)?;
        }
        self.write_manifest(&manifest)?;
        Ok(Some(manifest))
    }

    /// The manifest that the group would be published with.
    pub fn preview(&self, staged: &StagedGroup, record: &GroupRecord) -> Manifest {
        let group = self.group_name(&record.inputs, &record.mappings);
        let file = |file: &StagedFile| FileRecord {
            path: self.final_path(file, &group).to_string(),
            table: file.table.to_owned(),
            class_uid: file.class_uid,
            schema: file.schema.clone(),
            rows: file.rows,
            bytes: file.bytes,
            min_time: file.min_time,
            max_time: file.max_time,
        };
        let side = |file: &SideFile| format!("{}/{group}{}", file.folder, file.suffix);
        Manifest {
            manifest_version: MANIFEST_VERSION,
            removing: false,
            inputs: record.inputs.clone(),
            files: staged.files.iter().map(file).collect(),
            side_files: record.side_files.iter().map(side).collect(),
            trace: staged.is_traced.then(|| trace_path(&group).to_string()),
            mappings: record.mappings.clone(),
            counts: record.counts.clone(),
            group,
        }
    }

    /// Name that a group of these inputs has in this lake.
    pub fn group_name(&self, inputs: &[InputRecord], mappings: &BTreeMap<String, u32>) -> String {
        let mut options = self.options.clone();
        options.extend(self.group_options.clone());
        let files = &self.files;
        options.insert("zstd".into(), files.zstd_level.to_string());
        options.insert("row-group-bytes".into(), files.row_group_bytes.to_string());
        options.insert("file-bytes".into(), files.file_bytes.to_string());
        group_name(inputs, &options, mappings)
    }

    fn final_path(&self, file: &StagedFile, group: &str) -> StorePath {
        let partition = file.partition.to_string();
        let name = format!("{group}-{}.parquet", file.part);
        let source = self.files.source_name(file.table);
        let path = if self.files.provider_location {
            format!("{partition}/{name}")
        } else {
            format!("ext/{source}/{partition}/{name}")
        };
        path.split('/').collect()
    }

    fn check_options(&self) -> Result<(), LakeError> {
        let path = description_path();
        let Some(bytes) = self.read(&path)? else {
            let groups = self.list(&self.state, Some(&StorePath::from(STATE).join("manifest")))?;
            let lost =
                groups.first().map(|group| damaged(&path, format!("it is not there, and `{group}` is")));
            return lost.map_or(Ok(()), Err);
        };
        let there: Description = serde_json::from_slice(&bytes).map_err(|error| damaged(&path, error))?;
        check_version(&path, there.manifest_version)?;
        let names =
            there.options.keys().chain(self.options.keys()).collect::<std::collections::BTreeSet<_>>();
        let of =
            |options: &LakeOptions, name: &str| options.get(name).cloned().unwrap_or_else(|| "none".into());
        let differences: Vec<String> = names
            .into_iter()
            .map(|name| (name, of(&there.options, name), of(&self.options, name)))
            .filter(|(_, old, new)| old != new)
            .map(|(name, old, new)| format!("{name} {old}, now {new}"))
            .collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(LakeError::OtherOptions { differences: differences.join("; ") })
    }

    /// Writes the lake's description unless it is there.
    fn describe(&self) -> Result<(), LakeError> {
        let description = Description { manifest_version: MANIFEST_VERSION, options: self.options.clone() };
        let path = description_path();
        let mut text = serde_json::to_string_pretty(&description).map_err(|error| damaged(&path, error))?;
        text.push('\n');
        match self.put(&path, text, PutMode::Create) {
            Err(LakeError::Store { source: object_store::Error::AlreadyExists { .. }, .. }) => Ok(()),
            other => other,
        }
    }

    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.put_sealed(&manifest_path(&manifest.group), manifest, PutMode::Overwrite)
    }

    pub(crate) fn put_sealed(
        &self,
        path: &StorePath,
        value: &impl serde::Serialize,
        mode: PutMode,
    ) -> Result<(), LakeError> {
        self.put(path, seal(value).map_err(|error| damaged(path, error))?, mode)
    }

    fn put(&self, path: &StorePath, text: String, mode: PutMode) -> Result<(), LakeError> {
        let put = self.state.store.put_opts(path, PutPayload::from(Bytes::from(text)), mode.into());
        self.runtime.block_on(put).map(|_| ()).map_err(LakeError::store("write", path.to_string()))
    }

    pub(crate) fn read(&self, path: &StorePath) -> Result<Option<Bytes>, LakeError> {
        let read = async { self.state.store.get(path).await?.bytes().await };
        match self.runtime.block_on(read) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(LakeError::store("read", path.to_string())(error)),
        }
    }

    pub(crate) fn move_to(&self, staged: &Path, path: &StorePath) -> Result<(), LakeError> {
        let from = self.out.path_of(staged);
        let rename = self.out.store.rename(&from, path);
        self.runtime.block_on(rename).map_err(LakeError::store("publish", path.to_string()))
    }

    /// Moves a staged file into the state, which may lie on another file system: it appears there whole.
    pub(crate) fn place_in_state(&self, staged: &Path, path: &str) -> Result<(), LakeError> {
        let to = self.state.dir.join(path);
        let folder = to.parent().unwrap_or(&self.state.dir);
        fs::create_dir_all(folder).map_err(LakeError::io("create", folder))?;
        if fs::rename(staged, &to).is_ok() {
            return Ok(());
        }
        let copy = || {
            let mut copy = tempfile::NamedTempFile::new_in(folder)?;
            std::io::copy(&mut fs::File::open(staged)?, &mut copy)?;
            copy.as_file().sync_all()?;
            copy.persist(&to).map(|_| ()).map_err(|error| error.error)
        };
        copy().map_err(LakeError::io("write", &to))
    }

    pub(crate) fn delete(&self, store: &Store, path: &StorePath) -> Result<(), LakeError> {
        match self.runtime.block_on(store.store.delete(path)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(LakeError::store("remove", path.to_string())(error)),
        }
    }
}

pub(crate) fn manifest_path(group: &str) -> StorePath {
    StorePath::from(STATE).join("manifest").join(format!("{group}.json"))
}

pub(crate) fn trace_path(group: &str) -> StorePath {
    StorePath::from(STATE).join(trace::FOLDER).join(format!("{group}.parquet"))
}

fn description_path() -> StorePath {
    StorePath::from(STATE).join("lake.json")
}

/// What a newer version wrote is not for this one to judge.
pub(crate) fn check_version(path: &StorePath, version: u32) -> Result<(), LakeError> {
    if version == MANIFEST_VERSION {
        return Ok(());
    }
    Err(damaged(path, format!("it has version {version}, this program reads version {MANIFEST_VERSION}")))
}

pub(crate) fn damaged(path: &StorePath, detail: impl std::fmt::Display) -> LakeError {
    LakeError::Damaged { path: path.to_string(), detail: detail.to_string() }
}

/// A folder that holds something must hold a lake.
fn refuse_foreign(out: &Path) -> Result<(), LakeError> {
    let Ok(mut entries) = fs::read_dir(out) else { return Ok(()) };
    if out.join(STATE).is_dir() {
        return Ok(());
    }
    match entries.next() {
        Some(Ok(entry)) => Err(LakeError::Foreign {
            out: out.display().to_string(),
            example: entry.file_name().to_string_lossy().into_owned(),
        }),
        _ => Ok(()),
    }
}
