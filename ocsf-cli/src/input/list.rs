//! From arguments to inputs.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ocsf_lake::{Bucket, Location, RemoteObject, Stores};
use walkdir::{DirEntry, WalkDir};

use super::key::{base_name, file_key, found_key};
use super::real_path::RealPaths;
use super::remote;
use super::stream::{Inputs, MoreObjects, order};
use crate::error::CliError;
use crate::term::{quote, quote_text};

/// One object to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its identity across runs and machines.
    ///
    /// The part of the path from `AWSLogs` on; else the path within the directory that was named, behind the name of that
    /// directory; for a file that was named, its name behind that of its directory; for an object, its key behind the name
    /// of its bucket; `-` for standard input. Names that are no UTF-8 are escaped, such that different names stay different.
    pub key: String,
    /// Where it is.
    pub origin: Origin,
    /// Bytes as stored; `None` for a stream.
    pub size: Option<u64>,
}

/// Where an input is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// In the file system.
    Path(PathBuf),
    /// In a bucket.
    Object(Bucket, RemoteObject),
    /// Standard input.
    Stdin,
}

/// Inputs, and what kept others from being found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Ordered by key, then path; no file twice.
    pub inputs: Vec<Input>,
    /// Objects of a large bucket that are still to be listed. They belong among the others.
    pub more: Option<MoreObjects>,
    /// Parts of directories that could not be looked at.
    pub problems: Vec<Problem>,
}

/// A part of a directory that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

/// Finds the inputs that `arguments`, and the lines of the file `files_from` where there is one, name.
///
/// A file is itself. A directory is all regular files below it, links followed, except for what this program wrote: a
/// directory that holds `_ocsf`, and `_ocsf` and `_rejects` themselves. `-` is standard input; text with `*`, `?`, `[` or
/// `{` that is no path is a pattern. A pipe or a device is read only when it is named. Text such as `s3://bucket/path` is
/// an object, or all objects below that path, found in `stores`. Lines of `files_from` (`-`: of standard input) are paths as
/// they stand.
///
/// # Errors
/// No arguments, or some that name nothing: all of them are told.
pub fn list(arguments: &[PathBuf], files_from: Option<&Path>, stores: &Stores) -> Result<Listing, CliError> {
    if arguments.is_empty() && files_from.is_none() {
        return Err(CliError::usage("no input is named")
            .hint("name files, directories or patterns, or `-` for standard input"));
    }
    let mut lister = Lister::new(stores);
    lister.may_repeat = arguments.len() > 1 || files_from.is_some();
    for argument in arguments {
        lister.add_argument(argument);
    }
    if let Some(list) = files_from {
        for path in read_list(list)? {
            lister.add_path(&path);
        }
    }
    lister.finish()
}

impl Listing {
    /// All inputs in order, those that are still to be listed as they are needed.
    pub(crate) fn into_inputs(self) -> Inputs {
        Inputs::new(self.inputs, self.more)
    }
}

impl Input {
    /// The path for people, `-` for standard input.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Path(path) => path.to_string_lossy().into_owned(),
            Origin::Object(bucket, object) => format!("{}/{}", bucket.name(), object.key),
            Origin::Stdin => "-".to_owned(),
        }
    }

    /// True for standard input, pipes and devices: they can be read once, and other bytes come the next time.
    pub fn is_stream(&self) -> bool {
        self.size.is_none()
    }

    /// What a store says of its content, without reading it.
    pub(crate) fn etag(&self) -> Option<&str> {
        match &self.origin {
            Origin::Object(_, object) => object.etag.as_deref(),
            _ => None,
        }
    }
}

struct Lister<'a> {
    stores: &'a Stores,
    inputs: Vec<Input>,
    problems: Vec<Problem>,
    more: Vec<MoreObjects>,
    /// How often a place in a bucket was named.
    buckets: usize,
    /// There are several ways to a file: several arguments, or links.
    may_repeat: bool,
    missing: Vec<String>,
    hint: Option<&'static str>,
}

impl<'a> Lister<'a> {
    fn new(stores: &'a Stores) -> Self {
        Self {
            stores,
            inputs: Vec::new(),
            problems: Vec::new(),
            more: Vec::new(),
            buckets: 0,
            may_repeat: false,
            missing: Vec::new(),
            hint: None,
        }
    }

    fn add_argument(&mut self, argument: &Path) {
        if argument == Path::new("-") {
            self.inputs.push(Input { key: "-".to_owned(), origin: Origin::Stdin, size: None });
            return;
        }
        match argument.to_str() {
            _ if is_remote(argument) => self.add_remote(argument, true),
            Some(text) if text.contains(['*', '?', '[', '{']) && argument.symlink_metadata().is_err() => {
                self.add_pattern(text);
            }
            _ => self.add_path(argument),
        }
    }

    fn add_path(&mut self, path: &Path) {
        if is_remote(path) {
            return self.add_remote(path, false);
        }
        match path.metadata() {
            Ok(found) if found.is_dir() => self.add_directory(path),
            Ok(found) => self.inputs.push(Input {
                key: file_key(path),
                origin: Origin::Path(path.to_owned()),
                size: found.is_file().then_some(found.len()),
            }),
            Err(error) => self.missing.push(format!("{}: {error}", quote(path))),
        }
    }

    fn add_directory(&mut self, directory: &Path) {
        let name = base_name(directory);
        let walk = WalkDir::new(directory).follow_links(true).into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_output(entry)) {
            match entry.and_then(|entry| entry.metadata().map(|found| (entry, found))) {
                Ok((entry, found)) if found.is_file() => {
                    let relative = entry.path().strip_prefix(directory).unwrap_or_else(|_| entry.path());
                    let key = found_key(directory, name.as_deref(), relative);
                    self.may_repeat |= entry.path_is_symlink();
                    let origin = Origin::Path(entry.path().to_owned());
                    self.inputs.push(Input { key, origin, size: Some(found.len()) });
                }
                Ok((entry, _)) => self.may_repeat |= entry.path_is_symlink(),
                // A link to a directory above it: all that is there is found anyway.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(directory).to_owned();
                    let why = error.into_io_error().map_or_else(String::new, |error| error.to_string());
                    self.problems.push(Problem { path, why });
                }
            }
        }
    }

    fn add_remote(&mut self, path: &Path, may_be_pattern: bool) {
        self.buckets += 1;
        match remote::find(path, may_be_pattern, self.stores) {
            Ok((found, more)) => {
                self.inputs.extend(found);
                self.more.extend(more);
            }
            Err((why, hint)) => {
                self.missing.push(why);
                self.hint = self.hint.or(hint);
            }
        }
    }

    fn add_pattern(&mut self, pattern: &str) {
        let glob = match GlobBuilder::new(pattern).literal_separator(true).build() {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                self.missing.push(format!(
                    "`{}`: no such file, and no pattern: {}",
                    quote_text(pattern),
                    error.kind()
                ));
                return;
            }
        };
        let fixed = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{']));
        let fixed: Vec<&str> = fixed.collect();
        let root = fixed.join("/");
        let root = if fixed.is_empty() {
            "."
        } else if root.is_empty() {
            "/"
        } else {
            &root
        };
        let depth =
            if pattern.contains("**") { usize::MAX } else { pattern.split('/').count() - fixed.len() };
        let mut walk = WalkDir::new(root).follow_links(true).sort_by_file_name().max_depth(depth).into_iter();
        let mut found = false;
        while let Some(entry) = walk.next() {
            let Ok(entry) = entry else { continue };
            let path = entry.path().strip_prefix("./").unwrap_or_else(|_| entry.path());
            if entry.depth() > 0 && glob.is_match(path) {
                found = true;
                self.may_repeat = true;
                self.add_path(path);
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
            }
        }
        if !found {
            self.missing.push(format!("`{}`: no file matches the pattern", quote_text(pattern)));
        }
    }

    fn finish(mut self) -> Result<Listing, CliError> {
        let error = match self.missing.as_slice() {
            [] => None,
            [one] => Some(CliError::usage(format!("cannot read {one}"))),
            all => {
                let error = CliError::usage(format!("cannot read {} of the inputs", all.len()));
                Some(all.iter().fold(error, CliError::because))
            }
        };
        if let Some(error) = error {
            return Err(match self.hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
        // Several listings may hold the same object: it is found twice when all are known.
        if self.buckets > 1 {
            for more in std::mem::take(&mut self.more) {
                self.inputs.extend(more.collect::<Result<Vec<_>, _>>()?);
            }
        }
        self.inputs.sort_by(order);
        if !self.may_repeat {
            return Ok(Listing { inputs: self.inputs, more: self.more.pop(), problems: self.problems });
        }
        let mut seen = HashSet::new();
        let mut paths = RealPaths::default();
        self.inputs.retain(|input| match &input.origin {
            Origin::Path(path) => seen.insert(paths.of(path)),
            Origin::Object(..) => seen.insert(PathBuf::from(input.name())),
            Origin::Stdin => seen.insert(PathBuf::from("-")),
        });
        Ok(Listing { inputs: self.inputs, more: self.more.pop(), problems: self.problems })
    }
}

/// True for text that names a place in a bucket, unless there is a path of that name.
fn is_remote(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains("://"))
        && !matches!(Location::parse(path), Ok(Location::Local(_)))
        && path.symlink_metadata().is_err()
}

/// True for directories that this program wrote.
fn is_output(entry: &DirEntry) -> bool {
    entry.file_type().is_dir()
        && (entry.file_name() == "_ocsf"
            || entry.file_name() == "_rejects"
            || entry.path().join("_ocsf").is_dir())
}

fn read_list(list: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut bytes = Vec::new();
    let read = if list == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(list).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| CliError::usage(format!("cannot read the list {}", quote(list))).because(error))?;
    let lines =
        bytes.as_slice().split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines.filter(|line| !line.is_empty()).map(path_of).collect())
}

#[cfg(unix)]
fn path_of(line: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(line))
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(line).into_owned())
}
