//! Hands `s3s` the secret that a request should have been signed with.

use std::sync::Arc;

use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Result, s3_error};
use secrecy::ExposeSecret as _;

use crate::keys::KeyTable;

/// A key that is unknown, inactive or expired has no secret, and all three look alike.
pub(crate) struct Auth(pub(crate) Arc<KeyTable>);

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        match self.0.usable(access_key) {
            Some(key) => Ok(SecretKey::from(key.secret.expose_secret())),
            None => Err(s3_error!(
                InvalidAccessKeyId,
                "The access key id you provided does not exist in our records."
            )),
        }
    }
}
