//! One object: written, read in full and in part, conditionally, deleted.

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::Cx;
use crate::support::{bytes, code};

pub(super) async fn round_trip(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let body = bytes(1, 3 << 20);
    let put = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k")
        .content_type("text/plain")
        .content_disposition("attachment; filename=\"a.txt\"")
        .content_encoding("identity")
        .content_language("de")
        .cache_control("no-cache")
        .expires(DateTime::from_secs(2_000_000_000))
        .metadata("colour", "blue")
        .body(ByteStream::from(body.clone()))
        .send()
        .await
        .unwrap();
    let got = cx.s3.get_object().bucket(&bucket).key("k").send().await.unwrap();
    cx.check("etag", got.e_tag(), put.e_tag());
    cx.check("type", got.content_type(), Some("text/plain"));
    cx.check(
        "disposition",
        got.content_disposition(),
        Some("attachment; filename=\"a.txt\""),
    );
    cx.check("encoding", got.content_encoding(), Some("identity"));
    cx.check("language", got.content_language(), Some("de"));
    cx.check("cache", got.cache_control(), Some("no-cache"));
    cx.check(
        "expires",
        got.expires_string(),
        Some("Wed, 18 May 2033 03:33:20 GMT"),
    );
    cx.check(
        "metadata",
        got.metadata().and_then(|m| m.get("colour")).cloned(),
        Some("blue".into()),
    );
    cx.check("length", got.content_length(), Some(3 << 20));
    cx.check("ranges", got.accept_ranges(), Some("bytes"));
    cx.check("bytes", got.body.collect().await.unwrap().to_vec() == body, true);
    let head = cx.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    cx.check("head's length", head.content_length(), Some(3 << 20));
    cx.check(
        "head's metadata",
        head.metadata().and_then(|m| m.get("colour")).cloned(),
        Some("blue".into()),
    );
    let other = cx
        .s3
        .get_object()
        .bucket(&bucket)
        .key("k")
        .response_content_type("application/pdf")
        .response_content_disposition("inline")
        .response_cache_control("private")
        .send()
        .await
        .unwrap();
    cx.check("overridden type", other.content_type(), Some("application/pdf"));
    cx.check(
        "overridden disposition",
        other.content_disposition(),
        Some("inline"),
    );
    cx.check("overridden cache", other.cache_control(), Some("private"));
    cx.put(&bucket, "empty", b"").await;
    cx.check("empty", cx.read(&bucket, "empty").await, Vec::new());
    let none = code(&cx.s3.get_object().bucket(&bucket).key("none").send().await);
    cx.check("none", none, "NoSuchKey".into());
    let none = code(&cx.s3.head_object().bucket(&bucket).key("none").send().await);
    cx.check("head of none", none, "404".into());
}

pub(super) async fn ranges(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"0123456789").await;
    cx.put(&bucket, "empty", b"").await;
    for (range, expected, shown) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-100", "0123456789", "bytes 0-9/10"),
        ("bytes=9-100", "9", "bytes 9-9/10"),
    ] {
        let got = cx
            .s3
            .get_object()
            .bucket(&bucket)
            .key("k")
            .range(range)
            .send()
            .await
            .unwrap();
        cx.check(
            &format!("{range} says"),
            got.content_range().map(ToOwned::to_owned),
            Some(shown.to_owned()),
        );
        let body = got.body.collect().await.unwrap().to_vec();
        cx.check(range, String::from_utf8(body).unwrap(), expected.to_owned());
    }
    for range in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
        let refused = code(
            &cx.s3
                .get_object()
                .bucket(&bucket)
                .key("k")
                .range(range)
                .send()
                .await,
        );
        cx.check(&format!("{range} of ten"), refused, "InvalidRange".into());
    }
    let refused = code(
        &cx.s3
            .get_object()
            .bucket(&bucket)
            .key("empty")
            .range("bytes=0-")
            .send()
            .await,
    );
    cx.check("bytes=0- of none", refused, "InvalidRange".into());
}

pub(super) async fn conditional_reads(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"x").await;
    let head = cx.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    let etag = head.e_tag().unwrap();
    let modified = *head.last_modified().unwrap();
    let earlier = DateTime::from_secs(modified.secs() - 10);
    let get = || cx.s3.get_object().bucket(&bucket).key("k");
    cx.check("if-match", code(&get().if_match(etag).send().await), "ok".into());
    cx.check(
        "if-match other",
        code(&get().if_match("\"0\"").send().await),
        "PreconditionFailed".into(),
    );
    cx.check(
        "if-none-match",
        code(&get().if_none_match(etag).send().await),
        "304".into(),
    );
    cx.check(
        "if-none-match other",
        code(&get().if_none_match("\"0\"").send().await),
        "ok".into(),
    );
    cx.check(
        "modified since then",
        code(&get().if_modified_since(modified).send().await),
        "304".into(),
    );
    cx.check(
        "modified since before",
        code(&get().if_modified_since(earlier).send().await),
        "ok".into(),
    );
    cx.check(
        "unmodified since then",
        code(&get().if_unmodified_since(modified).send().await),
        "ok".into(),
    );
    let refused = code(&get().if_unmodified_since(earlier).send().await);
    cx.check("unmodified since before", refused, "PreconditionFailed".into());
    let both = code(&get().if_match(etag).if_unmodified_since(earlier).send().await);
    cx.check("a match outweighs the date", both, "ok".into());
    let both = code(
        &get()
            .if_none_match("\"0\"")
            .if_modified_since(modified)
            .send()
            .await,
    );
    cx.check("another tag outweighs the date", both, "ok".into());
    let head = cx
        .s3
        .head_object()
        .bucket(&bucket)
        .key("k")
        .if_none_match(etag)
        .send()
        .await;
    cx.check("head if-none-match", code(&head), "304".into());
}

pub(super) async fn conditional_writes(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let put = |body: &'static [u8]| {
        cx.s3
            .put_object()
            .bucket(&bucket)
            .key("k")
            .body(ByteStream::from_static(body))
    };
    let head = async || cx.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    let missing = code(&put(b"0").if_match("\"0\"").send().await);
    cx.check("if-match without object", missing, "NoSuchKey".into());
    cx.check(
        "only if absent",
        code(&put(b"1").if_none_match("*").send().await),
        "ok".into(),
    );
    let refused = code(&put(b"2").if_none_match("*").send().await);
    cx.check("only if absent, again", refused, "PreconditionFailed".into());
    let etag = head().await.e_tag.unwrap();
    cx.check(
        "if-match other",
        code(&put(b"3").if_match("\"0\"").send().await),
        "PreconditionFailed".into(),
    );
    cx.check("unchanged", cx.read(&bucket, "k").await, b"1".to_vec());
    cx.check(
        "if-match",
        code(&put(b"4").if_match(etag).send().await),
        "ok".into(),
    );
    for (what, tag, expected) in [
        ("if-none-match other", "\"0\"", "ok"),
        ("if-none-match this", "*", "PreconditionFailed"),
    ] {
        cx.check(
            what,
            code(&put(b"5").if_none_match(tag).send().await),
            expected.into(),
        );
    }
    let delete = |tag: &str| {
        cx.s3
            .delete_object()
            .bucket(&bucket)
            .key("k")
            .if_match(tag)
            .send()
    };
    cx.check(
        "delete if-match other",
        code(&delete("\"0\"").await),
        "PreconditionFailed".into(),
    );
    let etag = head().await.e_tag.unwrap();
    cx.check("delete if-match", code(&delete(&etag).await), "ok".into());
    let gone = code(&cx.s3.head_object().bucket(&bucket).key("k").send().await);
    cx.check("is gone", gone, "404".into());
    cx.check("delete what is gone", code(&delete("\"0\"").await), "ok".into());
    let racing = (0..8).map(|n| {
        let body = ByteStream::from(vec![n]);
        cx.s3
            .put_object()
            .bucket(&bucket)
            .key("race")
            .if_none_match("*")
            .body(body)
            .send()
    });
    let outcomes = futures::future::join_all(racing).await;
    cx.check(
        "one of eight wins",
        outcomes.iter().filter(|one| one.is_ok()).count(),
        1,
    );
}

pub(super) async fn deletes(cx: Cx) {
    let bucket = cx.bucket("a").await;
    for key in ["a", "b", "c", "d e+f/ü"] {
        cx.put(&bucket, key, b"x").await;
    }
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("a")
        .send()
        .await
        .unwrap();
    let gone = code(&cx.s3.get_object().bucket(&bucket).key("a").send().await);
    cx.check("gone", gone, "NoSuchKey".into());
    let again = code(&cx.s3.delete_object().bucket(&bucket).key("a").send().await);
    cx.check("again", again, "ok".into());
    let ids = ["b", "d e+f/ü", "never"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let batch = Delete::builder().set_objects(Some(ids.to_vec())).build().unwrap();
    let done = cx
        .s3
        .delete_objects()
        .bucket(&bucket)
        .delete(batch)
        .send()
        .await
        .unwrap();
    let mut names: Vec<_> = done.deleted().iter().filter_map(|one| one.key.clone()).collect();
    names.sort();
    cx.check(
        "a batch",
        names,
        vec!["b".to_owned(), "d e+f/ü".into(), "never".into()],
    );
    cx.check("no errors", done.errors().len(), 0);
    let left = cx.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    cx.check(
        "the rest stays",
        left.contents().iter().filter_map(|o| o.key()).collect::<Vec<_>>(),
        vec!["c"],
    );
    let quiet = Delete::builder()
        .objects(ObjectIdentifier::builder().key("c").build().unwrap())
        .quiet(true)
        .build()
        .unwrap();
    let done = cx
        .s3
        .delete_objects()
        .bucket(&bucket)
        .delete(quiet)
        .send()
        .await
        .unwrap();
    cx.check("quiet", done.deleted().len(), 0);
}

pub(super) async fn odd_keys(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let long = "k".repeat(1024);
    let keys = [
        "a b",
        "a+b",
        "a%2Fb",
        "a//b",
        "ü/é",
        "e\u{301}",
        "😀.txt",
        "a?b&c=d#e",
        "'quoted' \"twice\"",
        "dir/",
        "x=1;y",
        "a<b>",
        &long,
    ];
    for (n, key) in keys.iter().enumerate() {
        // Letters: SeaweedFS at times refuses a chunk whose only byte is a line feed, which is no matter of keys.
        let body = [b'a' + u8::try_from(n).unwrap()];
        // Each on a connection of its own: SeaweedFS answers `dir/` without reading the body, and the connection ends
        // while the next request is on it.
        let connection = aws_smithy_http_client::Builder::new().build_http();
        let put = cx
            .s3
            .put_object()
            .bucket(&bucket)
            .key(*key)
            .body(ByteStream::from(body.to_vec()))
            .customize()
            .config_override(aws_sdk_s3::Config::builder().http_client(connection))
            .send()
            .await;
        let same = put.is_ok() && cx.read(&bucket, key).await == body;
        cx.check(
            &format!("{} reads back", key.chars().take(12).collect::<String>()),
            same,
            true,
        );
    }
    let listed = cx.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    let mut names: Vec<_> = listed.contents().iter().filter_map(|o| o.key.clone()).collect();
    let mut expected: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
    expected.sort();
    cx.check("listed in the order of bytes", names.clone(), expected.clone());
    names.sort();
    cx.check("listed as written", names, expected);
    let refused = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k".repeat(1025))
        .send()
        .await;
    cx.check("too long", code(&refused), "KeyTooLongError".into());
}
