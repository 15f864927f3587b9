//! Security 40: a disk that is really full, with both databases and all blobs on it.

use std::{
    fs::File,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{Program, command_on_disk};
use crate::support::{Form, PASSWORD, ports::free_ports};

const MIB: usize = 1 << 20;
const DISK: u32 = 160;

/// `DATA_DIR` as the program sees it: the disk is mounted for the program alone.
fn seen_by(program: &Program, data: &TempDir) -> PathBuf {
    let id = program.child.id().unwrap();
    let folder = data.path().join("data");
    PathBuf::from(format!("/proc/{id}/root")).join(folder.strip_prefix("/").unwrap())
}

/// What another program does to the disk: fills it to the last byte.
fn fill(folder: &std::path::Path) {
    let mut filler = File::create(folder.join("filler")).unwrap();
    for chunk in [vec![0; MIB], vec![0; 4096]] {
        while filler.write_all(&chunk).is_ok() {}
    }
}

struct Ada<'a> {
    program: &'a Program,
    http: reqwest::Client,
    token: String,
    home: String,
}

impl<'a> Ada<'a> {
    async fn of(program: &'a Program) -> Self {
        let token = program.person().await;
        Self {
            home: program.home(&token).await,
            program,
            http: reqwest::Client::new(),
            token,
        }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.program.url);
        self.http
            .request(method.parse().unwrap(), url)
            .bearer_auth(&self.token)
    }

    async fn upload(&self, name: &str, bytes: usize) -> (u16, Value) {
        let form = Form::new()
            .file(name, "application/octet-stream", &vec![7; bytes])
            .text("key", &format!("{}{name}", self.home));
        answered(
            self.request("POST", "/api/s3/upload")
                .header("content-type", Form::content_type())
                .body(form.bytes()),
        )
        .await
    }

    /// Straight to storage, as planned.
    async fn put(&self, planned: &Value) -> reqwest::Response {
        let mut put = self.http.put(planned["url"].as_str().unwrap()).body("hello");
        for (name, value) in planned["headers"].as_object().into_iter().flatten() {
            put = put.header(name, value.as_str().unwrap());
        }
        put.send().await.unwrap()
    }

    async fn versions(&self, name: &str) -> Value {
        let versions = self
            .request("GET", "/api/s3/object/versions")
            .query(&[("key", format!("{}{name}", self.home))]);
        answered(versions).await.1
    }

    async fn delete(&self, name: &str, version: Option<&str>) -> (u16, Value) {
        let key = format!("{}{name}", self.home);
        let body = match version {
            Some(version) => json!({"key": key, "version_id": version}),
            None => json!({"key": key}),
        };
        answered(self.request("DELETE", "/api/s3/object").json(&body)).await
    }
}

async fn answered(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn assert_full((status, body): (u16, Value), what: &str) {
    assert_eq!(
        (status, &body["code"]),
        (507, &json!("STORAGE_FULL")),
        "{what}: {body}"
    );
}

#[tokio::test]
async fn security_40_a_full_disk_refuses_what_grows_and_lets_people_make_room() {
    let data = tempfile::tempdir().unwrap();
    let [storage] = free_ports();
    let storage = format!("127.0.0.1:{storage}");
    let variables = [("EMBEDDED_S3_ADDR", &*storage)];
    let program = Program::start_by(command_on_disk(&data, DISK, ":"), &variables).await;
    let disk = seen_by(&program, &data);
    let ada = Ada::of(&program).await;
    for (name, mebibytes) in [("small", 1), ("large", 40)] {
        assert_eq!(ada.upload(name, mebibytes * MIB).await.0, 200);
    }
    let plan =
        json!({"files": [{"key": format!("{}planned", ada.home), "size": 5}], "on_conflict": "overwrite"});
    let (status, plan) = answered(ada.request("POST", "/api/s3/uploads").json(&plan)).await;
    assert_eq!(status, 200, "{plan}");
    let planned = &plan["uploads"][0];
    assert!(disk.join("forepeak.db-reserve").exists() && disk.join("objects/meta.db-reserve").exists());

    fill(&disk);
    is_full(&ada, planned).await;

    // Hidden first, then for good.
    assert_eq!(ada.delete("large", None).await.0, 200);
    let versions = ada.versions("large").await;
    let versions: Vec<&str> = versions
        .as_array()
        .unwrap_or_else(|| panic!("{versions}"))
        .iter()
        .map(|version| version["version_id"].as_str().unwrap())
        .collect();
    assert_eq!(versions.len(), 2, "the object and its delete marker");
    for version in versions {
        let (status, body) = ada.delete("large", Some(version)).await;
        assert_eq!(status, 200, "{body}");
    }
    // 40 MiB are free, which is what the program keeps free.
    std::fs::remove_file(disk.join("filler")).unwrap();
    assert_eq!(ada.upload("again", MIB).await.0, 200);
    assert!(disk.join("forepeak.db-reserve").exists() && disk.join("objects/meta.db-reserve").exists());
    assert_eq!(ada.put(planned).await.status(), 200);
}

/// Nobody can restart a server whose disk must have room for that.
#[tokio::test]
async fn security_40_a_server_starts_on_a_full_disk() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    let ada = Ada::of(&program).await;
    assert_eq!(ada.upload("small", MIB).await.0, 200);
    program.end().await;

    std::fs::rename(data.path().join("data"), data.path().join("kept")).unwrap();
    let prepared = "cp -a --sparse=never ../kept/. .; cat /dev/zero > filler || true";
    let program = Program::start_by(command_on_disk(&data, DISK, prepared), &[]).await;
    let token = program.sign_in("ada", PASSWORD).await;
    let ada = Ada {
        home: program.home(&token).await,
        program: &program,
        http: reqwest::Client::new(),
        token,
    };
    assert_full(ada.upload("more", 1).await, "upload");
    assert_eq!(ada.delete("small", None).await.0, 200);
}

/// A folder goes for good with all its versions, by a job, and what it took is free.
#[tokio::test]
async fn security_40_a_folder_is_deleted_for_good_on_a_full_disk() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start_by(command_on_disk(&data, DISK, ":"), &[]).await;
    let disk = seen_by(&program, &data);
    let ada = Ada::of(&program).await;
    for name in ["f/large", "f/g/small", "f/large", "kept"] {
        assert_eq!(ada.upload(name, 10 * MIB).await.0, 200);
    }
    assert_eq!(ada.delete("f/g/small", None).await.0, 200);
    fill(&disk);
    assert_full(ada.upload("more", 1).await, "upload");

    let body = json!({"prefixes": [format!("{}f/", ada.home)], "permanent": true});
    let (status, begun) = answered(ada.request("POST", "/api/s3/delete").json(&body)).await;
    assert_eq!(status, 202, "{begun}");
    let path = format!("/api/jobs/{}", begun["job_id"].as_str().unwrap());
    let started = Instant::now();
    let job = loop {
        let job = program.get(&path, &ada.token).await;
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            break job;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{job}");
    };
    assert_eq!((&job["state"], &job["failures"]), (&json!("done"), &json!([])));
    // Three versions and a delete marker.
    assert_eq!((&job["done"], &job["bytes_done"]), (&json!(4), &json!(30 * MIB)));
    assert_eq!(ada.versions("f/large").await["code"], "RESOURCE_NOT_FOUND");
    let page = program.get("/api/s3/objects?recursive=true", &ada.token).await;
    assert_eq!(page["objects"].as_array().unwrap().len(), 1, "{page}");
    // The filler takes nothing of what was freed.
    std::fs::remove_file(disk.join("filler")).unwrap();
    assert_eq!(ada.upload("again", MIB).await.0, 200);
}

async fn is_full(ada: &Ada<'_>, planned: &Value) {
    let (status, ready) = answered(ada.request("GET", "/ready")).await;
    assert_eq!((status, &ready["disk"]), (503, &json!("full")), "{ready}");
    assert_eq!(answered(ada.request("GET", "/health")).await.0, 200);
    assert_full(ada.upload("more", 1).await, "upload");
    let key = format!("{}more", ada.home);
    for (method, path, body) in [
        (
            "POST",
            "/api/s3/uploads",
            json!({"files": [{"key": key, "size": 1}], "on_conflict": "report"}),
        ),
        ("POST", "/api/s3/multipart/initiate", json!({"key": key})),
        ("POST", "/api/s3/folder", json!({"prefix": key})),
        (
            "POST",
            "/api/auth/register",
            json!({"username": "bob", "password": PASSWORD}),
        ),
        ("POST", "/api/auth/api-keys", json!({"name": "a key"})),
        ("PATCH", "/api/auth/me", json!({"full_name": "Ada"})),
    ] {
        assert_full(answered(ada.request(method, path).json(&body)).await, path);
    }
    let form = ada.http.post(format!("{}/register", ada.program.url));
    let form = form
        .header("sec-fetch-site", "same-origin")
        .form(&[("username", "bob"), ("password", PASSWORD)]);
    let page = form.send().await.unwrap();
    assert_eq!(page.status(), 507);
    assert!(page.text().await.unwrap().contains("disk is full"));
    let stored = ada.put(planned).await;
    assert_eq!(stored.status(), 507);
    assert!(stored.text().await.unwrap().contains("<Code>StorageFull</Code>"));

    // Whoever is to make room can sign in, and see what there is.
    ada.program.sign_in("ada", PASSWORD).await;
    let objects = ada.program.get("/api/s3/objects", &ada.token).await;
    assert_eq!(objects["objects"].as_array().unwrap().len(), 2, "{objects}");
    let object = ada
        .request("GET", "/api/s3/object")
        .query(&[("key", format!("{}small", ada.home))]);
    assert_eq!(object.send().await.unwrap().bytes().await.unwrap().len(), MIB);
}
