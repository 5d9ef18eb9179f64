//! What a user is told when a command fails, and the exit status that says so to programs.

use std::fmt;
use std::io;
use std::process::{ExitCode, Termination};

use ocsf_lake::LakeError;

/// How a command ended. The numbers are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExitStatus {
    /// 0: everything was done.
    Success,
    /// 1: finished, but some inputs failed or were not recognised.
    Partial,
    /// 2: the command line, the configuration or an input it names is at fault.
    Usage,
    /// 3: nothing was published.
    NothingPublished,
    /// 130: interrupted.
    Interrupted,
    /// 143: terminated.
    Terminated,
}

impl ExitStatus {
    /// The number that the process exits with.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Partial => 1,
            Self::Usage => 2,
            Self::NothingPublished => 3,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// A failure of a command: what is wrong, why, and the way out.
///
/// ```
/// use ocsf_cli::{CliError, ExitStatus};
///
/// let error = CliError::usage("cannot read `x`").because("no such file").hint("check the path");
/// assert_eq!(error.status(), ExitStatus::Usage);
/// assert_eq!(error.to_string(), "cannot read `x`\n  no such file\n\nhint: check the path");
/// ```
#[derive(Debug)]
pub struct CliError {
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    status: ExitStatus,
    /// The reader of standard output went away, which is no failure.
    silent: bool,
    /// The same may succeed later.
    passing: bool,
}

impl CliError {
    /// A failure that ends with `status`. The message is one sentence without a full stop.
    pub fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            status,
            silent: false,
            passing: false,
        }
    }

    /// The user's mistake: [`ExitStatus::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::Usage, message)
    }

    /// A failure after which no output exists: [`ExitStatus::NothingPublished`].
    pub fn unpublished(message: impl Into<String>) -> Self {
        Self::new(ExitStatus::NothingPublished, message)
    }

    /// Adds a line that says why.
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds the causes of `error`, outermost first.
    pub fn because_of(self, error: &dyn std::error::Error) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        chain.fold(self, Self::because)
    }

    /// Says how to go on.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What could not be written to standard output. A reader that went away is no failure: the exit status is 0.
    pub fn stdout(error: &io::Error) -> Self {
        let silent = error.kind() == io::ErrorKind::BrokenPipe;
        let status = if silent { ExitStatus::Success } else { ExitStatus::NothingPublished };
        Self { silent, ..Self::new(status, "cannot write to standard output").because(error) }
    }

    /// Says that the same may succeed later.
    pub fn passing(self) -> Self {
        Self { passing: true, ..self }
    }

    /// True when the same may succeed later, as while another run writes to a lake.
    pub fn is_passing(&self) -> bool {
        self.passing
    }

    /// The exit status.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Why, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// The way out.
    pub fn way_out(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// True when there is nothing to say.
    pub fn is_silent(&self) -> bool {
        self.silent
    }
}

/// What lies at the bottom of an error, for people.
pub(crate) fn innermost(error: &LakeError) -> String {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    chain.last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// How to go on after an error of a lake, or of the store that it is in.
pub(crate) fn way_out(error: &LakeError) -> Option<&'static str> {
    let LakeError::Store { .. } = error else {
        return match error {
            LakeError::Foreign { .. } => Some("use an empty directory, or one that `ocsf convert` wrote"),
            LakeError::OtherOptions { .. } => Some("use the options of the lake, or another directory"),
            LakeError::OtherOutput { .. } => Some(
                "each output needs a state of its own; if it is the same lake, which was moved, remove `_ocsf/output.json` of the state and run again",
            ),
            LakeError::OtherRun { .. } => {
                Some("run it again when the other one has ended: what neither published is converted then")
            }
            LakeError::Damaged { path, .. } if path.ends_with("lake.json") => Some(
                "restore it from a copy, or write it anew with the options that the lake was begun with: docs/lake.md says how",
            ),
            LakeError::Damaged { path, .. } if path.ends_with("output.json") => {
                Some("restore it from a copy, or remove it if `--out` and `--state` belong together")
            }
            // Without it, the events that it holds would pass for ones that somebody removed.
            LakeError::Damaged { path, detail }
                if path.contains("/compaction/") || detail.contains("/compaction/") =>
            {
                Some("restore it from a copy; without one, convert all inputs into a new lake")
            }
            LakeError::Damaged { .. } => Some(
                "restore it from a copy; a manifest may also go, with all files whose names begin with its own: the next run converts their inputs",
            ),
            LakeError::Unlisted { merged: true, .. } => Some(
                "restore its record in `_ocsf/compaction` from a copy; without one, remove the file and convert all inputs with `--overwrite`",
            ),
            LakeError::Unlisted { .. } => Some(
                "restore the manifest from a copy, or remove all files whose names begin with that of its group: the next run converts their inputs",
            ),
            LakeError::OtherCompaction { .. } => Some(
                "run it again, when the other one has ended: of one that was killed, all is in order now",
            ),
            LakeError::Busy { .. } => {
                Some("wait until it has ended, or end it: Ctrl-C keeps what it has published")
            }
            _ => None,
        };
    };
    let why = innermost(error);
    let has = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if has(&["no credentials"]) {
        return Some(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a profile or SSO, `aws configure export-credentials --format env` prints them",
        );
    }
    if has(&["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "401 "]) {
        return Some("check the credentials in the environment: they are wrong or no longer valid");
    }
    if has(&["Failed to resolve region"]) {
        return Some("say the Region of the bucket with AWS_REGION, or another server with `--endpoint`");
    }
    if has(&["NoSuchBucket", "Bucket '"]) {
        return Some(
            "check the name of the bucket, and that it is in the account and partition of the credentials",
        );
    }
    if has(&["incorrectly configured region", "AuthorizationHeaderMalformed", "PermanentRedirect"]) {
        return Some("set AWS_REGION to the Region of the bucket, or unset it to have it found");
    }
    has(&["403 ", "AccessDenied"])
        .then_some("the credentials lack a permission: docs/s3.md lists what is needed")
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, "\n  {cause}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\n\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CliError {}
