//! The table of operations, and the names of which its rows are made.

use super::super::fixed::{self, Fixed};
use super::Needs::{self, EachKey, Key, Knowing, Listing, OfBucket, OfObject};
use super::Target::{self, Bucket, Object, Service};
use super::Verb::{self, Delete, Get, Head, Post, Put};
use super::{Content, Groups, Operation};
use crate::keys::Permission::{Admin, Read, ReadWrite};

const LISTED: &[&str] = &["prefix", "delimiter", "encoding-type", "max-keys"];
const RESPONSE: &[&str] = &[
    "versionId",
    "partNumber",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

const SUMS: &[&str] = &[
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];
/// What is kept with an object. The service looks at the values of the first two.
const KEPT: &[&str] = &[
    "x-amz-acl",
    "x-amz-storage-class",
    "x-amz-meta-",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
];
const SOURCE: &[&str] = &[
    "x-amz-copy-source",
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since",
];
const REPLACED: &[&str] = &["x-amz-metadata-directive", "x-amz-tagging-directive"];
const CHOSEN: &[&str] = &["x-amz-checksum-algorithm", "x-amz-checksum-type"];
const ETAGS: &[&str] = &["if-match", "if-none-match"];
/// Nothing is locked here and no deletion asks for a second factor, so neither changes anything.
const UNLOCKING: &[&str] = &["x-amz-bypass-governance-retention", "x-amz-mfa"];
/// No object is archived, so there is never a state of its restoration to show.
const OPTIONAL: &[&str] = &["x-amz-optional-object-attributes"];
const ATTRIBUTES: &[&str] = &[
    "x-amz-max-parts",
    "x-amz-object-attributes",
    "x-amz-part-number-marker",
];
/// The service checks the value: it accepts only the ACL that every object has.
const ACL: &[&str] = &["x-amz-acl"];
const NEW_BUCKET: &[&str] = &[
    "x-amz-acl",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-object-ownership",
];

/// For operations that take a document in S3, but only headers here.
const NO_XML: &[&str] = &[];
const BUCKET_XML: &[&str] = &["CreateBucketConfiguration", "LocationConstraint"];
const VERSIONING_XML: &[&str] = &["VersioningConfiguration", "MfaDelete", "Status"];
const DELETE_XML: &[&str] = &["Delete", "Object", "Key", "VersionId", "ETag", "Quiet"];
const TAGGING_XML: &[&str] = &["Tagging", "TagSet", "Tag", "Key", "Value"];
const CORS_XML: &[&str] = &[
    "CORSConfiguration",
    "CORSRule",
    "ID",
    "AllowedHeader",
    "AllowedMethod",
    "AllowedOrigin",
    "ExposeHeader",
    "MaxAgeSeconds",
];
const COMPLETE_XML: &[&str] = &[
    "CompleteMultipartUpload",
    "Part",
    "ETag",
    "PartNumber",
    "ChecksumCRC32",
    "ChecksumCRC32C",
    "ChecksumCRC64NVME",
    "ChecksumSHA1",
    "ChecksumSHA256",
];

/// Everything that the store does. Of the rows of one method and target the first that is selected holds, so the
/// plain operation comes last.
#[rustfmt::skip]
pub(in super::super) const OPERATIONS: &[Operation] = &[
    row(Get, Service, "ListBuckets", Key).query(&[&["prefix", "max-buckets", "continuation-token", "bucket-region"]]),

    row(Head, Bucket, "HeadBucket", Knowing),
    row(Get, Bucket, "GetBucketAcl", Knowing).by(&["acl"]).fixed(fixed::OWNED),
    row(Get, Bucket, "GetBucketOwnershipControls", Knowing).by(&["ownershipControls"]).fixed(fixed::OWNERSHIP),
    row(Get, Bucket, "GetPublicAccessBlock", Knowing).by(&["publicAccessBlock"]).fixed(fixed::PRIVATE),
    row(Get, Bucket, "GetBucketPolicy", Knowing).by(&["policy"]).fixed(fixed::NO_POLICY),
    row(Get, Bucket, "GetBucketPolicyStatus", Knowing).by(&["policyStatus"]).fixed(fixed::NO_POLICY),
    row(Get, Bucket, "GetBucketEncryption", Knowing).by(&["encryption"]).fixed(fixed::UNENCRYPTED),
    row(Get, Bucket, "GetBucketLifecycleConfiguration", Knowing).by(&["lifecycle"]).fixed(fixed::NO_LIFECYCLE),
    row(Get, Bucket, "GetObjectLockConfiguration", Knowing).by(&["object-lock"]).fixed(fixed::UNLOCKED_BUCKET),
    row(Get, Bucket, "GetBucketTagging", Knowing).by(&["tagging"]).fixed(fixed::NO_TAGS),
    row(Get, Bucket, "GetBucketWebsite", Knowing).by(&["website"]).fixed(fixed::NO_WEBSITE),
    row(Get, Bucket, "GetBucketReplication", Knowing).by(&["replication"]).fixed(fixed::UNREPLICATED),
    row(Get, Bucket, "GetBucketRequestPayment", Knowing).by(&["requestPayment"]).fixed(fixed::PAYER),
    row(Get, Bucket, "GetBucketAccelerateConfiguration", Knowing).by(&["accelerate"]).fixed(fixed::UNACCELERATED),
    row(Get, Bucket, "GetBucketLogging", Knowing).by(&["logging"]).fixed(fixed::UNLOGGED),
    row(Get, Bucket, "GetBucketNotificationConfiguration", Knowing).by(&["notification"]).fixed(fixed::UNNOTIFIED),
    row(Get, Bucket, "GetBucketAnalyticsConfiguration", Knowing).by(&["analytics", "id"]).fixed(fixed::NO_CONFIGURATION),
    row(Get, Bucket, "GetBucketIntelligentTieringConfiguration", Knowing).by(&["intelligent-tiering", "id"])
        .fixed(fixed::NO_CONFIGURATION),
    row(Get, Bucket, "GetBucketInventoryConfiguration", Knowing).by(&["inventory", "id"]).fixed(fixed::NO_CONFIGURATION),
    row(Get, Bucket, "GetBucketMetricsConfiguration", Knowing).by(&["metrics", "id"]).fixed(fixed::NO_CONFIGURATION),
    row(Get, Bucket, "ListBucketAnalyticsConfigurations", Knowing).by(&["analytics"]).fixed(fixed::NO_ANALYTICS),
    row(Get, Bucket, "ListBucketIntelligentTieringConfigurations", Knowing).by(&["intelligent-tiering"])
        .fixed(fixed::NO_TIERING),
    row(Get, Bucket, "ListBucketInventoryConfigurations", Knowing).by(&["inventory"]).fixed(fixed::NO_INVENTORY),
    row(Get, Bucket, "ListBucketMetricsConfigurations", Knowing).by(&["metrics"]).fixed(fixed::NO_METRICS),
    row(Get, Bucket, "GetBucketCors", OfBucket(Admin)).by(&["cors"]),
    row(Get, Bucket, "GetBucketLocation", Knowing).by(&["location"]),
    row(Get, Bucket, "GetBucketVersioning", Knowing).by(&["versioning"]),
    row(Get, Bucket, "ListMultipartUploads", Listing).by(&["uploads"])
        .query(&[LISTED, &["key-marker", "max-uploads", "upload-id-marker"]]),
    row(Get, Bucket, "ListObjectVersions", Listing).by(&["versions"])
        .query(&[LISTED, &["key-marker", "version-id-marker"]]).headers(&[OPTIONAL]),
    row(Get, Bucket, "ListObjectsV2", Listing).by(&["list-type"])
        .query(&[LISTED, &["continuation-token", "fetch-owner", "start-after"]]).headers(&[OPTIONAL]),
    row(Get, Bucket, "ListObjects", Listing).query(&[LISTED, &["marker"]]).headers(&[OPTIONAL]),
    row(Put, Bucket, "PutBucketAcl", OfBucket(Admin)).by(&["acl"]).headers(&[SUMS, ACL]).xml(NO_XML),
    row(Put, Bucket, "PutBucketCors", OfBucket(Admin)).by(&["cors"]).headers(&[SUMS]).xml(CORS_XML),
    row(Put, Bucket, "PutBucketVersioning", OfBucket(Admin)).by(&["versioning"]).headers(&[SUMS]).xml(VERSIONING_XML),
    row(Put, Bucket, "CreateBucket", OfBucket(Admin)).headers(&[SUMS, NEW_BUCKET]).xml(BUCKET_XML),
    row(Delete, Bucket, "DeleteBucketCors", OfBucket(Admin)).by(&["cors"]),
    row(Delete, Bucket, "DeleteBucket", OfBucket(Admin)),
    row(Post, Bucket, "DeleteObjects", EachKey).by(&["delete"]).headers(&[SUMS, UNLOCKING]).xml(DELETE_XML),

    row(Head, Object, "HeadObject", OfObject(Read)).query(&[RESPONSE]).headers(&[&["x-amz-checksum-mode"]]),
    row(Get, Object, "GetObjectAcl", OfObject(Read)).by(&["acl"]).query(&[&["versionId"]]).fixed(fixed::OWNED),
    row(Get, Object, "GetObjectLegalHold", OfObject(Read)).by(&["legal-hold"])
        .query(&[&["versionId"]]).fixed(fixed::UNLOCKED_OBJECT),
    row(Get, Object, "GetObjectRetention", OfObject(Read)).by(&["retention"])
        .query(&[&["versionId"]]).fixed(fixed::UNLOCKED_OBJECT),
    row(Get, Object, "GetObjectAttributes", OfObject(Read)).by(&["attributes"])
        .query(&[&["versionId"]]).headers(&[ATTRIBUTES]),
    row(Get, Object, "GetObjectTagging", OfObject(Read)).by(&["tagging"]).query(&[&["versionId"]]),
    row(Get, Object, "ListParts", OfObject(ReadWrite)).by(&["uploadId"])
        .query(&[&["encoding-type", "max-parts", "part-number-marker"]]),
    row(Get, Object, "GetObject", OfObject(Read)).query(&[RESPONSE]).headers(&[&["x-amz-checksum-mode"]]),
    row(Put, Object, "PutObjectAcl", OfObject(ReadWrite)).by(&["acl"])
        .query(&[&["versionId"]]).headers(&[SUMS, ACL]).xml(NO_XML),
    row(Put, Object, "PutObjectTagging", OfObject(ReadWrite)).by(&["tagging"])
        .query(&[&["versionId"]]).headers(&[SUMS]).xml(TAGGING_XML),
    row(Put, Object, "UploadPartCopy", OfObject(ReadWrite)).by(&["partNumber", "uploadId"]).copying()
        .headers(&[SOURCE, &["x-amz-copy-source-range"]]),
    row(Put, Object, "UploadPart", OfObject(ReadWrite)).by(&["partNumber", "uploadId"]).headers(&[SUMS]).bytes(),
    row(Put, Object, "CopyObject", OfObject(ReadWrite)).copying().headers(&[SOURCE, KEPT, REPLACED, CHOSEN, ETAGS]),
    row(Put, Object, "PutObject", OfObject(ReadWrite)).headers(&[SUMS, KEPT, CHOSEN, ETAGS]).bytes(),
    row(Post, Object, "CreateMultipartUpload", OfObject(ReadWrite)).by(&["uploads"]).headers(&[KEPT, CHOSEN]),
    // Its checksums are those of the whole object.
    row(Post, Object, "CompleteMultipartUpload", OfObject(ReadWrite)).by(&["uploadId"])
        .headers(&[SUMS, CHOSEN, ETAGS, &["x-amz-mp-object-size"]]).xml(COMPLETE_XML),
    row(Delete, Object, "DeleteObjectTagging", OfObject(ReadWrite)).by(&["tagging"]).query(&[&["versionId"]]),
    row(Delete, Object, "AbortMultipartUpload", OfObject(ReadWrite)).by(&["uploadId"]),
    row(Delete, Object, "DeleteObject", OfObject(ReadWrite)).query(&[&["versionId"]])
        .headers(&[UNLOCKING, &["if-match"]]),
];

const fn row(method: Verb, target: Target, name: &'static str, needs: Needs) -> Operation {
    Operation {
        name,
        method,
        target,
        needs,
        content: Content::None,
        fixed: None,
        selected_by: &[],
        copies: false,
        query: &[],
        headers: &[],
    }
}

impl Operation {
    const fn by(self, selected_by: &'static [&'static str]) -> Self {
        Self { selected_by, ..self }
    }

    const fn copying(self) -> Self {
        Self { copies: true, ..self }
    }

    const fn query(self, query: Groups) -> Self {
        Self { query, ..self }
    }

    const fn headers(self, headers: Groups) -> Self {
        Self { headers, ..self }
    }

    const fn fixed(self, fixed: Fixed) -> Self {
        Self {
            fixed: Some(fixed),
            ..self
        }
    }

    const fn xml(self, elements: &'static [&'static str]) -> Self {
        Self {
            content: Content::Xml(elements),
            ..self
        }
    }

    const fn bytes(self) -> Self {
        Self {
            content: Content::Bytes,
            ..self
        }
    }
}
