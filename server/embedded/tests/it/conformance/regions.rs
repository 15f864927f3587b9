//! The region of a bucket and that of a signature.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use http::Method;

use super::Cx;
use crate::support::code;

pub(super) async fn a_bucket_has_one(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let west = format!("{bucket}-west");
    let create = |name: &str, region: &str| {
        let place = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(region))
            .build();
        cx.s3
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(place)
            .send()
    };
    create(&west, "us-west-2").await.unwrap();
    let location = cx
        .raw
        .send(Method::GET, &format!("/{west}?location"), &[], "")
        .await;
    cx.check(
        "it is where it was made",
        location.body.contains(">us-west-2<"),
        true,
    );
    let head = cx.s3.head_bucket().bucket(&west).send().await.unwrap();
    cx.check("head says so", head.bucket_region(), Some("us-west-2"));
    let listed = cx.s3.list_buckets().send().await.unwrap();
    let found = listed.buckets().iter().find(|one| one.name() == Some(&west));
    cx.check(
        "the list says so",
        found.and_then(|one| one.bucket_region()),
        Some("us-west-2"),
    );
    cx.check(
        "again elsewhere",
        code(&create(&west, "us-west-2").await),
        "BucketAlreadyOwnedByYou".into(),
    );
    cx.check(
        "no region",
        code(&create(&format!("{bucket}-none"), "No Where").await),
        "InvalidLocationConstraint".into(),
    );

    let in_west = cx.raw.in_region("us-west-2");
    let target = format!("/{west}?list-type=2");
    let listed = in_west.send(Method::GET, &target, &[], "").await;
    cx.check("signed for its region", listed.code(), "200".into());
    let listed = cx.raw.send(Method::GET, &target, &[], "").await;
    cx.check("signed for the first region", listed.code(), "200".into());
    let target = format!("/{bucket}?list-type=2");
    // The second is what s3cmd names unless it is told otherwise.
    for region in ["us-west-2", "US"] {
        let wrong = cx.raw.in_region(region).send(Method::GET, &target, &[], "").await;
        cx.check(
            &format!("signed for {region}"),
            (wrong.code(), wrong.element("Region").map(ToOwned::to_owned)),
            (
                "AuthorizationHeaderMalformed".to_owned(),
                Some("us-east-1".to_owned()),
            ),
        );
    }
    let nowhere = in_west.send(Method::HEAD, "/no-such-bucket", &[], "").await;
    cx.check("no bucket is nowhere", nowhere.code(), "404".into());
}
