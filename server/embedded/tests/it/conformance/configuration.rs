//! What can be asked of a bucket or an object that was never configured.

use http::Method;

use super::Cx;

pub(super) async fn what_was_never_configured(cx: Cx) {
    let bucket = cx.bucket("a").await;
    cx.put(&bucket, "k", b"x").await;
    for (query, expected) in [
        ("acl", "FULL_CONTROL"),
        ("policy", "NoSuchBucketPolicy"),
        ("policyStatus", "NoSuchBucketPolicy"),
        ("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("lifecycle", "NoSuchLifecycleConfiguration"),
        ("publicAccessBlock", "<BlockPublicAcls>true</BlockPublicAcls>"),
        ("ownershipControls", "BucketOwnerEnforced"),
        ("object-lock", "ObjectLockConfigurationNotFoundError"),
        ("tagging", "NoSuchTagSet"),
        ("website", "NoSuchWebsiteConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("requestPayment", "BucketOwner"),
        ("accelerate", "AccelerateConfiguration"),
        ("logging", "BucketLoggingStatus"),
        ("notification", "NotificationConfiguration"),
        ("analytics", "<IsTruncated>false</IsTruncated>"),
        ("analytics&id=a", "NoSuchConfiguration"),
        ("intelligent-tiering", "<IsTruncated>false</IsTruncated>"),
        ("intelligent-tiering&id=a", "NoSuchConfiguration"),
        ("inventory", "<IsTruncated>false</IsTruncated>"),
        ("inventory&id=a", "NoSuchConfiguration"),
        ("metrics", "<IsTruncated>false</IsTruncated>"),
        ("metrics&id=a", "NoSuchConfiguration"),
    ] {
        let answer = cx
            .raw
            .send(Method::GET, &format!("/{bucket}?{query}"), &[], "")
            .await;
        let told = answer.body.contains(expected) && answer.status != 501;
        cx.check(query, told, true);
        let target = format!("/no-such-bucket?{query}");
        let none = cx.raw.send(Method::GET, &target, &[], "").await;
        cx.check(&format!("{query} of none"), none.code(), "NoSuchBucket".into());
    }
    for (query, expected) in [
        ("acl", "FULL_CONTROL"),
        ("retention", "InvalidRequest"),
        ("legal-hold", "InvalidRequest"),
    ] {
        let answer = cx
            .raw
            .send(Method::GET, &format!("/{bucket}/k?{query}"), &[], "")
            .await;
        cx.check(&format!("object {query}"), answer.body.contains(expected), true);
        let none = cx
            .raw
            .send(Method::GET, &format!("/{bucket}/none?{query}"), &[], "")
            .await;
        cx.check(
            &format!("object {query} of none"),
            none.code(),
            "NoSuchKey".into(),
        );
    }
    // The SDK reads the documents too.
    let acl = cx.s3.get_bucket_acl().bucket(&bucket).send().await.unwrap();
    cx.check("one grant", acl.grants().len(), 1);
    let grantee = acl.grants().first().and_then(|grant| grant.grantee());
    cx.check(
        "the owner's",
        grantee.and_then(|one| one.id()),
        acl.owner().and_then(|one| one.id()),
    );
    let ownership = cx.s3.get_bucket_ownership_controls().bucket(&bucket).send().await;
    cx.check(
        "ownership is read",
        ownership.is_ok_and(|read| read.ownership_controls.is_some()),
        true,
    );
}
