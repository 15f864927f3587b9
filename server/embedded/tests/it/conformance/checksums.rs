//! The five checksums and Content-MD5.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedPart, ObjectAttributes};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use s3s::crypto::Checksum as _;

use super::Cx;
use super::multipart::list;
use crate::support::{bytes, code};

const DATA: &[u8] = b"123456789";
const KNOWN: [(ChecksumAlgorithm, &str, &str); 5] = [
    (ChecksumAlgorithm::Crc32, "crc32", "y/Q5Jg=="),
    (ChecksumAlgorithm::Crc32C, "crc32c", "4waSgw=="),
    (ChecksumAlgorithm::Crc64Nvme, "crc64nvme", "rosUhgp5mIg="),
    (ChecksumAlgorithm::Sha1, "sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
    (
        ChecksumAlgorithm::Sha256,
        "sha256",
        "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    ),
];

pub(super) async fn single_objects(cx: Cx) {
    let bucket = cx.bucket("a").await;
    for (algorithm, name, value) in KNOWN {
        // The SDK sends it as a trailer of the chunked body.
        let put = cx
            .s3
            .put_object()
            .bucket(&bucket)
            .key(name)
            .checksum_algorithm(algorithm);
        let put = put.body(ByteStream::from_static(DATA)).send().await.unwrap();
        let given = [
            put.checksum_crc32(),
            put.checksum_crc32_c(),
            put.checksum_crc64_nvme(),
            put.checksum_sha1(),
            put.checksum_sha256(),
        ];
        cx.check(
            &format!("{name} is answered"),
            given.into_iter().flatten().collect::<Vec<_>>(),
            vec![value],
        );
        let head = cx
            .s3
            .head_object()
            .bucket(&bucket)
            .key(name)
            .checksum_mode(ChecksumMode::Enabled);
        let head = head.send().await.unwrap();
        let kept = [
            head.checksum_crc32(),
            head.checksum_crc32_c(),
            head.checksum_crc64_nvme(),
            head.checksum_sha1(),
            head.checksum_sha256(),
        ];
        cx.check(
            &format!("{name} is kept"),
            kept.into_iter().flatten().collect::<Vec<_>>(),
            vec![value],
        );
        let plain = cx
            .s3
            .head_object()
            .bucket(&bucket)
            .key(name)
            .send()
            .await
            .unwrap();
        cx.check(
            &format!("{name} only when asked"),
            plain.checksum_type().is_none(),
            true,
        );
    }
}

pub(super) async fn wrong_ones_are_refused(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let put = || {
        cx.s3
            .put_object()
            .bucket(&bucket)
            .key("k")
            .body(ByteStream::from_static(b"other"))
    };
    for (_, name, value) in KNOWN {
        let put = match name {
            "crc32" => put().checksum_crc32(value),
            "crc32c" => put().checksum_crc32_c(value),
            "crc64nvme" => put().checksum_crc64_nvme(value),
            "sha1" => put().checksum_sha1(value),
            _ => put().checksum_sha256(value),
        };
        cx.check(
            &format!("wrong {name}"),
            code(&put.send().await),
            "BadDigest".into(),
        );
    }
    let malformed = code(&put().checksum_sha256("AAAA").send().await);
    cx.check("no SHA-256 at all", malformed, "InvalidRequest".into());
    let md5 = code(&put().content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await);
    cx.check("wrong MD5", md5, "BadDigest".into());
    let md5 = code(&put().content_md5("x").send().await);
    cx.check("no MD5 at all", md5, "InvalidDigest".into());
    let none = code(&cx.s3.get_object().bucket(&bucket).key("k").send().await);
    cx.check("nothing was kept", none, "NoSuchKey".into());
}

/// What is announced for the end of a body must come, and be of an algorithm that is known.
pub(super) async fn trailers(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let put = async |trailer: &str, end: &str| {
        let headers = [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-decoded-content-length", "9"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-trailer", trailer),
        ];
        let body = format!("9\r\n123456789\r\n0\r\n{end}\r\n");
        cx.raw
            .send(Method::PUT, &format!("/{bucket}/k"), &headers, body)
            .await
            .code()
    };
    let right = "x-amz-checksum-crc32:y/Q5Jg==\r\n";
    cx.check("right", put("x-amz-checksum-crc32", right).await, "200".into());
    cx.check(
        "wrong",
        put("x-amz-checksum-crc32", "x-amz-checksum-crc32:AAAAAA==\r\n").await,
        "BadDigest".into(),
    );
    cx.check(
        "never comes",
        put("x-amz-checksum-crc32", "").await != "200",
        true,
    );
    cx.check(
        "another comes",
        put("x-amz-checksum-sha1", right).await != "200",
        true,
    );
    cx.check(
        "unknown",
        put("x-amz-checksum-md4", "x-amz-checksum-md4:AAAA\r\n").await != "200",
        true,
    );
}

/// Two parts with their checksums, completed; answers the sums of the whole.
async fn complete(
    cx: &Cx,
    bucket: &str,
    algorithm: ChecksumAlgorithm,
    kind: ChecksumType,
) -> (Option<String>, Option<ChecksumType>) {
    let key = algorithm.as_str();
    let begun = cx.s3.create_multipart_upload().bucket(bucket).key(key);
    let begun = begun
        .checksum_algorithm(algorithm.clone())
        .checksum_type(kind)
        .send()
        .await
        .unwrap();
    let id = begun.upload_id.unwrap();
    let mut parts = Vec::new();
    for (n, body) in [(1, bytes(1, 5 << 20)), (2, bytes(2, 777))] {
        let part = cx
            .s3
            .upload_part()
            .bucket(bucket)
            .key(key)
            .upload_id(&id)
            .part_number(n);
        let part = part
            .checksum_algorithm(algorithm.clone())
            .body(ByteStream::from(body))
            .send()
            .await
            .unwrap();
        parts.push(
            CompletedPart::builder()
                .part_number(n)
                .set_e_tag(part.e_tag)
                .set_checksum_crc32(part.checksum_crc32)
                .set_checksum_crc32_c(part.checksum_crc32_c)
                .set_checksum_crc64_nvme(part.checksum_crc64_nvme)
                .set_checksum_sha1(part.checksum_sha1)
                .set_checksum_sha256(part.checksum_sha256)
                .build(),
        );
    }
    let done = cx
        .s3
        .complete_multipart_upload()
        .bucket(bucket)
        .key(key)
        .upload_id(&id);
    done.multipart_upload(list(parts)).send().await.unwrap();
    let head = cx
        .s3
        .head_object()
        .bucket(bucket)
        .key(key)
        .checksum_mode(ChecksumMode::Enabled);
    let head = head.send().await.unwrap();
    let value = head
        .checksum_crc32
        .or(head.checksum_crc32_c)
        .or(head.checksum_crc64_nvme)
        .or(head.checksum_sha1)
        .or(head.checksum_sha256);
    (value, head.checksum_type)
}

pub(super) async fn composite(cx: Cx) {
    let bucket = cx.bucket("a").await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let name = algorithm.as_str().to_owned();
        let (value, kind) = complete(&cx, &bucket, algorithm, ChecksumType::Composite).await;
        cx.check(
            &format!("{name} counts its parts"),
            value.is_some_and(|v| v.ends_with("-2")),
            true,
        );
        cx.check(
            &format!("{name} is composite"),
            kind,
            Some(ChecksumType::Composite),
        );
    }
    let part = cx.s3.head_object().bucket(&bucket).key("SHA256").part_number(2);
    let part = part.checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    let sum = BASE64_STANDARD.encode(s3s::crypto::Sha256::checksum(&bytes(2, 777)));
    cx.check("that of a part", part.checksum_sha256(), Some(sum.as_str()));
    cx.check(
        "is of the whole's kind",
        part.checksum_type(),
        Some(&ChecksumType::Composite),
    );
    let attributes = cx.s3.get_object_attributes().bucket(&bucket).key("SHA256");
    let attributes = attributes
        .object_attributes(ObjectAttributes::ObjectParts)
        .object_attributes(ObjectAttributes::ObjectSize)
        .send()
        .await
        .unwrap();
    cx.check(
        "size by attributes",
        attributes.object_size(),
        Some((5 << 20) + 777),
    );
    let parts = attributes
        .object_parts()
        .map(aws_sdk_s3::types::GetObjectAttributesParts::total_parts_count);
    cx.check("parts by attributes", parts, Some(Some(2)));
}

pub(super) async fn full_object(cx: Cx) {
    let bucket = cx.bucket("a").await;
    let whole = [bytes(1, 5 << 20), bytes(2, 777)].concat();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
    ] {
        let name = algorithm.as_str().to_owned();
        let (value, kind) = complete(&cx, &bucket, algorithm.clone(), ChecksumType::FullObject).await;
        cx.check(
            &format!("{name} is of the whole"),
            kind,
            Some(ChecksumType::FullObject),
        );
        let put = cx
            .s3
            .put_object()
            .bucket(&bucket)
            .key("whole")
            .checksum_algorithm(algorithm);
        let put = put.body(ByteStream::from(whole.clone())).send().await.unwrap();
        let single = put
            .checksum_crc32
            .or(put.checksum_crc32_c)
            .or(put.checksum_crc64_nvme);
        cx.check(&format!("{name} is that of one piece"), value, single);
    }
}
