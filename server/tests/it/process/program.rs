//! A running `forepeak serve`, ended with the test, however the test ends.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::{PASSWORD, ports::free_ports, site::empty_site};

/// Outside development, with secrets of the tests.
pub(super) const STAGING: &[(&str, &str)] = &[
    ("APP_ENV", "staging"),
    ("PUBLIC_URL", "http://files.example.org"),
    (
        "JWT_SECRET_KEY",
        "a secret of this test that is long enough to sign with",
    ),
    ("STORAGE", "embedded"),
    ("REGISTRATION", "closed"),
    ("ENCRYPTION_KEY", "another secret of this test: to encrypt with"),
];

pub(super) struct Program {
    pub(super) url: String,
    pub(super) port: u16,
    pub(super) child: Child,
    /// What it printed until it was running.
    pub(super) said: String,
}

/// With a folder of its own and nothing from this environment but the search path. `setpriv` ends it with us.
pub(super) fn command(data: &TempDir) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--", env!("CARGO_BIN_EXE_forepeak")])
        .env_clear()
        .envs(path())
        .env("DATA_DIR", data.path().join("data"))
        .env("LEPTOS_SITE_ROOT", empty_site(data.path()))
        .current_dir(data.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// The same, with `DATA_DIR` on a disk of its own of this size, which ends with the program. `prepared` is run on it
/// first, by a shell.
pub(super) fn command_on_disk(data: &TempDir, mebibytes: u32, prepared: &str) -> Command {
    let folder = data.path().join("data");
    std::fs::create_dir_all(&folder).unwrap();
    let mut command = Command::new("unshare");
    // Whoever is not root may mount a disk where they count as root.
    command.args(["--user", "--map-root-user", "--mount", "sh", "-euc"]);
    command.arg(format!(
        "mount -t tmpfs -o size={mebibytes}m,mode=0700 tmpfs \"$DATA_DIR\"; cd \"$DATA_DIR\"; {prepared}; \
         exec setpriv --pdeathsig KILL -- {} \"$@\"",
        env!("CARGO_BIN_EXE_forepeak")
    ));
    command.arg("sh");
    command
        .env_clear()
        .envs(path())
        .env("DATA_DIR", folder)
        .env("LEPTOS_SITE_ROOT", empty_site(data.path()))
        .current_dir(data.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

#[expect(
    clippy::disallowed_methods,
    reason = "where programs are is no configuration of Forepeak"
)]
fn path() -> Option<(&'static str, std::ffi::OsString)> {
    std::env::var_os("PATH").map(|path| ("PATH", path))
}

/// Starts the program, which must end before it is running, and answers with which status, and all that it said.
pub(super) async fn refused(data: &TempDir, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let [port] = free_ports();
    let run = command(data)
        .arg("serve")
        .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
        .env("EMBEDDED_S3_ADDR", "127.0.0.1:0")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), run)
        .await
        .unwrap_or_else(|_| panic!("it starts: {variables:?}"))
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(!stdout.contains("running"), "{stdout}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

impl Program {
    /// On its defaults. Returns once it has said that it is running.
    pub(super) async fn start(data: &TempDir) -> Self {
        Self::start_as(data, &[]).await
    }

    /// The same, with these variables.
    pub(super) async fn start_as(data: &TempDir, variables: &[(&str, &str)]) -> Self {
        Self::start_by(command(data), variables).await
    }

    pub(super) async fn start_by(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let [port] = free_ports();
        let mut child = command
            .arg("serve")
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("EMBEDDED_S3_ADDR", "127.0.0.1:0")
            .env("RATE_LIMIT_AUTH_PER_MINUTE", "0")
            .env("RUST_LOG", "warn")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let running = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                said.push_str(&line);
                said.push('\n');
                if line.contains("Ctrl-C") {
                    return;
                }
            }
            panic!("it ended before it was running");
        };
        tokio::time::timeout(Duration::from_secs(60), running)
            .await
            .expect("it does not start");
        Self {
            url: format!("http://127.0.0.1:{port}"),
            port,
            child,
            said,
        }
    }

    /// Status and JSON of the answer.
    pub(super) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let mut request = reqwest::Client::new()
            .post(format!("{}{path}", self.url))
            .json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The JSON of a success.
    pub(super) async fn get(&self, path: &str, token: &str) -> Value {
        let request = reqwest::Client::new()
            .get(format!("{}{path}", self.url))
            .bearer_auth(token);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// The access token of `username`, who must exist.
    pub(super) async fn sign_in(&self, username: &str, password: &str) -> String {
        let body = json!({"username": username, "password": password});
        let (status, answer) = self.post("/api/auth/login", None, &body).await;
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// The access token of `ada`, who is registered unless she is already.
    pub(super) async fn person(&self) -> String {
        let body = json!({"username": "ada", "password": PASSWORD});
        self.post("/api/auth/register", None, &body).await;
        self.sign_in("ada", PASSWORD).await
    }

    /// Where the files of whoever holds this token lie.
    pub(super) async fn home(&self, token: &str) -> String {
        let home = self.get("/api/s3/user-prefix", token).await;
        home["prefix"].as_str().unwrap().to_owned()
    }

    /// What it holds in memory, in KiB.
    pub(super) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub(super) async fn terminate(&self) {
        let id = self.child.id().unwrap().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(status.success());
    }

    /// Ends it as an operator does.
    pub(super) async fn end(self) {
        self.terminate().await;
        assert_eq!(self.ended().await, Some(0));
    }

    /// The exit code, once it has ended by itself.
    pub(super) async fn ended(mut self) -> Option<i32> {
        let ending = tokio::time::timeout(Duration::from_secs(40), self.child.wait());
        ending.await.expect("it does not end").unwrap().code()
    }
}
