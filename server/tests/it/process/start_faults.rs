//! What keeps the real program from starting, or is suspected at its start: each message names its variable, the cause
//! and what mends it, in one line, and shows neither a secret nor a dump.

use std::{path::Path, process::Stdio, time::Duration};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::program::{Program, command, refused};
use crate::support::{
    TestStore,
    authority::Authority,
    fronts::{Front, TlsFront},
    ports::free_ports,
    private_postgres::{Options, PrivatePostgres},
};

const SECRET: &str = "hunter2-hunter2";

/// The last line that a refused start says.
async fn last_line(data: &TempDir, variables: &[(&str, &str)]) -> String {
    let (status, said) = refused(data, variables).await;
    assert!(matches!(status, Some(1 | 2)), "{variables:?}: {said}");
    said.lines().last().unwrap_or_default().to_owned()
}

/// Starts it and reads what it says until all of `expected` has been said.
async fn suspected(data: &TempDir, variables: &[(&str, &str)], expected: &[&str]) {
    let [port] = free_ports();
    let mut child = command(data)
        .arg("serve")
        .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
        .env("EMBEDDED_S3_ADDR", "127.0.0.1:0")
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut missing = expected.to_vec();
    let mut said = String::new();
    let reading = async {
        while !missing.is_empty() {
            let line = lines.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended without {missing:?}: {said}"));
            plain(&line);
            missing.retain(|words| !line.contains(words));
            said.push_str(&line);
            said.push('\n');
        }
    };
    let read = tokio::time::timeout(Duration::from_secs(60), reading).await;
    assert!(read.is_ok(), "{variables:?} does not say {expected:?}");
}

#[track_caller]
fn plain(line: &str) {
    assert!(!line.contains(SECRET), "{line}");
    for dump in ["Error {", "Some(", "Kind(", "kind:", "source:", "{ code"] {
        assert!(!line.contains(dump), "a dump: {line}");
    }
}

/// The variables of a start, the variable that its message begins with, and words of the cause.
type StartFault<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

async fn all(data: &TempDir, faults: &[StartFault<'_>]) {
    for (variables, name, cause) in faults {
        let line = last_line(data, variables).await;
        assert!(
            line.starts_with(&format!("forepeak: {name}")),
            "{variables:?}: {line}"
        );
        assert!(line.contains(cause), "{variables:?}: {line}");
        plain(&line);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn of_this_machine() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let empty = data.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "no certificate").unwrap();
    let long = "x".repeat(40);
    all(
        &data,
        &[
            (
                &[("LEPTOS_SITE_ADDR", &taken)],
                "LEPTOS_SITE_ADDR",
                "cannot listen",
            ),
            (
                &[("EMBEDDED_S3_ADDR", &taken)],
                "EMBEDDED_S3_ADDR",
                "cannot listen",
            ),
            (
                &[("LEPTOS_SITE_ADDR", "0.0.0.0:8000")],
                "LEPTOS_SITE_ADDR",
                "ALLOW_INSECURE_DEVELOPMENT=true",
            ),
            (
                &[("LEPTOS_SITE_ROOT", text(&empty))],
                "LEPTOS_SITE_ROOT",
                "has no forepeak.js",
            ),
            // Not even root writes there.
            (
                &[("DATA_DIR", "/proc/forepeak")],
                "DATA_DIR",
                "cannot be written to",
            ),
            (&[("DATA_DIR", text(&file))], "DATA_DIR", "cannot be written to"),
            (
                &[("DATABASE_URL", &format!("sqlite:{}", empty.display()))],
                "DATABASE_URL",
                "cannot be used",
            ),
            (
                &[("JWT_SECRET_KEY", SECRET)],
                "JWT_SECRET_KEY",
                "at least 32 bytes",
            ),
            (&[("JWT_SECRET_KEY", &long)], "JWT_SECRET_KEY", "random"),
            (
                &[("STORAGE", "s3"), ("AWS_CA_BUNDLE", text(&file))],
                "AWS_CA_BUNDLE",
                "no certificate",
            ),
            (
                &[("STORAGE", "s3"), ("AWS_CA_BUNDLE", "/nowhere.pem")],
                "AWS_CA_BUNDLE",
                "cannot be read",
            ),
            (
                &[("DATABASE_URL", "postgres://u:hunter2-hunter2@db.example.org/x")],
                "DATABASE_URL",
                "sslmode",
            ),
            (&[("APP_ENV", "production")], "PUBLIC_URL", "must be set"),
        ],
    )
    .await;
    // Something that is no database.
    let line = last_line(&data, &[("DATABASE_URL", &format!("sqlite:{}", file.display()))]).await;
    assert!(
        line.contains("DATABASE_URL") && line.contains("is not a database"),
        "{line}"
    );
    plain(&line);
}

#[tokio::test]
async fn of_a_file_with_variables() {
    let data = tempfile::tempdir().unwrap();
    for (file, words) in [
        (
            format!("APP_ENV=development\n\nS3_BUCKET=pa$word{SECRET}\n"),
            "line 3",
        ),
        (format!("MAIL_FROM=Forepeak <{SECRET}@example.org>\n"), "line 1"),
        (format!("# fine\n{SECRET}\n"), "line 2"),
    ] {
        std::fs::write(data.path().join(".env"), file).unwrap();
        let line = last_line(&data, &[]).await;
        assert!(line.contains(".env") && line.contains(words), "{line}");
        plain(&line);
    }
}

#[tokio::test]
async fn of_postgres() {
    let data = tempfile::tempdir().unwrap();
    let server = PrivatePostgres::start(Options::default()).await;
    let port = server.port;
    let [nobody] = free_ports();
    let url = |user: &str, port: u16, rest: &str| format!("postgres://{user}@127.0.0.1:{port}/{rest}");
    let secret = format!("tests:{SECRET}");
    let urls = [
        (
            url(&secret, port, "postgres"),
            "refuses the password of user tests",
        ),
        (url(&secret, nobody, "postgres"), "nothing listens at 127.0.0.1"),
        (url("tests:right", port, "nowhere"), "has no database nowhere"),
        (
            url("tests:right", port, "postgres?sslmode=require"),
            "offers no TLS",
        ),
        (
            format!("postgres://{secret}@no-such-host.invalid/x?sslmode=require"),
            "is not known",
        ),
    ];
    for (url, cause) in &urls {
        all(&data, &[(&[("DATABASE_URL", url)], "DATABASE_URL", cause)]).await;
    }
    // A web server.
    let other = Front::answering("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let web = url(&secret, other.port, "postgres");
    all(&data, &[(&[("DATABASE_URL", &web)], "DATABASE_URL", "127.0.0.1")]).await;
}

#[tokio::test]
async fn of_storage() {
    let data = tempfile::tempdir().unwrap();
    let store = TestStore::start(Vec::new()).await;
    store.make_bucket().await;
    let authority = Authority::make();
    let certified = authority.certify("IP:127.0.0.1");
    let wrong_name = authority.certify("DNS:storage.example.org");
    let front = TlsFront::start(&certified, store.port()).await;
    let other_name = TlsFront::start(&wrong_name, store.port()).await;
    let bundle = authority.certificate();
    let (id, secret) = store.credentials();
    let page = Front::answering(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 27\r\n\r\n<html><body>hi</body></html>",
    )
    .await;
    let missing = Front::answering("HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\nnot found").await;

    let plain_url = format!("http://127.0.0.1:{}", store.port());
    let tls_on_plain = format!("https://127.0.0.1:{}", store.port());
    let tls = format!("https://127.0.0.1:{}", front.port);
    let tls_other = format!("https://127.0.0.1:{}", other_name.port);
    let page = format!("http://127.0.0.1:{}", page.port);
    let missing = format!("http://127.0.0.1:{}", missing.port);
    let base = [
        ("STORAGE", "s3"),
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
        ("AWS_REGION", "us-east-1"),
    ];
    let bundle = text(&bundle);
    for (more, name, cause) in [
        (
            &[
                ("AWS_ACCESS_KEY_ID", "AKIANOBODY"),
                ("S3_ENDPOINT_URL", &*plain_url),
            ][..],
            "AWS_ACCESS_KEY_ID",
            "does not know",
        ),
        (
            &[("AWS_SECRET_ACCESS_KEY", SECRET), ("S3_ENDPOINT_URL", &plain_url)],
            "AWS_SECRET_ACCESS_KEY",
            "refuses the signature",
        ),
        (&[("S3_ENDPOINT_URL", &tls_on_plain)], "S3_ENDPOINT_URL", "no TLS"),
        (&[("S3_ENDPOINT_URL", &tls)], "AWS_CA_BUNDLE", "not trusted"),
        (
            &[("S3_ENDPOINT_URL", &tls_other), ("AWS_CA_BUNDLE", bundle)],
            "AWS_CA_BUNDLE",
            "not trusted",
        ),
        (&[("S3_ENDPOINT_URL", &page)], "S3_ENDPOINT_URL", "no S3 storage"),
        (
            &[("S3_ENDPOINT_URL", &missing)],
            "S3_ENDPOINT_URL",
            "no S3 storage",
        ),
    ] {
        let variables: Vec<_> = base.iter().chain(more).copied().collect();
        all(&data, &[(&variables, name, cause)]).await;
    }
    // With the right authority it starts.
    let mut variables = base.to_vec();
    variables.extend([("S3_ENDPOINT_URL", tls.as_str()), ("AWS_CA_BUNDLE", bundle)]);
    let program = Program::start_as(&data, &variables).await;
    let ready = reqwest::get(format!("{}/ready", program.url)).await.unwrap();
    assert_eq!(ready.status(), 200, "{}", ready.text().await.unwrap());
}

#[tokio::test]
async fn what_does_not_keep_it_from_starting() {
    let data = tempfile::tempdir().unwrap();
    let [nobody] = free_ports();
    let smtp = |scheme: &str, port: u16| format!("{scheme}://ada:{SECRET}@127.0.0.1:{port}");
    let from = ("MAIL_FROM", "Forepeak <forepeak@example.org>");
    let away = smtp("smtps", nobody);
    suspected(
        &data,
        &[("SMTP_URL", &away), from, ("S3_BUCKETS", "x"), ("SMTP_HOST", "x")],
        &[
            "SMTP_URL: 127.0.0.1",
            "S3_BUCKETS is no variable of Forepeak and is ignored; did you mean S3_BUCKET?",
            "SMTP_HOST is no variable of Forepeak",
        ],
    )
    .await;
    let plain = Front::greeting("220 mail.example.org ESMTP\r\n").await;
    let wrong = smtp("smtps", plain.port);
    suspected(&data, &[("SMTP_URL", &wrong), from], &["does not begin with TLS"]).await;
    let storage = format!("http://127.0.0.1:{nobody}");
    let variables = [
        ("STORAGE", "s3"),
        ("S3_ENDPOINT_URL", storage.as_str()),
        ("AWS_ACCESS_KEY_ID", "AKIANOBODY"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    suspected(&data, &variables, &["S3_ENDPOINT_URL: storage cannot be reached"]).await;
}

/// Security 33: a proxy that is not listed is named once.
#[tokio::test]
async fn security_33_a_proxy_that_is_not_listed_is_named() {
    let data = tempfile::tempdir().unwrap();
    let mut command = command(&data);
    command.stderr(Stdio::piped());
    let mut program = Program::start_by(command, &[]).await;
    for _ in 0..3 {
        let request = reqwest::Client::new()
            .get(format!("{}/health", program.url))
            .header("x-forwarded-for", "203.0.113.5");
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    program.child.kill().await.unwrap();
    let mut said = String::new();
    program
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .await
        .unwrap();
    assert_eq!(
        said.matches("TRUSTED_PROXIES: 127.0.0.1 sends X-Forwarded-For")
            .count(),
        1,
        "{said}"
    );
}
