//! The table: for each route, a call about someone's file, and what each caller is answered.

use axum::body::Body;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Target;
use crate::support::{Answer, Client, PASSWORD};

pub(super) enum Call {
    Nothing,
    /// Takes the place of `{id}` in the path.
    Named(String),
    /// The same, with a body.
    NamedJson(String, Value),
    /// The places of `{id}` and `{user_id}`, and a body if there is one.
    Member(String, String, Option<Value>),
    /// Takes the place of `{name}`; `f` that of a key.
    Bucket(String),
    /// The same, with a form.
    BucketForm(String, Vec<u8>),
    Query(Vec<(&'static str, String)>),
    Json(Value),
    Form(Vec<(&'static str, String)>),
    File(Vec<u8>),
}

pub(super) struct Row {
    /// Method and canonical path.
    pub(super) route: &'static str,
    pub(super) anonymous: u16,
    /// Someone else who is signed in.
    pub(super) stranger: u16,
    /// The owner's cookie, sent by a page of another site.
    pub(super) cookie: u16,
    pub(super) owner: u16,
    /// The owner's API keys: one that may only read, one that may only write.
    pub(super) read_key: u16,
    pub(super) write_key: u16,
    /// An API key comes through that may do both.
    pub(super) takes_both: bool,
    /// Somebody else, who is an admin: to people's files no more than any stranger.
    pub(super) admin: u16,
    pub(super) call: fn(&Target) -> Call,
}

/// An API key gets nowhere near an account, unless [`Row::keys`] says otherwise; what is open to all is open to it.
const fn row(route: &'static str, answers: [u16; 4], call: fn(&Target) -> Call) -> Row {
    let [anonymous, stranger, cookie, owner] = answers;
    let key = if anonymous == 401 { 403 } else { anonymous };
    Row {
        route,
        anonymous,
        stranger,
        cookie,
        owner,
        read_key: key,
        write_key: key,
        takes_both: false,
        admin: stranger,
        call,
    }
}

impl Row {
    const fn keys(mut self, answers: [u16; 2]) -> Self {
        [self.read_key, self.write_key] = answers;
        self
    }

    const fn both_scopes(mut self) -> Self {
        self.takes_both = true;
        self
    }

    const fn admin(mut self, status: u16) -> Self {
        self.admin = status;
        self
    }
}

/// For what each of the two keys is good.
const ANY: [u16; 2] = [200, 200];
const READS: [u16; 2] = [200, 403];
const WRITES: [u16; 2] = [403, 200];

/// Open to everyone; a foreign page may send it as anyone may.
const OPEN: [u16; 4] = [200, 200, 200, 200];
/// Reads what is the caller's own, so a stranger reads theirs. A foreign page may cause it, but not see the answer.
const OWN: [u16; 4] = [401, 200, 200, 200];
/// Reads what the request names.
const READ: [u16; 4] = [401, 403, 200, 200];
/// Changes what the request names.
const CHANGE: [u16; 4] = [401, 403, 403, 200];

/// For admins only, whoever's account it is about.
const ADMIN: [u16; 4] = [401, 403, 403, 403];

/// Of a team whose manager the owner is.
const TEAM_READ: [u16; 4] = [401, 404, 200, 200];
/// The same, for admins only.
const TEAM_ADMIN: [u16; 4] = [401, 404, 403, 403];

pub(super) static TABLE: &[Row] = &[
    row("GET /health", OPEN, |_| Call::Nothing),
    row("GET /ready", OPEN, |_| Call::Nothing),
    row("GET /metrics", OPEN, |_| Call::Nothing),
    // Signed with a shared secret, there is nothing to publish.
    row("GET /.well-known/jwks.json", [404, 404, 404, 404], |_| {
        Call::Nothing
    }),
    row("POST /api/auth/register", [400, 400, 403, 400], |t| {
        Call::Json(json!({"username": t.owner.username, "password": PASSWORD}))
    }),
    row("POST /api/auth/login", [200, 200, 403, 200], |t| {
        Call::Json(json!({"username": t.owner.username, "password": PASSWORD}))
    }),
    row("POST /api/auth/token", [200, 200, 403, 200], |t| {
        Call::Form(vec![
            ("username", t.owner.username.clone()),
            ("password", PASSWORD.to_owned()),
        ])
    }),
    row("GET /api/auth/me", OWN, |_| Call::Nothing).keys(ANY),
    row("POST /api/auth/refresh", [200, 200, 403, 200], |t| {
        Call::Json(json!({"refresh_token": t.owner.tokens.refresh_token}))
    }),
    row("GET /api/jobs", OWN, |_| Call::Nothing).keys(READS),
    row("GET /api/jobs/events", OWN, |_| Call::Nothing).keys(READS),
    // Somebody else's is not there at all.
    row("GET /api/jobs/{id}", [401, 404, 200, 200], |t| {
        Call::Named(t.job.clone())
    })
    .keys(READS),
    row("DELETE /api/jobs/{id}", [401, 404, 403, 200], |t| {
        Call::Named(t.job.clone())
    })
    .keys(WRITES),
    row("GET /api/auth/sessions", OWN, |_| Call::Nothing),
    // Somebody else's is not there at all.
    row("DELETE /api/auth/sessions/{id}", [401, 404, 403, 200], |t| {
        Call::Named(t.session.clone())
    }),
    row("POST /api/auth/api-keys", [401, 200, 403, 200], |_| {
        Call::Json(json!({"name": "a key"}))
    }),
    row("GET /api/auth/api-keys", OWN, |_| Call::Nothing),
    row("DELETE /api/auth/api-keys/{id}", [401, 404, 403, 200], |t| {
        Call::Named(t.api_key.clone())
    }),
    row("PATCH /api/auth/me", [401, 200, 403, 200], |_| {
        Call::Json(json!({"full_name": "Somebody Else"}))
    }),
    // Nobody has been mailed a code, so whoever guesses one is wrong.
    row("POST /api/auth/confirm", [400, 400, 403, 400], |t| {
        Call::Json(json!({"username": t.owner.username, "code": "123456"}))
    }),
    row("POST /api/auth/resend-code", [200, 200, 403, 200], |t| {
        Call::Json(json!({"username": t.owner.username}))
    }),
    row("POST /api/auth/forgot-password", [200, 200, 403, 200], |t| {
        Call::Json(json!({"username": t.owner.username}))
    }),
    row("POST /api/auth/reset-password", [400, 400, 403, 400], |t| {
        Call::Json(
            json!({"username": t.owner.username, "code": "123456", "new_password": "another long one"}),
        )
    }),
    row("POST /api/auth/change-password", [401, 200, 403, 200], |_| {
        Call::Json(json!({"current_password": PASSWORD, "new_password": "another long one"}))
    }),
    row("POST /api/auth/logout", [401, 200, 403, 200], |_| {
        Call::Json(json!({}))
    }),
    row("GET /api/s3/user-prefix", OWN, |_| Call::Nothing).keys(ANY),
    row("GET /api/s3/objects", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key(""))])
    })
    .keys(READS),
    row("POST /api/s3/upload", CHANGE, |t| {
        Call::File(upload_form(&[("key", &t.key)], b"other"))
    })
    .keys(WRITES),
    row("DELETE /api/s3/object", CHANGE, |t| {
        Call::Json(json!({"key": t.key}))
    })
    .keys(WRITES),
    row("DELETE /api/s3/objects", CHANGE, |t| {
        Call::Json(json!({"keys": [t.key]}))
    })
    .keys(WRITES),
    row("POST /api/s3/objects/undelete", CHANGE, |t| {
        Call::Json(json!({"markers": [{"key": t.key, "version_id": "none"}]}))
    })
    .keys(WRITES),
    // A key needs both scopes.
    row("POST /api/s3/copy", CHANGE, |t| {
        Call::Json(json!({"source": t.key, "destination": format!("{}-copy", t.key)}))
    })
    .both_scopes(),
    row("POST /api/s3/move", CHANGE, |t| {
        Call::Json(json!({"source": t.key, "destination": format!("{}-moved", t.key)}))
    })
    .both_scopes(),
    row("POST /api/s3/delete", [401, 403, 403, 202], |t| {
        Call::Json(json!({"keys": [t.key]}))
    })
    .keys([403, 202]),
    // Somebody else's is not there at all.
    row("POST /api/jobs/{id}/undo", [401, 404, 403, 202], |t| {
        Call::Named(t.undoable_job.clone())
    })
    .both_scopes(),
    row("POST /api/s3/undo", [401, 400, 403, 200], |t| {
        Call::Json(json!({"token": t.undo}))
    })
    .both_scopes(),
    row("POST /api/s3/download", CHANGE, |t| {
        Call::Json(json!({"key": t.key}))
    })
    .keys(READS),
    row("GET /api/s3/object", READ, |t| {
        Call::Query(vec![("key", t.key.clone())])
    })
    .keys(READS),
    row("GET /api/s3/object/metadata", READ, |t| {
        Call::Query(vec![("key", t.key.clone())])
    })
    .keys(READS),
    row("GET /api/s3/object/versions", READ, |t| {
        Call::Query(vec![("key", t.key.clone())])
    })
    .keys(READS),
    row("GET /api/s3/object/versions/space", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key(""))])
    })
    .keys(READS),
    row("PATCH /api/s3/object/metadata", CHANGE, |t| {
        Call::Json(json!({"key": t.key, "tags": {"a": "b"}}))
    })
    .keys(WRITES),
    row("GET /api/s3/object/tags", READ, |t| {
        Call::Query(vec![("key", t.key.clone())])
    })
    .keys(READS),
    row("POST /api/s3/object/restore", CHANGE, |t| {
        Call::Json(json!({"key": t.key, "version_id": t.version_id}))
    })
    .keys(WRITES),
    row("GET /api/s3/deleted", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key(""))])
    })
    .keys(READS),
    row("GET /api/s3/history", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key("")), ("as_of", AS_OF.to_owned())])
    })
    .keys(READS),
    row("GET /api/s3/history/changes", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key("")), ("as_of", AS_OF.to_owned())])
    })
    .keys(READS),
    row("GET /api/s3/usage", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key(""))])
    })
    .keys(READS),
    row("GET /api/s3/quota", READ, |t| {
        Call::Query(vec![("prefix", t.owner.key(""))])
    })
    .keys(READS),
    row("POST /api/s3/folder", CHANGE, |t| {
        Call::Json(json!({"prefix": format!("{}-folder", t.key)}))
    })
    .keys(WRITES),
    row("GET /api/s3/search", READ, |t| {
        Call::Query(vec![("query", "report".to_owned()), ("prefix", t.owner.key(""))])
    })
    .keys(READS),
    row("GET /api/s3/archive", READ, |t| {
        Call::Query(vec![("keys", t.key.clone())])
    })
    .keys(READS),
    row("POST /api/s3/archive", CHANGE, |t| {
        Call::Json(json!({"keys": [t.key]}))
    })
    .keys(READS),
    // The file is no ZIP.
    row("GET /api/s3/archive/entries", [401, 403, 400, 400], |t| {
        Call::Query(vec![("key", t.key.clone())])
    })
    .keys([400, 403]),
    row("GET /api/s3/archive/entry", [401, 403, 400, 400], |t| {
        Call::Query(vec![("key", t.key.clone()), ("name", "a.txt".to_owned())])
    })
    .keys([400, 403]),
    // One plan per file: a file that is not the caller's is refused by itself, the others go on.
    row("POST /api/s3/uploads", [401, 200, 403, 200], |t| {
        Call::Json(json!({"files": [{"key": t.key, "size": 5}]}))
    })
    .keys(WRITES),
    row("POST /api/s3/multipart/initiate", CHANGE, |t| {
        Call::Json(json!({"key": t.key}))
    })
    .keys(WRITES),
    row("POST /api/s3/multipart/upload-part", CHANGE, |t| {
        let fields = [
            ("key", &*t.key),
            ("upload_id", &*t.upload_id),
            ("part_number", "2"),
        ];
        Call::File(upload_form(&fields, b"part"))
    })
    .keys(WRITES),
    row("POST /api/s3/multipart/parts", CHANGE, |t| {
        let parts = json!([{"part_number": 2, "size": 5}]);
        Call::Json(json!({"key": t.key, "upload_id": t.upload_id, "parts": parts}))
    })
    .keys(WRITES),
    row("GET /api/s3/multipart/parts", READ, |t| {
        Call::Query(vec![("key", t.key.clone()), ("upload_id", t.upload_id.clone())])
    })
    .keys(READS),
    row("GET /api/s3/multipart", OWN, |_| Call::Nothing).keys(READS),
    row("POST /api/s3/multipart/complete", CHANGE, |t| {
        let parts = json!([{"part_number": 1, "etag": t.etag}]);
        Call::Json(json!({"key": t.key, "upload_id": t.upload_id, "parts": parts}))
    })
    .keys(WRITES),
    row("DELETE /api/s3/multipart", CHANGE, |t| {
        Call::Json(json!({"key": t.key, "upload_id": t.upload_id}))
    })
    .keys(WRITES),
    row("GET /api/buckets", OWN, |_| Call::Nothing).keys(READS),
    row("POST /api/buckets/create", [401, 201, 403, 201], |_| {
        Call::Nothing
    })
    .keys([403, 201])
    .admin(201),
    // Somebody has it.
    row("POST /api/buckets/{name}", [401, 409, 403, 409], |t| {
        Call::Bucket(t.bucket.clone())
    })
    .keys([403, 409]),
    // Somebody else's is not there at all.
    row("GET /api/buckets/{name}", [401, 404, 200, 200], |t| {
        Call::Bucket(t.bucket.clone())
    })
    .keys(READS)
    .admin(200),
    row("DELETE /api/buckets/{name}", [401, 404, 403, 200], |t| {
        Call::Bucket(t.empty_bucket.clone())
    })
    .keys(WRITES),
    row("GET /api/buckets/{name}/items", [401, 404, 200, 200], |t| {
        Call::Bucket(t.bucket.clone())
    })
    .keys(READS),
    row("POST /api/buckets/{name}/items", [401, 404, 403, 200], |t| {
        Call::BucketForm(t.bucket.clone(), upload_form(&[], b"hello"))
    })
    .keys(WRITES),
    row(
        "GET /api/buckets/{name}/items/{*key}",
        [401, 404, 200, 200],
        |t| Call::Bucket(t.bucket.clone()),
    )
    .keys(READS),
    row(
        "DELETE /api/buckets/{name}/items/{*key}",
        [401, 404, 403, 200],
        |t| Call::Bucket(t.bucket.clone()),
    )
    .keys(WRITES),
    row("POST /api/auth/setup", [404, 404, 403, 404], |_| {
        Call::Json(json!({"token": "guessed", "username": "first", "password": PASSWORD}))
    }),
    row("GET /api/admin/users", ADMIN, |_| Call::Nothing).admin(200),
    row("POST /api/admin/users", ADMIN, |t| {
        let username = format!("made-{}", t.owner.id);
        Call::Json(json!({"username": username, "password": PASSWORD}))
    })
    .admin(201),
    row("GET /api/admin/users/{id}", ADMIN, |t| {
        Call::Named(t.owner.id.to_string())
    })
    .admin(200),
    row("PATCH /api/admin/users/{id}", ADMIN, |t| {
        Call::NamedJson(t.owner.id.to_string(), json!({"status": "disabled"}))
    })
    .admin(200),
    row("DELETE /api/admin/users/{id}", ADMIN, |t| {
        Call::Named(t.owner.id.to_string())
    })
    .admin(200),
    row("GET /api/teams", OWN, |_| Call::Nothing),
    row("POST /api/teams", ADMIN, |t| {
        Call::Json(json!({"name": format!("made by {}", t.owner.id)}))
    })
    .admin(201),
    // One that somebody is not in is not there at all; admins manage it.
    row("GET /api/teams/{id}", TEAM_READ, |t| Call::Named(t.team.clone())).admin(200),
    row("PATCH /api/teams/{id}", TEAM_ADMIN, |t| {
        Call::NamedJson(t.team.clone(), json!({"quota_bytes": 5}))
    })
    .admin(200),
    row("DELETE /api/teams/{id}", TEAM_ADMIN, |t| {
        Call::Named(t.team.clone())
    })
    .admin(200),
    row("GET /api/teams/{id}/members", TEAM_READ, |t| {
        Call::Named(t.team.clone())
    })
    .admin(200),
    row("POST /api/teams/{id}/members", [401, 404, 403, 201], |t| {
        Call::NamedJson(t.team.clone(), json!({"user": "root", "role": "viewer"}))
    })
    .admin(201),
    row(
        "PATCH /api/teams/{id}/members/{user_id}",
        [401, 404, 403, 200],
        |t| {
            let body = json!({"role": "manager"});
            Call::Member(t.team.clone(), t.member.clone(), Some(body))
        },
    )
    .admin(200),
    row(
        "DELETE /api/teams/{id}/members/{user_id}",
        [401, 404, 403, 200],
        |t| Call::Member(t.team.clone(), t.member.clone(), None),
    )
    .admin(200),
    row("GET /api/admin/teams", ADMIN, |_| Call::Nothing).admin(200),
    row("POST /api/admin/users/{id}/count-storage", ADMIN, |t| {
        Call::Named(t.owner.id.to_string())
    })
    .admin(202),
    row("GET /api/admin/stats", ADMIN, |_| Call::Nothing).admin(200),
    row("GET /api/admin/audit", ADMIN, |_| Call::Nothing).admin(200),
    row("GET /api/admin/invitations", ADMIN, |_| Call::Nothing).admin(200),
    row("POST /api/admin/invitations", ADMIN, |_| Call::Json(json!({}))).admin(201),
    row("DELETE /api/admin/invitations/{id}", ADMIN, |t| {
        Call::Named(t.invitation.clone())
    })
    .admin(200),
];

const AS_OF: &str = "2024-01-01T00:00:00Z";
const BOUNDARY: &str = "the-boundary-of-the-form";

/// The bytes of a form with these fields and one file.
pub(super) fn upload_form(fields: &[(&str, &str)], file: &[u8]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        form.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    form.extend_from_slice(head.as_bytes());
    form.extend_from_slice(file);
    form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    form
}

pub(super) fn object(key: &str) -> String {
    query("/api/s3/object", &[("key", key.to_owned())])
}

fn query(path: &str, pairs: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

pub(super) async fn send(client: &Client, method: Method, path: &str, form: Vec<u8>) -> Answer {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    client.request(method, path, Body::from(form), Some(&kind)).await
}

pub(super) async fn answer(client: &Client, method: &str, path: &str, call: Call) -> Answer {
    let method: Method = method.parse().unwrap();
    match call {
        Call::Nothing => client.request(method, path, Body::empty(), None).await,
        Call::Named(id) => {
            let path = path.replace("{id}", &id);
            client.request(method, &path, Body::empty(), None).await
        }
        Call::NamedJson(id, body) => {
            let path = path.replace("{id}", &id);
            client
                .request(method, &path, body.to_string().into(), Some("application/json"))
                .await
        }
        Call::Member(team, user, body) => {
            let path = path.replace("{id}", &team).replace("{user_id}", &user);
            let kind = body.as_ref().map(|_| "application/json");
            let body = body.map(|body| body.to_string()).unwrap_or_default();
            client.request(method, &path, body.into(), kind).await
        }
        Call::Bucket(name) => {
            let path = in_bucket(path, &name);
            client.request(method, &path, Body::empty(), None).await
        }
        Call::BucketForm(name, form) => send(client, method, &in_bucket(path, &name), form).await,
        Call::Query(pairs) => {
            client
                .request(method, &query(path, &pairs), Body::empty(), None)
                .await
        }
        Call::Json(body) => {
            client
                .request(method, path, body.to_string().into(), Some("application/json"))
                .await
        }
        Call::Form(pairs) => {
            let body = serde_urlencoded::to_string(pairs).unwrap();
            client
                .request(
                    method,
                    path,
                    body.into(),
                    Some("application/x-www-form-urlencoded"),
                )
                .await
        }
        Call::File(form) => send(client, method, path, form).await,
    }
}

fn in_bucket(path: &str, name: &str) -> String {
    path.replace("{name}", name).replace("{*key}", "f")
}

pub(super) async fn send_to(client: &Client, method: &str, path: &str, call: Call) -> u16 {
    answer(client, method, path, call).await.status.as_u16()
}
