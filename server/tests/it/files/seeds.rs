//! The examples of the documents that Forepeak unifies, sent as printed.

use serde_json::{Value, json};

use crate::support::{Form, TestApp};

#[tokio::test]
async fn the_curl_examples_work_as_printed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("johndoe").await;
    let key = ada.key("file.txt");

    // curl -F "file=@/path/to/file.txt" -F "key=users/user-uuid/file.txt"
    let form = Form::new()
        .file("file.txt", "text/plain", b"hello, world\n")
        .text("key", &key);
    let answer = ada.post_form("/api/s3/upload", form).await;
    let uploaded: Value = answer.ok();
    assert_eq!(uploaded["key"], key);
    assert_eq!(uploaded["message"], "File uploaded successfully");
    let etag = uploaded["etag"].as_str().unwrap();
    assert!(!etag.is_empty() && !etag.contains('"'), "{etag}");

    // curl -X GET "…/api/s3/objects?prefix=users/user-uuid/"
    let list: Value = ada
        .get(&format!("/api/s3/objects?prefix=users/{}/", ada.id))
        .await
        .ok();
    assert_eq!(list["prefix"], format!("users/{}/", ada.id));
    assert_eq!(list["has_more"], false);
    assert_eq!(list["continuation_token"], Value::Null);
    let object = &list["objects"][0];
    assert_eq!(object["key"], key);
    assert_eq!(object["size"], 13);
    assert_eq!(object["etag"], etag);
    assert_eq!(object["storage_class"], "STANDARD");
    assert_eq!(object["is_folder"], false);
    let modified = object["last_modified"].as_str().unwrap();
    assert!(modified.ends_with('Z') && modified.len() == 20, "{modified}");
}

#[tokio::test]
async fn every_body_of_the_document_gets_the_answer_printed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for name in [
        "file-to-delete.txt",
        "file1.txt",
        "file2.txt",
        "file-to-download.txt",
    ] {
        ada.upload(name, "text/plain", b"x").await;
    }
    let prefix: Value = ada.get("/api/s3/user-prefix").await.ok();
    assert_eq!(prefix, json!({"prefix": ada.key("")}));

    let deleted: Value = ada
        .delete_json("/api/s3/object", json!({"key": ada.key("file-to-delete.txt")}))
        .await
        .ok();
    assert_eq!(deleted["message"], "Object deleted successfully");

    let keys = [ada.key("file1.txt"), ada.key("file2.txt")];
    let deleted: Value = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!(
        (&deleted["deleted"], &deleted["errors"]),
        (&json!(keys), &json!([]))
    );

    let link: Value = ada
        .post(
            "/api/s3/download",
            json!({"key": ada.key("file-to-download.txt")}),
        )
        .await
        .ok();
    assert_eq!(link["expires_in"], 3600);
    assert!(link["url"].as_str().unwrap().starts_with("http"));

    let folder: Value = ada
        .post("/api/s3/folder", json!({"prefix": ada.key("new-folder")}))
        .await
        .ok();
    assert_eq!(folder, json!({"message": "Folder created successfully"}));

    let found: Value = ada.get("/api/s3/search?query=DOWNLOAD").await.ok();
    assert_eq!(found[0]["key"], ada.key("file-to-download.txt"));

    let metadata: Value = ada
        .get(&format!(
            "/api/s3/object/metadata?key={}",
            ada.key("file-to-download.txt")
        ))
        .await
        .ok();
    assert_eq!(metadata["content_type"], "text/plain");
    assert_eq!(metadata["content_length"], 1);
    assert_eq!(metadata["metadata"], json!({}));
    assert!(metadata["version_id"].is_string());

    let versions: Value = ada
        .get(&format!(
            "/api/s3/object/versions?key={}",
            ada.key("file-to-download.txt")
        ))
        .await
        .ok();
    assert_eq!(versions[0]["is_latest"], true);
    assert_eq!(versions[0]["size"], 1);
}

#[tokio::test]
async fn the_python_example_passes_its_parameters() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let list: Value = ada
        .get(&format!(
            "/api/s3/objects?prefix=users%2F{}%2F&max_keys=50",
            ada.id
        ))
        .await
        .ok();
    assert_eq!(list["objects"], json!([]));
}
