use std::process::Stdio;

use tokio::process::Command;

use super::program::Program;
use crate::support::tools::tool;

/// What the document of the API says holds for whatever a stranger and a person send to the routes of accounts: no
/// fault of ours, no status that is not described, no body of another shape.
#[tokio::test]
async fn the_routes_of_accounts_answer_as_their_document_says() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    let authorization = format!("Authorization: Bearer {}", program.person().await);
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    for (who, header) in [("a stranger", None), ("a person", Some(authorization))] {
        let mut run = Command::new(tool("schemathesis"));
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
