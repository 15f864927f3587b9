use std::process::Stdio;

use tokio::process::Command;

use super::program::Program;
use crate::support::{sized, tools::tool};

const LOGOUT: &str = "^(/api)?/auth/logout$";

/// What the document of the API says holds for whatever a stranger, a person and an admin send to any route: no
/// fault of ours, no status that is not described, no body of another shape.
#[tokio::test]
async fn every_route_answers_as_the_document_says() {
    let data = tempfile::tempdir().unwrap();
    let unlimited = [
        ("RATE_LIMIT_S3_PER_MINUTE", "0"),
        ("RATE_LIMIT_CREDENTIALS_PER_MINUTE", "0"),
    ];
    let program = Program::start_as(&data, &unlimited).await;
    let accounts = [
        "--include-path-regex",
        "/auth/|token$",
        "--exclude-path-regex",
        LOGOUT,
    ];
    let files = ["--include-path-regex", "^/api/s3/"];
    // A stream of events has no end that could be waited for.
    let rest = [
        "--exclude-path-regex",
        "/auth/|token$|^/api/s3/|^/api/jobs/events$",
    ];
    // The last, for it ends the sign-in that the others go by.
    let logout = ["--include-path-regex", LOGOUT];
    let person = program.person().await;
    // Whom development brings.
    let admin = program.sign_in("admin", "admin123").await;
    let runs: [(&str, Option<&str>, &[&str]); 7] = [
        ("a stranger, of accounts", None, &accounts),
        ("a person, of accounts", Some(&person), &accounts),
        ("a stranger, of files", None, &files),
        ("a person, of files", Some(&person), &files),
        ("a person, of the rest", Some(&person), &rest),
        ("an admin, of the rest", Some(&admin), &rest),
        ("a person, of the way out", Some(&person), &logout),
    ];
    let examples = sized(8, 50).to_string();
    for (who, token, routes) in runs {
        let mut run = Command::new(tool("schemathesis"));
        run.args(["run", &format!("{}/api/openapi.json", program.url)])
            .args(routes)
            .arg("--checks")
            .arg("not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance")
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", &examples])
            .args(["--seed", "1", "--suppress-health-check", "all", "--warnings", "off"])
            .current_dir(data.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(token) = token {
            run.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        let output = run.output().await.unwrap();
        assert!(
            output.status.success(),
            "as {who}:\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
