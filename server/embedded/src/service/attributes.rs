//! GetObjectAttributes: size, checksum and parts without the bytes.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::conditions::etag;
use super::{Service, checksums, error, get::find, shown, timestamp, to_i64};
use crate::meta::records::{Checksum as Kept, ChecksumKind};

pub(super) async fn get(
    service: &Service,
    req: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let input = req.input;
    let (bucket, version) = find(service, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    let wanted = |name: &str| {
        input
            .object_attributes
            .iter()
            .any(|one| one.as_str().split(',').any(|part| part.trim() == name))
    };
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(timestamp(version.modified)),
        version_id: shown(&bucket, version.version_id()),
        ..Default::default()
    };
    if wanted(ObjectAttributes::ETAG) {
        output.e_tag = Some(etag(&version.etag));
    }
    if wanted(ObjectAttributes::OBJECT_SIZE) {
        output.object_size = Some(to_i64(version.size));
    }
    if wanted(ObjectAttributes::STORAGE_CLASS) {
        output.storage_class = Some(StorageClass::from_static(StorageClass::STANDARD));
    }
    if wanted(ObjectAttributes::CHECKSUM) {
        output.checksum = version
            .checksum
            .as_ref()
            .map(|checksum| checksums::shown(Some(checksum)));
    }
    if wanted(ObjectAttributes::OBJECT_PARTS) {
        let parts = service
            .meta
            .version_parts(version.id)
            .await
            .map_err(error::respond)?;
        if !parts.is_empty() {
            let algorithm = version.checksum.as_ref().map(|checksum| checksum.algorithm);
            let after = input.part_number_marker.unwrap_or(0);
            let limit = usize::try_from(input.max_parts.unwrap_or(1000))
                .unwrap_or(0)
                .min(1000);
            let total = i32::try_from(parts.len()).unwrap_or(i32::MAX);
            let rest: Vec<_> = parts.into_iter().filter(|part| part.number > after).collect();
            let truncated = rest.len() > limit;
            let shown: Vec<ObjectPart> = rest
                .into_iter()
                .take(limit)
                .map(|part| {
                    let kept = part.checksum.zip(algorithm).map(|(value, algorithm)| Kept {
                        algorithm,
                        kind: ChecksumKind::FullObject,
                        value,
                    });
                    let sums = checksums::shown(kept.as_ref());
                    ObjectPart {
                        checksum_crc32: sums.checksum_crc32,
                        checksum_crc32c: sums.checksum_crc32c,
                        checksum_crc64nvme: sums.checksum_crc64nvme,
                        checksum_sha1: sums.checksum_sha1,
                        checksum_sha256: sums.checksum_sha256,
                        part_number: Some(part.number),
                        size: Some(to_i64(part.size)),
                    }
                })
                .collect();
            output.object_parts = Some(GetObjectAttributesParts {
                is_truncated: Some(truncated),
                max_parts: i32::try_from(limit).ok(),
                next_part_number_marker: shown.last().and_then(|part| part.part_number),
                part_number_marker: Some(after),
                parts: Some(shown),
                total_parts_count: Some(total),
            });
        }
    }
    Ok(S3Response::new(output))
}
