//! Who signed a form's policy.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use s3s::{S3Error, S3Result, s3_error};
use secrecy::ExposeSecret as _;
use sha1::Sha1;
use sha2::Sha256;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::fields::Fields;
use crate::keys::KeyTable;
use crate::keys::access::{Caller, check_session_token, denied};

/// How long after its date a signature of version 4 is good at most; a policy may end sooner.
const LONGEST: Duration = Duration::days(7);
/// How far the clock of the signer may be ahead.
const SKEW: Duration = Duration::minutes(15);

/// The signer, and the region in the signature's scope (version 2 has none).
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) caller: Caller,
    pub(super) region: Option<String>,
}

/// Compares the signature of the encoded policy.
pub(super) fn verify(
    keys: &KeyTable,
    fields: &Fields,
    policy: &str,
    now: OffsetDateTime,
) -> S3Result<Signed> {
    let (caller, region) = if fields.get("x-amz-signature").is_some() {
        version_4(keys, fields, policy, now)?
    } else {
        (version_2(keys, fields, policy)?, None)
    };
    check_session_token(&caller.0, fields.get("x-amz-security-token"))?;
    Ok(Signed { caller, region })
}

fn version_4(
    keys: &KeyTable,
    fields: &Fields,
    policy: &str,
    now: OffsetDateTime,
) -> S3Result<(Caller, Option<String>)> {
    let signature = required(fields, "x-amz-signature")?;
    if required(fields, "x-amz-algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(s3_error!(
            InvalidArgument,
            "X-Amz-Algorithm must be AWS4-HMAC-SHA256"
        ));
    }
    let malformed = || s3_error!(InvalidArgument, "The field X-Amz-Credential is malformed");
    let mut scope = required(fields, "x-amz-credential")?.rsplitn(5, '/');
    let (Some("aws4_request"), Some("s3"), Some(region), Some(day), Some(id)) = (
        scope.next(),
        scope.next(),
        scope.next(),
        scope.next(),
        scope.next(),
    ) else {
        return Err(malformed());
    };
    let date = required(fields, "x-amz-date")?;
    let signed_at = PrimitiveDateTime::parse(
        date,
        format_description!("[year][month][day]T[hour][minute][second]Z"),
    )
    .map_err(|_| s3_error!(InvalidArgument, "The field X-Amz-Date is malformed"))?
    .assume_utc();
    if !date.starts_with(day) {
        return Err(malformed());
    }
    if signed_at > now + SKEW || signed_at < now - LONGEST {
        return Err(s3_error!(
            RequestTimeTooSkewed,
            "The difference between the request time and the server's time is too large."
        ));
    }
    let caller = known(keys, id)?;
    let mut key = format!("AWS4{}", caller.0.secret.expose_secret()).into_bytes();
    for part in [day, region, "s3", "aws4_request"] {
        key = sha256(&key, part)?.finalize().into_bytes().to_vec();
    }
    let expected = hex::decode(signature).map_err(|_| wrong())?;
    sha256(&key, policy)?
        .verify_slice(&expected)
        .map_err(|_| wrong())?;
    Ok((caller, Some(region.to_owned())))
}

fn version_2(keys: &KeyTable, fields: &Fields, policy: &str) -> S3Result<Caller> {
    let signature = required(fields, "signature")?;
    let caller = known(keys, required(fields, "awsaccesskeyid")?)?;
    let secret = caller.0.secret.expose_secret();
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).map_err(|_| denied())?;
    mac.update(policy.as_bytes());
    let expected = STANDARD.decode(signature).map_err(|_| wrong())?;
    mac.verify_slice(&expected).map_err(|_| wrong())?;
    Ok(caller)
}

fn sha256(key: &[u8], text: &str) -> S3Result<Hmac<Sha256>> {
    let mut mac = Hmac::new_from_slice(key).map_err(|_| denied())?;
    mac.update(text.as_bytes());
    Ok(mac)
}

fn known(keys: &KeyTable, id: &str) -> S3Result<Caller> {
    keys.usable(id).map(Caller).ok_or_else(|| {
        s3_error!(
            InvalidAccessKeyId,
            "The access key id you provided does not exist in our records."
        )
    })
}

fn required<'a>(fields: &'a Fields, name: &str) -> S3Result<&'a str> {
    fields.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "Bucket POST must contain a field named '{name}'."
        )
    })
}

fn wrong() -> S3Error {
    s3_error!(
        SignatureDoesNotMatch,
        "The request signature we calculated does not match the signature you provided."
    )
}
