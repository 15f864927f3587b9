//! ListObjects and ListObjectsV2.

use aws_sdk_s3::types::EncodingType;

use super::Cx;
use crate::support::code;

async fn filled(cx: &Cx) -> String {
    let bucket = cx.bucket("a").await;
    let keys = ["a", "b/1", "b/2", "b/c/3", "d", "e/1", "f"];
    futures::future::join_all(keys.iter().map(|key| cx.put(&bucket, key, b"x"))).await;
    bucket
}

pub(super) async fn v2(cx: Cx) {
    let bucket = filled(&cx).await;
    let list = || cx.s3.list_objects_v2().bucket(&bucket);
    let keys = |out: &aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output| -> String {
        out.contents()
            .iter()
            .filter_map(|o| o.key())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let all = list().send().await.unwrap();
    cx.check("all", keys(&all), "a b/1 b/2 b/c/3 d e/1 f".into());
    cx.check("count", all.key_count(), Some(7));
    cx.check("size", all.contents()[0].size(), Some(1));
    cx.check("no owner", all.contents()[0].owner().is_none(), true);
    let owned = list().fetch_owner(true).send().await.unwrap();
    cx.check("owner", owned.contents()[0].owner().is_some(), true);
    cx.check(
        "prefix",
        keys(&list().prefix("b/").send().await.unwrap()),
        "b/1 b/2 b/c/3".into(),
    );
    let after = list().start_after("b/2").send().await.unwrap();
    cx.check("start-after", keys(&after), "b/c/3 d e/1 f".into());
    let none = list().max_keys(0).send().await.unwrap();
    cx.check(
        "max-keys 0",
        (keys(&none), none.is_truncated()),
        (String::new(), Some(false)),
    );
    let page = list().max_keys(3).send().await.unwrap();
    cx.check(
        "first page",
        (keys(&page), page.is_truncated()),
        ("a b/1 b/2".into(), Some(true)),
    );
    let token = page.next_continuation_token().unwrap();
    let page = list().max_keys(4).continuation_token(token).send().await.unwrap();
    cx.check(
        "last page",
        (keys(&page), page.is_truncated()),
        ("b/c/3 d e/1 f".into(), Some(false)),
    );
    cx.put(&bucket, "g ü+", b"x").await;
    let encoded = list()
        .prefix("g ")
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    cx.check(
        "encoded",
        keys(&encoded).replace("%20", "+"),
        "g+%C3%BC%2B".into(),
    );
    let bad = code(&list().continuation_token("nonsense").send().await);
    cx.check("a token of our own making", bad, "InvalidArgument".into());
}

pub(super) async fn v1(cx: Cx) {
    let bucket = filled(&cx).await;
    let list = || cx.s3.list_objects().bucket(&bucket);
    let show = |out: &aws_sdk_s3::operation::list_objects::ListObjectsOutput| -> String {
        let keys = out.contents().iter().filter_map(|o| o.key());
        keys.chain(out.common_prefixes().iter().filter_map(|p| p.prefix()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    cx.check(
        "all",
        show(&list().send().await.unwrap()),
        "a b/1 b/2 b/c/3 d e/1 f".into(),
    );
    let page = list().delimiter("/").max_keys(2).send().await.unwrap();
    cx.check(
        "page",
        (show(&page), page.is_truncated()),
        ("a b/".into(), Some(true)),
    );
    cx.check("next marker", page.next_marker(), Some("b/"));
    let page = list()
        .delimiter("/")
        .marker("b/")
        .max_keys(2)
        .send()
        .await
        .unwrap();
    cx.check("behind the prefix", show(&page), "d e/".into());
    cx.check(
        "marker",
        show(&list().marker("b/c/3").send().await.unwrap()),
        "d e/1 f".into(),
    );
}

pub(super) async fn delimiters_and_paging(cx: Cx) {
    let bucket = filled(&cx).await;
    let mut seen = Vec::new();
    let mut token = None;
    loop {
        let page = cx
            .s3
            .list_objects_v2()
            .bucket(&bucket)
            .delimiter("/")
            .max_keys(1)
            .set_continuation_token(token)
            .send()
            .await
            .unwrap();
        seen.extend(page.contents().iter().filter_map(|o| o.key.clone()));
        seen.extend(page.common_prefixes().iter().filter_map(|p| p.prefix.clone()));
        token = page.next_continuation_token;
        if token.is_none() {
            break;
        }
    }
    cx.check("one by one", seen.join(" "), "a b/ d e/ f".into());
    let inner = cx
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .prefix("b/")
        .delimiter("/")
        .send()
        .await
        .unwrap();
    cx.check(
        "inside",
        inner
            .contents()
            .iter()
            .filter_map(|o| o.key())
            .collect::<Vec<_>>(),
        vec!["b/1", "b/2"],
    );
    cx.check(
        "below",
        inner
            .common_prefixes()
            .iter()
            .filter_map(|p| p.prefix())
            .collect::<Vec<_>>(),
        vec!["b/c/"],
    );
    cx.check("counts both", inner.key_count(), Some(3));
    let part = cx
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .prefix("b")
        .delimiter("/")
        .send()
        .await
        .unwrap();
    cx.check(
        "half a name",
        part.common_prefixes()
            .iter()
            .filter_map(|p| p.prefix())
            .collect::<Vec<_>>(),
        vec!["b/"],
    );
}
