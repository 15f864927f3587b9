use std::{path::PathBuf, process::Stdio};

use serde_json::{Value, json};
use tokio::process::Command;

use super::program::Program;
use crate::support::PASSWORD;

/// `STOWAGE_TOOLS`, else `.tools` at the workspace root, else the search path.
#[expect(
    clippy::disallowed_methods,
    reason = "where the tools are is no configuration of Stowage"
)]
fn schemathesis() -> PathBuf {
    let tools = std::env::var_os("STOWAGE_TOOLS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools")),
        PathBuf::from,
    );
    let own = tools.join("venv/bin/schemathesis");
    if own.exists() {
        return own;
    }
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join("schemathesis"))
        .find(|path| path.exists())
        .expect("schemathesis is not installed: run `make setup`")
}

async fn token(program: &Program) -> String {
    let http = reqwest::Client::new();
    let body = json!({"username": "ada", "password": PASSWORD});
    let mut answer = Value::Null;
    for path in ["/api/auth/register", "/api/auth/login"] {
        let sent = http.post(format!("{}{path}", program.url)).json(&body).send();
        answer = sent.await.unwrap().json().await.unwrap();
    }
    answer["access_token"].as_str().unwrap().to_owned()
}

/// What the document of the API says holds for whatever a stranger and a person send to the routes of accounts: no
/// fault of ours, no status that is not described, no body of another shape.
#[tokio::test]
async fn the_routes_of_accounts_answer_as_their_document_says() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    let authorization = format!("Authorization: Bearer {}", token(&program).await);
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    for (who, header) in [("a stranger", None), ("a person", Some(authorization))] {
        let mut run = Command::new(schemathesis());
        run.args(["run", &format!("{}/api/openapi.json", program.url)])
            .args(["--include-path-regex", "^/api/auth/", "--checks", checks])
            // It would end the sign-in that the others go by.
            .args(["--exclude-path", "/api/auth/logout"])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "25"])
            .args([
                "--seed",
                "1",
                "--suppress-health-check",
                "all",
                "--warnings",
                "off",
            ])
            .current_dir(data.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(header) = &header {
            run.args(["--header", header]);
        }
        let output = run.output().await.unwrap();
        assert!(
            output.status.success(),
            "as {who}:\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
