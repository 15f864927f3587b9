//! The same for pages: each by everyone, from the list that the router is made of.

use std::collections::BTreeSet;

use http::Method;
use server::{features::pages::Audience, router::pages::routes};

use super::{denials, networks, written_for};
use crate::{
    buckets,
    http::csrf::OTHER_CREDENTIALS,
    support::{Answer, Client, PASSWORD, TestApp, User},
    teams::TestTeam,
};

/// Method and pattern; what is posted, with `{n}` for a number of the call's own; the answer to those whom the page is
/// for.
pub(super) const TABLE: &[(&str, &str, u16)] = &[
    ("GET /", "", 303),
    ("GET /files", "", 200),
    ("GET /files/", "", 200),
    ("GET /files/{*path}", "", 200),
    ("GET /teams/{id}", "", 200),
    ("GET /teams/{id}/", "", 200),
    ("GET /teams/{id}/{*path}", "", 200),
    ("GET /storage/server/{bucket}", "", 200),
    ("GET /storage/server/{bucket}/", "", 200),
    ("GET /storage/server/{bucket}/{*path}", "", 200),
    ("GET /storage", "", 200),
    ("POST /storage", "bucket_name=bucket-{n}", 303),
    ("GET /storage/properties/{bucket}", "", 200),
    ("POST /storage/properties/{bucket}", "confirm=wrong", 400),
    ("GET /sign-in", "", 200),
    ("POST /sign-in", "username=owner&password=wrong", 401),
    ("POST /sign-out", "", 303),
    ("GET /register", "", 200),
    (
        "POST /register",
        "username=new-{n}&password=correct+horse+battery",
        303,
    ),
    ("GET /confirm", "", 200),
    ("POST /confirm", "username=owner&code=123456", 400),
    ("POST /confirm/resend", "username=owner", 303),
    ("GET /forgot-password", "", 200),
    ("POST /forgot-password", "username=owner", 303),
    ("GET /reset-password", "", 200),
    (
        "POST /reset-password",
        "username=owner&code=123456&new_password=another+long+one",
        400,
    ),
    // There is an admin.
    ("GET /setup", "", 404),
    (
        "POST /setup",
        "token=guessed&username=first&password=correct+horse+battery",
        404,
    ),
    ("GET /settings", "", 303),
    ("GET /settings/profile", "", 200),
    ("POST /settings/profile", "full_name=Changed", 303),
    ("GET /settings/password", "", 200),
    (
        "POST /settings/password",
        "current_password=wrong&new_password=another+long+one",
        400,
    ),
    ("GET /settings/devices", "", 200),
    ("POST /settings/devices", "others=yes", 303),
    ("GET /settings/api-keys", "", 200),
    ("POST /settings/api-keys", "name=key-{n}", 200),
    ("GET /settings/teams", "", 200),
    ("GET /settings/teams/{id}", "", 200),
    // Nobody is called so.
    ("POST /settings/teams/{id}", "user=nobody-{n}&role=viewer", 404),
    ("GET /admin", "", 303),
    ("GET /admin/users", "", 200),
    ("GET /admin/users/{id}", "", 200),
    ("POST /admin/users/{id}", "quota_gib=1", 303),
    ("GET /admin/teams", "", 200),
    ("POST /admin/teams", "name=team-{n}", 303),
    ("GET /admin/teams/{id}", "", 200),
    ("POST /admin/teams/{id}", "quota_gib=1", 303),
    ("GET /admin/invitations", "", 200),
    ("POST /admin/invitations", "role=user", 200),
    ("GET /admin/audit", "", 200),
];

/// What takes the place of `{id}`.
pub(super) fn id_for(pattern: &str, user: &User, team: &TestTeam) -> String {
    if pattern.contains("teams") {
        team.id.clone()
    } else {
        user.id.to_string()
    }
}

pub(super) async fn send(client: &Client, method: &Method, path: &str, form: &str) -> Answer {
    if *method == Method::GET {
        client.get(path).await
    } else {
        client.form(path, form).await
    }
}

#[test]
fn security_17_no_page_is_missing_and_none_is_made_up() {
    let served: Vec<_> = routes()
        .into_iter()
        .map(|page| format!("{} {}", page.method, page.pattern))
        .collect();
    let listed: BTreeSet<_> = TABLE.iter().map(|(route, ..)| (*route).to_owned()).collect();
    assert_eq!(served.iter().cloned().collect::<BTreeSet<_>>(), listed);
    assert_eq!(
        (served.len(), listed.len()),
        (TABLE.len(), TABLE.len()),
        "a page is listed twice"
    );
}

#[tokio::test]
async fn security_17_every_page_by_everyone() {
    let app = TestApp::with_storage().await;
    let (root, owner) = (app.admin("root").await, app.user("owner").await);
    let members = [(&root, "manager"), (&owner, "manager")];
    let team = TestTeam::new(&root, "Crew", &members).await;
    buckets::made(&root, "roots-bucket").await;
    buckets::made(&owner, "owners-bucket").await;
    let mut wrong = Vec::new();
    let mut networks = networks();
    for (n, page) in routes().into_iter().enumerate() {
        let route = format!("{} {}", page.method, page.pattern);
        let (_, form, allowed) = *TABLE.iter().find(|(listed, ..)| *listed == route).unwrap();
        let path = page
            .pattern
            .replace("{id}", &id_for(&page.pattern, &owner, &team))
            .replace("{*path}", "folder/");
        let reads = page.method == Method::GET;
        let asked_to_sign_in = |audience| {
            if audience == Audience::Everyone {
                allowed
            } else {
                303
            }
        };
        let ours = || app.anonymous().with("sec-fetch-site", "same-origin");
        let theirs = || app.anonymous().with("sec-fetch-site", "cross-site");
        // Whoever is signed in needs no form for it.
        let allowed_in = if route == "GET /sign-in" { 303 } else { allowed };
        let mut callers = vec![
            ("anonymous", ours(), asked_to_sign_in(page.audience)),
            // Pages know nobody by a token.
            (
                "a token",
                ours().bearer(&root.tokens.access_token),
                asked_to_sign_in(page.audience),
            ),
            (
                "member",
                app.browser_of("owner").await.stolen_by(ours()),
                if page.audience == Audience::Admins {
                    404
                } else {
                    allowed_in
                },
            ),
            (
                "admin",
                app.browser_of("root").await.stolen_by(ours()),
                allowed_in,
            ),
        ];
        if !reads {
            let browser = app.browser_of("root").await;
            callers.push(("a stranger's page", theirs(), 403));
            callers.push(("a foreign page", browser.stolen_by(theirs()), 403));
            for (name, value) in OTHER_CREDENTIALS {
                let caller = browser.stolen_by(theirs()).with(name, value);
                callers.push(("a foreign page with another credential", caller, 403));
            }
        }
        for (m, (caller, client, expected)) in callers.into_iter().enumerate() {
            let form = form.replace("{n}", &format!("{n}-{m}"));
            let bucket = if caller == "member" {
                "owners-bucket"
            } else {
                "roots-bucket"
            };
            let path = path.replace("{bucket}", bucket);
            let client = client.from(&networks.next().unwrap());
            let before = denials(&app).await;
            let answer = send(&client, &page.method, &path, &form).await;
            let (written, due) = (denials(&app).await - before, written_for(answer.status.as_u16()));
            if !due.contains(&written) {
                wrong.push(format!(
                    "{route} by {caller}: {}, {written} denials written",
                    answer.status
                ));
            }
            if answer.status != expected {
                wrong.push(format!(
                    "{route} by {caller}: {} instead of {expected}",
                    answer.status
                ));
            }
            let leads_away = caller == "anonymous" && page.audience != Audience::Everyone;
            let location = answer.header("location").unwrap_or_default();
            if leads_away && !location.starts_with("/sign-in?next=") {
                wrong.push(format!("{route} leads a stranger to {location:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(app.sign_in("owner", PASSWORD).await.id, owner.id);
    app.run_jobs().await;
}
