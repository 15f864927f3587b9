//! PostgreSQL over TLS, by the modes of libpq, against a real server and an authority of its own.

use server::platform::database::{ConnectError, Database, DatabaseUrl};

use crate::support::{
    authority::Authority,
    private_postgres::{Options, PrivatePostgres},
};

/// The cause as the operator is told it.
async fn connect(url: &str) -> Result<bool, String> {
    let url = DatabaseUrl::parse(url).unwrap();
    let db = Database::connect(&url)
        .await
        .map_err(|error: ConnectError| error.explain(&url).0)?;
    let encrypted: i32 = sqlx::query_scalar("SELECT ssl::INT FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        .fetch_one(db.pool())
        .await
        .unwrap();
    db.close().await;
    Ok(encrypted == 1)
}

#[tokio::test]
async fn sslmode_is_what_it_is_to_libpq() {
    let (ours, other) = (Authority::make(), Authority::make());
    let certified = ours.certify("DNS:localhost");
    let server = PrivatePostgres::start(Options {
        tls: Some((&certified.certificate, &certified.key)),
        // The socket is for the test itself.
        access: "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n",
        ..Options::default()
    })
    .await;
    let (ours, other) = (ours.certificate(), other.certificate());
    let (ours, other) = (ours.display(), other.display());
    let at = |host: &str, parameters: &str| {
        format!(
            "postgres://tests:right@{host}:{}/postgres?{parameters}",
            server.port
        )
    };
    for (host, parameters, expected) in [
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={ours}"),
            Ok(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={ours}"),
            Err("for another name"),
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={other}"),
            Err("not trusted here"),
        ),
        (
            "localhost",
            "sslmode=verify-full".to_owned(),
            Err("not trusted here"),
        ),
        (
            "localhost",
            "sslrootcert=system".to_owned(),
            Err("not trusted here"),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={ours}"),
            Ok(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={other}"),
            Err("not trusted here"),
        ),
        ("127.0.0.1", "sslmode=require".to_owned(), Ok(true)),
        (
            "127.0.0.1",
            format!("sslmode=require&sslrootcert={ours}"),
            Ok(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=require&sslrootcert={other}"),
            Err("not trusted here"),
        ),
        ("127.0.0.1", "sslmode=prefer".to_owned(), Ok(true)),
        // The server refuses plain text, so the second attempt, by TLS, is the one that counts.
        ("127.0.0.1", "sslmode=allow".to_owned(), Ok(true)),
        (
            "127.0.0.1",
            "sslmode=disable".to_owned(),
            Err("does not let user tests in"),
        ),
    ] {
        let url = at(host, &parameters);
        match (connect(&url).await, expected) {
            (Ok(encrypted), Ok(expected)) => assert_eq!(encrypted, expected, "{host} {parameters}"),
            (Err(said), Err(expected)) => assert!(said.contains(expected), "{host} {parameters}: {said}"),
            (outcome, _) => panic!("{host} {parameters}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_with_it() {
    let server = PrivatePostgres::start(Options::default()).await;
    let at = |mode: &str| {
        format!(
            "postgres://tests:right@127.0.0.1:{}/postgres?sslmode={mode}",
            server.port
        )
    };
    for mode in ["require", "verify-ca", "verify-full"] {
        let said = connect(&at(mode)).await.unwrap_err();
        assert!(said.contains("offers no TLS"), "{mode}: {said}");
    }
    for mode in ["prefer", "allow", "disable"] {
        assert_eq!(connect(&at(mode)).await, Ok(false), "{mode}");
    }
}
