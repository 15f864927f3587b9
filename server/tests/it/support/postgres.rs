//! One PostgreSQL server for all tests of this machine's user, and a schema of it for each test.
//!
//! Tests run in processes of their own, so the server belongs to none of them. Each holds a shared lock on a file
//! while it lives; a watchdog waits for the exclusive lock, which the kernel grants when the last of them is gone,
//! however it ended, and then stops the server.

use std::{
    fs::File,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

use sqlx::Executor;
use uuid::Uuid;

/// A schema that only this test uses.
pub(crate) struct Schema {
    name: String,
    server: &'static Server,
}

struct Server {
    folder: PathBuf,
    /// Shared, held until the process ends.
    _in_use: File,
}

impl Schema {
    pub(crate) async fn create() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        let server = SERVER.get_or_init(Server::join);
        let name = format!("t_{}", Uuid::new_v4().simple());
        server
            .admin("tests")
            .await
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
                "CREATE SCHEMA {name}"
            ))))
            .await
            .unwrap();
        Self { name, server }
    }

    pub(crate) fn url(&self) -> String {
        format!(
            "{}&options=-c%20search_path%3D{}",
            self.server.url("tests"),
            self.name
        )
    }
}

impl Schema {
    /// Where the server listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.server.folder.join(".s.PGSQL.5432")
    }

    /// By way of something that listens on this port and leads to the socket.
    pub(crate) fn url_through(&self, port: u16) -> String {
        format!(
            "postgres://tests@127.0.0.1:{port}/tests?sslmode=disable&options=-c%20search_path%3D{}",
            self.name
        )
    }
}

impl Server {
    fn join() -> Self {
        let folder = std::env::temp_dir().join(format!("forepeak-test-postgres-{}", whoami()));
        std::fs::create_dir_all(&folder).unwrap();
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        // Blocks while a watchdog is stopping the server.
        let in_use = File::create(folder.join("in-use.lock")).unwrap();
        in_use.lock_shared().unwrap();
        let server = Self {
            folder,
            _in_use: in_use,
        };

        let starting = File::create(server.folder.join("starting.lock")).unwrap();
        starting.lock().unwrap();
        if !server.is_up() {
            server.start();
        }
        server
    }

    fn is_up(&self) -> bool {
        let status = self
            .program("pg_ctl")
            .args(["status", "-D"])
            .arg(self.data())
            .status()
            .unwrap();
        status.success()
    }

    #[expect(
        clippy::zombie_processes,
        reason = "the watchdog outlives every test: that is its purpose"
    )]
    fn start(&self) {
        if !self.data().join("PG_VERSION").exists() {
            run(self
                .program("initdb")
                .args([
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-sync",
                    "-U",
                    "tests",
                    "-D",
                ])
                .arg(self.data()));
        }
        let folder = self.folder.display();
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off \
             -c synchronous_commit=off -c max_connections=400"
        );
        let log = self.folder.join("log");
        run(self
            .program("pg_ctl")
            .args(["start", "--wait", "-o", &settings, "-l"])
            .arg(log)
            .arg("-D")
            .arg(self.data()));
        for statement in ["DROP DATABASE IF EXISTS tests", "CREATE DATABASE tests"] {
            run(self
                .program("psql")
                .args(["-q", "-U", "tests", "-h"])
                .arg(&self.folder)
                .args(["-d", "postgres", "-c", statement]));
        }
        // Its own process group: a Ctrl-C that ends the tests must not end the one that cleans up after them.
        Command::new("flock")
            .arg("--exclusive")
            .arg(self.folder.join("in-use.lock"))
            .args(self.command_line("pg_ctl"))
            .args(["stop", "--wait", "--mode=immediate", "-D"])
            .arg(self.data())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("flock, of util-linux");
    }

    async fn admin(&self, database: &str) -> sqlx::PgConnection {
        use sqlx::Connection;
        sqlx::PgConnection::connect(&self.url(database)).await.unwrap()
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://tests@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let line = self.command_line(name);
        let mut command = Command::new(&line[0]);
        command
            .args(&line[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .current_dir(&self.folder);
        command
    }

    /// PostgreSQL refuses to run as root.
    #[expect(clippy::unused_self, reason = "reads as the server's own")]
    fn command_line(&self, name: &str) -> Vec<String> {
        let program = binaries().join(name).display().to_string();
        if is_root() {
            ["runuser", "-u", "postgres", "--", &program]
                .map(str::to_owned)
                .to_vec()
        } else {
            vec![program]
        }
    }
}

/// Debian's package, the newest version of it, or what is on the PATH.
pub(super) fn binaries() -> PathBuf {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions
        .pop()
        .or_else(on_path)
        .expect("PostgreSQL is not installed: run `make setup`")
}

#[expect(
    clippy::disallowed_methods,
    reason = "where the tools are is no configuration of Forepeak"
)]
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
}

fn whoami() -> String {
    let output = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(super) fn is_root() -> bool {
    whoami() == "0"
}

#[track_caller]
pub(super) fn run(command: &mut Command) {
    let output = command
        .stderr(Stdio::piped())
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}; run `make setup`"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
