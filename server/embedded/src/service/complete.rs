//! CompleteMultipartUpload: the object becomes the list of its parts' blobs, so it takes as long for
//! a gigabyte as for a megabyte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksums;
use super::conditions::{etag, precondition};
use super::raw::RawRequest;
use super::{Service, error, uploads};
use crate::blobs::{Algorithm, Digester, combine_crc};
use crate::meta::Refusal;
use crate::meta::completions::Completion;
use crate::meta::records::{Checksum as Kept, ChecksumKind, Part as Received, PartInfo, Upload};
use crate::meta::versions::NewVersion;

/// Every part but the last has at least this many bytes.
const SMALLEST_PART: u64 = 5 << 20;

pub(super) async fn complete(
    service: &Service,
    req: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let condition = precondition(&RawRequest::of(&req)?.headers)?;
    let input = req.input;
    service.bucket(&input.bucket).await?;
    let handle = uploads::handle(&input.upload_id)?;
    let parts = input
        .multipart_upload
        .and_then(|upload| upload.parts)
        .unwrap_or_default();
    if parts.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let expected = Expected {
        size: input.mpu_object_size.map(|size| u64::try_from(size).unwrap_or(0)),
        checksums: Algorithm::ALL
            .into_iter()
            .zip([
                input.checksum_crc32,
                input.checksum_crc32c,
                input.checksum_crc64nvme,
                input.checksum_sha1,
                input.checksum_sha256,
            ])
            .filter_map(|(algorithm, value)| value.map(|value| (algorithm, value)))
            .collect(),
        kind: input.checksum_type,
    };
    let now = service.now();
    let completion = Completion {
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        handle,
        condition,
        etag: whole_etag(&parts),
        now,
    };
    let completed = service
        .meta
        .complete_upload(completion, move |upload, received| {
            assemble(upload, received, &parts, &expected, now)
        })
        .await
        .map_err(error::respond)?;
    let sums = checksums::shown(completed.checksum.as_ref());
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        checksum_type: sums.checksum_type,
        e_tag: Some(etag(&completed.etag)),
        key: Some(input.key),
        version_id: completed.version_id,
        ..Default::default()
    }))
}

/// What the request says of the whole.
struct Expected {
    size: Option<u64>,
    checksums: Vec<(Algorithm, String)>,
    kind: Option<ChecksumType>,
}

/// Checks the list against what was received and describes the object.
fn assemble(
    upload: Upload,
    received: &[Received],
    listed: &[CompletedPart],
    expected: &Expected,
    now: i64,
) -> Result<(NewVersion, Vec<i64>), Refusal> {
    let mut chosen: Vec<&Received> = Vec::with_capacity(listed.len());
    for part in listed {
        let number = part.part_number.unwrap_or(0);
        if chosen.last().is_some_and(|last| last.number >= number) {
            return Err(Refusal::InvalidPartOrder);
        }
        let found = received
            .binary_search_by_key(&number, |part| part.number)
            .ok()
            .map(|at| &received[at])
            .ok_or(Refusal::InvalidPart(number))?;
        if part.e_tag.as_ref().is_none_or(|etag| etag.value() != found.etag) || !agrees(part, found) {
            return Err(Refusal::InvalidPart(number));
        }
        chosen.push(found);
    }
    if let Some((_, others)) = chosen.split_last()
        && let Some(small) = others.iter().find(|part| part.size < SMALLEST_PART)
    {
        return Err(Refusal::EntityTooSmall(small.number));
    }
    let size = chosen.iter().map(|part| part.size).sum();
    if expected.size.is_some_and(|expected| expected != size) {
        return Err(Refusal::InvalidRequest(
            "The provided 'x-amz-mp-object-size' header does not match what was computed.",
        ));
    }
    let (algorithm, kind) = upload
        .checksum
        .unwrap_or((checksums::DEFAULT, ChecksumKind::FullObject));
    let checksum = whole_checksum(algorithm, kind, &chosen);
    check_whole(expected, checksum.as_ref(), kind)?;
    let new = NewVersion {
        key: upload.key,
        modified: now,
        size,
        etag: whole_etag(listed),
        checksum,
        head: upload.head,
        tags: upload.tags,
        parts: Some(
            chosen
                .iter()
                .map(|part| PartInfo {
                    number: part.number,
                    size: part.size,
                    checksum: part.checksum.as_ref().map(|checksum| checksum.value.clone()),
                })
                .collect(),
        ),
    };
    Ok((new, chosen.iter().map(|part| part.id).collect()))
}

/// S3's ETag of an object in parts: the MD5 of the parts' MD5s, and how many they are.
fn whole_etag(parts: &[CompletedPart]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let etag = part.e_tag.as_ref().map(ETag::value).unwrap_or_default();
        md5.update(&hex::decode(etag).unwrap_or_default());
    }
    format!("{}-{}", hex::encode(md5.finalize()), parts.len())
}

/// Whether the checksums that the list names for a part are the part's, as far as it keeps them.
fn agrees(listed: &CompletedPart, received: &Received) -> bool {
    let named = [
        (Algorithm::Crc32, &listed.checksum_crc32),
        (Algorithm::Crc32c, &listed.checksum_crc32c),
        (Algorithm::Crc64Nvme, &listed.checksum_crc64nvme),
        (Algorithm::Sha1, &listed.checksum_sha1),
        (Algorithm::Sha256, &listed.checksum_sha256),
    ];
    named
        .into_iter()
        .all(|(algorithm, value)| match (value, &received.checksum) {
            (Some(value), Some(kept)) if kept.algorithm == algorithm => kept.value == *value,
            _ => true,
        })
}

fn whole_checksum(algorithm: Algorithm, kind: ChecksumKind, parts: &[&Received]) -> Option<Kept> {
    let values: Vec<(String, u64)> = parts
        .iter()
        .map(|part| Some((part.checksum.as_ref()?.value.clone(), part.size)))
        .collect::<Option<_>>()?;
    let value = match kind {
        ChecksumKind::FullObject => combine_crc(algorithm, &values)?,
        ChecksumKind::Composite => {
            let mut digester = Digester::new(&[algorithm]);
            for (value, _) in &values {
                digester.update(&STANDARD.decode(value).ok()?);
            }
            format!("{}-{}", digester.finish().checksum(algorithm)?, parts.len())
        }
    };
    Some(Kept {
        algorithm,
        kind,
        value,
    })
}

fn check_whole(expected: &Expected, computed: Option<&Kept>, kind: ChecksumKind) -> Result<(), Refusal> {
    if expected
        .kind
        .as_ref()
        .is_some_and(|asked| asked.as_str() != checksums::kind(kind).as_str())
    {
        return Err(Refusal::BadDigest);
    }
    for (algorithm, value) in &expected.checksums {
        let Some(computed) = computed.filter(|computed| computed.algorithm == *algorithm) else {
            return Err(Refusal::InvalidRequest(
                "The upload was created using another checksum algorithm.",
            ));
        };
        // A composite value may come with or without the number of parts.
        let bare = computed.value.split('-').next().unwrap_or_default();
        if *value != computed.value && value != bare {
            return Err(Refusal::BadDigest);
        }
    }
    Ok(())
}
