//! The headers that are kept with an object, and what this store cannot keep.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue};
use s3s::dto::Metadata;
use s3s::{S3Result, s3_error};

use crate::meta::records::{Head, Tags};

/// S3's limit for names and values of user metadata together.
const LARGEST_USER_METADATA: usize = 2048;

/// Collects what an input says into a [`Head`].
macro_rules! head {
    ($input:expr, $headers:expr) => {
        $crate::service::heads::build(
            $crate::meta::records::Head {
                content_type: $input.content_type.clone(),
                content_disposition: $input.content_disposition.clone(),
                content_encoding: $input.content_encoding.clone(),
                content_language: $input.content_language.clone(),
                cache_control: $input.cache_control.clone(),
                website_redirect: $input.website_redirect_location.clone(),
                ..Default::default()
            },
            $headers.get(http::header::EXPIRES),
            $input.metadata.clone(),
        )
    };
}

/// Refuses what would be silently ignored otherwise: encryption, locks, public access, storage classes.
macro_rules! refuse_unsupported {
    ($input:expr) => {
        $crate::service::heads::refuse(
            $input.sse_customer_algorithm.is_some() || $input.server_side_encryption.is_some(),
            $input.object_lock_mode.is_some() || $input.object_lock_legal_hold_status.is_some(),
            $input.acl.as_ref().map(s3s::dto::ObjectCannedACL::as_str),
            $input.storage_class.as_ref().map(s3s::dto::StorageClass::as_str),
        )
    };
}

pub(super) use {head, refuse_unsupported};

pub(super) fn build(mut head: Head, expires: Option<&HeaderValue>, user: Option<Metadata>) -> S3Result<Head> {
    // To the letter: it need not be a date.
    head.expires = expires
        .and_then(|value| value.to_str().ok())
        .map(ToOwned::to_owned);
    // How the body was sent is no property of the object.
    head.content_encoding = head.content_encoding.and_then(|value| {
        let kept: Vec<&str> = value
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty() && *one != "aws-chunked")
            .collect();
        (!kept.is_empty()).then(|| kept.join(", "))
    });
    head.user = user.unwrap_or_default().into_iter().collect::<BTreeMap<_, _>>();
    let size: usize = head
        .user
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > LARGEST_USER_METADATA {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    Ok(head)
}

pub(super) fn refuse(
    encryption: bool,
    lock: bool,
    acl: Option<&str>,
    storage_class: Option<&str>,
) -> S3Result<()> {
    if encryption {
        return Err(s3_error!(NotImplemented, "Server-side encryption is not offered"));
    }
    if lock {
        return Err(s3_error!(NotImplemented, "Object lock is not offered"));
    }
    if let Some(acl) = acl {
        check_acl(acl)?;
    }
    if storage_class.is_some_and(|class| class != "STANDARD") {
        return Err(s3_error!(
            InvalidStorageClass,
            "The storage class you specified is not valid"
        ));
    }
    Ok(())
}

/// Only the owner has rights, so these are the ACLs that every object has already.
pub(super) fn check_acl(acl: &str) -> S3Result<()> {
    if matches!(acl, "private" | "bucket-owner-full-control" | "bucket-owner-read") {
        return Ok(());
    }
    Err(s3_error!(
        AccessControlListNotSupported,
        "The bucket does not allow ACLs"
    ))
}

/// The headers of an answer that `s3s` cannot write: it knows `Expires` only as a date.
pub(super) fn verbatim(expires: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(value) = expires.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(http::header::EXPIRES, value);
    }
    headers
}

pub(super) fn user(head: &Head) -> Option<Metadata> {
    (!head.user.is_empty()).then(|| head.user.clone().into_iter().collect())
}

/// The tags of an `x-amz-tagging` header, which has the form of a query string.
pub(super) fn parse_tags(header: Option<&str>) -> S3Result<Tags> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " "))
            .decode_utf8()
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| s3_error!(InvalidArgument, "The header 'x-amz-tagging' is not valid UTF-8."))
    };
    let mut tags = Tags::new();
    for pair in header
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
    {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        tags.push((decode(key)?, decode(value)?));
    }
    check_tags(tags)
}

/// At most ten, keys unique and of 1 to 128 characters, values of at most 256, both of the characters that S3 allows;
/// answered in the order of their keys.
pub(super) fn check_tags(mut tags: Tags) -> S3Result<Tags> {
    tags.sort();
    if tags.len() > 10 {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than 10"));
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(s3_error!(
                InvalidTag,
                "System tags cannot be added/updated by requester"
            ));
        }
        if key.is_empty() || key.chars().count() > 128 || !key.chars().all(is_tag_character) {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > 256 || !value.chars().all(is_tag_character) {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if index > 0 && tags[index - 1].0 == *key {
            return Err(s3_error!(
                InvalidTag,
                "Cannot provide multiple Tags with the same key"
            ));
        }
    }
    Ok(tags)
}

/// Letters, numbers, spaces and a few signs, as AWS documents them.
fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric()
        || (character.is_whitespace() && !character.is_control())
        || "_.:/=+-@".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_decoded_and_checked() {
        assert_eq!(
            parse_tags(Some("a=1&b%20c=x+y&d")).unwrap(),
            [
                ("a".into(), "1".into()),
                ("b c".into(), "x y".into()),
                ("d".into(), String::new())
            ]
        );
        assert!(parse_tags(Some("a=1&a=2")).is_err());
        assert!(parse_tags(Some("=1")).is_err());
        assert!(parse_tags(Some("a=%ff")).is_err());
        assert!(parse_tags(Some("aws:a=1")).is_err());
        assert!(parse_tags(Some("AWS:a=1")).is_err());
        assert!(parse_tags(Some("a=%0A")).is_err());
        assert!(parse_tags(Some("a%26=1")).is_err());
        assert!(parse_tags(Some("%C3%BC%C2%A0_.:/%3D%2B-@=%E6%97%A5")).is_ok());
        let eleven: Vec<String> = (0..11).map(|n| format!("k{n}=v")).collect();
        assert!(parse_tags(Some(&eleven.join("&"))).is_err());
    }

    #[test]
    fn the_transfer_coding_is_not_kept() {
        let kept = |value: &str| {
            build(
                Head {
                    content_encoding: Some(value.into()),
                    ..Head::default()
                },
                None,
                None,
            )
            .unwrap()
            .content_encoding
        };
        assert_eq!(kept("aws-chunked"), None);
        assert_eq!(kept("gzip,aws-chunked").as_deref(), Some("gzip"));
    }
}
