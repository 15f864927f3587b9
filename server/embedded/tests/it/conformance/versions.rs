//! Versions and delete markers.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::BucketVersioningStatus;

use super::Cx;
use super::multipart::{begin, list, send};
use crate::support::code;

/// Versions and markers of a bucket in their order, as `key:kind`, a star for the latest.
async fn history(cx: &Cx, bucket: &str) -> Vec<String> {
    let out = cx.s3.list_object_versions().bucket(bucket).send().await.unwrap();
    let versions = out
        .versions()
        .iter()
        .map(|v| (v.key(), v.last_modified(), v.is_latest(), "v"));
    let markers = out
        .delete_markers()
        .iter()
        .map(|v| (v.key(), v.last_modified(), v.is_latest(), "m"));
    versions
        .chain(markers)
        .map(|(key, _, latest, kind)| {
            format!(
                "{}:{kind}{}",
                key.unwrap(),
                if latest == Some(true) { "*" } else { "" }
            )
        })
        .collect()
}

pub(super) async fn enabled(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    let one = cx.put(&bucket, "k", b"1").await.unwrap();
    let two = cx.put(&bucket, "k", b"2").await.unwrap();
    cx.check("ids differ", one == two, false);
    let get = |id: &str| cx.s3.get_object().bucket(&bucket).key("k").version_id(id).send();
    let old = get(&one).await.unwrap();
    cx.check("says its id", old.version_id(), Some(one.as_str()));
    cx.check(
        "the old one",
        old.body.collect().await.unwrap().to_vec(),
        b"1".to_vec(),
    );
    cx.check("the new one", cx.read(&bucket, "k").await, b"2".to_vec());
    let hidden = cx
        .s3
        .delete_object()
        .bucket(&bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    cx.check("a marker", hidden.delete_marker(), Some(true));
    let gone = cx.s3.get_object().bucket(&bucket).key("k").send().await;
    cx.check("hidden", code(&gone), "NoSuchKey".into());
    let header = gone
        .unwrap_err()
        .raw_response()
        .unwrap()
        .headers()
        .get("x-amz-delete-marker")
        .map(str::to_owned);
    cx.check("says so", header, Some("true".into()));
    let listed = cx.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    cx.check("not listed", listed.contents().len(), 0);
    cx.check(
        "history",
        history(&cx, &bucket).await,
        vec!["k:v".to_owned(), "k:v".into(), "k:m*".into()],
    );
    let marker = hidden.version_id().unwrap();
    cx.check(
        "a marker has no content",
        code(&get(marker).await),
        "MethodNotAllowed".into(),
    );
    let head = cx
        .s3
        .head_object()
        .bucket(&bucket)
        .key("k")
        .version_id(&one)
        .send()
        .await;
    cx.check("head of a version", code(&head), "ok".into());
    let back = cx
        .s3
        .delete_object()
        .bucket(&bucket)
        .key("k")
        .version_id(marker)
        .send()
        .await
        .unwrap();
    cx.check(
        "the marker removed",
        (back.delete_marker(), back.version_id()),
        (Some(true), Some(marker)),
    );
    cx.check("back again", cx.read(&bucket, "k").await, b"2".to_vec());
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("k")
        .version_id(&two)
        .send()
        .await
        .unwrap();
    cx.check(
        "the older one is the latest",
        cx.read(&bucket, "k").await,
        b"1".to_vec(),
    );
    cx.check(
        "the newer one is gone",
        code(&get(&two).await),
        "NoSuchVersion".into(),
    );
    let full = code(&cx.s3.delete_bucket().bucket(&bucket).send().await);
    cx.check("versions fill a bucket", full, "BucketNotEmpty".into());
    cx.check(
        "a malformed id",
        code(&get("nonsense").await),
        "InvalidArgument".into(),
    );
}

pub(super) async fn suspended(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"before").await;
    cx.set_versioning(&bucket, BucketVersioningStatus::Enabled).await;
    let kept = cx.put(&bucket, "k", b"kept").await.unwrap();
    let get = |id: &str| cx.s3.get_object().bucket(&bucket).key("k").version_id(id).send();
    let null = get("null").await.unwrap().body.collect().await.unwrap().to_vec();
    cx.check("what was before is the null version", null, b"before".to_vec());
    cx.set_versioning(&bucket, BucketVersioningStatus::Suspended)
        .await;
    let status = cx
        .s3
        .get_bucket_versioning()
        .bucket(&bucket)
        .send()
        .await
        .unwrap();
    cx.check(
        "status",
        status.status().cloned(),
        Some(BucketVersioningStatus::Suspended),
    );
    cx.check("answers no version", cx.put(&bucket, "k", b"one").await, None);
    cx.put(&bucket, "k", b"two").await;
    cx.check(
        "writes replace the null version",
        history(&cx, &bucket).await.len(),
        2,
    );
    cx.check("the newest", cx.read(&bucket, "k").await, b"two".to_vec());
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    cx.check(
        "the marker does too",
        history(&cx, &bucket).await,
        vec!["k:v".to_owned(), "k:m*".into()],
    );
    cx.check("kept", code(&get(&kept).await), "ok".into());
    let id = begin(&cx, &bucket, "m").await;
    let part = send(&cx, &bucket, "m", &id, 1, b"part").await;
    let complete = cx
        .s3
        .complete_multipart_upload()
        .bucket(&bucket)
        .key("m")
        .upload_id(&id);
    let completed = complete.multipart_upload(list(vec![part])).send().await.unwrap();
    cx.check("nor does a completion", completed.version_id(), None);
}

pub(super) async fn listed_in_pages(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    for key in ["a", "a", "a", "b/1", "b/1", "b/2", "c", "d"] {
        cx.put(&bucket, key, b"x").await;
    }
    cx.s3
        .delete_object()
        .bucket(&bucket)
        .key("d")
        .send()
        .await
        .unwrap();
    for (delimiter, expected) in [(None, "a a a b/1 b/1 b/2 c d d"), (Some("/"), "a a a b/ c d d")] {
        for size in [1, 2, 3, 1000] {
            let (mut seen, mut key, mut id) = (Vec::new(), None, None);
            for _ in 0..20 {
                let page = cx
                    .s3
                    .list_object_versions()
                    .bucket(&bucket)
                    .set_delimiter(delimiter.map(ToOwned::to_owned))
                    .max_keys(size)
                    .set_key_marker(key)
                    .set_version_id_marker(id)
                    .send()
                    .await
                    .unwrap();
                seen.extend(page.versions().iter().filter_map(|v| v.key.clone()));
                seen.extend(page.delete_markers().iter().filter_map(|v| v.key.clone()));
                seen.extend(page.common_prefixes().iter().filter_map(|p| p.prefix.clone()));
                (key, id) = (page.next_key_marker.clone(), page.next_version_id_marker.clone());
                if page.is_truncated() != Some(true) {
                    break;
                }
            }
            seen.sort();
            let what = format!("pages of {size}{}", delimiter.map_or("", |_| " with a delimiter"));
            cx.check(&what, seen.join(" "), expected.to_owned());
        }
    }
    let prefix = cx
        .s3
        .list_object_versions()
        .bucket(&bucket)
        .prefix("b/1")
        .send()
        .await
        .unwrap();
    cx.check("prefix", prefix.versions().len(), 2);
}

/// A condition of a deletion is about the version that is to go.
pub(super) async fn deleted_on_a_condition(cx: Cx) {
    let bucket = cx.versioned_bucket("a").await;
    let put = async |body: &'static [u8]| {
        let put = cx.s3.put_object().bucket(&bucket).key("k");
        let put = put.body(ByteStream::from_static(body)).send().await.unwrap();
        (put.version_id.unwrap(), put.e_tag.unwrap())
    };
    let (old, old_tag) = put(b"old").await;
    let (_, new_tag) = put(b"new").await;
    let delete = |version: Option<&str>, tag: &str| {
        let delete = cx.s3.delete_object().bucket(&bucket).key("k").if_match(tag);
        delete.set_version_id(version.map(ToOwned::to_owned)).send()
    };
    cx.check(
        "the other's tag",
        code(&delete(Some(&old), &new_tag).await),
        "PreconditionFailed".into(),
    );
    cx.check(
        "its own tag",
        code(&delete(Some(&old), &old_tag).await),
        "ok".into(),
    );
    cx.check("again", code(&delete(Some(&old), &old_tag).await), "ok".into());
    cx.check(
        "hidden by its tag",
        code(&delete(None, &new_tag).await),
        "ok".into(),
    );
    cx.check(
        "what is hidden has no tag",
        code(&delete(None, &new_tag).await),
        "PreconditionFailed".into(),
    );
    cx.check(
        "nor any",
        code(&delete(None, "*").await),
        "PreconditionFailed".into(),
    );
    let put = cx
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k")
        .if_match("*")
        .send()
        .await;
    cx.check("nor does a write find one", code(&put), "NoSuchKey".into());
}
