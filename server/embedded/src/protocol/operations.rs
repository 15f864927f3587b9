//! Which operation a request asks for, and what may be said beside it.
//!
//! [`OPERATIONS`] is an allow-list. `s3s` picks an operation by the sub-resources that it knows and ignores every
//! other part of a request, so that `DELETE bucket?metadataConfiguration` would delete the bucket. Here a request is
//! refused unless its method, its query and its headers say nothing but what the operation does.

use http::{HeaderMap, Method};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::fixed::{self, Fixed};
use super::query::Query;
use crate::keys::Permission;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Service,
    Bucket,
    Object,
}

/// Which permission an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Any key at all; the answer is cut to what the key may know.
    Key,
    /// Any grant about the bucket.
    Knowing,
    /// A listing: decided by its prefix, after parsing.
    Listing,
    /// This permission for the object in the path.
    OfObject(Permission),
    /// This permission for the whole bucket.
    OfBucket(Permission),
    /// Each key in the body is decided by itself.
    EachKey,
}

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    None,
    /// A document whose elements have these names, and no others.
    Xml(&'static [&'static str]),
    /// The bytes of an object or a part.
    Bytes,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    /// As AWS and `s3s` call it.
    pub(crate) name: &'static str,
    pub(crate) method: Verb,
    pub(crate) target: Target,
    pub(crate) needs: Needs,
    pub(crate) content: Content,
    /// The answer, where it is always the same.
    pub(crate) fixed: Option<Fixed>,
    /// The query names that select the operation; all must be there.
    selected_by: &'static [&'static str],
    /// Whether `x-amz-copy-source` selects it.
    copies: bool,
    /// Further query names that it understands.
    query: Groups,
    /// The `x-amz-*` headers and conditions that it understands.
    headers: Groups,
}

/// Names; one that ends with `-` stands for every name that starts so.
type Groups = &'static [&'static [&'static str]];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Delete,
    Get,
    Head,
    Post,
    Put,
}

impl Verb {
    fn is(self, method: &Method) -> bool {
        *method
            == match self {
                Self::Delete => Method::DELETE,
                Self::Get => Method::GET,
                Self::Head => Method::HEAD,
                Self::Post => Method::POST,
                Self::Put => Method::PUT,
            }
    }

    /// Whether requests of this method change nothing.
    pub(crate) fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// Query names that belong to a signature, or that S3 gives no meaning.
const SIGNATURE: &[&str] = &[
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "X-Amz-Algorithm",
    "X-Amz-Content-Sha256",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    // SDKs write the operation's name here.
    "x-id",
];

/// Names that mean something beside other operations, and so never are only ignored.
const PARAMETERS: &[&str] = &[
    "id",
    "list-type",
    "partNumber",
    "select-type",
    "uploadId",
    "versionId",
];

/// Sub-resources of S3 that no row of the table has. A name without a value is taken for one as well, so this list
/// need not be complete.
const UNOFFERED: &[&str] = &[
    "abac",
    "annotation",
    "append",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "metadataTable",
    "renameObject",
    "restore",
    "select",
    "session",
    "torrent",
];

/// Headers that may come with any request.
const ANYWHERE: &[&str] = &[
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    // Says that the caller would pay; here nobody does.
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    // Asks for a checksum behind the body of an answer, which S3 may leave out.
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// Headers beyond `x-amz-*` that make a write do something else, or not happen.
const CONDITIONS: &[&str] = &[
    "content-range",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
];

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
const NEW_BUCKET: &[&str] = &[
    "x-amz-acl",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-object-ownership",
];

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

use Needs::{EachKey, Key, Knowing, Listing, OfBucket, OfObject};
use Permission::{Admin, Read, ReadWrite};
use Target::{Bucket, Object, Service};
use Verb::{Delete, Get, Head, Post, Put};

/// Everything that the store does. Of the rows of one method and target the first that is selected holds, so the
/// plain operation comes last.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
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

    /// The operation that a request asks for, if the store does all of what it says.
    pub(crate) fn of(
        method: &Method,
        target: Target,
        query: &Query,
        headers: &HeaderMap,
    ) -> S3Result<&'static Self> {
        let rows = || {
            OPERATIONS
                .iter()
                .filter(|row| row.method.is(method) && row.target == target)
        };
        if rows().next().is_none() {
            return Err(s3_error!(
                MethodNotAllowed,
                "The specified method is not allowed against this resource."
            ));
        }
        let copies = headers.contains_key("x-amz-copy-source");
        let selected =
            rows().find(|row| row.selected_by.iter().all(|name| query.has(name)) && (!row.copies || copies));
        let Some(operation) = selected else {
            return Err(not_implemented("This store does not offer the operation"));
        };
        for (name, value) in query.pairs() {
            operation.check_parameter(name, value)?;
        }
        if operation.name == "ListObjectsV2" && query.get("list-type") != Some("2") {
            return Err(s3_error!(InvalidArgument, "The only list-type is 2"));
        }
        for name in headers.keys() {
            operation.check_header(name.as_str())?;
        }
        Ok(operation)
    }

    /// Whether a query name is one of the operation's own.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.selected_by.contains(&name) || holds(self.query, name)
    }

    fn check_parameter(&self, name: &str, value: &str) -> S3Result<()> {
        if self.takes(name) || SIGNATURE.contains(&name) {
            return Ok(());
        }
        let selects = |row: &Self| row.selected_by.contains(&name);
        if PARAMETERS.contains(&name) {
            return Err(s3_error!(
                InvalidArgument,
                "This operation does not take the parameter {name}"
            ));
        }
        if value.is_empty() || UNOFFERED.contains(&name) || OPERATIONS.iter().any(selects) {
            return Err(not_implemented(
                "This store does not offer the operation on this sub-resource",
            ));
        }
        Ok(())
    }

    fn check_header(&self, name: &str) -> S3Result<()> {
        let matters = name.starts_with("x-amz-") || (!self.method.reads() && CONDITIONS.contains(&name));
        if !matters || ANYWHERE.contains(&name) || holds(self.headers, name) {
            return Ok(());
        }
        Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented: {name}"
        ))
    }
}

fn not_implemented(message: &'static str) -> S3Error {
    S3Error::with_message(S3ErrorCode::NotImplemented, message)
}

fn holds(groups: Groups, name: &str) -> bool {
    groups
        .iter()
        .flat_map(|group| group.iter())
        .any(|own| *own == name || (own.ends_with('-') && name.starts_with(own)))
}
