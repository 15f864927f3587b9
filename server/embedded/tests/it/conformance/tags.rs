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
