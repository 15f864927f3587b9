//! CopyObject.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{MetadataDirective, TaggingDirective};

use http::Method;

use super::Cx;
use super::multipart::begin;
use crate::support::{bytes, code};

pub(super) async fn objects_are_copied(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    let target = cx.bucket("b").await;
    let body = bytes(7, 100_000);
    let put = |body: Vec<u8>| {
        cx.s3
            .put_object()
            .bucket(&bucket)
            .key("k ü+")
            .content_type("text/plain")
            .metadata("colour", "blue")
            .tagging("t=1")
            .body(ByteStream::from(body))
            .send()
    };
    let first = put(body.clone()).await.unwrap();
    put(b"newer".to_vec()).await.unwrap();
    let source = format!("{bucket}/k%20%C3%BC%2B");
    let old = format!("{source}?versionId={}", first.version_id().unwrap());
    cx.s3
        .copy_object()
        .copy_source(&source)
        .bucket(&target)
        .key("now")
        .send()
        .await
        .unwrap();
    cx.check("of the newest", cx.read(&target, "now").await, b"newer".to_vec());
    let made = cx
        .s3
        .copy_object()
        .copy_source(&old)
        .bucket(&target)
        .key("then")
        .send()
        .await
        .unwrap();
    cx.check(
        "says its source",
        made.copy_source_version_id(),
        first.version_id(),
    );
    cx.check("of a version", cx.read(&target, "then").await == body, true);
    let head = cx
        .s3
        .head_object()
        .bucket(&target)
        .key("then")
        .send()
        .await
        .unwrap();
    cx.check("type comes along", head.content_type(), Some("text/plain"));
    cx.check(
        "metadata comes along",
        head.metadata().unwrap().get("colour").cloned(),
        Some("blue".into()),
    );
    let tags = cx
        .s3
        .get_object_tagging()
        .bucket(&target)
        .key("then")
        .send()
        .await
        .unwrap();
    cx.check("tags come along", tags.tag_set().len(), 1);
    cx.s3
        .copy_object()
        .copy_source(&old)
        .bucket(&target)
        .key("new")
        .metadata_directive(MetadataDirective::Replace)
        .content_type("text/html")
        .metadata("size", "big")
        .tagging_directive(TaggingDirective::Replace)
        .tagging("u=2&v=3")
        .send()
        .await
        .unwrap();
    let head = cx
        .s3
        .head_object()
        .bucket(&target)
        .key("new")
        .send()
        .await
        .unwrap();
    cx.check("type replaced", head.content_type(), Some("text/html"));
    cx.check(
        "metadata replaced",
        head.metadata().unwrap().get("colour").cloned(),
        None,
    );
    let tags = cx
        .s3
        .get_object_tagging()
        .bucket(&target)
        .key("new")
        .send()
        .await
        .unwrap();
    cx.check("tags replaced", tags.tag_set().len(), 2);
    let copy = |source: &str| cx.s3.copy_object().copy_source(source).bucket(&target).key("c");
    cx.check(
        "of none",
        code(&copy(&format!("{bucket}/none")).send().await),
        "NoSuchKey".into(),
    );
    let refused = code(&copy(&source).copy_source_if_match("\"0\"").send().await);
    cx.check("if its source matches", refused, "PreconditionFailed".into());
    let itself = cx
        .s3
        .copy_object()
        .copy_source(format!("{target}/new"))
        .bucket(&target)
        .key("new")
        .send()
        .await;
    cx.check("onto itself", code(&itself), "InvalidRequest".into());
    let restored = cx
        .s3
        .copy_object()
        .copy_source(&old)
        .bucket(&bucket)
        .key("k ü+")
        .send()
        .await;
    cx.check("restore", code(&restored), "ok".into());
    cx.check("restored", cx.read(&bucket, "k ü+").await == body, true);
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("k ü+")
        .send()
        .await
        .unwrap();
    let marker = cx
        .s3
        .delete_object()
        .bucket(&bucket)
        .key("k ü+")
        .send()
        .await
        .unwrap();
    let marker = format!("{source}?versionId={}", marker.version_id().unwrap());
    cx.check(
        "of what is deleted",
        code(&copy(&source).send().await),
        "NoSuchKey".into(),
    );
    cx.check(
        "of a delete marker",
        code(&copy(&marker).send().await),
        "InvalidRequest".into(),
    );
    cx.check(
        "a copy outlives its source",
        cx.read(&target, "then").await == body,
        true,
    );
}

/// A plus is a space and `%2B` a plus, for objects and for parts.
pub(super) async fn encoded_sources(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "a b+c", b"x").await;
    let id = begin(&cx, &bucket, "parts").await;
    for (n, source) in ["a+b%2Bc", "a%20b%2Bc", "/a+b%2Bc"].into_iter().enumerate() {
        let source = match source.strip_prefix('/') {
            Some(key) => format!("/{bucket}/{key}"),
            None => format!("{bucket}/{source}"),
        };
        let source = [("x-amz-copy-source", source.as_str())];
        let copied = cx
            .raw
            .send(Method::PUT, &format!("/{bucket}/copy"), &source, "")
            .await;
        cx.check(&format!("copy of {}", source[0].1), copied.code(), "200".into());
        let target = format!("/{bucket}/parts?partNumber={}&uploadId={id}", n + 1);
        let copied = cx.raw.send(Method::PUT, &target, &source, "").await;
        cx.check(&format!("part of {}", source[0].1), copied.code(), "200".into());
    }
    let wrong = [("x-amz-copy-source", format!("{bucket}/a%20b+c"))];
    let wrong = wrong.each_ref().map(|(name, value)| (*name, value.as_str()));
    let refused = cx
        .raw
        .send(Method::PUT, &format!("/{bucket}/copy"), &wrong, "")
        .await;
    cx.check("another key", refused.code(), "NoSuchKey".into());
}

pub(super) async fn onto_itself(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let put = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k")
        .metadata("colour", "blue");
    put.body(ByteStream::from_static(b"x")).send().await.unwrap();
    let source = format!("{bucket}/k");
    let copy = async |header: &[(&str, &str)]| {
        let headers = [&[("x-amz-copy-source", source.as_str())], header].concat();
        cx.raw
            .send(Method::PUT, &format!("/{bucket}/k"), &headers, "")
            .await
            .code()
    };
    cx.check("without a change", copy(&[]).await, "InvalidRequest".into());
    cx.check(
        "a storage class",
        copy(&[("x-amz-storage-class", "STANDARD")]).await,
        "200".into(),
    );
    cx.check(
        "a redirect",
        copy(&[("x-amz-website-redirect-location", "/other")]).await,
        "200".into(),
    );
    let head = cx.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    cx.check("is kept", head.website_redirect_location(), Some("/other"));
    let elsewhere = cx
        .s3
        .copy_object()
        .copy_source(&source)
        .bucket(&bucket)
        .key("elsewhere");
    elsewhere.send().await.unwrap();
    let other = cx
        .s3
        .head_object()
        .bucket(&bucket)
        .key("elsewhere")
        .send()
        .await
        .unwrap();
    cx.check("but not copied", other.website_redirect_location(), None);
    cx.check(
        "with the rest",
        head.metadata()
            .and_then(|all| all.get("colour"))
            .map(String::as_str),
        Some("blue"),
    );
}
