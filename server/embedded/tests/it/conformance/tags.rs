//! Object tags.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Tag, Tagging};

use super::Cx;
use crate::support::code;

pub(super) async fn set_read_and_removed(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    let put = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k")
        .tagging("a=1&b%20c=x%2By");
    put.body(ByteStream::from_static(b"x")).send().await.unwrap();
    let read = || async {
        let out = cx
            .s3
            .get_object_tagging()
            .bucket(&bucket)
            .key("k")
            .send()
            .await
            .unwrap();
        let mut tags: Vec<_> = out
            .tag_set()
            .iter()
            .map(|t| format!("{}={}", t.key(), t.value()))
            .collect();
        tags.sort();
        tags.join(",")
    };
    cx.check("from the header", read().await, "a=1,b c=x+y".into());
    let got = cx.s3.get_object().bucket(&bucket).key("k").send().await.unwrap();
    cx.check("counted", got.tag_count(), Some(2));
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let set = |tags: Vec<Tag>| {
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().unwrap();
        cx.s3
            .put_object_tagging()
            .bucket(&bucket)
            .key("k")
            .tagging(tagging)
            .send()
    };
    set(vec![tag("n", "ü")]).await.unwrap();
    cx.check("replaced", read().await, "n=ü".into());
    let twice = code(&set(vec![tag("n", "1"), tag("n", "2")]).await);
    cx.check("a key twice", twice, "InvalidTag".into());
    let many = (0..11).map(|n| tag(&format!("k{n}"), "v")).collect();
    cx.check("too many", code(&set(many).await) == "ok", false);
    cx.s3
        .delete_object_tagging()
        .bucket(&bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    cx.check("removed", read().await, String::new());
    let none = cx
        .s3
        .get_object_tagging()
        .bucket(&bucket)
        .key("none")
        .send()
        .await;
    cx.check("of none", code(&none), "NoSuchKey".into());
}

pub(super) async fn forbidden_ones(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"x").await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    for (what, key, value) in [
        ("a key of AWS", "aws:a", "1"),
        ("a sign in a key", "a&b", "1"),
        ("a sign in a value", "a", "b#c"),
        ("a line feed", "a", "b\nc"),
    ] {
        let tagging = Tagging::builder().tag_set(tag(key, value)).build().unwrap();
        let set = cx
            .s3
            .put_object_tagging()
            .bucket(&bucket)
            .key("k")
            .tagging(tagging);
        cx.check(what, code(&set.send().await), "InvalidTag".into());
    }
    let put = cx.s3.put_object().bucket(&bucket).key("k").tagging("aws%3Aa=1");
    cx.check(
        "in a header",
        code(&put.body(ByteStream::from_static(b"y")).send().await),
        "InvalidTag".into(),
    );
    let tagging = Tagging::builder()
        .tag_set(tag("ü _.:/=+-@", "日 1"))
        .build()
        .unwrap();
    let set = cx
        .s3
        .put_object_tagging()
        .bucket(&bucket)
        .key("k")
        .tagging(tagging);
    cx.check("allowed ones", code(&set.send().await), "ok".into());
    cx.check("nothing was written", cx.read(&bucket, "k").await, b"x".to_vec());
}
