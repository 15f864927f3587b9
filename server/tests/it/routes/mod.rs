//! Security 17: every route of the router, called by everyone. A route that is missing from the table fails here.

mod locked;
mod pages;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::LazyLock,
};

use app::{
    contract::UserId,
    features::{
        api_keys::types::CreatedApiKey, auth::types_sessions::SessionPage, invitations::types::NewInvitation,
    },
};
use http::{Method, Request};
use serde_json::{Value, json};
use server::{
    features::pages::Audience,
    http::{
        compat,
        routes::{LimitClass, RoutePolicies},
    },
    platform::queue::NewJob,
    router::{pages::routes, policies},
};

use crate::{
    buckets,
    support::{Client, PASSWORD, TestApp, User},
    teams::TestTeam,
};
use table::{Call, TABLE};

/// What the calls are about: all of it belongs to `owner`.
pub(super) struct Target {
    pub(super) owner: User,
    pub(super) key: String,
    /// The object's one version.
    pub(super) version_id: String,
    pub(super) upload_id: String,
    /// Of the first part, which storage has.
    pub(super) etag: String,
    /// The id of another sign-in of the owner's.
    pub(super) session: String,
    /// The id of an API key of the owner's.
    pub(super) api_key: String,
    /// The id of an open invitation, which only admins know.
    pub(super) invitation: String,
    /// The token of a change of the owner's that was made at once.
    pub(super) undo: String,
    /// The id of a job of the owner's that can be undone.
    pub(super) undoable_job: String,
    /// The id of a job that waits.
    pub(super) job: String,
    /// The id of a team whose manager the owner is, and of somebody else in it.
    pub(super) team: String,
    pub(super) member: String,
    /// A bucket of the owner's that holds an object `f`.
    pub(super) bucket: String,
    /// One that holds nothing.
    pub(super) empty_bucket: String,
}

impl Target {
    async fn new(app: &TestApp, admin: &User, name: &str) -> Self {
        let owner = app.user(name).await;
        let key = owner.key("report.txt");
        let uploaded = table::upload_form(&[("key", &key)], b"hello");
        let uploaded: Value = table::send(&owner, Method::POST, "/api/s3/upload", uploaded)
            .await
            .ok();
        let started: Value = owner
            .post("/api/s3/multipart/initiate", json!({"key": key}))
            .await
            .ok();
        let upload_id = started["upload_id"].as_str().unwrap().to_owned();
        let part = table::upload_form(
            &[("key", &key), ("upload_id", &upload_id), ("part_number", "1")],
            b"part",
        );
        let part: Value = table::send(&owner, Method::POST, "/api/s3/multipart/upload-part", part)
            .await
            .ok();
        let etag = part["etag"].as_str().unwrap().to_owned();
        let deleted = owner.upload("deleted", "text/plain", b"x").await;
        let undoable: Value = owner
            .post("/api/s3/delete", json!({"keys": [deleted]}))
            .await
            .ok();
        let deleted = owner.upload("deleted at once", "text/plain", b"x").await;
        let deleted: Value = owner
            .delete_json("/api/s3/object", json!({"key": deleted}))
            .await
            .ok();
        app.run_jobs().await;
        let elsewhere = app.sign_in(name, PASSWORD).await;
        let sessions: SessionPage = elsewhere.get("/api/auth/sessions").await.ok();
        let session = sessions.sessions.iter().find(|session| session.current).unwrap();
        let api_key: Value = owner
            .post("/api/auth/api-keys", json!({"name": "spare"}))
            .await
            .ok();
        let invitation: NewInvitation = admin.post("/api/admin/invitations", json!({})).await.ok();
        let job = queued_job(app, owner.id).await;
        let member = app.user(&format!("{name}-member")).await;
        let members = [(&owner, "manager"), (&member, "editor")];
        let team = TestTeam::new(admin, &format!("team of {name}"), &members).await;
        let named = name.to_lowercase();
        let bucket = buckets::made(&owner, &format!("{named}-full")).await;
        let empty_bucket = buckets::made(&owner, &format!("{named}-empty")).await;
        buckets::put(&owner, &bucket, "f", b"hello").await;
        Self {
            team: team.id,
            member: member.id.to_string(),
            bucket,
            empty_bucket,
            session: session.id.to_string(),
            api_key: api_key["id"].as_str().unwrap().to_owned(),
            owner,
            key,
            version_id: uploaded["version_id"].as_str().unwrap().to_owned(),
            upload_id,
            etag,
            undo: deleted["undo"]["token"].as_str().unwrap().to_owned(),
            undoable_job: undoable["job_id"].as_str().unwrap().to_owned(),
            invitation: invitation.invitation.id.to_string(),
            job,
        }
    }

    /// A script that holds a key of the owner's with these scopes.
    async fn key_with(&self, app: &TestApp, scope: &str) -> Client {
        let scopes: Vec<_> = scope.split(' ').collect();
        let body = json!({"name": scope, "scopes": scopes});
        let made: CreatedApiKey = self.owner.post("/api/auth/api-keys", body).await.ok();
        app.anonymous().with("x-api-key", made.key)
    }
}

/// Of a kind that nothing works on.
async fn queued_job(app: &TestApp, owner: UserId) -> String {
    app.leave_jobs();
    let mut transaction = app.state.platform.db.begin().await.unwrap();
    let job = NewJob::new("nothing", &()).unwrap();
    let job = app
        .state
        .queue
        .enqueue(&mut transaction, owner, &job)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    job.to_string()
}

/// `GET /path` of every operation that the document describes, with the paths as the router writes them.
fn operations() -> BTreeSet<(String, String)> {
    let document = server::router::openapi("forepeak").to_json().unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(|method| (method.to_uppercase(), path.replace("/{key}", "/{*key}")))
        })
        .collect()
}

fn canonical(path: &str) -> String {
    compat::canonical(Request::builder().uri(path).body(()).unwrap())
        .uri()
        .path()
        .to_owned()
}

#[test]
fn security_17_no_route_is_missing_and_none_is_made_up() {
    let served: BTreeSet<_> = operations()
        .into_iter()
        .map(|(method, path)| format!("{method} {}", canonical(&path)))
        .collect();
    let listed: BTreeSet<_> = TABLE.iter().map(|row| row.route.to_owned()).collect();
    assert_eq!(served, listed);
    assert_eq!(listed.len(), TABLE.len(), "a route is listed twice");
}

/// What the document says of API keys is what `every_route_by_everyone` finds: a key that may read or write comes through.
#[test]
fn security_16_the_document_names_the_routes_that_take_a_key() {
    let document: Value =
        serde_json::from_str(&server::router::openapi("forepeak").to_json().unwrap()).unwrap();
    for (method, path) in operations() {
        let ways = document["paths"][path.replace("{*", "{")][method.to_lowercase()]["security"].as_array();
        let says = |way: &str| ways.into_iter().flatten().any(|entry| entry.get(way).is_some());
        let route = format!("{method} {}", canonical(&path));
        let row = TABLE.iter().find(|row| row.route == route).unwrap();
        let takes_keys =
            row.anonymous == 401 && ([row.read_key, row.write_key] != [403, 403] || row.takes_both);
        assert_eq!(says("api_key"), takes_keys, "{route}");
        assert_eq!(says("bearer"), row.anonymous == 401, "{route}");
    }
}

/// What a route of the router was declared under.
pub(crate) fn class_of(method: &Method, pattern: &str) -> Option<LimitClass> {
    static POLICIES: LazyLock<RoutePolicies> = LazyLock::new(policies);
    POLICIES.declared(method, pattern).map(|policy| policy.class)
}

/// Security 32.
#[test]
fn security_32_no_route_is_without_a_limit_that_was_thought_about() {
    for (method, path) in operations() {
        let class = class_of(&method.parse().unwrap(), &canonical(&path));
        assert!(class.is_some(), "{method} {path} is declared under no class");
    }
    // A page may be read as often as one likes; what it posts is limited as the API's is.
    for page in routes().into_iter().filter(|page| page.method == Method::POST) {
        let class = class_of(&page.method, &page.pattern);
        let pattern = &page.pattern;
        assert!(class.is_some(), "POST {pattern} is in no class");
        // Signing out takes nothing: it ends what the cookie speaks for.
        if page.audience == Audience::Everyone && pattern != "/sign-out" {
            assert!(
                class.is_some_and(|class| !class.is_personal()),
                "strangers post to {pattern}"
            );
        }
    }
}

/// Whatever else is posted writes, and a disk that is full must have room left for those who delete.
#[test]
fn security_40_what_works_on_a_full_disk_was_thought_about() {
    let policies = policies();
    let api = operations().into_iter();
    let api = api.map(|(method, path)| (method.parse().unwrap(), canonical(&path)));
    let pages = routes().into_iter().map(|page| (page.method, page.pattern));
    let mut works = BTreeSet::new();
    for (method, pattern) in api.chain(pages) {
        let policy = policies.declared(&method, &pattern).unwrap();
        let only_reads = matches!(method, Method::GET | Method::HEAD);
        if only_reads || method == Method::DELETE {
            assert!(policy.works_on_full_disk(&method), "{method} {pattern}");
        } else if policy.works_on_full_disk(&method) {
            works.insert(format!("{method} {pattern}"));
        }
    }
    assert_eq!(
        works.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "POST /api/auth/login",
            "POST /api/auth/logout",
            "POST /api/auth/refresh",
            "POST /api/auth/token",
            "POST /api/s3/delete",
            "POST /api/s3/download",
            "POST /api/s3/objects/undelete",
            "POST /api/s3/undo",
            "POST /sign-in",
            "POST /sign-out",
        ]
    );
}

/// Security 32: generated from what the routes say they take.
#[test]
fn security_32_whatever_takes_a_password_or_a_code_is_limited_most() {
    let document: Value =
        serde_json::from_str(&server::router::openapi("forepeak").to_json().unwrap()).unwrap();
    let mut secret = Vec::new();
    for (method, path) in operations() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let content = operation["requestBody"]["content"].as_object();
        let names = content.into_iter().flatten().filter_map(|(_, body)| {
            let name = body["schema"]["$ref"].as_str()?.rsplit('/').next()?;
            document["components"]["schemas"][name]["properties"].as_object()
        });
        let takes_secret = names
            .flat_map(|properties| properties.keys())
            .any(|name| name.contains("password") || name == "code");
        let is_admins = path.starts_with("/api/admin/");
        if takes_secret && !is_admins {
            let class = class_of(&method.parse().unwrap(), &canonical(&path));
            assert!(class.is_some_and(|class| !class.is_personal()), "{method} {path}");
            secret.push(canonical(&path));
        }
    }
    for known in ["/api/auth/login", "/api/auth/token", "/api/auth/register"] {
        assert!(secret.contains(&known.to_owned()), "{known} not among {secret:?}");
    }
}

#[tokio::test]
async fn security_17_every_route_by_everyone() {
    let app = TestApp::with_storage().await;
    let admin = app.admin("root").await;
    let mut networks = networks();
    let mut wrong = Vec::new();
    // What only reads changes nothing: all of it meets one target.
    let read = Target::new(&app, &admin, "owner-read").await;
    let mut readers: BTreeMap<&str, Client> = BTreeMap::new();
    for (n, (method, path)) in operations().into_iter().enumerate() {
        let route = format!("{method} {}", canonical(&path));
        let row = TABLE.iter().find(|row| row.route == route).unwrap();
        let only_reads = matches!(method.as_str(), "GET" | "HEAD");
        let with_both = row.takes_both.then_some(("API key both", row.owner));
        let callers = [
            ("anonymous", row.anonymous),
            ("stranger", row.stranger),
            ("cookie", row.cookie),
            ("API key read", row.read_key),
            ("API key write", row.write_key),
            ("admin", row.admin),
            ("owner", row.owner),
        ];
        let mut callers: Vec<_> = callers.into_iter().chain(with_both).collect();
        // Who is refused changes nothing either: the owner comes after them, and finds everything as it was.
        callers.sort_by_key(|(_, expected)| !is_refused(*expected));
        let untouched = if only_reads {
            None
        } else {
            Some(Target::new(&app, &admin, &format!("owner-{n}")).await)
        };
        for (caller, expected) in callers {
            let own;
            let target = match &untouched {
                None => &read,
                Some(untouched) if is_refused(expected) || caller == "owner" => untouched,
                Some(_) => {
                    let name = format!("owner-{n}-{}", caller.replace(' ', "-"));
                    own = Target::new(&app, &admin, &name).await;
                    &own
                }
            };
            // An account that is refused again within a minute has no second row in the audit log.
            let is_reader = only_reads && !matches!(caller, "stranger" | "admin");
            let client = match readers.get(caller).filter(|_| is_reader) {
                Some(client) => client.clone(),
                None => client_of(&app, target, caller, n).await,
            };
            if is_reader {
                readers.insert(caller, client.clone());
            }
            let call: Call = (row.call)(target);
            let client = client.from(&networks.next().unwrap());
            let before = denials(&app).await;
            let status = table::send_to(&client, &method, &path, call).await;
            let (written, due) = (denials(&app).await - before, written_for(status));
            if !due.contains(&written) {
                wrong.push(format!(
                    "{method} {path} by {caller}: {status}, {written} denials written"
                ));
            }
            if status != expected {
                wrong.push(format!(
                    "{method} {path} by {caller}: {status} instead of {expected}"
                ));
            }
            if caller == "stranger" {
                assert_eq!(
                    target.owner.get(&table::object(&target.key)).await.text(),
                    "hello",
                    "{route}"
                );
            }
        }
    }
    app.run_jobs().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.run_jobs().await;
}

/// Nothing was done, or what the call is about is not there for this caller.
fn is_refused(status: u16) -> bool {
    matches!(status, 401 | 403 | 404)
}

async fn client_of(app: &TestApp, target: &Target, caller: &str, n: usize) -> Client {
    match caller {
        "anonymous" => app.anonymous(),
        "stranger" => app.user(&format!("stranger-{n}")).await.client,
        "admin" => app.admin(&format!("admin-{n}")).await.client,
        // The owner's own cookie, in a request that a foreign page made.
        "cookie" => foreign_page(app, target).await,
        "API key read" => target.key_with(app, "read").await,
        "API key write" => target.key_with(app, "write").await,
        "API key both" => target.key_with(app, "read write").await,
        _ => target.owner.client.clone(),
    }
}

/// A network for each call, so that none is the second of its minute to be refused (security 39).
fn networks() -> impl Iterator<Item = String> {
    (1..).map(|n: u32| Ipv4Addr::from_bits(0x0a00_0000 + n).to_string())
}

/// The rows of the audit log that tell of denials.
async fn denials(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM audit_log WHERE outcome = 'denied'")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap()
}

/// How many of them a call may add that was answered like this: a refusal adds one, and what is done none. What is not
/// there, or wrong in itself, is a denial on some routes.
fn written_for(status: u16) -> std::ops::RangeInclusive<i64> {
    match status {
        401 | 403 => 1..=1,
        400 | 404 | 409 => 0..=1,
        _ => 0..=0,
    }
}

async fn foreign_page(app: &TestApp, target: &Target) -> Client {
    let browser = app.browser_of(&target.owner.username).await;
    browser
        .stolen_by(app.anonymous())
        .with("sec-fetch-site", "cross-site")
}

#[tokio::test]
async fn a_foreign_object_and_a_missing_one_are_alike() {
    let app = TestApp::with_storage().await;
    let target = Target::new(&app, &app.admin("root").await, "ada").await;
    let bob = app.user("bob").await;
    let missing = target.owner.key("nothing.txt");
    for row in TABLE
        .iter()
        .filter(|row| row.stranger == 403 || row.route == "POST /api/s3/uploads")
    {
        let (method, path) = row.route.split_once(' ').unwrap();
        let there = table::answer(&bob, method, path, (row.call)(&target)).await;
        let elsewhere = Target {
            owner: target.owner.clone(),
            key: missing.clone(),
            version_id: target.version_id.clone(),
            upload_id: target.upload_id.clone(),
            etag: target.etag.clone(),
            session: target.session.clone(),
            api_key: target.api_key.clone(),
            invitation: target.invitation.clone(),
            job: target.job.clone(),
            undo: target.undo.clone(),
            undoable_job: target.undoable_job.clone(),
            team: target.team.clone(),
            member: target.member.clone(),
            bucket: target.bucket.clone(),
            empty_bucket: target.empty_bucket.clone(),
        };
        let not_there = table::answer(&bob, method, path, (row.call)(&elsewhere)).await;
        assert_eq!(there.status, not_there.status, "{}", row.route);
        assert!(
            there.text().contains("PERMISSION_DENIED"),
            "{}: {}",
            row.route,
            there.text()
        );
        assert_eq!(
            there.text(),
            not_there.text().replace(&missing, &target.key),
            "{}",
            row.route
        );
    }
}
