//! A PostgreSQL server of one test's own, for what cannot be done to the one that all tests share: it speaks TLS, or its
//! tables lie on a small disk. It ends with the test's process.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use super::{
    ports::free_ports,
    postgres::{binaries, is_root, run},
};

pub(crate) struct PrivatePostgres {
    pub(crate) port: u16,
    folder: TempDir,
    server: Child,
}

#[derive(Default)]
pub(crate) struct Options<'a> {
    /// Certificate and key, in PEM.
    pub(crate) tls: Option<(&'a Path, &'a Path)>,
    /// Lines of `pg_hba.conf`, in place of one that lets everyone in.
    pub(crate) access: &'a str,
    /// Tables lie on a disk of this size: the tablespace `small`.
    pub(crate) disk_mebibytes: Option<u32>,
}

impl PrivatePostgres {
    pub(crate) async fn start(options: Options<'_>) -> Self {
        let [port] = free_ports();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let small = folder.path().join("small");
        std::fs::create_dir(&small).unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "right").unwrap();
        let mut settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{}'\nfsync = off\n",
            folder.path().display()
        );
        if let Some((certificate, key)) = options.tls {
            std::fs::copy(certificate, folder.path().join("server.crt")).unwrap();
            std::fs::copy(key, folder.path().join("server.key")).unwrap();
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(folder.path().join("server.key"), private).unwrap();
            let lines = format!(
                "ssl = on\nssl_cert_file = '{0}/server.crt'\nssl_key_file = '{0}/server.key'\n",
                folder.path().display()
            );
            settings.push_str(&lines);
        }
        if is_root() {
            run(Command::new("chown").args(["-R", "postgres"]).arg(folder.path()));
        }
        run(as_postgres(&binaries().join("initdb"))
            .args([
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-sync",
                "-U",
                "tests",
            ])
            .arg("--pwfile")
            .arg(&password)
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null()));
        std::fs::write(data.join("postgresql.auto.conf"), settings).unwrap();
        if !options.access.is_empty() {
            std::fs::write(data.join("pg_hba.conf"), options.access).unwrap();
        }
        let mut command = match options.disk_mebibytes {
            None => as_postgres(&binaries().join("postgres")),
            Some(mebibytes) => on_small_disk(&small, mebibytes),
        };
        let server = command
            .arg("-D")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self { port, folder, server };
        started.wait().await;
        if options.disk_mebibytes.is_some() {
            let mut admin = started.admin().await;
            let statement = format!("CREATE TABLESPACE small LOCATION '{}'", small.display());
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                .execute(&mut admin)
                .await
                .unwrap();
        }
        started
    }

    /// As the superuser `tests`, whose password is `right`, by the socket.
    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.socket_url()).await.unwrap()
    }

    pub(crate) fn socket_url(&self) -> String {
        format!(
            "postgres://tests:right@localhost:{}/postgres?host={}",
            self.port,
            self.folder.path().display()
        )
    }

    /// The small disk, as the server sees it.
    pub(crate) fn small_disk(&self) -> PathBuf {
        let folder = self.folder.path().join("small");
        let server = self.server.id();
        PathBuf::from(format!("/proc/{server}/root")).join(folder.strip_prefix("/").unwrap())
    }

    async fn wait(&self) {
        let begun = Instant::now();
        let socket = self.folder.path().join(format!(".s.PGSQL.{}", self.port));
        while PgConnection::connect(&self.socket_url()).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", socket.display());
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir("/");
    command
}

/// Only root mounts, so whoever is not root counts as root for that, and then no longer.
fn on_small_disk(folder: &Path, mebibytes: u32) -> Command {
    let (outer, inner): (&[&str], &str) = if is_root() {
        (
            &["--mount"],
            "setpriv --pdeathsig KILL --reuid postgres --regid postgres --clear-groups --",
        )
    } else {
        (
            &["--user", "--map-root-user", "--mount"],
            "unshare --user --map-user=1 --map-group=1 setpriv --pdeathsig KILL --",
        )
    };
    let owner = if is_root() { ",uid=postgres" } else { "" };
    let mut command = Command::new("unshare");
    command.args(outer).args(["sh", "-euc"]);
    command.arg(format!(
        "mount -t tmpfs -o size={mebibytes}m,mode=0700{owner} tmpfs '{}'; exec {inner} '{}' \"$@\"",
        folder.display(),
        binaries().join("postgres").display()
    ));
    command.arg("sh").current_dir("/");
    command
}
