//! Runs the binary in a folder of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder to work in.
pub(crate) struct Place(TempDir);

/// What a run of the binary left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// The binary, to be started in this folder with nothing of the environment that it looks at.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocsf"));
        command.current_dir(self.0.path()).env_clear().args(args).stdin(Stdio::null());
        command
    }

    /// Runs `ocsf` with these arguments, which are split at blanks.
    pub(crate) fn run(&self, args: &str) -> Ran {
        Ran::of(&mut self.command(args.split_whitespace()))
    }

    /// Runs `ocsf` with these arguments.
    pub(crate) fn ocsf(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// Runs `ocsf` with `stdin` as standard input.
    pub(crate) fn feed(&self, args: &[&str], stdin: &[u8]) -> Ran {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        let writer = thread::spawn(move || {
            // The program may stop reading early.
            let _ = pipe.write_all(&stdin);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran::from(output)
    }

    /// Runs `ocsf convert` and reads its report.
    pub(crate) fn report(&self, args: &str) -> (Ran, Value) {
        let ran = self.run(&format!("convert {args} --report json"));
        let report = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
        (ran, report)
    }

    /// Every file below a folder with its bytes, by path; the folder need not be there.
    pub(crate) fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        fn walk(root: &Path, dir: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(root, &path, out);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                    out.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        let (root, mut out) = (self.path(name), BTreeMap::new());
        walk(&root, &root, &mut out);
        out
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the whole.
    #[track_caller]
    pub(crate) fn check(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(self, &Self { code: Some(code), stdout: stdout.to_owned(), stderr: stderr.to_owned() });
    }

    pub(crate) fn status(&self) -> i32 {
        self.code.unwrap_or(-1)
    }

    /// The JSON values on standard output, one a line.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit status {}\n--- stdout\n{}--- stderr\n{}", self.status(), self.stdout, self.stderr)
    }
}

/// An invented CloudTrail record.
pub(crate) fn record(number: u32) -> Value {
    json!({
        "eventVersion": "1.08",
        "eventTime": format!("2024-05-{:02}T10:{:02}:{:02}Z", 1 + number / 3600 % 28, number / 60 % 60, number % 60),
        "eventSource": "s3.amazonaws.com",
        "eventName": if number.is_multiple_of(3) { "ListBuckets" } else { "PutObject" },
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2.15",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/ana",
            "accountId": "111122223333",
            "userName": "ana",
        },
        "requestID": format!("request-{number}"),
        "eventID": format!("event-{number}"),
        "requestParameters": {"bucketName": "example-bucket"},
        "responseElements": null,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "recipientAccountId": "111122223333",
        "extra": {"number": number},
    })
}

/// Some records as the envelope that CloudTrail delivers.
pub(crate) fn envelope(numbers: impl IntoIterator<Item = u32>) -> String {
    let records: Vec<Value> = numbers.into_iter().map(record).collect();
    json!({ "Records": records }).to_string()
}

/// A record with another event name, and of another service where it is `service:Name`, as text.
pub(crate) fn event(event: &str) -> String {
    let (service, name) = event.split_once(':').unwrap_or(("s3", event));
    let mut record = record(0);
    record["eventName"] = name.into();
    record["eventSource"] = format!("{service}.amazonaws.com").into();
    record.to_string()
}

/// Records with these event names as the envelope that CloudTrail delivers.
pub(crate) fn delivered(events: &[&str]) -> String {
    let records: Vec<String> = events.iter().map(|name| event(name)).collect();
    format!("{{\"Records\":[{}]}}\n", records.join(","))
}

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    zstd::encode_all(bytes.as_ref(), 1).unwrap()
}
