use std::collections::BTreeSet;

use app::{
    contract::{ErrorCode, UserId},
    features::{
        admin::types::{AdminUser, DeleteUserResponse, Stats, UserStatus, UsersPage},
        audit::types::AuditQuery,
        auth::types::{Me, Role},
    },
};
use axum::body::Body;
use http::Method;
use serde_json::json;
use server::features::admin::{Admin, AdminError, Authority};

use super::{delete, from_nowhere, log, patch};
use crate::{
    accounts::sign_in::replica,
    support::{PASSWORD, TestApp, on_both_databases},
};

const USERS: &str = "/api/admin/users";

fn user_path(id: UserId) -> String {
    format!("{USERS}/{id}")
}

fn names(page: &UsersPage) -> Vec<&str> {
    page.users.iter().map(|user| user.username.as_str()).collect()
}

on_both_databases! {
    async fn security_12_whoever_was_demoted_meanwhile_changes_no_account(app) {
        let (root, maker, ada) = (app.admin("root").await, app.admin("maker").await, app.user("ada").await);
        let who = app.state.auth.authenticate_token(&maker.tokens.access_token).await.unwrap();
        let by = Authority::of(&Admin::recognise(&who).unwrap(), &from_nowhere());
        assert_eq!(patch(&root, &user_path(maker.id), json!({"role": "user"})).await.status, 200);

        let administration = &app.state.administration;
        let account = json!({"username": "eve", "password": PASSWORD, "role": "admin"});
        let made = administration.create(&by, serde_json::from_value(account).unwrap()).await.map(drop);
        let promotion = serde_json::from_value(json!({"role": "admin"})).unwrap();
        let changed = administration.update(&by, maker.id, promotion).await.map(drop);
        let deleted = administration.delete(&by, ada.id).await.map(drop);
        for refused in [made, changed, deleted] {
            assert!(matches!(refused, Err(AdminError::NotAdmin)), "{refused:?}");
        }
        assert_eq!(names(&root.get(USERS).await.ok()), ["ada", "maker", "root"]);
        assert_eq!(maker.get("/api/auth/me").await.ok::<Me>().role, Role::User);
        let query = AuditQuery { action: Some("admin.access".to_owned()), ..AuditQuery::default() };
        assert_eq!(log(&app, query).await, ["admin.access denied maker -"; 3]);
    }

    async fn accounts_are_listed_by_name_page_by_page(app) {
        let root = app.admin("root").await;
        for name in ["Bob", "ada", "cyd", "_x_"] {
            app.user(name).await;
        }
        let all: UsersPage = root.get(USERS).await.ok();
        let mut seen = Vec::new();
        let mut path = format!("{USERS}?max_keys=2");
        loop {
            let page: UsersPage = root.get(&path).await.ok();
            assert!(page.users.len() <= 2);
            assert_eq!(page.has_more, page.continuation_token.is_some());
            seen.extend(page.users);
            let Some(token) = page.continuation_token else { break };
            path = format!("{USERS}?max_keys=2&continuation_token={token}");
        }
        assert_eq!(seen, all.users);
        assert_eq!(seen.len(), 5);
        let folded: Vec<_> = seen.iter().map(|user| user.username.to_lowercase()).collect();
        let place = |name: &str| folded.iter().position(|n| n == name).unwrap();
        assert!(place("ada") < place("bob") && place("bob") < place("cyd") && place("cyd") < place("root"));
        assert_eq!(seen[place("ada")].last_seen_at, Some(seen[place("ada")].created_at));
    }

    async fn a_search_takes_letters_in_every_case_and_form(app) {
        let root = app.admin("root").await;
        for (name, full_name) in [("emile", "\u{c9}mile Zola"), ("weiss", "Wei\u{df}"), ("zoe", "Zoe")] {
            let user = app.user(name).await;
            let named = user.patch("/api/auth/me", json!({"full_name": full_name})).await;
            assert!(named.status.is_success(), "{}", named.text());
        }
        for (search, found) in [
            ("%C3%A9MILE", "emile"),
            ("e%CC%81mile", "emile"),
            ("WEISS", "weiss"),
            ("wei%C3%9F", "weiss"),
        ] {
            let page: UsersPage = root.get(&format!("{USERS}?search={search}")).await.ok();
            assert_eq!(names(&page), [found], "{search}");
        }
    }

    async fn a_search_takes_every_character_as_it_is(app) {
        let root = app.admin("root").await;
        for (name, full_name) in [("ada", "Ada Lovelace"), ("a_b", "100% sure"), ("axb", "Wow!")] {
            let body = json!({"username": name, "password": PASSWORD, "full_name": full_name});
            assert_eq!(root.post(USERS, body).await.status, 201);
        }
        for (search, found) in [
            ("LOVE", vec!["ada"]),
            ("a_", vec!["a_b"]),
            ("%25", vec!["a_b"]),
            ("!", vec!["axb"]),
            ("a", vec!["a_b", "ada", "axb"]),
            ("'%20OR%201=1--", vec![]),
        ] {
            let page: UsersPage = root.get(&format!("{USERS}?search={search}")).await.ok();
            let found: BTreeSet<_> = found.into_iter().collect();
            assert_eq!(names(&page).into_iter().collect::<BTreeSet<_>>(), found, "{search}");
        }
        let admins: UsersPage = root.get(&format!("{USERS}?role=admin&status=active")).await.ok();
        assert_eq!(names(&admins), ["root"]);
        let disabled: UsersPage = root.get(&format!("{USERS}?status=disabled")).await.ok();
        assert!(disabled.users.is_empty());
        assert_eq!(root.get(&format!("{USERS}?search=a%00b")).await.status, 400);
    }

    async fn an_admin_makes_accounts_that_can_sign_in_at_once(app) {
        let root = app.admin("root").await;
        let body = json!({"username": "ada", "password": PASSWORD, "role": "admin", "quota_bytes": 5});
        let answer = root.post(USERS, body).await;
        assert_eq!(answer.status, 201);
        let ada: AdminUser = answer.ok();
        assert_eq!((ada.role, ada.status, ada.quota_bytes), (Role::Admin, UserStatus::Active, Some(5)));
        let script = app.sign_in("ada", PASSWORD).await;
        assert_eq!(script.get(USERS).await.status, 200);
        let refused = root.post(USERS, json!({"username": "ADA", "password": PASSWORD})).await.error(400);
        assert_eq!(refused.fields["username"], "is taken");
        let read: AdminUser = root.get(&user_path(ada.id)).await.ok();
        assert_eq!(read, AdminUser { last_seen_at: read.last_seen_at, ..ada });
    }

    async fn a_change_is_of_what_is_given_and_written_down(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        let path = user_path(ada.id);
        let after: AdminUser = patch(&root, &path, json!({"quota_bytes": 1024})).await.ok();
        assert_eq!((after.role, after.status, after.quota_bytes), (Role::User, UserStatus::Active, Some(1024)));
        let after: AdminUser = patch(&root, &path, json!({"role": "admin"})).await.ok();
        assert_eq!((after.role, after.quota_bytes), (Role::Admin, Some(1024)));
        let after: AdminUser = patch(&root, &path, json!({"quota_bytes": null})).await.ok();
        assert_eq!((after.role, after.quota_bytes), (Role::Admin, None));
        // The same again changes nothing, and so is no event.
        patch(&root, &path, json!({"role": "admin", "status": "active"})).await.ok::<AdminUser>();
        patch(&root, &path, json!({"role": "user", "status": "disabled", "quota_bytes": 0})).await.ok::<AdminUser>();

        let query = AuditQuery { action: Some("user.".to_owned()), actor: Some("root".to_owned()), ..AuditQuery::default() };
        let mut lines = log(&app, query).await;
        lines.sort();
        let line = |action: &str| format!("user.{action} success root {}", ada.id);
        assert_eq!(lines, [
            line("quota"), line("quota"), line("quota"), line("role"), line("role"), line("status"),
        ]);
    }

    async fn security_12_disabling_and_demoting_take_effect_at_once_everywhere(app) {
        let (root, eve) = (app.admin("root").await, app.admin("eve").await);
        let there = replica(&app).await.bearer(&eve.tokens.access_token);
        let browser = app.browser_of("eve").await;
        assert_eq!(there.get(USERS).await.status, 200);

        patch(&root, &user_path(eve.id), json!({"role": "user"})).await.ok::<AdminUser>();
        assert_eq!(there.get(USERS).await.status, 403);
        assert_eq!(eve.get(USERS).await.status, 403);
        assert_eq!(browser.get(USERS).await.status, 403);
        assert_eq!(browser.get("/api/auth/me").await.ok::<Me>().role, Role::User);

        patch(&root, &user_path(eve.id), json!({"status": "disabled"})).await.ok::<AdminUser>();
        for dead in [there.get("/api/auth/me").await, eve.get("/api/auth/me").await, browser.get("/api/auth/me").await] {
            assert_eq!(dead.status, 401);
        }
        let login = json!({"username": "eve", "password": PASSWORD});
        assert_eq!(app.anonymous().post("/api/auth/login", login.clone()).await.status, 401);

        // Enabled again, they sign in anew: what was dead stays dead.
        patch(&root, &user_path(eve.id), json!({"status": "active"})).await.ok::<AdminUser>();
        assert_eq!(there.get("/api/auth/me").await.status, 401);
        assert_eq!(browser.get("/api/auth/me").await.status, 401);
        assert_eq!(app.anonymous().post("/api/auth/login", login).await.status, 200);
    }

    async fn the_last_admin_stays_one(app) {
        let root = app.admin("root").await;
        let path = user_path(root.id);
        for change in [json!({"role": "user"}), json!({"status": "disabled"})] {
            let refused = patch(&root, &path, change).await.error(409);
            assert_eq!(refused.code, ErrorCode::Conflict);
        }
        assert_eq!(delete(&root, &path).await.error(409).code, ErrorCode::Conflict);
        // One who is disabled cannot act, and so does not count.
        let eve = app.admin("eve").await;
        patch(&root, &user_path(eve.id), json!({"status": "disabled"})).await.ok::<AdminUser>();
        assert_eq!(patch(&root, &path, json!({"role": "user"})).await.status, 409);
        // A disabled admin may lose the role: nobody is lost by it.
        patch(&root, &user_path(eve.id), json!({"role": "user"})).await.ok::<AdminUser>();
        assert_eq!(root.get(USERS).await.status, 200);

        let denied = AuditQuery { action: Some("user.".to_owned()), outcome: Some(app::features::audit::types::AuditOutcome::Denied), ..AuditQuery::default() };
        let lines = log(&app, denied).await;
        assert_eq!(lines.len(), 4, "{lines:?}");
    }

    async fn two_admins_who_demote_each_other_do_not_both_succeed(app) {
        let (mut ada, mut bob) = (app.admin("ada").await, app.admin("bob").await);
        for round in 0..5 {
            let (for_bob, for_ada) = (user_path(bob.id), user_path(ada.id));
            let (first, second) = tokio::join!(
                patch(&ada, &for_bob, json!({"role": "user"})),
                patch(&bob, &for_ada, json!({"role": "user"})),
            );
            let mut statuses = [first.status.as_u16(), second.status.as_u16()];
            statuses.sort_unstable();
            // The slower one is no admin any more, or is told that the other is the last.
            assert!(matches!(statuses, [200, 403 | 409]), "round {round}: {statuses:?}");
            let admin = if first.status == 200 { &ada } else { &bob };
            for user in [&ada, &bob] {
                patch(admin, &user_path(user.id), json!({"role": "admin"})).await.ok::<AdminUser>();
            }
            (ada, bob) = (bob, ada);
        }
    }

    async fn numbers_count_what_is_there(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        app.user("bob").await;
        patch(&root, &user_path(ada.id), json!({"status": "disabled"})).await.ok::<AdminUser>();
        assert_eq!(ada.get(USERS).await.status, 401);
        assert_eq!(root.post("/api/admin/invitations", json!({})).await.status, 201);
        app.anonymous().post("/api/auth/login", json!({"username": "bob", "password": "wrong"})).await.error(401);
        let stats: Stats = root.get("/api/admin/stats").await.ok();
        assert_eq!(stats, Stats {
            users: 3, admins: 1, disabled: 1, sign_ins: 2, invitations: 1, uploads: 0, seen_last_day: 3,
            denied_last_day: 2,
        });
    }
}

on_both_databases! {
    with storage;
    async fn a_deleted_account_is_gone_and_its_files_are_kept(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        let key = ada.upload("report.txt", "text/plain", b"hers").await;
        let started = ada.post("/api/s3/multipart/initiate", json!({"key": ada.key("big.bin")})).await;
        assert_eq!(started.status, 200);
        let before = app.inventory().await;

        let deleted: DeleteUserResponse = delete(&root, &user_path(ada.id)).await.ok();
        assert_eq!(deleted.kept_prefix, ada.key(""));
        assert_eq!(delete(&root, &user_path(ada.id)).await.error(404).code, ErrorCode::UserNotFound);
        assert_eq!(root.get(&user_path(ada.id)).await.error(404).code, ErrorCode::UserNotFound);
        assert_eq!(ada.get("/api/auth/me").await.status, 401);
        assert_eq!(app.inventory().await, before);

        // Someone who takes the name gets a prefix of their own.
        let heir = app.user("ada").await;
        assert_ne!(heir.id, ada.id);
        assert_eq!(heir.get(&format!("/api/s3/object?key={key}")).await.status, 403);
        assert_eq!(root.get(&format!("/api/s3/object?key={key}")).await.status, 403);
        let query = AuditQuery { actor: Some(ada.id.to_string()), ..AuditQuery::default() };
        assert!(!log(&app, query).await.is_empty(), "what she did stays written down");
    }
}

#[tokio::test]
async fn security_01_an_admin_too_sets_only_what_the_route_takes() {
    let app = TestApp::new().await;
    let (root, ada) = (app.admin("root").await, app.user("ada").await);
    for extra in [
        "id",
        "prefix",
        "password",
        "username",
        "email",
        "is_admin",
        "created_at",
    ] {
        let mut body = json!({"quota_bytes": 1});
        body[extra] = json!("x");
        let refused = patch(&root, &user_path(ada.id), body).await.error(400);
        assert_eq!(refused.fields[extra], "is not a field of this request");
    }
    let twice = r#"{"role":"user","role":"admin"}"#;
    let answer = root
        .request(
            Method::PATCH,
            &user_path(ada.id),
            Body::from(twice),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.error(400).fields["role"], "is given twice");
    let form = root
        .request(
            Method::PATCH,
            &user_path(ada.id),
            Body::from("role=admin"),
            Some("application/x-www-form-urlencoded"),
        )
        .await;
    assert_eq!(form.status, 415);
    for nonsense in [
        json!({}),
        json!({"role": "root"}),
        json!({"role": "Admin"}),
        json!({"status": "deleted"}),
        json!({"quota_bytes": -1}),
        json!({"quota_bytes": 1.5}),
        json!({"quota_bytes": u64::MAX}),
        json!({"quota_bytes": "1"}),
    ] {
        assert_eq!(
            patch(&root, &user_path(ada.id), nonsense.clone()).await.status,
            400,
            "{nonsense}"
        );
    }
    let read: AdminUser = root.get(&user_path(ada.id)).await.ok();
    assert_eq!(
        (read.role, read.status, read.quota_bytes),
        (Role::User, UserStatus::Active, None)
    );
    // Those who are no admins change nothing about anyone, themselves included.
    assert_eq!(
        patch(&ada, &user_path(ada.id), json!({"role": "admin"}))
            .await
            .status,
        403
    );
    for path in [
        "/api/admin/users/1",
        "/api/admin/users/..",
        "/api/admin/users/%00",
    ] {
        assert!(
            matches!(root.get(path).await.status.as_u16(), 400 | 404),
            "{path}"
        );
    }
}

/// Every way to make an account ends in one that has what the maker gave, and nothing that the request smuggled in.
#[tokio::test]
async fn security_02_every_way_to_an_account_is_through_the_least_of_accounts() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    for extra in ["status", "id", "prefix", "email", "is_admin"] {
        let mut body = json!({"username": "made", "password": PASSWORD});
        body[extra] = json!("admin");
        assert_eq!(
            root.post(USERS, body).await.error(400).fields[extra],
            "is not a field of this request"
        );
    }
    for (password, field) in [("password", "password"), ("short", "password")] {
        let body = json!({"username": "made", "password": password});
        assert!(root.post(USERS, body).await.error(400).fields.contains_key(field));
    }
    let made: AdminUser = root
        .post(USERS, json!({"username": "made", "password": PASSWORD}))
        .await
        .ok();
    assert_eq!(
        (made.role, made.status, made.quota_bytes),
        (Role::User, UserStatus::Active, None)
    );
}

#[tokio::test]
async fn whoever_is_no_admin_is_told_so_and_written_down() {
    let app = TestApp::new().await;
    let (_, ada) = (app.admin("root").await, app.user("ada").await);
    assert_eq!(ada.get(USERS).await.error(403).code, ErrorCode::PermissionDenied);
    assert_eq!(delete(&ada, &user_path(ada.id)).await.status, 403);
    let query = AuditQuery {
        action: Some("admin.access".to_owned()),
        ..AuditQuery::default()
    };
    assert_eq!(
        log(&app, query).await.into_iter().collect::<BTreeSet<_>>(),
        [
            "admin.access denied ada GET /api/admin/users".to_owned(),
            "admin.access denied ada DELETE /api/admin/users/{id}".to_owned()
        ]
        .into()
    );
}

#[tokio::test]
async fn a_cursor_goes_on_with_its_own_search_only() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    app.user("ada").await;
    let page: UsersPage = root.get(&format!("{USERS}?max_keys=1")).await.ok();
    let token = page.continuation_token.unwrap();
    for path in [
        format!("{USERS}?search=a&continuation_token={token}"),
        format!("{USERS}?role=user&continuation_token={token}"),
        format!("/api/admin/audit?continuation_token={token}"),
        format!("/api/admin/invitations?continuation_token={token}"),
        format!("{USERS}?continuation_token=made-up"),
    ] {
        let refused = root.get(&path).await.error(400);
        assert_eq!(
            refused.fields["continuation_token"], "is not from the page before",
            "{path}"
        );
    }
}
