//! Quotas: what is reserved, what is counted, and what is told of it.

mod copies;
mod counting;
mod reserving;
mod told;
mod uploads;

use app::features::admin::types::UpdateUserRequest;
use aws_sdk_s3::types::{ObjectVersion, Part};
use server::features::{
    admin::Authority,
    quota::{Holder, StorageUse},
};

use crate::support::{TestApp, User};

fn holder(user: &User) -> Holder {
    Holder::User(user.id)
}

/// Gives a person a quota, or none. That little of it is left is told in letters, which most tests leave unsent.
pub(crate) async fn limit(app: &TestApp, user: &User, quota_bytes: Option<u64>) {
    app.leave_jobs();
    let change = UpdateUserRequest {
        quota_bytes: Some(quota_bytes),
        ..UpdateUserRequest::default()
    };
    let administration = &app.state.administration;
    administration
        .update(&Authority::operator(), user.id, change)
        .await
        .unwrap();
}

async fn storage_use(app: &TestApp, user: &User) -> StorageUse {
    app.state.quotas.of(holder(user)).await.unwrap().unwrap()
}

/// What counts against the quota, reservations included.
pub(crate) async fn taken(app: &TestApp, user: &User) -> u64 {
    storage_use(app, user).await.taken
}

/// What storage really holds of a person: all versions, and all parts.
async fn stored(app: &TestApp, user: &User) -> u64 {
    let client = app.storage().sdk();
    let prefix = user.key("");
    let listed = client
        .list_object_versions()
        .bucket("forepeak")
        .prefix(&prefix)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.is_truncated(), Some(false), "too much for one look");
    let mut sum: i64 = listed.versions().iter().filter_map(ObjectVersion::size).sum();
    let uploads = client
        .list_multipart_uploads()
        .bucket("forepeak")
        .prefix(&prefix)
        .send()
        .await
        .unwrap();
    for upload in uploads.uploads() {
        let parts = client
            .list_parts()
            .bucket("forepeak")
            .key(upload.key().unwrap())
            .upload_id(upload.upload_id().unwrap())
            .send()
            .await
            .unwrap();
        sum += parts.parts().iter().filter_map(Part::size).sum::<i64>();
    }
    u64::try_from(sum).unwrap()
}
