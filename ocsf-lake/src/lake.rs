//! A lake: opened, added to group by group, each published whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::PutMode;
use object_store::path::Path as StorePath;

use crate::error::LakeError;
use crate::group::{GroupWriter, StagedFile, StagedGroup};
use crate::location::Location;
use crate::manifest::{
    Description, FileRecord, GroupCounts, InputRecord, LakeOptions, MANIFEST_VERSION, Manifest, group_name,
};
use crate::options::FileOptions;
use crate::other_runs::OtherRuns;
use crate::staging::RunStaging;
use crate::store::{Folder, Placed, Stores};
use crate::trace;

/// Folder of a lake's own state.
const STATE: &str = "_ocsf";

/// How often a manifest is written that comes and goes.
const MAX_TRIES: usize = 3;

/// Settings of a run on a lake.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LakeSettings {
    /// Where the lake is; a folder is made when it is not there.
    pub out: Location,
    /// What holds `_ocsf` in place of `out`. None by default.
    pub state: Option<Location>,
    /// The buckets that `out` and `state` may be in, and how they are reached.
    pub stores: Stores,
    /// Folder for sorted runs of groups that outgrow their memory, and for files on their way into a bucket. The system's by
    /// default.
    pub temp_dir: PathBuf,
    /// How files are cut and encoded.
    pub files: FileOptions,
    /// Options that all runs on the lake must share, by name.
    pub options: LakeOptions,
    /// Further options that change events, by name. They may differ from run to run and are part of the names of groups.
    pub group_options: LakeOptions,
}

impl LakeSettings {
    /// Settings for a lake at `out`, all others as by default.
    pub fn new(out: impl Into<Location>) -> Self {
        Self {
            out: out.into(),
            state: None,
            stores: Stores::default(),
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
    out: Folder,
    /// None: it is kept in `out`.
    state: Option<Folder>,
    files: Arc<FileOptions>,
    options: LakeOptions,
    group_options: LakeOptions,
    temp_dir: PathBuf,
    staging: RunStaging,
    other_runs: OtherRuns,
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
    /// The place holds other things, or a lake of other options; its state is damaged; or it cannot be written.
    pub fn open(settings: LakeSettings) -> Result<Self, LakeError> {
        let LakeSettings { out, state, stores, temp_dir, files, options, group_options } = settings;
        if let (Location::Local(out), None) = (&out, &state) {
            refuse_foreign(out)?;
        }
        let out = Folder::open(&out, &stores)?;
        let state = state.map(|state| Folder::open(&state, &stores)).transpose()?;
        let staging = match out.dir() {
            Some(dir) => RunStaging::create(&dir.join(STATE).join("staging"))?,
            None => RunStaging::create_temporary(&temp_dir)?,
        };
        let other_runs = OtherRuns::default();
        let files = Arc::new(files);
        let lake = Self { out, state, files, options, group_options, temp_dir, staging, other_runs };
        if lake.out.dir().is_none() && lake.state.is_none() {
            lake.refuse_foreign_bucket()?;
        }
        lake.check_options()?;
        Ok(lake)
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

    /// Manifests of all published groups, by name. Groups whose removal was interrupted are removed first, and uploads that
    /// a killed run left are given up.
    ///
    /// # Errors
    /// A manifest cannot be read or is damaged.
    pub fn manifests(&self) -> Result<Vec<Manifest>, LakeError> {
        self.out.abort_uploads(self.state())?;
        let mut manifests = Vec::new();
        for path in self.state().list(&manifest_folder())? {
            match self.read_manifest(&path)? {
                Some(manifest) if manifest.removing => self.remove(&manifest)?,
                Some(manifest) => manifests.push(manifest),
                None => {}
            }
        }
        self.other_runs.begin(manifests.iter().map(|manifest| manifest_path(&manifest.group)));
        Ok(manifests)
    }

    /// Publishes a group: its files appear one after the other, each whole, then its manifest. Killed in between, the
    /// next run makes the group again and writes the same files over them.
    ///
    /// Returns the manifest, or `None` when the group covers no input.
    ///
    /// # Errors
    /// A file could not be moved to its place, or the manifest could not be written. Or another run published a group with
    /// one of the inputs since [`manifests`](Self::manifests) was called: then this group is not published, or taken back.
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
        self.refuse_covered(&manifest)?;
        let placed = |staged: PathBuf, there: &str| Placed { staged, to: StorePath::from(there) };
        let files = staged.files.iter().zip(&manifest.files);
        let mut out: Vec<Placed> =
            files.map(|(file, there)| placed(file.staged.clone(), &there.path)).collect();
        let side_files = record.side_files.iter().zip(&manifest.side_files);
        out.extend(side_files.map(|(file, there)| placed(staged.staging_dir().join(&file.name), there)));
        self.out.place_all(&out, self.state())?;
        if let Some(there) = &manifest.trace {
            let trace = placed(staged.staging_dir().join(trace::STAGED), there);
            self.state().place_all(&[trace], self.state())?;
        }
        self.create_manifest(&manifest)?;
        // Of two runs that come here at the same time, the second sees the group of the first; if both see the other's, the
        // inputs are left to the next run.
        if let Err(error) = self.refuse_covered(&manifest) {
            self.remove(&manifest)?;
            return Err(error);
        }
        self.other_runs.add_own(manifest_path(&manifest.group));
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

    /// Removes exactly the files that a manifest lists, then the manifest. Interrupted, it is completed by the next run.
    ///
    /// # Errors
    /// A file could not be removed.
    pub fn remove(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let marked = Manifest { removing: true, ..manifest.clone() };
        self.state().put(&manifest_path(&manifest.group), text_of(&marked)?, PutMode::Overwrite)?;
        let files = manifest.files.iter().map(|file| &file.path).chain(&manifest.side_files);
        for path in files {
            self.out.delete(&StorePath::from(path.as_str()))?;
        }
        if let Some(path) = &manifest.trace {
            self.state().delete(&StorePath::from(path.as_str()))?;
        }
        self.state().delete(&manifest_path(&manifest.group))
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
        let Some(bytes) = self.state().read(&path)? else { return Ok(()) };
        let there: Description = serde_json::from_slice(&bytes).map_err(|error| damaged(&path, &error))?;
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
        if self.state().put(&description_path(), text_of(&description)?, PutMode::Create)? {
            return Ok(());
        }
        // Another run may have begun it since this one looked.
        self.check_options()
    }

    /// Writes a manifest where none is. Two runs that make the same group at the same time agree on it, or the second fails.
    fn create_manifest(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let (path, text) = (manifest_path(&manifest.group), text_of(manifest)?);
        for _ in 0..MAX_TRIES {
            if self.state().put(&path, text.clone(), PutMode::Create)? {
                return Ok(());
            }
            match self.state().read(&path)? {
                Some(there) if there == text => return Ok(()),
                Some(_) => break,
                // It went between the two, or two came at once and none was taken.
                None => {}
            }
        }
        let first = manifest.inputs.first().map(|input| input.key.clone());
        Err(LakeError::OtherRun { input: first.unwrap_or_default() })
    }

    /// Fails when another run published a group with one of the inputs.
    fn refuse_covered(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let own = manifest_path(&manifest.group);
        let list = || self.state().list(&manifest_folder());
        match self.other_runs.covers(manifest, &own, list, |path| self.read_manifest(path))? {
            Some(input) => Err(LakeError::OtherRun { input }),
            None => Ok(()),
        }
    }

    fn read_manifest(&self, path: &StorePath) -> Result<Option<Manifest>, LakeError> {
        let bytes = self.state().read(path)?;
        bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(|error| damaged(path, &error))).transpose()
    }

    /// Where manifests are kept.
    fn state(&self) -> &Folder {
        self.state.as_ref().unwrap_or(&self.out)
    }

    /// What holds something must hold a lake.
    fn refuse_foreign_bucket(&self) -> Result<(), LakeError> {
        if self.out.read(&description_path())?.is_some() {
            return Ok(());
        }
        match self.out.first()? {
            Some(example) if !example.starts_with(STATE) => {
                Err(LakeError::Foreign { out: self.out.name().to_owned(), example })
            }
            _ => Ok(()),
        }
    }
}

fn manifest_path(group: &str) -> StorePath {
    manifest_folder().join(format!("{group}.json"))
}

fn manifest_folder() -> StorePath {
    StorePath::from(STATE).join("manifest")
}

fn trace_path(group: &str) -> StorePath {
    StorePath::from(STATE).join(trace::FOLDER).join(format!("{group}.parquet"))
}

fn description_path() -> StorePath {
    StorePath::from(STATE).join("lake.json")
}

fn text_of(value: &impl serde::Serialize) -> Result<Bytes, LakeError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| damaged(&description_path(), &error))?;
    text.push(b'\n');
    Ok(text.into())
}

fn damaged(path: &StorePath, error: &serde_json::Error) -> LakeError {
    LakeError::Damaged { path: path.to_string(), detail: error.to_string() }
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
