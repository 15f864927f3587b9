//! The pages of accounts as a browser without script meets them.

use app::features::api_keys::types::ApiKeysResponse;
use scraper::{Html, Selector};
use serde_json::json;

use crate::support::{PASSWORD, TestApp, on_both_databases};

fn form(fields: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(fields).unwrap()
}

/// The text of the element with that id.
fn text_of(page: &str, id: &str) -> String {
    let document = Html::parse_document(page);
    let selector = Selector::parse(&format!("#{id}")).unwrap();
    let element = document
        .select(&selector)
        .next()
        .unwrap_or_else(|| panic!("no {id} in {page}"));
    element.text().collect::<String>().trim().to_owned()
}

#[tokio::test]
async fn pages_of_members_ask_a_stranger_to_sign_in_and_lead_back() {
    let app = TestApp::new().await;
    for page in [
        "/settings/profile",
        "/settings/password",
        "/settings/devices",
        "/settings/api-keys",
    ] {
        let answer = app.browser().get(page).await;
        let location = format!("/sign-in?next={page}");
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, Some(location.as_str()))
        );
        // What is posted is not done, and its address is where to come back to.
        let answer = app.browser().form(page, "full_name=x").await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, Some(location.as_str()))
        );
    }
}

on_both_databases! {
    async fn a_key_is_shown_by_the_answer_that_makes_it_and_never_again(app) {
        let ada = app.user("ada").await;
        let browser = app.browser_of("ada").await;
        let refused = browser.form("/settings/api-keys", &form(&[("name", ""), ("folder", "reports")])).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("value=\"reports\""), "what was typed stays: {}", refused.text());
        assert!(refused.text().contains("id=\"field-name-error\""), "{}", refused.text());

        let made = browser
            .form("/settings/api-keys", &form(&[("name", "backup <b>"), ("scope", "read"), ("expires_in_days", "30")]))
            .await;
        assert_eq!((made.status.as_u16(), made.header("cache-control")), (200, Some("no-store")));
        let key = text_of(made.text(), "new-key");
        assert!(key.starts_with("fpk_key_"), "{key}");
        assert!(made.text().contains("backup &lt;b&gt;"), "{}", made.text());
        let mine = app.anonymous().with("x-api-key", &key).get("/api/auth/me").await;
        assert_eq!(mine.status, 200);
        assert!(!browser.get("/settings/api-keys").await.text().contains(&key));

        let listed: ApiKeysResponse = ada.get("/api/auth/api-keys").await.ok();
        let id = listed.api_keys[0].id.to_string();
        // Somebody else's page deletes nothing of hers, and says nothing of it either.
        app.user("bob").await;
        let bob = app.browser_of("bob").await;
        assert_eq!(bob.form("/settings/api-keys", &form(&[("delete", &id)])).await.status, 303);
        assert_eq!(app.anonymous().with("x-api-key", &key).get("/api/auth/me").await.status, 200);

        let deleted = browser.form("/settings/api-keys", &form(&[("delete", &id)])).await;
        assert_eq!((deleted.status.as_u16(), deleted.header("location")), (303, Some("/settings/api-keys")));
        assert!(browser.get("/settings/api-keys").await.text().contains("The key is deleted."));
        // Told once.
        assert!(!browser.get("/settings/api-keys").await.text().contains("The key is deleted."));
        assert_eq!(app.anonymous().with("x-api-key", &key).get("/api/auth/me").await.status, 401);
    }

    async fn everything_but_this_browser_is_signed_out(app) {
        let ada = app.user("ada").await;
        let (here, there) = (app.browser_of("ada").await, app.browser_of("ada").await);
        let answer = here.form("/settings/devices", "others=yes").await;
        assert_eq!(answer.status, 303);
        assert_eq!(ada.get("/api/auth/me").await.status, 401);
        assert_eq!(there.get("/files/").await.header("location"), Some("/sign-in?next=/files/"));
        assert_eq!(here.get("/settings/devices").await.status, 200);
    }
}

#[tokio::test]
async fn a_foreign_page_posts_no_form_of_ours() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let foreign = browser
        .stolen_by(app.anonymous())
        .with("sec-fetch-site", "cross-site");
    for page in ["/settings/devices", "/settings/api-keys"] {
        assert_eq!(
            foreign.form(page, "others=yes&name=x").await.status,
            403,
            "{page}"
        );
    }
    let mine = browser.get("/settings/api-keys").await;
    assert!(mine.text().contains("No keys yet"), "{}", mine.text());
}

#[tokio::test]
async fn a_script_with_a_token_has_no_pages() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    assert_eq!(
        ada.get("/settings/devices").await.header("location"),
        Some("/sign-in?next=/settings/devices")
    );
    let body = json!({"username": "ada", "password": PASSWORD});
    assert_eq!(ada.post("/settings/devices", body.clone()).await.status, 403);
    let with_proof = ada.client.clone().with("sec-fetch-site", "same-origin");
    assert_eq!(with_proof.post("/settings/devices", body).await.status, 303);
}

#[tokio::test]
async fn a_page_of_admins_knows_them_by_their_cookie_alone() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let root = app.admin("root-of-all").await;
    let open = async |name: &str, header: &str| {
        let browser = app.browser_of(name).await;
        let client = browser.stolen_by(app.anonymous()).with("authorization", header);
        client.get("/admin/users").await.status
    };
    let borrowed = format!("Bearer {}", root.tokens.access_token);
    assert_eq!(open("ada", &borrowed).await, 404);
    // What a proxy in front of us asked for.
    assert_eq!(open("root-of-all", "Basic dTpw").await, 200);
}

#[tokio::test]
async fn pages_of_admins_are_nowhere_for_everyone_else() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    app.admin("root-of-all").await;
    let (user, admin) = (app.browser_of("ada").await, app.browser_of("root-of-all").await);
    let person = format!("/admin/users/{}", ada.id);
    for page in ["/admin/users", &person, "/admin/invitations", "/admin/audit"] {
        let stranger = app.browser().get(page).await;
        assert_eq!((stranger.status.as_u16(), page), (303, page));
        let nowhere = user.get(page).await;
        assert_eq!((nowhere.status.as_u16(), page), (404, page));
        assert!(
            nowhere.text().contains("There is nothing at this address"),
            "{page}"
        );
        assert_eq!((admin.get(page).await.status.as_u16(), page), (200, page));
    }
    for (page, form) in [
        (person.as_str(), "role=admin"),
        ("/admin/invitations", "role=admin"),
    ] {
        assert_eq!((user.form(page, form).await.status.as_u16(), page), (404, page));
    }
    assert_eq!(
        user.get("/admin/users").await.status,
        404,
        "nobody was made an admin"
    );
    let log = admin.get("/admin/audit?action=admin.&outcome=denied").await;
    assert!(log.text().contains("ada"), "{}", log.text());
    assert_eq!(admin.get("/setup").await.status, 404, "there is an admin");
    assert_eq!(admin.get("/admin/users/nobody").await.status.as_u16() / 100, 4);
}

on_both_databases! {
    async fn an_admin_changes_an_account_by_its_page(app) {
        let ada = app.user("ada").await;
        app.admin("root-of-all").await;
        let (user, admin) = (app.browser_of("ada").await, app.browser_of("root-of-all").await);
        let page = format!("/admin/users/{}", ada.id);
        assert!(admin.get("/admin/users?search=AD&role=user&status=").await.text().contains(&page));
        assert!(!admin.get("/admin/users?search=nobody&role=&status=").await.text().contains(&page));

        let refused = admin.form(&page, "quota_gib=much").await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("value=\"much\""), "{}", refused.text());
        assert_eq!(admin.form(&page, "quota_gib=2.5").await.status, 303);
        assert!(admin.get(&page).await.text().contains("value=\"2.5\""));

        assert_eq!(admin.form(&page, "status=disabled").await.status, 303);
        assert_eq!(user.get("/files/").await.status, 303, "signed out");
        assert_eq!(admin.form(&page, "status=active").await.status, 303);
        app.browser_of("ada").await;
        assert_eq!(admin.form(&page, "delete=yes").await.header("location"), Some("/admin/users"));
        assert_eq!(admin.get(&page).await.status, 404);
    }

    async fn an_invitation_is_shown_once_and_taken_up_on_the_registration_page(app) {
        app.admin("root-of-all").await;
        let admin = app.browser_of("root-of-all").await;
        let made = admin.form("/admin/invitations", "email=&role=user&expires_in_days=7").await;
        let link = text_of(made.text(), "new-invitation").replace("&amp;", "&");
        let path = &link[link.find("/register?").unwrap()..];
        assert!(!admin.get("/admin/invitations").await.text().contains(path));

        let invited = app.browser();
        let form = invited.get(path).await;
        let form = form.text();
        assert!(form.contains("name=\"invitation\"") && !form.contains("name=\"email\""), "{form}");
        let secret = path.split_once('=').unwrap().1;
        let fields = [("username", "grace"), ("password", PASSWORD), ("invitation", secret), ("full_name", "")];
        let fields = serde_urlencoded::to_string(fields).unwrap();
        let answer = invited.form("/register", &fields).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/sign-in")));
        assert!(invited.get("/sign-in").await.text().contains("The account grace is ready"));
        app.browser_of("grace").await;
    }

    async fn registering_by_the_page_ends_with_the_code_of_the_mail(app) {
        let browser = app.browser();
        let fields = form(&[("username", "grace"), ("email", "grace@example.org"), ("password", "password"), ("full_name", "")]);
        let refused = browser.form("/register", &fields).await;
        assert_eq!(refused.status, 400);
        let page = refused.text();
        assert!(page.contains("value=\"grace@example.org\"") && page.contains("field-password-error"), "{page}");
        assert!(!page.contains("value=\"password\""), "a password is never sent back");

        let fields = form(&[("username", "grace"), ("email", "grace@example.org"), ("password", PASSWORD), ("full_name", "")]);
        let answer = browser.form("/register", &fields).await;
        let location = answer.header("location").unwrap().to_owned();
        assert!(location.starts_with("/confirm?username=grace&registration="), "{location}");
        let registration = location.rsplit_once('=').unwrap().1.to_owned();
        let code = app.code_for("grace@example.org").await;
        let fields = form(&[("username", "grace"), ("code", &code), ("registration", &registration)]);
        assert_eq!(browser.form("/confirm", &fields).await.header("location"), Some("/sign-in"));
        app.browser_of("grace").await;
    }
}
