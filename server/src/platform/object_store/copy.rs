//! What is copied within storage, and what became of it.

use std::collections::BTreeMap;

use app::contract::{BucketName, UserKey};

use super::{ObjectHeaders, Written};

/// The most bytes that one request copies (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
pub const LARGEST_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// The object to copy. It is copied only if it has this ETag still.
#[derive(Clone, Copy, Debug)]
pub struct CopySource<'a> {
    pub bucket: &'a BucketName,
    pub key: &'a UserKey,
    /// The current one unless given.
    pub version: Option<&'a str>,
    /// Without quotes. Empty where it is not known: then whatever is there is copied.
    pub etag: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub written: Written,
    /// The version that was copied, where storage names it.
    pub source_version: Option<String>,
}

/// What an object bears beside its bytes from now on.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    pub headers: &'a ObjectHeaders,
    /// As storage names it; the bucket's usual one unless given.
    pub storage_class: Option<&'a str>,
    /// Those that it has unless given.
    pub tags: Option<&'a BTreeMap<String, String>>,
}
