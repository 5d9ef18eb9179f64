//! Runs the real program against an S3 server.
#![expect(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod compact;
mod convert;
mod damaged;
mod faults;
mod remove;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use server::{KEY_ID, SECRET, Server, tree};

/// A directory to run the program in, and a server to run it against.
pub(crate) struct Sandbox {
    home: TempDir,
    pub(crate) server: Server,
}

/// What a run said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
    pub(crate) err: String,
}

impl Sandbox {
    pub(crate) fn new(server: Server) -> Self {
        Self { home: tempfile::tempdir().unwrap(), server }
    }

    /// `ocsf` with these arguments, which are split at blanks.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocsf"));
        command
            .args(args.split_whitespace())
            .current_dir(self.home.path())
            .env_clear()
            .env("OCSF_ENDPOINT", &self.server.endpoint)
            .env("OCSF_TEMP_DIR", self.home.path())
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .stdin(Stdio::null());
        command
    }

    /// Runs `ocsf convert` and reads its report.
    pub(crate) fn convert(&self, args: &str) -> Said {
        Self::said(&mut self.command(&format!("convert {args} --report json")))
    }

    /// Runs `ocsf compact` and reads its report.
    pub(crate) fn compact(&self, args: &str) -> Said {
        Self::said(&mut self.command(&format!("compact {args} --report json")))
    }

    pub(crate) fn said(command: &mut Command) -> Said {
        let done = command.output().unwrap();
        let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
        assert!(!err.contains(SECRET) && !out.contains(SECRET), "{err}");
        let report = serde_json::from_str(&out).unwrap_or(Value::Null);
        Said { code: done.status.code(), report, err }
    }

    /// All files below a folder of the sandbox.
    pub(crate) fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        tree(&self.path(name))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a log as a local file and as an object of the same key.
    pub(crate) fn log(&self, path: &str, text: &str) {
        self.server.object(path, text);
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes all example logs both ways, below `logs`.
    pub(crate) fn examples(&self) {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/logs");
        for (name, bytes) in tree(&examples) {
            let (name, copy) = (format!("logs/{name}"), self.path("logs").join(&name));
            self.server.object(&name, &bytes);
            std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
            std::fs::write(copy, bytes).unwrap();
        }
    }
}

/// An invented CloudTrail record.
pub(crate) fn record(number: u32) -> Value {
    json!({
        "eventVersion": "1.08",
        "eventTime": format!("2024-05-01T10:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutObject",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "ana"},
        "recipientAccountId": "111122223333",
        "eventID": format!("event-{number}"),
    })
}

/// An object of such records.
pub(crate) fn envelope(numbers: impl IntoIterator<Item = u32>) -> String {
    let records: Vec<Value> = numbers.into_iter().map(record).collect();
    json!({ "Records": records }).to_string()
}
