//! S3's operations, one family per file, over [`Meta`] and [`Blobs`].
//!
//! Who may do what was decided in [`crate::keys::access`]; here only the keys inside a batch delete
//! are decided one by one.

mod acl;
mod attributes;
mod buckets;
pub(crate) mod checksums;
mod complete;
mod conditions;
mod copy;
mod cors;
mod delete;
pub(crate) mod error;
mod get;
mod heads;
mod list;
mod parts;
mod put;
pub(crate) mod raw;
mod tagging;
mod uploads;
mod versions;

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use crate::Store;
use crate::blobs::Blobs;
use crate::clock::{Clock, to_millis};
use crate::config::Config;
use crate::meta::Meta;
use crate::meta::records::{Bucket, Versioning, Which};

/// The largest object that one PUT may bring, and the largest part: 5 GiB, as in S3.
const LARGEST_PUT: u64 = 5 << 30;

/// What every operation needs.
pub(crate) struct Service {
    meta: Meta,
    blobs: Arc<Blobs>,
    clock: Arc<dyn Clock>,
    config: Config,
}

impl Service {
    pub(crate) fn new(store: &Store) -> Self {
        let inner = &store.inner;
        Self {
            meta: inner.meta.clone(),
            blobs: inner.blobs.clone(),
            clock: inner.config.clock.clone(),
            config: inner.config.clone(),
        }
    }

    /// Refuses unless there is such a bucket, and in it such an object or version.
    pub(crate) async fn find(&self, bucket: &str, object: Option<(&str, Option<&str>)>) -> S3Result<()> {
        match object {
            Some((key, version_id)) => get::find(self, bucket, key, version_id).await.map(drop),
            None => self.bucket(bucket).await.map(drop),
        }
    }

    fn now(&self) -> i64 {
        to_millis(self.clock.now())
    }

    fn region_of<'a>(&'a self, bucket: &'a Bucket) -> &'a str {
        bucket.region.as_deref().unwrap_or(&self.config.region)
    }

    async fn bucket(&self, name: &str) -> S3Result<Bucket> {
        match self.meta.bucket(name).await.map_err(error::respond)? {
            Some(bucket) => Ok(bucket),
            None => Err(s3_error!(NoSuchBucket, "The specified bucket does not exist")),
        }
    }
}

/// The rules of a key, wherever it is written.
pub(crate) fn check_key(key: &str) -> S3Result<()> {
    if key.is_empty() {
        return Err(s3_error!(UserKeyMustBeSpecified, "A key cannot be empty"));
    }
    if !s3s::path::check_key(key) {
        return Err(s3_error!(KeyTooLongError, "Your key is too long"));
    }
    if key.contains('\0') {
        return Err(s3_error!(InvalidArgument, "A key cannot contain NUL"));
    }
    Ok(())
}

fn which(version_id: Option<&str>) -> S3Result<Which> {
    Which::parse(version_id).ok_or_else(|| s3_error!(InvalidArgument, "Invalid version id specified"))
}

/// The version id as an answer shows it: not at all in a bucket that never kept versions.
fn shown(bucket: &Bucket, version_id: String) -> Option<String> {
    (bucket.versioning != Versioning::Off).then_some(version_id)
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from(crate::clock::from_millis(millis))
}

fn owner() -> Owner {
    Owner {
        display_name: Some("forepeak".to_owned()),
        id: Some("forepeak".to_owned()),
    }
}

fn to_i64(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

macro_rules! delegate {
    ($($name:ident: $input:ident => $output:ident = $family:ident::$function:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Service {
            $(async fn $name(&self, req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                $family::$function(self, req).await
            })*
        }
    };
}

delegate! {
    list_buckets: ListBucketsInput => ListBucketsOutput = buckets::list;
    create_bucket: CreateBucketInput => CreateBucketOutput = buckets::create;
    head_bucket: HeadBucketInput => HeadBucketOutput = buckets::head;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput = buckets::delete;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput = buckets::location;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput = buckets::versioning;
    put_bucket_versioning: PutBucketVersioningInput => PutBucketVersioningOutput = buckets::set_versioning;
    get_bucket_cors: GetBucketCorsInput => GetBucketCorsOutput = cors::get;
    put_bucket_cors: PutBucketCorsInput => PutBucketCorsOutput = cors::put;
    delete_bucket_cors: DeleteBucketCorsInput => DeleteBucketCorsOutput = cors::delete;

    put_bucket_acl: PutBucketAclInput => PutBucketAclOutput = acl::of_bucket;

    put_object: PutObjectInput => PutObjectOutput = put::put;
    get_object: GetObjectInput => GetObjectOutput = get::get;
    head_object: HeadObjectInput => HeadObjectOutput = get::head;
    get_object_attributes: GetObjectAttributesInput => GetObjectAttributesOutput = attributes::get;
    copy_object: CopyObjectInput => CopyObjectOutput = copy::copy;
    delete_object: DeleteObjectInput => DeleteObjectOutput = delete::one;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput = delete::many;
    put_object_acl: PutObjectAclInput => PutObjectAclOutput = acl::of_object;
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput = tagging::get;
    put_object_tagging: PutObjectTaggingInput => PutObjectTaggingOutput = tagging::put;
    delete_object_tagging: DeleteObjectTaggingInput => DeleteObjectTaggingOutput = tagging::delete;

    list_objects: ListObjectsInput => ListObjectsOutput = list::v1;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output = list::v2;
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput = versions::list;

    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput = uploads::create;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput = uploads::abort;
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput = uploads::list;
    upload_part: UploadPartInput => UploadPartOutput = parts::put;
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput = parts::copy;
    list_parts: ListPartsInput => ListPartsOutput = parts::list;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput = complete::complete;
}

fn check_part_number(number: i32) -> S3Result<()> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidArgument,
        "Part number must be an integer between 1 and 10000, inclusive"
    ))
}
