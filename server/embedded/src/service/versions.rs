//! ListObjectVersions.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::conditions::etag;
use super::list::{Encoding, behind, delimiter, page_size};
use super::{Service, checksums, error, owner, timestamp, to_i64, which};
use crate::meta::listing::{Cursor, Entry, Page, Range as Walk};
use crate::meta::records::{Bucket, Which};

pub(super) async fn list(
    service: &Service,
    req: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = req.input;
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_keys)?;
    let delimiter = delimiter(input.delimiter.as_deref());
    let prefix = input.prefix.clone().unwrap_or_default();
    let bucket = service.bucket(&input.bucket).await?;
    let cursor = cursor(
        service,
        &bucket,
        input.key_marker.as_deref(),
        input.version_id_marker.as_deref(),
        &prefix,
        delimiter.as_deref(),
    )
    .await?;
    let page = if limit == 0 {
        Page {
            entries: Vec::new(),
            next: None,
        }
    } else {
        let range = Walk {
            bucket: bucket.id,
            prefix,
            delimiter: delimiter.clone(),
            cursor,
            limit,
        };
        service.meta.list_versions(&range).await.map_err(error::respond)?
    };
    let mut output = ListObjectVersionsOutput {
        delimiter: delimiter.map(|text| encoding.write(text)),
        is_truncated: Some(page.next.is_some()),
        key_marker: Some(encoding.write(input.key_marker.unwrap_or_default())),
        max_keys: i32::try_from(limit).ok(),
        name: Some(input.bucket),
        prefix: Some(encoding.write(input.prefix.unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        encoding_type: input.encoding_type,
        ..Default::default()
    };
    if page.next.is_some() {
        match page.entries.last() {
            Some(Entry::Version(row)) => {
                output.next_key_marker = Some(encoding.write(row.key.clone()));
                output.next_version_id_marker = Some(row.version_id.clone());
            }
            Some(Entry::CommonPrefix(prefix)) => {
                output.next_key_marker = Some(encoding.write(prefix.clone()));
            }
            None => {}
        }
    }
    let (mut versions, mut markers, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    for entry in page.entries {
        match entry {
            Entry::CommonPrefix(prefix) => {
                prefixes.push(CommonPrefix {
                    prefix: Some(encoding.write(prefix)),
                });
            }
            Entry::Version(row) if row.marker => markers.push(DeleteMarkerEntry {
                is_latest: Some(row.latest),
                key: Some(encoding.write(row.key)),
                last_modified: Some(timestamp(row.modified)),
                owner: Some(owner()),
                version_id: Some(row.version_id),
            }),
            Entry::Version(row) => versions.push(ObjectVersion {
                checksum_algorithm: row
                    .checksum
                    .as_ref()
                    .map(|sum| vec![checksums::algorithm(sum.algorithm)]),
                checksum_type: row.checksum.as_ref().map(|sum| checksums::kind(sum.kind)),
                e_tag: Some(etag(&row.etag)),
                is_latest: Some(row.latest),
                key: Some(encoding.write(row.key)),
                last_modified: Some(timestamp(row.modified)),
                owner: Some(owner()),
                size: Some(to_i64(row.size)),
                storage_class: Some(ObjectVersionStorageClass::from_static(
                    ObjectVersionStorageClass::STANDARD,
                )),
                version_id: Some(row.version_id),
                ..Default::default()
            }),
        }
    }
    output.versions = Some(versions);
    output.delete_markers = Some(markers);
    output.common_prefixes = Some(prefixes);
    Ok(S3Response::new(output))
}

async fn cursor(
    service: &Service,
    bucket: &Bucket,
    key: Option<&str>,
    version_id: Option<&str>,
    prefix: &str,
    delimiter: Option<&str>,
) -> S3Result<Cursor> {
    let version_id = version_id.filter(|id| !id.is_empty());
    let Some(version_id) = version_id else {
        return Ok(behind(key, prefix, delimiter));
    };
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Err(s3_error!(
            InvalidArgument,
            "A version-id marker cannot be specified without a key marker."
        ));
    };
    let id = match which(Some(version_id))? {
        Which::Exact(handle) => handle.id,
        Which::Null | Which::Current => {
            match service
                .meta
                .version(bucket.id, key, Which::Null)
                .await
                .map_err(error::respond)?
            {
                Some(version) => version.id,
                None => return Ok(behind(Some(key), prefix, delimiter)),
            }
        }
    };
    Ok(Cursor::Within {
        key: key.to_owned(),
        id,
    })
}
