//! Answers about what a bucket or an object can have in S3 and never has here, so that clients that look everything
//! up go on.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use s3s::{Body, S3Error, S3ErrorCode, S3Response};

/// What is answered to everybody who may ask.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fixed {
    /// S3's own error for what has not been configured: its status, code and message.
    Error(u16, &'static str, &'static str),
    /// A document; the namespace is added to its first element.
    Document(&'static str),
}

impl Fixed {
    pub(super) fn answer(self) -> Result<S3Response<Body>, S3Error> {
        match self {
            Self::Error(status, code, message) => {
                let mut error = S3Error::with_message(
                    S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError),
                    message,
                );
                if let Ok(status) = StatusCode::from_u16(status) {
                    error.set_status_code(status);
                }
                Err(error)
            }
            Self::Document(content) => {
                let split = content.find(['>', '/']).unwrap_or(content.len());
                let (start, rest) = content.split_at(split);
                let document = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>{start} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"{rest}"
                );
                let mut answer = S3Response::new(Body::from(document));
                answer
                    .headers
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
                Ok(answer)
            }
        }
    }
}

/// Nobody but the owner has rights of their own.
pub(super) const OWNED: Fixed = Fixed::Document(
    "<AccessControlPolicy><Owner><ID>forepeak</ID><DisplayName>forepeak</DisplayName></Owner><AccessControlList>\
     <Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">\
     <ID>forepeak</ID><DisplayName>forepeak</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
     </AccessControlList></AccessControlPolicy>",
);
pub(super) const OWNERSHIP: Fixed = Fixed::Document(
    "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
);
/// Nothing can be made public.
pub(super) const PRIVATE: Fixed = Fixed::Document(
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
     <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>\
     </PublicAccessBlockConfiguration>",
);
pub(super) const PAYER: Fixed =
    Fixed::Document("<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>");
pub(super) const UNACCELERATED: Fixed = Fixed::Document("<AccelerateConfiguration/>");
pub(super) const UNLOGGED: Fixed = Fixed::Document("<BucketLoggingStatus/>");
pub(super) const UNNOTIFIED: Fixed = Fixed::Document("<NotificationConfiguration/>");
pub(super) const NO_ANALYTICS: Fixed = Fixed::Document(
    "<ListBucketAnalyticsConfigurationResult><IsTruncated>false</IsTruncated></ListBucketAnalyticsConfigurationResult>",
);
pub(super) const NO_TIERING: Fixed = Fixed::Document(
    "<ListBucketIntelligentTieringConfigurationsOutput><IsTruncated>false</IsTruncated>\
     </ListBucketIntelligentTieringConfigurationsOutput>",
);
pub(super) const NO_INVENTORY: Fixed = Fixed::Document(
    "<ListInventoryConfigurationsResult><IsTruncated>false</IsTruncated></ListInventoryConfigurationsResult>",
);
pub(super) const NO_METRICS: Fixed = Fixed::Document(
    "<ListMetricsConfigurationsResult><IsTruncated>false</IsTruncated></ListMetricsConfigurationsResult>",
);
pub(super) const NO_CONFIGURATION: Fixed = Fixed::Error(
    404,
    "NoSuchConfiguration",
    "The specified configuration does not exist.",
);
pub(super) const NO_POLICY: Fixed =
    Fixed::Error(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
pub(super) const UNENCRYPTED: Fixed = Fixed::Error(
    404,
    "ServerSideEncryptionConfigurationNotFoundError",
    "The server side encryption configuration was not found",
);
pub(super) const NO_LIFECYCLE: Fixed = Fixed::Error(
    404,
    "NoSuchLifecycleConfiguration",
    "The lifecycle configuration does not exist",
);
pub(super) const NO_TAGS: Fixed = Fixed::Error(404, "NoSuchTagSet", "The TagSet does not exist");
pub(super) const NO_WEBSITE: Fixed = Fixed::Error(
    404,
    "NoSuchWebsiteConfiguration",
    "The specified bucket does not have a website configuration",
);
pub(super) const UNREPLICATED: Fixed = Fixed::Error(
    404,
    "ReplicationConfigurationNotFoundError",
    "The replication configuration was not found",
);
pub(super) const UNLOCKED_BUCKET: Fixed = Fixed::Error(
    404,
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
);
pub(super) const UNLOCKED_OBJECT: Fixed = Fixed::Error(
    400,
    "InvalidRequest",
    "Bucket is missing Object Lock Configuration",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_their_namespace() {
        for (fixed, start) in [
            (
                UNLOGGED,
                "<BucketLoggingStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>",
            ),
            (
                PAYER,
                "<RequestPaymentConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Payer>",
            ),
        ] {
            let body = fixed.answer().unwrap().output.bytes().unwrap();
            let text = String::from_utf8(body.to_vec()).unwrap();
            assert!(text.contains(start), "{text}");
        }
    }
}
