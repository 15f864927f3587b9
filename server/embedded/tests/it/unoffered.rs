//! What a request says beside its operation is done or refused; it never falls through to the plain operation.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use http::{Method, StatusCode};

use crate::support::raw::RawClient;
use crate::support::store::Running;

/// Every sub-resource of S3, and some that it may have one day.
const SUB_RESOURCES: &[&str] = &[
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "annotation",
    "append",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "somethingNew",
    "tagging",
    "torrent",
    "uploads",
    "versioning",
    "versions",
    "website",
];

/// Those of the store's own that change something, by design.
const OFFERED: &[(Method, &str, &str)] = &[
    (Method::PUT, "/b-b", "cors"),
    (Method::PUT, "/b-b", "versioning"),
    (Method::DELETE, "/b-b", "cors"),
    (Method::POST, "/b-b", "delete"),
    (Method::PUT, "/b-b/k", "tagging"),
    (Method::DELETE, "/b-b/k", "tagging"),
    (Method::POST, "/b-b/k", "uploads"),
];

async fn filled() -> Running {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let put = root.put_object().bucket("b-b").key("k").tagging("a=1");
    put.body(b"content".to_vec().into()).send().await.unwrap();
    running
}

/// All that a fallen-through request could have changed.
async fn state(raw: &RawClient) -> Vec<String> {
    let mut state = Vec::new();
    for target in [
        "/",
        "/b-b?versions",
        "/b-b/k",
        "/b-b/k?tagging",
        "/b-b?uploads",
        "/b-b?versioning",
    ] {
        let answer = raw.send(Method::GET, target, &[], "").await;
        assert_eq!(answer.status, StatusCode::OK, "{target}: {}", answer.body);
        state.push(answer.body);
    }
    state
}

#[tokio::test]
async fn no_sub_resource_falls_through() {
    let running = filled().await;
    let raw = running.raw();
    let before = state(&raw).await;
    for sub_resource in SUB_RESOURCES {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::POST,
            Method::DELETE,
        ] {
            for target in ["/b-b", "/b-b/k"] {
                if OFFERED.contains(&(method.clone(), target, sub_resource)) {
                    continue;
                }
                for form in ["", "=", "&uploadId=x", "&versionId=null", "&x-id=PutObject"] {
                    let what = format!("{target}?{sub_resource}{form}");
                    let answer = raw.send(method.clone(), &what, &[], "other").await;
                    let reads = method == Method::GET || method == Method::HEAD;
                    assert!(
                        reads
                            || answer.status.is_client_error()
                            || answer.status == StatusCode::NOT_IMPLEMENTED,
                        "{method} {what}: {} {}",
                        answer.status,
                        answer.body
                    );
                    assert!(
                        !answer.body.contains("content"),
                        "{method} {what}: the object itself"
                    );
                    assert!(
                        !answer.body.contains("ListBucketResult"),
                        "{method} {what}: a listing"
                    );
                }
            }
        }
        assert_eq!(state(&raw).await, before, "{sub_resource}");
    }
}

#[tokio::test]
async fn what_is_not_offered_is_said_to_be_so() {
    let running = filled().await;
    let raw = running.raw();
    for (method, target) in [
        (Method::DELETE, "/b-b?metadataConfiguration"),
        (Method::DELETE, "/b-b?versioning"),
        (Method::DELETE, "/b-b?acl"),
        (Method::DELETE, "/b-b?logging"),
        (Method::DELETE, "/b-b/k?acl"),
        (Method::DELETE, "/b-b/k?retention"),
        (Method::DELETE, "/b-b/k?legal-hold"),
        (Method::PUT, "/b-b/k?renameObject"),
        (Method::PUT, "/b-b/k?annotation"),
        (Method::PUT, "/b-b/k?encryption"),
        (Method::PUT, "/b-b?lifecycle"),
    ] {
        let answer = raw.send(method.clone(), target, &[], "<a/>").await;
        assert_eq!(answer.code(), "NotImplemented", "{method} {target}");
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED, "{method} {target}");
    }
    for target in [
        "/b-b/k?partNumber=1",
        "/b-b/k?versionId=null",
        "/b-b/k?uploadId=x",
    ] {
        let answer = raw.send(Method::PUT, target, &[], "other").await;
        assert_eq!(answer.code(), "InvalidArgument", "{target}");
    }
    // Plain parameters without a meaning are nobody's concern.
    let answer = raw
        .send(Method::GET, "/b-b/k?from=here&x-id=GetObject", &[], "")
        .await;
    assert_eq!(answer.body, "content");
    let patch = raw.send(Method::PATCH, "/b-b/k", &[], "").await;
    assert_eq!(patch.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn headers_that_are_not_done_are_refused() {
    let running = filled().await;
    let raw = running.raw();
    let before = state(&raw).await;
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let everywhere = [
        ("x-amz-expected-bucket-owner", "111122223333"),
        ("x-amz-grant-read", "id=\"someone\""),
        ("x-amz-grant-full-control", "id=\"someone\""),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", key),
        ("x-amz-copy-source-server-side-encryption-customer-key", key),
        ("x-amz-source-expected-bucket-owner", "111122223333"),
        ("x-amz-something-new", "1"),
    ];
    let operations = [
        (Method::GET, "/"),
        (Method::PUT, "/n-n"),
        (Method::GET, "/b-b?list-type=2"),
        (Method::DELETE, "/b-b"),
        (Method::POST, "/b-b?delete"),
        (Method::HEAD, "/b-b/k"),
        (Method::GET, "/b-b/k"),
        (Method::PUT, "/b-b/k"),
        (Method::DELETE, "/b-b/k"),
        (Method::POST, "/b-b/k?uploads"),
        (Method::PUT, "/b-b/k?tagging"),
    ];
    for (method, target) in &operations {
        for (name, value) in everywhere {
            let answer = raw.send(method.clone(), target, &[(name, value)], "").await;
            assert_eq!(
                answer.status,
                StatusCode::NOT_IMPLEMENTED,
                "{method} {target} {name}"
            );
        }
    }
    let refused = [
        (Method::PUT, "/b-b/k", "x-amz-write-offset-bytes", "7", 501),
        (Method::PUT, "/b-b/k", "x-amz-object-lock-mode", "GOVERNANCE", 501),
        (
            Method::PUT,
            "/b-b/k",
            "x-amz-server-side-encryption",
            "AES256",
            501,
        ),
        (Method::PUT, "/b-b/k", "x-amz-acl", "public-read", 400),
        (Method::PUT, "/b-b/k", "x-amz-storage-class", "GLACIER", 400),
        (
            Method::PUT,
            "/b-b/k",
            "if-unmodified-since",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            501,
        ),
        (Method::PUT, "/b-b/k", "content-range", "bytes 0-4/5", 501),
        (Method::DELETE, "/b-b/k", "x-amz-if-match-size", "1", 501),
        (
            Method::DELETE,
            "/b-b/k",
            "x-amz-if-match-last-modified-time",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            501,
        ),
        (Method::DELETE, "/b-b/k", "if-none-match", "*", 501),
        (Method::PUT, "/n-n", "x-amz-acl", "public-read", 400),
        (Method::PUT, "/n-n", "x-amz-object-ownership", "ObjectWriter", 400),
        (
            Method::PUT,
            "/n-n",
            "x-amz-bucket-object-lock-enabled",
            "true",
            501,
        ),
    ];
    for (method, target, name, value, status) in refused {
        let answer = raw.send(method.clone(), target, &[(name, value)], "").await;
        assert_eq!(answer.status, status, "{method} {target} {name}: {}", answer.body);
    }
    let source = [
        ("x-amz-copy-source", "/b-b/k"),
        ("x-amz-copy-source-range", "bytes=0-1"),
    ];
    let copied = raw.send(Method::PUT, "/b-b/copy", &source, "").await;
    assert_eq!(copied.status, StatusCode::NOT_IMPLEMENTED, "a copy has no range");
    assert_eq!(state(&raw).await, before);
}

/// Presigned URLs of some SDKs carry headers as parameters. They mean the same there.
#[tokio::test]
async fn parameters_that_are_headers_are_taken_for_headers() {
    let running = filled().await;
    let raw = running.raw();
    let answer = raw
        .send(
            Method::PUT,
            "/b-b/t?x-amz-tagging=n%3D1&x-amz-meta-colour=blue",
            &[],
            "x",
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let head = running
        .root()
        .head_object()
        .bucket("b-b")
        .key("t")
        .send()
        .await
        .unwrap();
    assert_eq!(head.metadata().unwrap()["colour"], "blue");
    let tags = raw.send(Method::GET, "/b-b/t?tagging", &[], "").await;
    assert_eq!(
        (tags.element("Key"), tags.element("Value")),
        (Some("n"), Some("1"))
    );
    for target in [
        "/b-b/t?x-amz-expected-bucket-owner=1",
        "/b-b/t?x-amz-acl=public-read",
    ] {
        let answer = raw.send(Method::PUT, target, &[], "x").await;
        assert!(!answer.status.is_success(), "{target}");
    }
}

#[tokio::test]
async fn elements_that_are_not_done_are_refused() {
    let running = filled().await;
    let raw = running.raw();
    let before = state(&raw).await;
    for (method, target, document) in [
        (
            Method::POST,
            "/b-b?delete",
            "<Delete><Object><Key>k</Key><Size>1</Size></Object></Delete>",
        ),
        (
            Method::POST,
            "/b-b?delete",
            "<Delete><Object><Key>k</Key><LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</LastModifiedTime></Object></Delete>",
        ),
        (
            Method::PUT,
            "/b-b?versioning",
            "<VersioningConfiguration><Status>Suspended</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
        ),
        (
            Method::PUT,
            "/n-n",
            "<CreateBucketConfiguration><Location><Type>AvailabilityZone</Type></Location></CreateBucketConfiguration>",
        ),
    ] {
        let answer = raw.send(method, target, &[], document).await;
        assert_eq!(answer.code(), "NotImplemented", "{document}");
    }
    assert_eq!(state(&raw).await, before);
}

/// Only the owner has rights. Clients may set the ACL that says so; every other one is refused.
#[tokio::test]
async fn an_acl_is_the_one_that_there_is() {
    let running = filled().await;
    let raw = running.raw();
    let before = state(&raw).await;
    let document = "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>";
    for target in ["/b-b?acl", "/b-b/k?acl"] {
        for (acl, body, code) in [
            (Some("private"), "", "200"),
            (Some("public-read"), "", "AccessControlListNotSupported"),
            (Some("nonsense"), "", "AccessControlListNotSupported"),
            (Some("private"), document, "NotImplemented"),
            (None, document, "NotImplemented"),
            (None, "", "MissingSecurityHeader"),
        ] {
            let headers: Vec<_> = acl.map(|acl| ("x-amz-acl", acl)).into_iter().collect();
            let answer = raw.send(Method::PUT, target, &headers, body).await;
            assert_eq!(answer.code(), code, "{target} {acl:?} {body}");
        }
    }
    for (target, code) in [("/n-n?acl", "NoSuchBucket"), ("/b-b/none?acl", "NoSuchKey")] {
        let answer = raw
            .send(Method::PUT, target, &[("x-amz-acl", "private")], "")
            .await;
        assert_eq!(answer.code(), code, "{target}");
    }
    assert_eq!(state(&raw).await, before);
}

/// S3 wants to know how much comes before it takes anything.
#[tokio::test]
async fn a_body_of_unknown_length_is_refused() {
    let running = filled().await;
    let put = running.root().put_object().bucket("b-b").key("k");
    let minute = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = put.presigned(minute).await.unwrap();
    let endless = futures::stream::iter([Ok::<_, std::io::Error>("other")]);
    let sent = reqwest::Client::new()
        .put(put.uri())
        .body(reqwest::Body::wrap_stream(endless));
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::LENGTH_REQUIRED);
    let got = running.raw().send(Method::GET, "/b-b/k", &[], "").await;
    assert_eq!(got.body, "content");
}
