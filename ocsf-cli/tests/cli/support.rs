//! Runs the binary in a folder of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder to work in.
pub(crate) struct Place(TempDir);

/// What a run of the binary left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The binary, to be started in this folder with nothing of the environment that it looks at.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocsf"));
        command.current_dir(self.0.path()).env_clear().args(args).stdin(Stdio::null());
        command
    }

    /// Runs `ocsf` with these arguments, which are split at blanks.
    pub(crate) fn run(&self, args: &str) -> Ran {
        let output = self.command(args.split_whitespace()).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
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

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
