//! `forepeak user …` as a process, on a database of its own.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use server::platform::database::{Database, DatabaseUrl};
use sqlx::Row;

struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// One with a database, as a start or `forepeak migrate` makes it.
    fn migrated() -> Self {
        let machine = Self::new();
        machine.ok(&["migrate"], "");
        machine
    }

    fn database(&self) -> PathBuf {
        self.path().join("data/forepeak.db")
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with `input` on its standard input, in a folder without a `.env`.
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_forepeak"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("DATA_DIR", self.path().join("data"))
            .env("RUST_LOG", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        let stdout = String::from_utf8(output.stdout).unwrap();
        for secret in [
            input.trim(),
            stdout.split("Password: ").nth(1).unwrap_or_default().trim(),
        ] {
            assert!(
                secret.is_empty() || !stderr.contains(secret),
                "a password is in the log"
            );
        }
        stdout
    }

    /// How many accounts are to be counted now.
    async fn counts_due(&self) -> i64 {
        let db = Database::connect(&DatabaseUrl::Sqlite(self.database()))
            .await
            .unwrap();
        let due = sqlx::query_scalar(
            "SELECT COUNT(*) FROM storage_use WHERE counted_at IS NOT NULL AND count_due_at < counted_at + 80000",
        )
        .fetch_one(db.pool())
        .await
        .unwrap();
        db.close().await;
        due
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, "");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// `username role status hash` of every account, by name.
    async fn accounts(&self) -> Vec<(String, String, String, String)> {
        let db = Database::connect(&DatabaseUrl::Sqlite(self.database()))
            .await
            .unwrap();
        let rows = sqlx::query("SELECT username, role, status, password_hash FROM users ORDER BY username")
            .fetch_all(db.pool())
            .await
            .unwrap();
        let accounts = rows
            .iter()
            .map(|row| {
                (
                    row.get("username"),
                    row.get("role"),
                    row.get("status"),
                    row.get("password_hash"),
                )
            })
            .collect();
        db.close().await;
        accounts
    }
}

#[tokio::test]
async fn an_operator_makes_and_changes_accounts() {
    let machine = Machine::migrated();
    let said = machine.ok(
        &["user", "create", "root", "--admin", "--password-stdin"],
        "correct horse battery\n",
    );
    assert_eq!(said, "Made the administrator root\n");
    let said = machine.ok(&["user", "create", "ada"], "");
    let password = said
        .strip_prefix("Made the account ada\nPassword: ")
        .unwrap()
        .trim();
    assert_eq!(password.len(), 64, "256 bits");

    let shape = |accounts: &[(String, String, String, String)]| {
        accounts
            .iter()
            .map(|(name, role, status, _)| format!("{name} {role} {status}"))
            .collect::<Vec<_>>()
    };
    let before = machine.accounts().await;
    assert_eq!(shape(&before), ["ada user active", "root admin active"]);
    assert!(
        before
            .iter()
            .all(|(.., hash)| hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"))
    );

    assert_eq!(machine.ok(&["user", "promote", "ada"], ""), "ada is an admin\n");
    assert_eq!(
        machine.ok(&["user", "demote", "ROOT"], ""),
        "root is an ordinary user\n"
    );
    machine.ok(&["user", "disable", "root"], "");
    assert_eq!(
        shape(&machine.accounts().await),
        ["ada admin active", "root user disabled"]
    );
    machine.ok(&["user", "enable", "root"], "");
    let said = machine.ok(
        &["user", "reset-password", "root", "--password-stdin"],
        "another horse battery",
    );
    assert_eq!(said, "root has another password, and is signed out everywhere\n");
    let said = machine.ok(&["user", "count-storage", "ADA"], "");
    assert_eq!(
        said,
        "What ADA has in storage is counted anew within a minute, if the server runs\n"
    );
    assert_eq!(machine.counts_due().await, 1);
    let after = machine.accounts().await;
    assert_eq!(shape(&after), ["ada admin active", "root user active"]);
    assert_ne!(after[1].3, before[1].3);
    assert_eq!(after[0].3, before[0].3);
}

#[test]
fn what_an_operator_cannot_do_either_is_said_in_one_line() {
    let machine = Machine::migrated();
    assert!(
        machine
            .refused(&["user", "disable", "nobody"])
            .contains("no such account")
    );
    machine.ok(&["user", "create", "root", "--admin"], "");
    let last = "the last active admin stays one";
    for command in ["disable", "demote"] {
        assert!(
            machine.refused(&["user", command, "root"]).contains(last),
            "{command}"
        );
    }
    assert!(
        machine
            .refused(&["user", "create", "ROOT"])
            .contains("the username is taken")
    );
    assert!(machine.refused(&["user", "create", "a b"]).contains("username"));
    let weak = machine.run(&["user", "create", "ada", "--password-stdin"], "password\n");
    assert_eq!(weak.status.code(), Some(1));
    assert!(
        String::from_utf8(weak.stderr)
            .unwrap()
            .contains("one of the most common passwords")
    );
}

/// Security 36: in the wrong folder, or without the variable that names the database, nothing is made.
#[test]
fn security_36_a_command_names_its_database_and_makes_none() {
    let machine = Machine::new();
    let database = machine.database().display().to_string();
    let refused = machine.refused(&["user", "create", "root", "--admin"]);
    assert!(
        refused.contains(&database) && refused.contains("DATA_DIR"),
        "{refused}"
    );
    assert_eq!(
        std::fs::read_dir(machine.path()).unwrap().count(),
        0,
        "nothing is made"
    );

    // Something else's database.
    std::fs::create_dir(machine.path().join("data")).unwrap();
    std::fs::write(machine.database(), "").unwrap();
    let refused = machine.refused(&["user", "create", "root", "--admin"]);
    assert!(
        refused.contains(&database) && refused.contains("migrate"),
        "{refused}"
    );
    assert_eq!(
        std::fs::metadata(machine.database()).unwrap().len(),
        0,
        "nothing is written"
    );

    machine.ok(&["migrate"], "");
    let done = machine.run(&["user", "create", "root", "--admin"], "");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains(&format!("Database: SQLite {database}\n")), "{said}");
}
