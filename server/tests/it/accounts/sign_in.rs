use app::features::auth::types::{Me, Role};
use serde_json::json;

use crate::support::{PASSWORD, on_both_databases};

on_both_databases! {
    async fn a_script_signs_in_and_out(app) {
        let ada = app.user("ada").await;
        let me: Me = ada.get("/api/auth/me").await.ok();
        assert_eq!((me.username.as_str(), me.role), ("ada", Role::User));

        assert_eq!(ada.post("/api/auth/logout", json!({})).await.status, 200);
        let refused = ada.get("/api/auth/me").await.error(401);
        assert_eq!(refused.detail, "Invalid authentication credentials");
    }

    async fn a_browser_signs_in_and_out(app) {
        app.user("ada").await;
        let browser = app.browser_of("ada").await;
        let me: Me = browser.get("/api/auth/me").await.ok();
        assert_eq!(me.username, "ada");

        assert_eq!(browser.form("/sign-out", "").await.status, 303);
        assert_eq!(browser.get("/api/auth/me").await.error(401).detail, "Not authenticated");
    }

    async fn a_username_is_taken_once_whatever_its_case(app) {
        app.user("ada").await;
        let again = json!({"username": "ADA", "password": PASSWORD});
        let refused = app.anonymous().post("/api/auth/register", again).await.error(400);
        assert_eq!(refused.fields["username"], "is taken");
    }
}
