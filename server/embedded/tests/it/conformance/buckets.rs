//! Buckets and their CORS rules.

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use http::Method;

use super::Cx;
use super::multipart::{begin, send};
use crate::support::code;

pub(super) async fn lifecycle(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let listed = cx.s3.list_buckets().send().await.unwrap();
    let found = listed.buckets().iter().any(|one| one.name() == Some(&bucket));
    cx.check("it is listed", found, true);
    cx.check(
        "head",
        code(&cx.s3.head_bucket().bucket(&bucket).send().await),
        "ok".into(),
    );
    cx.check(
        "head of none",
        code(&cx.s3.head_bucket().bucket("no-such-bucket").send().await),
        "404".into(),
    );
    let again = code(&cx.s3.create_bucket().bucket(&bucket).send().await);
    cx.check("twice", again, "ok".into());
    let bad = code(&cx.s3.create_bucket().bucket("Bad_Name").send().await);
    cx.check("bad name", bad, "InvalidBucketName".into());
    let put = cx.s3.put_object().bucket("no-such-bucket").key("k").send().await;
    cx.check("put into none", code(&put), "NoSuchBucket".into());
    let list = cx.s3.list_objects_v2().bucket("no-such-bucket").send().await;
    cx.check("list none", code(&list), "NoSuchBucket".into());
    cx.put(&bucket, "k", b"x").await;
    let full = code(&cx.s3.delete_bucket().bucket(&bucket).send().await);
    cx.check("delete a full one", full, "BucketNotEmpty".into());
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    cx.check(
        "delete",
        code(&cx.s3.delete_bucket().bucket(&bucket).send().await),
        "ok".into(),
    );
    let gone = code(&cx.s3.delete_bucket().bucket(&bucket).send().await);
    cx.check("delete again", gone, "NoSuchBucket".into());
}

pub(super) async fn cors(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let none = code(&cx.s3.get_bucket_cors().bucket(&bucket).send().await);
    cx.check("none at first", none, "NoSuchCORSConfiguration".into());
    let rule = CorsRule::builder()
        .allowed_origins("http://one.test")
        .allowed_methods("PUT")
        .allowed_headers("*")
        .expose_headers("ETag")
        .max_age_seconds(60)
        .build()
        .unwrap();
    cx.s3
        .put_bucket_cors()
        .bucket(&bucket)
        .cors_configuration(
            CorsConfiguration::builder()
                .cors_rules(rule.clone())
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    let got = cx.s3.get_bucket_cors().bucket(&bucket).send().await.unwrap();
    cx.check("reads back", got.cors_rules(), &[rule]);
    cx.s3.delete_bucket_cors().bucket(&bucket).send().await.unwrap();
    let none = code(&cx.s3.get_bucket_cors().bucket(&bucket).send().await);
    cx.check("none after", none, "NoSuchCORSConfiguration".into());
}

pub(super) async fn preflights(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let rule = CorsRule::builder()
        .allowed_origins("http://one.test")
        .allowed_methods("GET")
        .allowed_methods("PUT")
        .build()
        .unwrap();
    let rules = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    let set = cx.s3.put_bucket_cors().bucket(&bucket).cors_configuration(rules);
    set.send().await.unwrap();
    let target = format!("/{bucket}/k");
    let ask = |headers: &'static [(&'static str, &'static str)]| {
        let mut request = cx
            .http
            .request(Method::OPTIONS, format!("{}{target}", cx.raw.endpoint));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async { request.send().await.unwrap().status().as_u16() }
    };
    let wanted: &[_] = &[
        ("origin", "http://one.test"),
        ("access-control-request-method", "PUT"),
    ];
    cx.check("allowed", ask(wanted).await, 200);
    cx.check(
        "no origin",
        ask(&[("access-control-request-method", "PUT")]).await,
        400,
    );
    cx.check("no method", ask(&[("origin", "http://one.test")]).await, 400);
    let other: &[_] = &[
        ("origin", "http://two.test"),
        ("access-control-request-method", "PUT"),
    ];
    cx.check("another origin", ask(other).await, 403);
    cx.put(&bucket, "k", b"x").await;
    let got = cx
        .raw
        .send(Method::GET, &target, &[("origin", "http://one.test")], "")
        .await;
    cx.check(
        "methods on a plain answer",
        got.header("access-control-allow-methods"),
        Some("GET, PUT"),
    );
}

pub(super) async fn uploads_go_with_their_bucket(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let id = begin(&cx, &bucket, "k").await;
    send(&cx, &bucket, "k", &id, 1, b"part").await;
    let gone = code(&cx.s3.delete_bucket().bucket(&bucket).send().await);
    cx.check("deleted", gone, "ok".into());
    let parts = cx
        .s3
        .list_parts()
        .bucket(&bucket)
        .key("k")
        .upload_id(&id)
        .send()
        .await;
    cx.check("with its uploads", code(&parts), "NoSuchBucket".into());
}
