use app::{
    contract::ErrorCode,
    features::{
        audit::types::AuditQuery,
        auth::types::{Me, RegisterResponse, Role},
        invitations::types::{InvitationState, InvitationsPage, InviteRequest, NewInvitation},
    },
};
use serde_json::{Value, json};
use server::features::admin::{Admin, Authority};
use sqlx::Row;
use time::Duration;

use super::{delete, from_nowhere, log};
use crate::support::{PASSWORD, TestApp, on_both_databases};

const INVITATIONS: &str = "/api/admin/invitations";
const REGISTER: &str = "/api/auth/register";

/// What the link carries.
fn secret(invitation: &NewInvitation) -> String {
    let link = invitation.link.as_deref().unwrap();
    let (page, secret) = link.split_once("?invitation=").unwrap();
    assert_eq!(page, "http://127.0.0.1:8000/register");
    secret.to_owned()
}

/// What the link in a mail carries.
fn secret_in(body: &str) -> &str {
    let (_, rest) = body
        .split_once("http://127.0.0.1:8000/register?invitation=")
        .unwrap();
    rest.split_whitespace().next().unwrap()
}

fn registration(username: &str, invitation: &str) -> Value {
    json!({"username": username, "password": PASSWORD, "invitation": invitation})
}

on_both_databases! {
    async fn an_invitation_opens_one_account(app) {
        let root = app.admin("root").await;
        let answer = root.post(INVITATIONS, json!({})).await;
        assert_eq!(answer.status, 201);
        let invitation: NewInvitation = answer.ok();
        let secret = secret(&invitation);
        assert_eq!(invitation.invitation.state, InvitationState::Open);
        assert_eq!(invitation.invitation.invited_by.as_deref(), Some("root"));
        assert_eq!(invitation.invitation.expires_at.to_string(), "2024-01-08T00:00:00Z");

        let (first, second) = (app.anonymous(), app.anonymous());
        let (first, second) = tokio::join!(
            first.post(REGISTER, registration("ada", &secret)),
            second.post(REGISTER, registration("bob", &secret)),
        );
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403]);
        let taken = if first.status == 200 { first } else { second };
        let registered: RegisterResponse = taken.ok();
        let me: Me = app.sign_in(&registered.username, PASSWORD).await.get("/api/auth/me").await.ok();
        assert_eq!(me.role, Role::User);
        // The loser's name is free: nothing was left behind.
        let loser = if registered.username == "ada" { "bob" } else { "ada" };
        app.user(loser).await;

        let page: InvitationsPage = root.get(INVITATIONS).await.ok();
        assert_eq!(page.invitations.len(), 1);
        assert_eq!(page.invitations[0].state, InvitationState::Accepted);
        let query = AuditQuery { action: Some("invitation.".to_owned()), ..AuditQuery::default() };
        let mut lines = log(&app, query).await;
        lines.sort();
        assert_eq!(lines, [
            format!("invitation.accept success {} {}", registered.username, invitation.invitation.id),
            format!("invitation.create success root {}", invitation.invitation.id),
        ]);
    }

    async fn the_role_is_the_admins_choice_and_nobody_elses(app) {
        let root = app.admin("root").await;
        let invitation: NewInvitation = root.post(INVITATIONS, json!({"role": "admin"})).await.ok();
        let mut smuggled = registration("eve", &secret(&invitation));
        smuggled["role"] = json!("admin");
        assert_eq!(app.anonymous().post(REGISTER, smuggled).await.error(403).code, ErrorCode::PermissionDenied);
        app.anonymous().post(REGISTER, registration("ada", &secret(&invitation))).await.ok::<Value>();
        let me: Me = app.sign_in("ada", PASSWORD).await.get("/api/auth/me").await.ok();
        assert_eq!(me.role, Role::Admin);
    }

    async fn a_withdrawn_one_and_an_old_one_open_nothing(app) {
        let root = app.admin("root").await;
        let withdrawn: NewInvitation = root.post(INVITATIONS, json!({})).await.ok();
        let path = format!("{INVITATIONS}/{}", withdrawn.invitation.id);
        assert_eq!(delete(&root, &path).await.status, 200);
        assert_eq!(delete(&root, &path).await.error(404).code, ErrorCode::ResourceNotFound);
        let old: NewInvitation = root.post(INVITATIONS, json!({"expires_in_days": 1})).await.ok();
        let secrets = [secret(&withdrawn), secret(&old), "fpk_invite_made-up".to_owned(), String::new()];
        app.clock.advance(Duration::DAY);
        for secret in secrets {
            let refused = app.anonymous().post(REGISTER, registration("ada", &secret)).await.error(403);
            assert_eq!(refused.detail, "This invitation is not valid any more. Ask for a new one.");
        }
        let root = app.sign_in("root", PASSWORD).await;
        let page: InvitationsPage = root.get(INVITATIONS).await.ok();
        let mut states: Vec<_> = page.invitations.iter().map(|i| i.state).collect();
        states.sort_by_key(|state| format!("{state:?}"));
        assert_eq!(states, [InvitationState::Expired, InvitationState::Revoked]);
        app.user("ada").await;
    }

    async fn a_stolen_database_opens_no_account(app) {
        let root = app.admin("root").await;
        let invitation: NewInvitation = root.post(INVITATIONS, json!({})).await.ok();
        let secret = secret(&invitation);
        assert!(secret.len() >= "fpk_invite_".len() + 64, "256 bits");
        let row = sqlx::query("SELECT token_hash FROM invitations").fetch_one(app.state.platform.db.pool()).await.unwrap();
        let kept: String = row.get("token_hash");
        assert!(!kept.contains(&secret) && !secret.contains(&kept));
        assert_eq!(app.anonymous().post(REGISTER, registration("eve", &kept)).await.status, 403);

        // Nor does one that is copied while the mail waits for its turn.
        root.post(INVITATIONS, json!({"email": "ada@example.com"})).await.ok::<Value>();
        let kept: Vec<String> = sqlx::query_scalar("SELECT input FROM jobs UNION ALL SELECT token_hash FROM invitations")
            .fetch_all(app.state.platform.db.pool())
            .await
            .unwrap();
        assert_eq!(kept.len(), 3);
        let mail = app.mail().await;
        let secret = secret_in(&mail[0].body);
        for kept in kept {
            assert!(!kept.contains("fpk_invite_") && !kept.contains(secret) && !secret.contains(&kept), "{kept}");
        }
        app.anonymous().post(REGISTER, registration("ada", secret)).await.ok::<Value>();
    }

    async fn security_12_an_invitation_does_not_outlive_its_makers_office(app) {
        let root = app.admin("root").await;
        for fall in ["demote", "disable", "delete"] {
            let maker = app.admin(&format!("{fall}-me")).await;
            let open: NewInvitation = maker.post(INVITATIONS, json!({"role": "admin"})).await.ok();
            let accepted: NewInvitation = maker.post(INVITATIONS, json!({})).await.ok();
            let taken_up = registration(&format!("before-{fall}"), &secret(&accepted));
            app.anonymous().post(REGISTER, taken_up).await.ok::<Value>();

            let path = format!("/api/admin/users/{}", maker.id);
            let (fallen, risen) = match fall {
                "demote" => (json!({"role": "user"}), json!({"role": "admin"})),
                _ => (json!({"status": "disabled"}), json!({"status": "active"})),
            };
            let answer = if fall == "delete" { delete(&root, &path).await } else { root.patch(&path, fallen).await };
            assert_eq!(answer.status, 200, "{fall}: {}", answer.text());
            let eve = registration(&format!("eve-{fall}"), &secret(&open));
            assert_eq!(app.anonymous().post(REGISTER, eve.clone()).await.status, 403, "{fall}");
            // Nor does it come back with the office.
            if fall != "delete" {
                assert_eq!(root.patch(&path, risen).await.status, 200);
                assert_eq!(app.anonymous().post(REGISTER, eve).await.status, 403, "{fall}");
            }

            let page: InvitationsPage = root.get(INVITATIONS).await.ok();
            let state = |id| page.invitations.iter().find(|listed| listed.id == id).unwrap().state;
            assert_eq!(state(open.invitation.id), InvitationState::Revoked, "{fall}");
            assert_eq!(state(accepted.invitation.id), InvitationState::Accepted, "{fall}");
            let query = AuditQuery { action: Some("invitation.revoke".to_owned()), ..AuditQuery::default() };
            let line = format!("invitation.revoke success root {}", open.invitation.id);
            let lines = log(&app, query).await;
            assert_eq!(lines.iter().filter(|written| **written == line).count(), 1, "{lines:?}");
        }
        // Another admin's stays, whatever else is changed about them.
        let kept: NewInvitation = root.post(INVITATIONS, json!({})).await.ok();
        let path = format!("/api/admin/users/{}", root.id);
        assert_eq!(root.patch(&path, json!({"quota_bytes": 1})).await.status, 200);
        app.anonymous().post(REGISTER, registration("ada", &secret(&kept))).await.ok::<Value>();
    }

    async fn security_12_an_invitation_takes_an_admin_at_the_moment_it_is_taken_up(app) {
        let maker = app.admin("maker").await;
        let invitation: NewInvitation = maker.post(INVITATIONS, json!({"role": "admin"})).await.ok();
        let eve = || registration("eve", &secret(&invitation));
        // Behind the program's back, so that nothing withdraws it.
        for (fallen, risen) in [("role = 'user'", "role = 'admin'"), ("status = 'disabled'", "status = 'active'")] {
            let set = async |what: &str| {
                let sql = format!("UPDATE users SET {what} WHERE username = 'maker'");
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(app.state.platform.db.pool()).await.unwrap();
            };
            set(fallen).await;
            assert_eq!(app.anonymous().post(REGISTER, eve()).await.status, 403, "{fallen}");
            set(risen).await;
        }
        app.anonymous().post(REGISTER, eve()).await.ok::<Value>();
    }

    async fn security_12_whoever_was_demoted_meanwhile_invites_nobody(app) {
        let maker = app.admin("maker").await;
        let who = app.state.auth.authenticate_token(&maker.tokens.access_token).await.unwrap();
        let by = Authority::of(&Admin::recognise(&who).unwrap(), &from_nowhere());
        app.admin("root").await;
        let demotion = serde_json::from_value(json!({"role": "user"})).unwrap();
        app.state.administration.update(&Authority::operator(), maker.id, demotion).await.unwrap();
        assert!(app.state.invitations.invite(&by, InviteRequest::default()).await.is_err());
    }

    async fn they_are_listed_newest_first_page_by_page(app) {
        let root = app.admin("root").await;
        let mut made = Vec::new();
        for _ in 0..5 {
            app.clock.advance(Duration::SECOND);
            let invitation: NewInvitation = root.post(INVITATIONS, json!({})).await.ok();
            made.insert(0, invitation.invitation);
        }
        let mut seen = Vec::new();
        let mut path = format!("{INVITATIONS}?max_keys=2");
        loop {
            let page: InvitationsPage = root.get(&path).await.ok();
            seen.extend(page.invitations);
            let Some(token) = page.continuation_token else { break };
            path = format!("{INVITATIONS}?max_keys=2&continuation_token={token}");
        }
        assert_eq!(seen, made);
    }
}

#[tokio::test]
async fn the_policy_says_who_needs_one() {
    let app = TestApp::builder()
        .var("REGISTRATION", "invite")
        .var("REGISTRATION_WITHOUT_EMAIL", "false")
        .build()
        .await;
    let body = json!({"username": "root", "password": PASSWORD});
    let refused = app.anonymous().post(REGISTER, body).await.error(403);
    assert_eq!(refused.detail, "Registration on this server needs an invitation");
    let root = first_admin(&app).await;
    let invitation: NewInvitation = root.post(INVITATIONS, json!({})).await.ok();
    let answer = app
        .anonymous()
        .post(REGISTER, registration("ada", &secret(&invitation)))
        .await;
    assert_eq!(answer.status, 200, "an invitation vouches: {}", answer.text());

    let app = TestApp::builder().var("REGISTRATION", "closed").build().await;
    let root = first_admin(&app).await;
    assert_eq!(
        root.post(INVITATIONS, json!({})).await.error(409).code,
        ErrorCode::Conflict
    );
    let query = |action: &str| AuditQuery {
        action: Some(action.to_owned()),
        ..AuditQuery::default()
    };
    assert_eq!(
        log(&app, query("invitation.create")).await,
        ["invitation.create denied root -"],
        "security 39"
    );
    app.anonymous()
        .post(REGISTER, registration("ada", "x"))
        .await
        .error(403);
    assert_eq!(
        log(&app, query("account.register")).await,
        ["account.register denied ada -"]
    );
}

/// Where nobody can register, an operator makes the first account.
async fn first_admin(app: &TestApp) -> crate::support::User {
    let request = serde_json::from_value(json!({"username": "root", "password": PASSWORD, "role": "admin"}));
    let by = Authority::operator();
    app.state
        .administration
        .create(&by, request.unwrap())
        .await
        .unwrap();
    app.sign_in("root", PASSWORD).await
}

#[tokio::test]
async fn what_is_no_invitation_is_refused() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    for days in [0, 31, 65_535] {
        let refused = root
            .post(INVITATIONS, json!({"expires_in_days": days}))
            .await
            .error(400);
        assert_eq!(refused.fields["expires_in_days"], "must be between 1 and 30");
    }
    for body in [
        json!({"role": "root"}),
        json!({"expires_in_days": -1}),
        json!({"token": "mine"}),
        json!({"id": "mine"}),
    ] {
        assert_eq!(root.post(INVITATIONS, body.clone()).await.status, 400, "{body}");
    }
}

on_both_databases! {
    async fn a_mailed_one_confirms_the_address_and_shows_its_link_to_nobody_else(app) {
        let root = app.admin("root").await;
        let made = root.post(INVITATIONS, json!({"email": "ada@example.com", "expires_in_days": 2})).await;
        assert!(!made.text().contains("fpk_invite_"), "{}", made.text());
        let invitation: NewInvitation = made.ok();
        assert_eq!((invitation.link, invitation.invitation.email.as_deref()), (None, Some("ada@example.com")));
        let mail = app.mail().await;
        assert_eq!((mail.len(), mail[0].to.as_str()), (1, "ada@example.com"));
        let secret = secret_in(&mail[0].body);

        let mut elsewhere = registration("ada", secret);
        elsewhere["email"] = json!("eve@example.com");
        let refused = app.anonymous().post(REGISTER, elsewhere).await.error(400);
        assert!(refused.fields.contains_key("email"));
        let mut hers = registration("ada", secret);
        hers["email"] = json!("Ada@example.com");
        app.anonymous().post(REGISTER, hers).await.ok::<Value>();
        let me: Me = app.sign_in("ada", PASSWORD).await.get("/api/auth/me").await.ok();
        assert_eq!((me.email.as_deref(), me.email_verified), (Some("ada@example.com"), true));

        // An address has one account, also by invitation.
        root.post(INVITATIONS, json!({"email": "ada@example.com"})).await.ok::<Value>();
        let mail = app.mail().await;
        let again = app.anonymous().post(REGISTER, registration("twin", secret_in(&mail[0].body))).await;
        assert_eq!(again.status.as_u16() / 100, 4, "{}", again.text());
        assert_eq!(app.anonymous().post("/api/auth/login", json!({"username": "twin", "password": PASSWORD})).await.status, 401);
        for wrong in ["", "ada", "a@b@c", "a b@example.com", "ada@example.com\r\nBcc: eve@example.com"] {
            let refused = root.post(INVITATIONS, json!({"email": wrong})).await.error(400);
            assert!(refused.fields.contains_key("email"), "{wrong:?}");
        }
    }
}
