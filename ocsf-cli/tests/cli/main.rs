//! Runs the real program and compares all that it says.
//!
//! Snapshots lie in `snapshots/`; `INSTA_UPDATE=always cargo test -p ocsf-cli` writes them anew, and the difference is
//! for the reviewer.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod compact;
mod convert;
mod damaged;
mod detect;
mod generate;
mod help;
mod inputs;
mod inspect;
mod lint;
mod look_up;
mod parquet;
mod preview;
mod settings;
mod support;
mod trace;
mod validate;
mod watch;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A CloudTrail record, invented.
pub(crate) const RECORD: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"},"eventTime":"2024-05-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.15","requestParameters":null,"responseElements":null,"requestID":"EXAMPLE","eventID":"6f1b2c3d-0000-4000-8000-000000000001","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#;

/// A directory to run the program in.
pub(crate) struct Sandbox {
    home: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.home.path().join(path)
    }

    /// Writes a file, with the directories above it.
    pub(crate) fn file(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// A command with these arguments, away from the caller's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocsf"));
        command.args(args).current_dir(self.home.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(self.command(args))
    }

    /// Runs with `stdin` as standard input.
    pub(crate) fn feed(&self, args: &[&str], stdin: &[u8]) -> Said {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        let writer = std::thread::spawn(move || {
            // The program may stop reading early.
            let _ = pipe.write_all(&stdin);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Said::from(output)
    }
}

/// All that a run said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(mut command: Command) -> Self {
        Self::from(command.output().unwrap())
    }

    fn from(output: std::process::Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the whole.
    #[track_caller]
    pub(crate) fn check(&self, status: i32, out: &str, err: &str) {
        assert_eq!(self, &Self { status, out: out.to_owned(), err: err.to_owned() });
    }

    /// The JSON values on standard output, one a line.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {}\n--- stdout\n{}--- stderr\n{}", self.status, self.out, self.err)
    }
}

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    zstd::encode_all(bytes.as_ref(), 1).unwrap()
}

/// `RECORD` with another event name, and with another service where it is `service:Name`.
pub(crate) fn record(event: &str) -> String {
    let (service, name) = event.split_once(':').unwrap_or(("s3", event));
    RECORD.replace("ListBuckets", name).replace("s3.amazonaws", &format!("{service}.amazonaws"))
}

/// A delivered object with records of these names.
pub(crate) fn delivered(event_names: &[&str]) -> String {
    let records: Vec<String> = event_names.iter().map(|name| record(name)).collect();
    format!("{{\"Records\":[{}]}}\n", records.join(","))
}
