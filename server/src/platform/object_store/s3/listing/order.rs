//! Whether storage lists names in the order of their bytes, as AWS does. Servers do not tell, so it is tried on objects
//! that belong to nobody, and that are removed afterwards.

use app::contract::BucketName;
use aws_sdk_s3::{Client, primitives::ByteStream};

use super::super::{S3Store, conditional_writes::NOBODY, error::store_error};
use crate::platform::{
    object_store::StoreError,
    rng::{Rng, SystemRng},
};

/// A name that comes before what lies in the folder beside it, by its bytes.
const FIRST: &str = "x b";
const IN_FOLDER: [&str; 2] = ["x/1", "x/2"];

impl S3Store {
    /// Whether a page of versions goes on where the one before ended. Found out once, and remembered. Where it cannot be
    /// found out, they are read as if it did not, which is slower and misses nothing.
    pub(super) async fn lists_in_order(&self, bucket: &BucketName) -> bool {
        let probed = self
            .lists_in_order
            .get_or_try_init(|| {
                let (client, bucket) = self.trying_in(bucket);
                probe(client, bucket)
            })
            .await;
        match probed {
            Ok(found) => *found,
            Err(error) => {
                tracing::warn!(%bucket, %error, "it is not known in which order storage lists versions");
                false
            }
        }
    }
}

async fn probe(client: &Client, bucket: &BucketName) -> Result<bool, StoreError> {
    let folder = format!("{NOBODY}/order-{}/", SystemRng.uuid());
    let mut written = Vec::new();
    let found = first_of(client, bucket, &folder, &mut written).await;
    for (key, version) in written {
        let deleted = client
            .delete_object()
            .bucket(bucket.as_str())
            .key(&key)
            .set_version_id(version)
            .send()
            .await;
        if let Err(error) = deleted.map_err(store_error) {
            tracing::warn!(key, %error, "an empty object stays behind after a look at what storage can do");
        }
    }
    let is_in_order = found?.ends_with(FIRST);
    tracing::debug!(%bucket, is_in_order, "in which order storage lists versions");
    Ok(is_in_order)
}

/// Which of three objects a page of one version shows.
async fn first_of(
    client: &Client,
    bucket: &BucketName,
    folder: &str,
    written: &mut Vec<(String, Option<String>)>,
) -> Result<String, StoreError> {
    for name in IN_FOLDER.into_iter().chain([FIRST]) {
        let key = format!("{folder}{name}");
        let put = client
            .put_object()
            .bucket(bucket.as_str())
            .key(&key)
            .body(ByteStream::from_static(b""))
            .send()
            .await
            .map_err(store_error)?;
        written.push((key, put.version_id));
    }
    let page = client
        .list_object_versions()
        .bucket(bucket.as_str())
        .prefix(folder)
        .max_keys(1)
        .send()
        .await
        .map_err(store_error)?;
    let first = page.versions().first().and_then(|version| version.key());
    Ok(first.unwrap_or_default().to_owned())
}
