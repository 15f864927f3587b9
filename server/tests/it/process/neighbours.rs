//! Two installations on one host.

use reqwest::{Client, redirect::Policy};
use tempfile::TempDir;

use super::program::Program;

/// A browser keeps cookies by host, whatever the port.
#[tokio::test]
async fn security_13_signing_in_to_one_program_signs_out_of_no_other_on_its_host() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (one, other) = tokio::join!(Program::start(&one), Program::start(&other));
    let browser = Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .build()
        .unwrap();
    let post = async |program: &Program, path: &str, form: &[(&str, &str)]| {
        let request = browser
            .post(format!("{}{path}", program.url))
            .header("sec-fetch-site", "same-origin")
            .form(form);
        assert_eq!(request.send().await.unwrap().status(), 303, "{path}");
    };
    let is_known = async |program: &Program| {
        let asked = browser.get(format!("{}/api/auth/me", program.url)).send();
        asked.await.unwrap().status() == 200
    };
    let credentials = [("username", "testuser"), ("password", "testpassword")];
    for program in [&one, &other] {
        post(program, "/sign-in", &credentials).await;
    }
    assert!(is_known(&one).await && is_known(&other).await);
    post(&other, "/sign-out", &[]).await;
    assert!(is_known(&one).await && !is_known(&other).await);
}
