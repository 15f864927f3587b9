//! Presigned URLs: what they let be done, and nothing else.

use std::time::Duration;

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};

use super::Cx;
use super::multipart::{begin, list, send};

#[expect(
    clippy::disallowed_methods,
    reason = "the signature is judged by the system's clock"
)]
fn expired() -> PresigningConfig {
    let hour_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    PresigningConfig::builder()
        .start_time(hour_ago)
        .expires_in(Duration::from_secs(60))
        .build()
        .unwrap()
}

fn fresh() -> PresigningConfig {
    PresigningConfig::expires_in(Duration::from_secs(60)).unwrap()
}

async fn perform(cx: &Cx, request: &PresignedRequest, url: &str, body: &'static str) -> u16 {
    let method = request.method().parse().unwrap();
    let mut sent = cx.http.request(method, url);
    for (name, value) in request.headers() {
        sent = sent.header(name, value);
    }
    sent.body(body).send().await.unwrap().status().as_u16()
}

pub(super) async fn urls(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let put = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k ü")
        .content_type("text/plain");
    let put = put.presigned(fresh()).await.unwrap();
    cx.check("put", perform(&cx, &put, put.uri(), "hello").await, 200);
    let get = cx
        .s3
        .get_object()
        .bucket(&bucket)
        .key("k ü")
        .response_content_disposition("attachment");
    let get = get.presigned(fresh()).await.unwrap();
    let answer = cx.http.get(get.uri()).send().await.unwrap();
    let disposition = answer
        .headers()
        .get("content-disposition")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    cx.check("disposition pinned in the URL", disposition, "attachment".into());
    cx.check(
        "type pinned in the URL",
        answer.headers()["content-type"].to_str().unwrap().to_owned(),
        "text/plain".into(),
    );
    cx.check("get", answer.text().await.unwrap(), "hello".into());
    let id = begin(&cx, &bucket, "m").await;
    let part = cx
        .s3
        .upload_part()
        .bucket(&bucket)
        .key("m")
        .upload_id(&id)
        .part_number(1);
    let part = part.presigned(fresh()).await.unwrap();
    cx.check("part", perform(&cx, &part, part.uri(), "part").await, 200);
    let kept = send(&cx, &bucket, "m", &id, 1, b"part").await;
    let done = cx
        .s3
        .complete_multipart_upload()
        .bucket(&bucket)
        .key("m")
        .upload_id(&id);
    done.multipart_upload(list(vec![kept])).send().await.unwrap();
}

pub(super) async fn tampered_urls(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "secret", b"x").await;
    cx.put(&bucket, "shared", b"x").await;
    let get = cx
        .s3
        .get_object()
        .bucket(&bucket)
        .key("shared")
        .presigned(fresh())
        .await
        .unwrap();
    let other = get.uri().replace("shared", "secret");
    cx.check("another key", perform(&cx, &get, &other, "").await, 403);
    let longer = get.uri().replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    cx.check("a longer life", perform(&cx, &get, &longer, "").await, 403);
    let deleted = cx.http.delete(get.uri()).send().await.unwrap().status().as_u16();
    cx.check("another method", deleted, 403);
    let more = format!("{}&versionId=null", get.uri());
    cx.check("another parameter", perform(&cx, &get, &more, "").await, 403);
    let late = cx
        .s3
        .get_object()
        .bucket(&bucket)
        .key("shared")
        .presigned(expired())
        .await
        .unwrap();
    cx.check("too late", perform(&cx, &late, late.uri(), "").await, 403);
    let put = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("new")
        .content_type("text/plain");
    let put = put.presigned(fresh()).await.unwrap();
    let html = cx
        .http
        .put(put.uri())
        .header("content-type", "text/html")
        .body("x")
        .send()
        .await
        .unwrap();
    cx.check("another type", html.status().as_u16(), 403);
    let id = begin(&cx, &bucket, "m").await;
    let part = cx
        .s3
        .upload_part()
        .bucket(&bucket)
        .key("m")
        .upload_id(&id)
        .part_number(1);
    let part = part.presigned(fresh()).await.unwrap();
    let other = part.uri().replace("partNumber=1", "partNumber=2");
    cx.check("another part", perform(&cx, &part, &other, "x").await, 403);
    let turned = cx.http.put(put.uri()).header("content-type", "text/plain");
    let turned = turned
        .header("x-amz-copy-source", format!("{bucket}/secret"))
        .send()
        .await
        .unwrap();
    cx.check("a put does not become a copy", turned.status().as_u16(), 403);
}

pub(super) async fn unreadable_ranges(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"0123456789").await;
    let get = cx.s3.get_object().bucket(&bucket).key("k");
    let get = get.presigned(fresh()).await.unwrap();
    for range in ["bytes=a-b", "bytes=", "bytes=5-2", "lines=1-2", "1-2"] {
        let answer = cx
            .http
            .get(get.uri())
            .header("range", range)
            .send()
            .await
            .unwrap();
        let told = (answer.status().as_u16(), answer.text().await.unwrap());
        cx.check(range, told, (200, "0123456789".to_owned()));
    }
    let readable = cx.http.get(get.uri()).header("range", "bytes=2-4");
    let readable = readable.send().await.unwrap();
    let told = (readable.status().as_u16(), readable.text().await.unwrap());
    cx.check("a readable one", told, (206, "234".to_owned()));
}
