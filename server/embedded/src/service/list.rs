//! ListObjects and ListObjectsV2.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::conditions::etag;
use super::{Service, checksums, error, owner, timestamp, to_i64};
use crate::meta::listing::{Cursor, Entry, Listed, Page, Range as Walk, common_prefix};

/// Entries on a page at most.
const MOST: i32 = 1000;

/// What S3 leaves as it is under `encoding-type=url`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b'*');

/// How names are written in an answer.
#[derive(Clone, Copy)]
pub(super) struct Encoding(bool);

impl Encoding {
    pub(super) const URL: Self = Self(true);

    pub(super) fn of(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self(false)),
            Some("url") => Ok(Self(true)),
            Some(_) => Err(s3_error!(
                InvalidArgument,
                "Invalid Encoding Method specified in Request"
            )),
        }
    }

    pub(super) fn write(self, name: String) -> String {
        if self.0 {
            utf8_percent_encode(&name, ENCODED).to_string()
        } else {
            name
        }
    }
}

/// The page size asked for; 0 is a page of nothing.
pub(super) fn page_size(asked: Option<i32>) -> S3Result<usize> {
    match usize::try_from(asked.unwrap_or(MOST).min(MOST)) {
        Ok(size) => Ok(size),
        Err(_) => Err(s3_error!(
            InvalidArgument,
            "A page cannot have fewer than 0 entries"
        )),
    }
}

/// An empty delimiter is none.
pub(super) fn delimiter(asked: Option<&str>) -> Option<String> {
    asked
        .filter(|delimiter| !delimiter.is_empty())
        .map(ToOwned::to_owned)
}

/// Where a page begins that follows the name `after`: behind all of a common prefix if it is one.
pub(super) fn behind(after: Option<&str>, prefix: &str, delimiter: Option<&str>) -> Cursor {
    match after {
        None | Some("") => Cursor::Start,
        Some(after) if common_prefix(after, prefix, delimiter).as_deref() == Some(after) => {
            Cursor::AfterPrefix(after.to_owned())
        }
        Some(after) => Cursor::AfterKey(after.to_owned()),
    }
}

pub(super) async fn v1(
    service: &Service,
    req: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = req.input;
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_keys)?;
    let delimiter = delimiter(input.delimiter.as_deref());
    let prefix = input.prefix.clone().unwrap_or_default();
    let cursor = behind(input.marker.as_deref(), &prefix, delimiter.as_deref());
    let page = page(service, &input.bucket, prefix, delimiter.clone(), cursor, limit).await?;
    let next_marker = match (&delimiter, &page.next) {
        // Without a delimiter the last key does; S3 leaves it out, but clients take it.
        (_, Some(Cursor::AfterKey(name) | Cursor::AfterPrefix(name))) => Some(encoding.write(name.clone())),
        _ => None,
    };
    let truncated = page.next.is_some();
    let (contents, common_prefixes) = split(page, encoding, true);
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encoding.write(input.prefix.unwrap_or_default())),
        marker: Some(encoding.write(input.marker.unwrap_or_default())),
        max_keys: i32::try_from(limit).ok(),
        is_truncated: Some(truncated),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: delimiter.map(|text| encoding.write(text)),
        next_marker,
        encoding_type: input.encoding_type,
        ..Default::default()
    }))
}

pub(super) async fn v2(
    service: &Service,
    req: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = req.input;
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_keys)?;
    let delimiter = delimiter(input.delimiter.as_deref());
    let prefix = input.prefix.clone().unwrap_or_default();
    let token = input
        .continuation_token
        .as_deref()
        .filter(|token| !token.is_empty());
    let cursor = match token {
        Some(token) => read_token(token)?,
        None => behind(input.start_after.as_deref(), &prefix, delimiter.as_deref()),
    };
    let page = page(service, &input.bucket, prefix, delimiter.clone(), cursor, limit).await?;
    let next = page.next.as_ref().and_then(write_token);
    let (contents, common_prefixes) = split(page, encoding, input.fetch_owner == Some(true));
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encoding.write(input.prefix.unwrap_or_default())),
        max_keys: i32::try_from(limit).ok(),
        key_count: i32::try_from(contents.len() + common_prefixes.len()).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: delimiter.map(|text| encoding.write(text)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|text| encoding.write(text)),
        ..Default::default()
    }))
}

async fn page(
    service: &Service,
    bucket: &str,
    prefix: String,
    delimiter: Option<String>,
    cursor: Cursor,
    limit: usize,
) -> S3Result<Page> {
    let bucket = service.bucket(bucket).await?;
    if limit == 0 {
        return Ok(Page {
            entries: Vec::new(),
            next: None,
        });
    }
    let range = Walk {
        bucket: bucket.id,
        prefix,
        delimiter,
        cursor,
        limit,
    };
    service.meta.list_objects(&range).await.map_err(error::respond)
}

fn split(page: Page, encoding: Encoding, with_owner: bool) -> (Vec<Object>, Vec<CommonPrefix>) {
    let mut contents = Vec::new();
    let mut common_prefixes = Vec::new();
    for entry in page.entries {
        match entry {
            Entry::Version(row) => contents.push(object(row, encoding, with_owner)),
            Entry::CommonPrefix(prefix) => {
                common_prefixes.push(CommonPrefix {
                    prefix: Some(encoding.write(prefix)),
                });
            }
        }
    }
    (contents, common_prefixes)
}

fn object(row: Listed, encoding: Encoding, with_owner: bool) -> Object {
    Object {
        checksum_algorithm: row
            .checksum
            .as_ref()
            .map(|sum| vec![checksums::algorithm(sum.algorithm)]),
        checksum_type: row.checksum.as_ref().map(|sum| checksums::kind(sum.kind)),
        e_tag: Some(etag(&row.etag)),
        key: Some(encoding.write(row.key)),
        last_modified: Some(timestamp(row.modified)),
        owner: with_owner.then(owner),
        size: Some(to_i64(row.size)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}

/// A token is the name of the page's last entry and whether it is a prefix; to clients it is opaque.
fn write_token(cursor: &Cursor) -> Option<String> {
    match cursor {
        Cursor::AfterKey(key) => Some(URL_SAFE_NO_PAD.encode(format!("k{key}"))),
        Cursor::AfterPrefix(prefix) => Some(URL_SAFE_NO_PAD.encode(format!("p{prefix}"))),
        Cursor::Start | Cursor::Within { .. } => None,
    }
}

fn read_token(token: &str) -> S3Result<Cursor> {
    let text = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match text.as_deref().and_then(|text| text.split_at_checked(1)) {
        Some(("k", key)) => Ok(Cursor::AfterKey(key.to_owned())),
        Some(("p", prefix)) => Ok(Cursor::AfterPrefix(prefix.to_owned())),
        _ => Err(s3_error!(
            InvalidArgument,
            "The continuation token provided is incorrect"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_nonsense_is_refused() {
        for cursor in [Cursor::AfterKey("a/é".into()), Cursor::AfterPrefix("a/".into())] {
            assert_eq!(read_token(&write_token(&cursor).unwrap()).unwrap(), cursor);
        }
        for nonsense in ["", "!", "eA", "_w"] {
            assert!(read_token(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_marker_that_is_a_common_prefix_skips_all_of_it() {
        assert_eq!(
            behind(Some("a/"), "", Some("/")),
            Cursor::AfterPrefix("a/".into())
        );
        assert_eq!(behind(Some("a/b"), "", Some("/")), Cursor::AfterKey("a/b".into()));
        assert_eq!(behind(Some("a/"), "a/", Some("/")), Cursor::AfterKey("a/".into()));
        assert_eq!(behind(Some("a/"), "", None), Cursor::AfterKey("a/".into()));
    }
}
