//! Which operation a request asks for, and which parameters may come with it.
//!
//! [`OPERATIONS`] is an allow-list. `s3s` picks an operation by the sub-resources that it knows and ignores every
//! other part of a request, so that `DELETE bucket?metadataConfiguration` would delete the bucket. Here a request is
//! refused unless its method, its query and its headers say nothing but what the operation does.

mod table;

use http::{HeaderMap, Method};
use s3s::access::S3AccessContext;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::fixed::Fixed;
use super::query::Query;
use crate::keys::Permission;
pub(super) use table::OPERATIONS;

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
    /// Any key. The answer holds only what the key has permission to see.
    Key,
    /// A permission of any kind in the bucket.
    Knowing,
    /// Permission to list the prefix, checked once the request is parsed.
    Listing,
    /// This permission for the object in the path.
    OfObject(Permission),
    /// This permission for the whole bucket.
    OfBucket(Permission),
    /// Permission for each key in the body, checked one by one.
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
    /// Whether requests of this method change nothing.
    pub(crate) fn reads(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Delete => Self::DELETE,
            Verb::Get => Self::GET,
            Verb::Head => Self::HEAD,
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
        }
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

/// Query names that change some operations, and are therefore not ignored beside the others.
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

/// Headers other than `x-amz-*` that change what a write does, or prevent it.
const CONDITIONS: &[&str] = &[
    "content-range",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
];

impl Operation {
    /// The operation that a request asks for, if the store supports every parameter of the request.
    pub(crate) fn of(
        method: &Method,
        target: Target,
        query: &Query,
        headers: &HeaderMap,
    ) -> S3Result<&'static Self> {
        let rows = || {
            OPERATIONS
                .iter()
                .filter(|row| Method::from(row.method) == *method && row.target == target)
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

    /// A query and headers that select the operation.
    #[cfg(test)]
    pub(super) fn example(&self) -> (String, HeaderMap) {
        let query: Vec<String> = self
            .selected_by
            .iter()
            .map(|name| match *name {
                "list-type" => "list-type=2".to_owned(),
                "partNumber" => "partNumber=1".to_owned(),
                name => format!("{name}="),
            })
            .collect();
        let mut headers = HeaderMap::new();
        if self.copies {
            headers.insert("x-amz-copy-source", http::HeaderValue::from_static("b-b/k"));
        }
        if self.name == "GetObjectAttributes" {
            headers.insert("x-amz-object-attributes", http::HeaderValue::from_static("ETag"));
        }
        (query.join("&"), headers)
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

/// Refuses unless `s3s` chose the operation that the table gave. It would be a fault of the table, not of the request.
pub(crate) fn agree(cx: &mut S3AccessContext<'_>) -> S3Result<()> {
    let name = cx.s3_op().name().to_owned();
    let chosen = cx.extensions_mut().get::<&'static Operation>();
    if chosen.is_some_and(|operation| operation.name == name) {
        return Ok(());
    }
    tracing::error!(?chosen, name, "the table and s3s choose another operation");
    Err(s3_error!(
        NotImplemented,
        "This store does not offer the operation"
    ))
}
