//! Signed tokens (RFC 7519, hardened by RFC 8725): one pinned algorithm, a static table of keys, and every claim
//! required with its type. Keys named inside a token (`jku`, `jwk`, `x5u`) are never looked at.

use app::contract::{SignInId, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

const ALGORITHM: Algorithm = Algorithm::HS256;
/// Longer than any token made here; refused before it is parsed.
const MAX_TOKEN_BYTES: usize = 4096;

/// What a token is for. Also its audience, so that neither can stand in for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Opens the API.
    Access,
    /// Tells a client who signed in; opens nothing.
    Id,
}

impl Purpose {
    const fn audience(self) -> &'static str {
        match self {
            Self::Access => "stowage-api",
            Self::Id => "stowage-client",
        }
    }
}

/// Whose token it is, and of which sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub user: UserId,
    pub sign_in: SignInId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not one of ours")]
    Invalid,
    #[error("a token could not be signed")]
    Signing,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SignInId,
    typ: Purpose,
    iat: i64,
    exp: i64,
}

struct Key {
    id: String,
    secret: SecretString,
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// The keys of this installation: the first signs, all verify.
pub struct TokenKeys {
    issuer: String,
    first: Key,
    others: Vec<Key>,
}

impl TokenKeys {
    /// `issuer` is the public URL: a token of one installation is none of another's.
    #[must_use]
    pub fn new(issuer: impl Into<String>, first: &SecretString, others: &[SecretString]) -> Self {
        Self {
            issuer: issuer.into(),
            first: Key::new(first),
            others: others.iter().map(Key::new).collect(),
        }
    }

    /// Keys for another purpose, one for each secret, the first of them the current one. They tell nothing of the
    /// secrets, nor of the keys of any other purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Vec<DerivedKey> {
        std::iter::once(&self.first)
            .chain(&self.others)
            .map(|key| {
                let mut hash = Sha256::new();
                // Fixed lengths on both sides: no purpose and secret run together to another pair.
                hash.update(Sha256::digest(purpose));
                hash.update(Sha256::digest(key.secret.expose_secret()));
                hash.finalize().into()
            })
            .collect()
    }

    /// # Errors
    /// [`TokenError::Signing`], which no input can cause.
    pub fn sign(
        &self,
        purpose: Purpose,
        subject: Subject,
        now: OffsetDateTime,
        seconds: i64,
    ) -> Result<String, TokenError> {
        let now = now.unix_timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: purpose.audience().to_owned(),
            sub: subject.user,
            sid: subject.sign_in,
            typ: purpose,
            iat: now,
            exp: now + seconds,
        };
        let header = Header {
            kid: Some(self.first.id.clone()),
            ..Header::new(ALGORITHM)
        };
        encode(&header, &claims, &self.first.signing).map_err(|_| TokenError::Signing)
    }

    /// # Errors
    /// [`TokenError::Expired`] only for a token that was right in every other way.
    pub fn verify(&self, purpose: Purpose, token: &str, now: OffsetDateTime) -> Result<Subject, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let kid = header.kid.ok_or(TokenError::Invalid)?;
        let key = std::iter::once(&self.first)
            .chain(&self.others)
            .find(|key| key.id == kid)
            .ok_or(TokenError::Invalid)?;

        let mut rules = Validation::new(ALGORITHM);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[purpose.audience()]);
        // Compared below, with the clock that was passed in.
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, &key.verifying, &rules)
            .map_err(|_| TokenError::Invalid)?
            .claims;

        if claims.typ != purpose {
            return Err(TokenError::Invalid);
        }
        if claims.exp <= now.unix_timestamp() {
            return Err(TokenError::Expired);
        }
        Ok(Subject {
            user: claims.sub,
            sign_in: claims.sid,
        })
    }
}

/// 32 bytes, for HMAC-SHA256 or a cipher.
pub type DerivedKey = [u8; 32];

impl Key {
    fn new(secret: &SecretString) -> Self {
        let bytes = secret.expose_secret().as_bytes();
        // Names the key without telling of it: a digest under a label of its own, cut short.
        let digest = Sha256::new()
            .chain_update(b"stowage kid\0")
            .chain_update(bytes)
            .finalize();
        Self {
            id: hex::encode(&digest[..6]),
            secret: secret.clone(),
            signing: EncodingKey::from_secret(bytes),
            verifying: DecodingKey::from_secret(bytes),
        }
    }
}

/// A random secret as a client holds it: 256 bits, hex, after a prefix that says what it is.
#[must_use]
pub fn opaque(prefix: &str, rng: &dyn super::rng::Rng) -> SecretString {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    format!("{prefix}{}", hex::encode(bytes)).into()
}

/// A secret of full strength as the database holds it. Not for passwords: nothing here is slow.
#[must_use]
pub fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
