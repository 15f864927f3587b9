//! Buckets in other regions: each region of AWS has an address and a signature of its own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::contract::{BucketName, RegionName};
use aws_sdk_s3::{Client, config::Region};

use super::{S3Store, presign::Presigner};

/// The most regions whose clients are kept. AWS has some forty.
const KEPT: usize = 64;

/// Clients by their region, made when they are first needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Regions(Arc<Mutex<HashMap<String, (Client, Presigner)>>>);

impl S3Store {
    /// The region that requests go to unless another is named.
    #[must_use]
    pub fn region(&self) -> &str {
        self.client.config().region().map_or("us-east-1", Region::as_ref)
    }

    /// The same storage, with requests addressed to and signed for another region.
    #[must_use]
    pub fn in_region(&self, region: &RegionName) -> Self {
        if region.as_str() == self.region() {
            return self.clone();
        }
        let mut kept = self.regions.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT && !kept.contains_key(region.as_str()) {
            kept.clear();
        }
        let (client, presigner) = kept
            .entry(region.as_str().to_owned())
            .or_insert_with(|| {
                let region = Region::new(region.as_str().to_owned());
                (
                    in_region(&self.client, &region),
                    self.presigner.by(|client| in_region(client, &region)),
                )
            })
            .clone();
        Self {
            client,
            presigner,
            ..self.clone()
        }
    }

    /// Has it tried in this bucket what storage can do, whichever bucket a request is about: trying leaves a version
    /// behind for a moment, which belongs in nobody's own bucket.
    #[must_use]
    pub fn trying_things_in(self, bucket: BucketName) -> Self {
        Self {
            tried_in: Some(Arc::new((self.client.clone(), bucket))),
            ..self
        }
    }

    /// Where to try what storage can do.
    pub(super) fn trying_in<'a>(&'a self, bucket: &'a BucketName) -> (&'a Client, &'a BucketName) {
        match self.tried_in.as_deref() {
            Some((client, bucket)) => (client, bucket),
            None => (&self.client, bucket),
        }
    }
}

/// The client with addresses and signatures of another region. What connects it stays shared.
fn in_region(client: &Client, region: &Region) -> Client {
    Client::from_conf(client.config().to_builder().region(region.clone()).build())
}
