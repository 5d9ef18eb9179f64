//! A lake: opened, added to group by group, each published whole.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::PutMode;
use object_store::path::Path as StorePath;

use crate::belongs::Output;
use crate::error::LakeError;
use crate::group::{GroupWriter, StagedFile, StagedGroup};
use crate::location::Location;
use crate::manifest::{
    Description, FileRecord, GroupCounts, InputRecord, LakeOptions, MANIFEST_VERSION, Manifest, group_name,
};
use crate::options::FileOptions;
use crate::other_runs::OtherRuns;
use crate::sealed::seal;
use crate::staging::RunStaging;
use crate::store::{Folder, Placed, Stores};
use crate::trace;
use crate::turn::Turns;

/// Folder of a lake's own state.
pub(crate) const STATE: &str = "_ocsf";

/// Option of a lake that is the location of one custom source: its table.
const TABLE: &str = "table";

/// How often a manifest is written that comes and goes.
const MAX_TRIES: usize = 3;

/// Settings of a run on a lake.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LakeSettings {
    /// Where the lake is; a folder is made when it is not there.
    pub out: Location,
    /// What holds `_ocsf` in place of `out`. It is of one output, whose name it keeps. None by default.
    pub state: Option<Location>,
    /// The output that `out` stands for, as in a dry run that works elsewhere. None by default.
    pub stands_for: Option<Location>,
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
            stands_for: None,
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
    pub(crate) out: Folder,
    /// None: it is kept in `out`.
    pub(crate) state: Option<Folder>,
    pub(crate) output: Output,
    pub(crate) files: Arc<FileOptions>,
    options: LakeOptions,
    group_options: LakeOptions,
    pub(crate) temp_dir: PathBuf,
    pub(crate) staging: RunStaging,
    pub(crate) other_runs: OtherRuns,
    pub(crate) turns: Turns,
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
        let LakeSettings { out, state, stands_for, stores, temp_dir, files, options, group_options } =
            settings;
        if let (Location::Local(out), None) = (&out, &state) {
            refuse_foreign(out)?;
        }
        let out = Folder::open(&out, &stores)?;
        let state = state.map(|state| Folder::open(&state, &stores)).transpose()?;
        let output = Output::new(&out, stands_for.as_ref());
        let staging = match out.dir() {
            Some(dir) => RunStaging::create(&dir.join(STATE).join("staging"))?,
            None => RunStaging::create_temporary(&temp_dir)?,
        };
        let (other_runs, turns) = (OtherRuns::default(), Turns::default());
        let files = Arc::new(files);
        let lake =
            Self { out, state, output, files, options, group_options, temp_dir, staging, other_runs, turns };
        if lake.out.dir().is_none() && lake.state.is_none() {
            lake.refuse_foreign_bucket()?;
        }
        lake.check_options()?;
        Ok(lake)
    }

    /// Opens a lake that is there, with its own options. Groups that are begun in it have default [`FileOptions`].
    ///
    /// # Errors
    /// There is none; its state is damaged; or it cannot be written.
    pub fn reopen(
        out: &Location,
        state: Option<&Location>,
        stores: &Stores,
        temp_dir: PathBuf,
    ) -> Result<Self, LakeError> {
        let home = state.unwrap_or(out);
        let no_lake = || LakeError::NoLake { lake: home.to_string() };
        let text = match home {
            Location::Local(dir) => {
                let path = dir.join(description_path().as_ref());
                match fs::read(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(no_lake()),
                    read => Bytes::from(read.map_err(LakeError::io("open", &path))?),
                }
            }
            Location::Remote(_) => {
                Folder::open(home, stores)?.read(&description_path())?.ok_or_else(no_lake)?
            }
        };
        let Description { options, .. } =
            serde_json::from_slice(&text).map_err(|error| damaged(&description_path(), error))?;
        let mut settings = LakeSettings::new(out.clone());
        settings.state = state.cloned();
        settings.stores = stores.clone();
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

    /// Publishes a group: its files appear one after the other, each whole, then its manifest.
    ///
    /// In a folder, where one run writes at a time, the manifest first says that the files are on their way: killed in between,
    /// the next run removes what it finds, and converts the inputs again. In a bucket the group is announced first, and the next
    /// run writes the same files over those that are there, or [settles](Self::settle) them.
    ///
    /// Returns the manifest, or `None` when the group covers no input.
    ///
    /// # Errors
    /// A file could not be moved to its place, or the manifest could not be written. Or another run published a group with
    /// one of the inputs since [`state`](Self::state) was asked for: then this group is not published, or taken back.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a group is published once, and its staging folder goes with it"
    )]
    pub fn publish(&self, staged: StagedGroup, record: GroupRecord) -> Result<Option<Manifest>, LakeError> {
        if record.inputs.is_empty() {
            return Ok(None);
        }
        self.describe()?;
        self.note_output()?;
        let manifest = self.preview(&staged, &record);
        if self.is_ours_alone() {
            self.write_manifest(&Manifest { removing: true, ..manifest.clone() })?;
            self.place(&staged, &record, &manifest)?;
            self.write_manifest(&manifest)?;
            return Ok(Some(manifest));
        }
        self.refuse_covered(&manifest)?;
        self.announce(&manifest)?;
        self.place(&staged, &record, &manifest)?;
        let is_first = self.create_manifest(&manifest)?;
        // Of two runs that come here at the same time, the second sees the group of the first; if both see the other's, the
        // inputs are left to the next run.
        if let Err(error) = self.refuse_covered(&manifest) {
            self.take_back(&manifest)?;
            self.is_done(&manifest)?;
            return Err(error);
        }
        let is_announced = self.is_announced(&manifest)?;
        if !is_announced {
            self.place(&staged, &record, &manifest)?;
        }
        if !is_first || !is_announced {
            self.remove_merged_again(&manifest)?;
        }
        self.is_done(&manifest)?;
        self.other_runs.add_own(manifest_path(&manifest.group));
        Ok(Some(manifest))
    }

    /// Puts the files of a group to where its manifest says.
    fn place(
        &self,
        staged: &StagedGroup,
        record: &GroupRecord,
        manifest: &Manifest,
    ) -> Result<(), LakeError> {
        let placed = |staged: PathBuf, there: &str| Placed { staged, to: StorePath::from(there) };
        let files = staged.files.iter().zip(&manifest.files);
        let mut out: Vec<Placed> =
            files.map(|(file, there)| placed(file.staged.clone(), &there.path)).collect();
        let side_files = record.side_files.iter().zip(&manifest.side_files);
        out.extend(side_files.map(|(file, there)| placed(staged.staging_dir().join(&file.name), there)));
        self.out.place_all(&out, self.home())?;
        if let Some(there) = &manifest.trace {
            self.place_in_home(&staged.staging_dir().join(trace::STAGED), there)?;
        }
        Ok(())
    }

    /// Puts a finished file to what the lake keeps of itself.
    pub(crate) fn place_in_home(&self, staged: &Path, path: &str) -> Result<(), LakeError> {
        let file = Placed { staged: staged.to_owned(), to: StorePath::from(path) };
        self.home().place_all(&[file], self.home())
    }

    /// Removes a group that was just published.
    fn take_back(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.write_manifest(&Manifest { removing: true, ..manifest.clone() })?;
        self.delete_group(manifest)
    }

    /// True when no other run can write to the lake while this one goes on.
    pub(crate) fn is_ours_alone(&self) -> bool {
        self.out.dir().is_some()
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
        let Some(bytes) = self.home().read(&path)? else {
            let groups = self.home().list(Some(&manifest_folder()))?;
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
        if self.home().put(&path, text.into(), PutMode::Create)? {
            return Ok(());
        }
        // Another run may have begun it since this one looked.
        self.check_options()
    }

    pub(crate) fn write_manifest(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.put_sealed(&manifest_path(&manifest.group), manifest)
    }

    pub(crate) fn put_sealed(
        &self,
        path: &StorePath,
        value: &impl serde::Serialize,
    ) -> Result<(), LakeError> {
        self.home().put(path, sealed(path, value)?, PutMode::Overwrite).map(|_| ())
    }

    /// Writes a manifest where none is. Two runs that make the same group at the same time agree on it, or the second fails.
    /// True when it was not there.
    fn create_manifest(&self, manifest: &Manifest) -> Result<bool, LakeError> {
        let path = manifest_path(&manifest.group);
        let text = sealed(&path, manifest)?;
        for _ in 0..MAX_TRIES {
            if self.home().put(&path, text.clone(), PutMode::Create)? {
                return Ok(true);
            }
            match self.home().read(&path)? {
                Some(there) if there == text => return Ok(false),
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
        let list = || self.home().list(Some(&manifest_folder()));
        match self.other_runs.covers(manifest, &own, list, |path| self.read_manifest(path))? {
            Some(input) => Err(LakeError::OtherRun { input }),
            None => Ok(()),
        }
    }

    fn read_manifest(&self, path: &StorePath) -> Result<Option<Manifest>, LakeError> {
        let bytes = self.home().read(path)?;
        bytes.map(|bytes| Manifest::from_json(&bytes).map_err(|detail| damaged(path, detail))).transpose()
    }

    /// Where the lake keeps what it says of itself.
    pub(crate) fn home(&self) -> &Folder {
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

pub(crate) fn manifest_path(group: &str) -> StorePath {
    manifest_folder().join(format!("{group}.json"))
}

fn manifest_folder() -> StorePath {
    StorePath::from(STATE).join("manifest")
}

pub(crate) fn trace_path(group: &str) -> StorePath {
    StorePath::from(STATE).join(trace::FOLDER).join(format!("{group}.parquet"))
}

fn description_path() -> StorePath {
    StorePath::from(STATE).join("lake.json")
}

pub(crate) fn sealed(path: &StorePath, value: &impl serde::Serialize) -> Result<Bytes, LakeError> {
    seal(value).map(Bytes::from).map_err(|error| damaged(path, error))
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
