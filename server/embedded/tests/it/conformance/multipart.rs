//! Multipart uploads.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::Cx;
use crate::support::{bytes, code};

const MIN: usize = 5 << 20;

pub(super) async fn begin(cx: &Cx, bucket: &str, key: &str) -> String {
    let begun = cx
        .s3
        .create_multipart_upload()
        .bucket(bucket)
        .key(key)
        .content_type("text/plain");
    begun
        .metadata("colour", "blue")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap()
}

pub(super) async fn send(cx: &Cx, bucket: &str, key: &str, id: &str, n: i32, body: &[u8]) -> CompletedPart {
    let part = cx
        .s3
        .upload_part()
        .bucket(bucket)
        .key(key)
        .upload_id(id)
        .part_number(n);
    let sent = part.body(ByteStream::from(body.to_vec())).send().await.unwrap();
    CompletedPart::builder()
        .part_number(n)
        .e_tag(sent.e_tag.unwrap())
        .build()
}

pub(super) fn list(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts)).build()
}

pub(super) async fn life(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let id = begin(&cx, &bucket, "k").await;
    let (one, two) = (bytes(1, MIN), bytes(2, 1000));
    let second = send(&cx, &bucket, "k", &id, 7, &two).await;
    send(&cx, &bucket, "k", &id, 2, b"replaced below").await;
    let first = send(&cx, &bucket, "k", &id, 2, &one).await;
    send(&cx, &bucket, "k", &id, 9, b"left out").await;
    let hidden = code(&cx.s3.get_object().bucket(&bucket).key("k").send().await);
    cx.check("nothing before the end", hidden, "NoSuchKey".into());
    let done = cx
        .s3
        .complete_multipart_upload()
        .bucket(&bucket)
        .key("k")
        .upload_id(&id);
    let done = done
        .multipart_upload(list(vec![first, second]))
        .send()
        .await
        .unwrap();
    cx.check(
        "etag counts the parts",
        done.e_tag().unwrap().trim_matches('"').ends_with("-2"),
        true,
    );
    let whole = [one.as_slice(), two.as_slice()].concat();
    cx.check("bytes", cx.read(&bucket, "k").await == whole, true);
    let head = cx.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    cx.check("type", head.content_type(), Some("text/plain"));
    cx.check(
        "metadata",
        head.metadata().unwrap().get("colour").cloned(),
        Some("blue".into()),
    );
    let across = format!("bytes={}-{}", MIN - 3, MIN + 2);
    let got = cx
        .s3
        .get_object()
        .bucket(&bucket)
        .key("k")
        .range(across)
        .send()
        .await
        .unwrap();
    let got = got.body.collect().await.unwrap().to_vec();
    cx.check("a range across parts", got, whole[MIN - 3..MIN + 3].to_vec());
    let again = cx
        .s3
        .upload_part()
        .bucket(&bucket)
        .key("k")
        .upload_id(&id)
        .part_number(1)
        .send()
        .await;
    cx.check("the upload is over", code(&again), "NoSuchUpload".into());
    let id = begin(&cx, &bucket, "other").await;
    send(&cx, &bucket, "other", &id, 1, b"x").await;
    cx.s3
        .abort_multipart_upload()
        .bucket(&bucket)
        .key("other")
        .upload_id(&id)
        .send()
        .await
        .unwrap();
    let parts = cx
        .s3
        .list_parts()
        .bucket(&bucket)
        .key("other")
        .upload_id(&id)
        .send()
        .await;
    cx.check("aborted", code(&parts), "NoSuchUpload".into());
}

pub(super) async fn refusals(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let id = begin(&cx, &bucket, "k").await;
    let small = send(&cx, &bucket, "k", &id, 1, b"small").await;
    let last = send(&cx, &bucket, "k", &id, 2, b"last").await;
    let complete = |parts: Vec<CompletedPart>| {
        let complete = cx
            .s3
            .complete_multipart_upload()
            .bucket(&bucket)
            .key("k")
            .upload_id(&id);
        complete.multipart_upload(list(parts)).send()
    };
    let refused = code(&complete(vec![small.clone(), last.clone()]).await);
    cx.check("a small part", refused, "EntityTooSmall".into());
    let refused = code(&complete(vec![last.clone(), small.clone()]).await);
    cx.check("out of order", refused, "InvalidPartOrder".into());
    let wrong = CompletedPart::builder()
        .part_number(2)
        .e_tag("\"00000000000000000000000000000000\"")
        .build();
    cx.check(
        "a wrong etag",
        code(&complete(vec![wrong]).await),
        "InvalidPart".into(),
    );
    let never = CompletedPart::builder()
        .part_number(3)
        .e_tag(last.e_tag().unwrap())
        .build();
    cx.check(
        "a part that never came",
        code(&complete(vec![never]).await),
        "InvalidPart".into(),
    );
    cx.check("no part", code(&complete(vec![]).await), "MalformedXML".into());
    for number in [0, 10_001] {
        let part = cx
            .s3
            .upload_part()
            .bucket(&bucket)
            .key("k")
            .upload_id(&id)
            .part_number(number);
        let refused = code(&part.body(ByteStream::from_static(b"x")).send().await);
        cx.check(&format!("part {number}"), refused, "InvalidArgument".into());
    }
    let other = cx
        .s3
        .list_parts()
        .bucket(&bucket)
        .key("other")
        .upload_id(&id)
        .send()
        .await;
    cx.check("another key", code(&other), "NoSuchUpload".into());
    cx.check(
        "still there to be completed",
        code(&complete(vec![small]).await),
        "ok".into(),
    );
}

pub(super) async fn parts_from_copies(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let source = bytes(3, MIN + 100);
    cx.put(&bucket, "source", &source).await;
    let id = begin(&cx, &bucket, "k").await;
    let copy = |n: i32, range: Option<&str>| {
        let copy = cx
            .s3
            .upload_part_copy()
            .bucket(&bucket)
            .key("k")
            .upload_id(&id)
            .part_number(n);
        copy.copy_source(format!("{bucket}/source"))
            .set_copy_source_range(range.map(ToOwned::to_owned))
            .send()
    };
    let part = |n: i32, out: aws_sdk_s3::operation::upload_part_copy::UploadPartCopyOutput| {
        CompletedPart::builder()
            .part_number(n)
            .set_e_tag(out.copy_part_result.unwrap().e_tag)
            .build()
    };
    let one = part(1, copy(1, None).await.unwrap());
    let two = part(2, copy(2, Some("bytes=10-19")).await.unwrap());
    let beyond = code(&copy(3, Some("bytes=0-99999999")).await);
    cx.check("a range beyond the end", beyond != "ok", true);
    let done = cx
        .s3
        .complete_multipart_upload()
        .bucket(&bucket)
        .key("k")
        .upload_id(&id);
    done.multipart_upload(list(vec![one, two])).send().await.unwrap();
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("source")
        .send()
        .await
        .unwrap();
    let whole = [source.as_slice(), &source[10..20]].concat();
    cx.check(
        "bytes, after the source has gone",
        cx.read(&bucket, "k").await == whole,
        true,
    );
}

pub(super) async fn listings_of_parts_and_uploads(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let id = begin(&cx, &bucket, "k").await;
    for n in [1, 2, 5] {
        send(
            &cx,
            &bucket,
            "k",
            &id,
            n,
            &bytes(9, 10 + usize::try_from(n).unwrap()),
        )
        .await;
    }
    let parts = || cx.s3.list_parts().bucket(&bucket).key("k").upload_id(&id);
    let page = parts().max_parts(2).send().await.unwrap();
    let numbers = |out: &aws_sdk_s3::operation::list_parts::ListPartsOutput| -> Vec<(i32, i64)> {
        out.parts()
            .iter()
            .map(|p| (p.part_number().unwrap(), p.size().unwrap()))
            .collect()
    };
    cx.check(
        "first parts",
        (numbers(&page), page.is_truncated()),
        (vec![(1, 11), (2, 12)], Some(true)),
    );
    let marker = page.next_part_number_marker().unwrap();
    let page = parts().part_number_marker(marker).send().await.unwrap();
    cx.check(
        "other parts",
        (numbers(&page), page.is_truncated()),
        (vec![(5, 15)], Some(false)),
    );
    for key in ["k", "p/1", "p/2", "q"] {
        begin(&cx, &bucket, key).await;
    }
    let uploads = || cx.s3.list_multipart_uploads().bucket(&bucket);
    let keys = |out: &aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput| -> String {
        out.uploads()
            .iter()
            .filter_map(|u| u.key())
            .collect::<Vec<_>>()
            .join(" ")
    };
    cx.check(
        "uploads",
        keys(&uploads().send().await.unwrap()),
        "k k p/1 p/2 q".into(),
    );
    cx.check(
        "with a prefix",
        keys(&uploads().prefix("p/").send().await.unwrap()),
        "p/1 p/2".into(),
    );
    let folders = uploads().delimiter("/").send().await.unwrap();
    cx.check("with a delimiter", keys(&folders), "k k q".into());
    cx.check(
        "common prefix",
        folders.common_prefixes().first().and_then(|p| p.prefix()),
        Some("p/"),
    );
    let mut seen = Vec::new();
    let (mut key, mut upload) = (None, None);
    loop {
        let page = uploads()
            .max_uploads(1)
            .set_key_marker(key)
            .set_upload_id_marker(upload);
        let page = page.send().await.unwrap();
        seen.push(keys(&page));
        if page.is_truncated() != Some(true) || seen.len() > 9 {
            break;
        }
        (key, upload) = (page.next_key_marker, page.next_upload_id_marker);
    }
    cx.check("one by one", seen.join(" "), "k k p/1 p/2 q".into());
}

pub(super) async fn conditional_complete(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let id = begin(&cx, &bucket, "k").await;
    let part = send(&cx, &bucket, "k", &id, 1, b"part").await;
    cx.put(&bucket, "k", b"first").await;
    let complete = || {
        let complete = cx
            .s3
            .complete_multipart_upload()
            .bucket(&bucket)
            .key("k")
            .upload_id(&id);
        complete.multipart_upload(list(vec![part.clone()]))
    };
    let refused = code(&complete().if_none_match("*").send().await);
    cx.check("only if absent", refused, "PreconditionFailed".into());
    cx.check("unchanged", cx.read(&bucket, "k").await, b"first".to_vec());
    let refused = code(&complete().if_match("\"0\"").send().await);
    cx.check("if-match", refused, "PreconditionFailed".into());
    cx.check("without a condition", code(&complete().send().await), "ok".into());
}

/// A client that did not hear the answer asks again.
pub(super) async fn completed_again(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    let id = begin(&cx, &bucket, "k").await;
    let first = send(&cx, &bucket, "k", &id, 1, &bytes(1, MIN)).await;
    let second = send(&cx, &bucket, "k", &id, 2, b"end").await;
    let complete = |parts: Vec<CompletedPart>| {
        let complete = cx.s3.complete_multipart_upload().bucket(&bucket).key("k");
        complete.upload_id(&id).multipart_upload(list(parts))
    };
    let both = vec![first.clone(), second];
    let told = complete(both.clone()).send().await.unwrap();
    let again = complete(both.clone()).send().await;
    cx.check(
        "the same answer",
        again.ok().map(|again| (again.e_tag, again.version_id)),
        Some((told.e_tag, told.version_id)),
    );
    let guarded = complete(both).if_none_match("*").send().await;
    cx.check("also when it must be new", code(&guarded), "ok".into());
    let other = complete(vec![first]).send().await;
    cx.check(
        "another list is another completion",
        code(&other),
        "NoSuchUpload".into(),
    );
    let versions = cx.s3.list_object_versions().bucket(&bucket).send().await.unwrap();
    cx.check("one version", versions.versions().len(), 1);
    let parts = cx
        .s3
        .list_parts()
        .bucket(&bucket)
        .key("k")
        .upload_id(&id)
        .send()
        .await;
    cx.check("no parts to list", code(&parts), "NoSuchUpload".into());
}
