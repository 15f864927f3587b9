//! Storage by the AWS SDK: AWS S3, servers that speak its protocol, and the embedded store. Each file here has some of
//! the operations of [`S3Store`].

mod answer;
mod bucket;
mod client;
mod conditional_writes;
mod copy;
mod deletion;
mod error;
mod headers;
mod lifecycle;
mod listing;
mod multipart;
mod objects;
mod presign;
mod probe;
mod regions;
mod settings;
mod stored;
mod streamed;
mod timeouts;
mod versioning;

use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
};

use app::contract::BucketName;
use aws_sdk_s3::Client;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use listing::UrlEncoding;
use presign::Presigner;
use regions::Regions;

use super::ConditionalWrites;

/// Where storage is and how to get in.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// `None` for AWS itself, found through the region.
    pub endpoint_url: Option<String>,
    /// The same storage as browsers reach it; presigned URLs name it. `None` when it is the same address.
    pub public_endpoint_url: Option<String>,
    /// `None` for what the SDK's chain finds, or `us-east-1`.
    pub region: Option<String>,
    /// `endpoint/bucket/key` instead of `bucket.endpoint/key`.
    pub force_path_style: bool,
    /// `None` for the SDK's usual chain (environment, profile, role of the machine).
    pub credentials: Option<S3Credentials>,
    /// The authorities, in PEM, whose certificates storage may have; `None` for those that the machine trusts.
    pub ca_bundle: Option<String>,
}

#[derive(Clone)]
pub struct S3Credentials {
    pub access_key_id: String,
    pub secret_access_key: SecretString,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// One storage, by one set of credentials. Cheap to clone; clones share what was found out about it.
#[derive(Clone, Debug)]
pub struct S3Store {
    /// Talks to storage.
    client: Client,
    /// For the address that browsers see.
    presigner: Presigner,
    encodings: Encodings,
    conditional_writes: Arc<OnceCell<ConditionalWrites>>,
    lists_in_order: Arc<OnceCell<bool>>,
    unsupported: Unsupported,
    /// Where it is tried what storage can do; in the bucket at hand unless given.
    tried_in: Option<Arc<(Client, BucketName)>>,
    /// The clients for other regions.
    regions: Regions,
}

/// The kinds of copies that storage has refused as not implemented: this server makes them instead.
#[derive(Clone, Debug, Default)]
struct Unsupported {
    copy: Arc<AtomicBool>,
    part_copy: Arc<AtomicBool>,
}

/// How storage writes keys, which differs between the listings of one server.
#[derive(Clone, Debug, Default)]
struct Encodings {
    objects: UrlEncoding,
    versions: UrlEncoding,
    uploads: UrlEncoding,
}
