//! A real mail server: aiosmtpd, a process of its own, ended with the test.

use std::{path::PathBuf, process::Stdio};

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::support::tools::tools;

/// What the server knows of a mail.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    /// By their names in lower case.
    pub(super) headers: std::collections::BTreeMap<String, String>,
    pub(super) text: String,
    pub(super) html: String,
    pub(super) encrypted: bool,
    pub(super) login: Option<String>,
}

impl Taken {
    /// The digits that stand on a line of their own.
    pub(super) fn code(&self) -> &str {
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        self.text
            .lines()
            .map(str::trim)
            .find(is_code)
            .expect("a code in the mail")
    }
}

pub(super) struct SmtpServer {
    pub(super) port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl SmtpServer {
    /// Without encryption and without a login.
    pub(super) async fn plain() -> Self {
        Self::start(json!({})).await
    }

    /// Takes mail after STARTTLS, or TLS from the first byte, and a login only.
    pub(super) async fn encrypted(certificate: &Certificate, implicit: bool) -> Self {
        let file = certificate.with_key();
        Self::start(json!({"certificate": file, "implicit": implicit, "login": true})).await
    }

    async fn start(settings: Value) -> Self {
        let mut child = Command::new(tools().join("venv/bin/python"))
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/it/mail/smtp_server.py"
            ))
            .arg(settings.to_string())
            // Its end is the server's, should the test be killed before it can end it.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("aiosmtpd is not installed: run `make setup`");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .next_line()
            .await
            .unwrap()
            .expect("aiosmtpd is not installed: run `make setup`");
        Self {
            port: port.parse().unwrap(),
            lines,
            _child: child,
        }
    }

    /// The next mail that arrives.
    pub(super) async fn take(&mut self) -> Taken {
        let line = self
            .lines
            .next_line()
            .await
            .unwrap()
            .expect("the mail server goes on");
        serde_json::from_str(&line).unwrap()
    }
}

/// For `localhost`, signed by itself: whoever is to trust it is given the file.
pub(super) struct Certificate(TempDir);

impl Certificate {
    pub(super) async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ])
            .args([
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(folder.path().join("key.pem"))
            .arg("-out")
            .arg(folder.path().join("certificate.pem"))
            .output()
            .await
            .expect("openssl is not installed: run `make setup`");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let own = Self(folder);
        let mut both = std::fs::read(own.0.path().join("key.pem")).unwrap();
        both.extend(std::fs::read(own.path()).unwrap());
        std::fs::write(own.with_key(), both).unwrap();
        own
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("certificate.pem")
    }

    fn with_key(&self) -> PathBuf {
        self.0.path().join("both.pem")
    }
}
