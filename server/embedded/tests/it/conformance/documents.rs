//! Documents in requests and answers.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use s3s::crypto::{Checksum as _, Md5};

use super::Cx;
use crate::support::code;

/// Keys in documents obey the rules of keys in paths, and are read however they are written.
pub(super) async fn keys(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let target = format!("/{bucket}?delete");
    let delete = |keys: &str| {
        let objects: String = keys
            .split(' ')
            .map(|key| format!("<Object><Key>{key}</Key></Object>"))
            .collect();
        let document = format!("<Delete>{objects}</Delete>");
        let target = &target;
        let raw = &cx.raw;
        async move { raw.send(Method::POST, target, &[], document).await }
    };
    for key in ["a", "ab", "a<b", "😀", "a\rb", "a\u{1}b"] {
        cx.put(&bucket, key, b"x").await;
    }
    let gone = async |key: &str| code(&cx.s3.head_object().bucket(&bucket).key(key).send().await) == "404";
    delete("a<![CDATA[b]]>").await;
    cx.check(
        "CDATA is text",
        (gone("ab").await, gone("a").await),
        (true, false),
    );
    delete("a&lt;b &#128512; a&#13;b").await;
    cx.check(
        "references are text",
        (gone("a<b").await, gone("😀").await, gone("a\rb").await),
        (true, true, true),
    );
    let answer = cx.s3.list_objects_v2().bucket(&bucket).send().await;
    let names: Vec<_> = answer
        .map(|listed| listed.contents().iter().filter_map(|o| o.key.clone()).collect())
        .unwrap_or_default();
    cx.check(
        "a control character is listed",
        names,
        vec!["a".to_owned(), "a\u{1}b".to_owned()],
    );
    let listed = cx
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .encoding_type(aws_sdk_s3::types::EncodingType::Url)
        .send()
        .await;
    let names: Vec<_> = listed
        .map(|listed| listed.contents().iter().filter_map(|o| o.key.clone()).collect())
        .unwrap_or_default();
    cx.check("or encoded", names, vec!["a".to_owned(), "a%01b".to_owned()]);
    let answer = delete("a&#1;b").await;
    cx.check("it is deleted", gone("a\u{1}b").await, true);
    cx.check("and the answer can be read", answer.element("Key"), Some("a%01b"));
    let long = "k".repeat(1025);
    let refused = delete(&format!(" {long} a")).await;
    let errors = refused.body.matches("<Error>").count();
    cx.check("no key and too long a key are refused", errors, 2);
    cx.check("the others go", gone("a").await, true);
}

pub(super) async fn digests(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    cx.put(&bucket, "k", b"x").await;
    let md5 = |text: &str| BASE64_STANDARD.encode(Md5::checksum(text.as_bytes()));
    let delete = "<Delete><Object><Key>k</Key></Object></Delete>";
    let target = format!("/{bucket}?delete");
    let wrong = md5("other");
    let refused = cx
        .raw
        .send(Method::POST, &target, &[("content-md5", &wrong)], delete)
        .await;
    cx.check("a wrong MD5", refused.code(), "BadDigest".into());
    let refused = cx
        .raw
        .send(
            Method::POST,
            &target,
            &[("x-amz-checksum-crc32", "AAAAAA==")],
            delete,
        )
        .await;
    cx.check("a wrong checksum", refused.code(), "BadDigest".into());
    let refused = cx
        .raw
        .send(Method::POST, &target, &[("content-md5", "x")], delete)
        .await;
    cx.check("no MD5 at all", refused.code(), "InvalidDigest".into());
    let there = code(&cx.s3.head_object().bucket(&bucket).key("k").send().await);
    cx.check("nothing was deleted", there, "ok".into());
    let suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    let target_of_versioning = format!("/{bucket}?versioning");
    let refused = cx
        .raw
        .send(
            Method::PUT,
            &target_of_versioning,
            &[("content-md5", &wrong)],
            suspend,
        )
        .await;
    cx.check("of versioning", refused.code(), "BadDigest".into());
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    let refused = cx
        .raw
        .send(
            Method::PUT,
            &format!("/{bucket}/k?tagging"),
            &[("content-md5", &wrong)],
            tags,
        )
        .await;
    cx.check("of tags", refused.code(), "BadDigest".into());
    let right = md5(delete);
    let done = cx
        .raw
        .send(Method::POST, &target, &[("content-md5", &right)], delete)
        .await;
    cx.check("a right one", done.code(), "200".into());
}

pub(super) async fn errors(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let target = format!("/{bucket}/none");
    let answer = cx.raw.send(Method::GET, &target, &[], "").await;
    let id = answer.header("x-amz-request-id").map(ToOwned::to_owned);
    cx.check(
        "an error names its request",
        answer.element("RequestId").map(ToOwned::to_owned),
        id.clone(),
    );
    cx.check("which has an id", id.is_some_and(|id| !id.is_empty()), true);
    let unsigned = cx
        .http
        .get(format!("{}{target}", cx.raw.endpoint))
        .send()
        .await
        .unwrap();
    let text = unsigned.text().await.unwrap();
    cx.check("one without a signature too", text.contains("<RequestId>"), true);
}
