//! Headers of requests and answers, to the letter.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectAttributes;
use http::Method;
use time::OffsetDateTime;
use time::macros::format_description;

use super::Cx;

/// The three forms of a date in HTTP.
fn forms(at: OffsetDateTime) -> [String; 3] {
    let written = |form| at.format(form).unwrap();
    [
        written(format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        )),
        written(format_description!(
            "[weekday], [day]-[month repr:short]-[year repr:last_two] [hour]:[minute]:[second] GMT"
        )),
        written(format_description!(
            "[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]"
        )),
    ]
}

pub(super) async fn dates(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"x").await;
    let head = cx.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    let modified = OffsetDateTime::from_unix_timestamp(head.last_modified().unwrap().secs()).unwrap();
    let target = format!("/{bucket}/k");
    let get = async |name: &str, value: &str| {
        cx.raw
            .send(Method::GET, &target, &[(name, value)], "")
            .await
            .status
            .as_u16()
    };
    for text in forms(modified) {
        cx.check(
            &format!("since {}", &text[..5]),
            get("if-modified-since", &text).await,
            304,
        );
    }
    for text in forms(modified - time::Duration::hours(1)) {
        cx.check(
            &format!("not since {}", &text[..5]),
            get("if-unmodified-since", &text).await,
            412,
        );
    }
    for name in ["if-modified-since", "if-unmodified-since"] {
        cx.check(&format!("nonsense in {name}"), get(name, "yesterday").await, 200);
    }
    let etag = head.e_tag().unwrap();
    cx.check(
        "a list of tags",
        get("if-none-match", &format!("\"a\", {etag}")).await,
        304,
    );
    cx.check(
        "a weak tag",
        get("if-none-match", &format!("W/{etag}")).await,
        304,
    );
    cx.check(
        "nonsense in if-none-match",
        get("if-none-match", "\"a\"b").await,
        200,
    );
    let ranged = async |condition: &str| {
        let headers = [("range", "bytes=0-0"), ("if-range", condition)];
        cx.raw
            .send(Method::GET, &target, &headers, "")
            .await
            .status
            .as_u16()
    };
    cx.check("a range of this version", ranged(etag).await, 206);
    cx.check("a range of another", ranged("\"0\"").await, 200);
}

pub(super) async fn expires(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let target = format!("/{bucket}/k");
    for value in ["tomorrow", "0", "Thu, 01 Dec 1994 16:00:00 GMT"] {
        cx.raw
            .send(Method::PUT, &target, &[("expires", value)], "x")
            .await;
        for method in [Method::GET, Method::HEAD] {
            let answer = cx.raw.send(method.clone(), &target, &[], "").await;
            cx.check(
                &format!("{method} {value}"),
                answer.header("expires"),
                Some(value),
            );
        }
    }
}

pub(super) async fn overrides(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let put = cx.s3.put_object().bucket(&bucket).key("k").tagging("a=1&b=2");
    put.body(ByteStream::from_static(b"x")).send().await.unwrap();
    for method in [Method::GET, Method::HEAD] {
        for name in ["content-type", "content-disposition", "cache-control", "expires"] {
            let target = format!("/{bucket}/k?response-{name}=a%0Ab");
            let answer = cx.raw.send(method.clone(), &target, &[], "").await;
            cx.check(
                &format!("{method} no header in {name}"),
                answer.status.as_u16(),
                400,
            );
        }
        let target = format!("/{bucket}/k?response-expires=soon");
        let answer = cx.raw.send(method.clone(), &target, &[], "").await;
        cx.check(
            &format!("{method} expires"),
            answer.header("expires"),
            Some("soon"),
        );
    }
    let head = cx.raw.send(Method::HEAD, &format!("/{bucket}/k"), &[], "").await;
    cx.check("tags are counted", head.header("x-amz-tagging-count"), Some("2"));
    for part in ["0", "10001", "-1"] {
        let target = format!("/{bucket}/k?partNumber={part}");
        let answer = cx.raw.send(Method::GET, &target, &[], "").await;
        cx.check(&format!("part {part}"), answer.code(), "InvalidArgument".into());
    }
    let attributes = [("x-amz-object-attributes", ObjectAttributes::Etag.as_str())];
    let attributes = cx
        .raw
        .send(Method::GET, &format!("/{bucket}/k?attributes"), &attributes, "")
        .await;
    cx.check(
        "a tag without quotes",
        attributes.element("ETag"),
        Some("9dd4e461268c8034f5c8564e155c67a6"),
    );
}

pub(super) async fn ranges_of_heads(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"0123456789").await;
    let target = format!("/{bucket}/k");
    let head = cx
        .raw
        .send(Method::HEAD, &target, &[("range", "bytes=2-4")], "")
        .await;
    let told = (
        head.status.as_u16(),
        head.header("content-range"),
        head.header("content-length"),
    );
    cx.check("a part", told, (206, Some("bytes 2-4/10"), Some("3")));
    let head = cx
        .raw
        .send(Method::HEAD, &target, &[("range", "bytes=10-")], "")
        .await;
    cx.check("beyond the end", head.status.as_u16(), 416);
}

pub(super) async fn delete_markers(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    cx.put(&bucket, "k", b"x").await;
    let hidden = cx
        .s3
        .delete_object()
        .bucket(&bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    let target = format!("/{bucket}/k?versionId={}", hidden.version_id().unwrap());
    for method in [Method::GET, Method::HEAD] {
        let answer = cx.raw.send(method.clone(), &target, &[], "").await;
        let told = (
            answer.status.as_u16(),
            answer.header("allow"),
            answer.header("last-modified").is_some(),
        );
        cx.check(&format!("{method} by its id"), told, (405, Some("DELETE"), true));
    }
}

/// An object that one PUT brought is its own first part, and is not said to have any.
pub(super) async fn the_part_of_a_single_object(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"0123456789").await;
    for method in [Method::GET, Method::HEAD] {
        let part = async |number: u32| {
            let target = format!("/{bucket}/k?partNumber={number}");
            cx.raw.send(method.clone(), &target, &[], "").await
        };
        let first = part(1).await;
        cx.check(&format!("{method}"), first.status.as_u16(), 206);
        cx.check(
            &format!("{method}: range"),
            first.header("content-range"),
            Some("bytes 0-9/10"),
        );
        cx.check(
            &format!("{method}: number of parts"),
            first.header("x-amz-mp-parts-count"),
            None,
        );
        cx.check(
            &format!("{method}: no second"),
            part(2).await.status.as_u16(),
            416,
        );
    }
}
