//! Signed tokens (RFC 7519, hardened by RFC 8725): one pinned algorithm per key, a static table of keys, and every
//! claim required with its type. The header says the algorithm and the key's id, and nothing else: what could change
//! the meaning of the rest (`crit`, `b64`, `zip`, `cty` of a nested token) or bring a key along (`jku`, `jwk`, `x5u`)
//! is refused.

mod key;
mod secret;

use app::contract::{SignInId, UserId};
use jsonwebtoken::{Header, Validation, decode, decode_header, encode, jwk::JwkSet};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use key::{PairKind, PemError, TokenKey};
pub use secret::{digest, opaque};

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
            Self::Access => "forepeak-api",
            Self::Id => "forepeak-client",
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

/// The keys of this installation: the first signs, all verify.
pub struct TokenKeys {
    issuer: String,
    first: TokenKey,
    others: Vec<TokenKey>,
}

impl TokenKeys {
    /// `issuer` is the public URL: a token of one installation is none of another's.
    #[must_use]
    pub fn new(issuer: impl Into<String>, first: TokenKey, others: Vec<TokenKey>) -> Self {
        Self {
            issuer: issuer.into(),
            first,
            others,
        }
    }

    fn all(&self) -> impl Iterator<Item = &TokenKey> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// What others verify our tokens with; nothing where whoever can verify could also sign.
    #[must_use]
    pub fn public(&self) -> Option<JwkSet> {
        let keys: Vec<_> = self.all().filter_map(TokenKey::public).cloned().collect();
        (!keys.is_empty()).then_some(JwkSet { keys })
    }

    /// Keys for another purpose, one for each key that signs or did so, the first of them the current one. They tell
    /// nothing of the signing keys, nor of the keys of any other purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Vec<DerivedKey> {
        self.all().filter_map(|key| key.derive(purpose)).collect()
    }

    /// # Errors
    /// [`TokenError::Signing`], when the first key is only the public half of one; no input can cause it.
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
        let key = self.first.signing().ok_or(TokenError::Signing)?;
        encode(&header_of(&self.first), &claims, key).map_err(|_| TokenError::Signing)
    }

    /// # Errors
    /// [`TokenError::Expired`] only for a token that was right in every other way.
    pub fn verify(&self, purpose: Purpose, token: &str, now: OffsetDateTime) -> Result<Subject, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        // RFC 7515, section 4.1.11: a token with an extension that is not understood is invalid. None is.
        let key = self
            .all()
            .find(|key| header == header_of(key))
            .ok_or(TokenError::Invalid)?;

        let mut rules = Validation::new(key.algorithm());
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[purpose.audience()]);
        // Compared below, with the clock that was passed in.
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, key.verifying(), &rules)
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

/// The one header that a token of this key has.
fn header_of(key: &TokenKey) -> Header {
    Header {
        kid: Some(key.id().to_owned()),
        ..Header::new(key.algorithm())
    }
}

/// 32 bytes, for HMAC-SHA256 or a cipher.
pub type DerivedKey = [u8; 32];

#[cfg(test)]
mod tests;
