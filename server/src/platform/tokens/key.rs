//! One key that signs or verifies tokens, and the one algorithm that it is pinned to (RFC 8725, section 3.1).

use std::fmt;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPrivateKey},
    pkcs8::{
        DecodePrivateKey, DecodePublicKey, Document, ObjectIdentifier, PrivateKeyInfo, SecretDocument,
        SubjectPublicKeyInfoRef,
    },
    traits::PublicKeyParts,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::DerivedKey;

/// NIST SP 800-57 wants 2048 bits or more; what verifies takes no more than 4096.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// What comes before the seed in PKCS #8 without a public key (RFC 8410, section 10.3).
const ED25519_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const ED25519_BYTES: usize = 32;

/// The kinds of key pairs, for those who verify tokens without being able to make them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairKind {
    /// RSA with PKCS #1 v1.5 and SHA-256: `RS256`.
    Rsa,
    /// Ed25519: `EdDSA`.
    Ed25519,
}

/// Why a PEM text holds no keys. It never carries any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    #[error("holds no key in PEM (-----BEGIN PRIVATE KEY-----)")]
    Nothing,
    #[error("holds a key that cannot be read as one of this algorithm, without a passphrase")]
    Unreadable,
    #[error("holds an RSA key of less than 2048 or more than 4096 bits")]
    Size,
    #[error("must begin with a private key: the first one signs")]
    FirstIsPublic,
}

#[derive(Clone)]
pub struct TokenKey {
    id: String,
    algorithm: Algorithm,
    /// Not there in the public half of a key that signs no more.
    signing: Option<EncodingKey>,
    verifying: DecodingKey,
    /// What anybody may know of it; nothing of a shared secret.
    public: Option<Jwk>,
    /// What keys for other purposes are derived from.
    secret: Option<SecretString>,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({:?}, {})", self.algorithm, self.id)
    }
}

impl TokenKey {
    /// `HS256`: whoever can verify can also sign.
    #[must_use]
    pub fn from_secret(secret: &SecretString) -> Self {
        let bytes = secret.expose_secret().as_bytes();
        // Names the key without telling of it: a digest under a label of its own, cut short.
        let digest = Sha256::new()
            .chain_update(b"forepeak kid\0")
            .chain_update(bytes)
            .finalize();
        Self {
            id: hex::encode(&digest[..6]),
            algorithm: Algorithm::HS256,
            signing: Some(EncodingKey::from_secret(bytes)),
            verifying: DecodingKey::from_secret(bytes),
            public: None,
            secret: Some(secret.clone()),
        }
    }

    /// All keys of a PEM text. The first is private, and signs; the others only verify, so their public halves do.
    ///
    /// # Errors
    /// [`PemError`], at the first block that is no key of this kind.
    pub fn from_pem(kind: PairKind, pem: &SecretString) -> Result<Vec<Self>, PemError> {
        let keys = blocks(pem.expose_secret())
            .into_iter()
            .map(|block| match kind {
                PairKind::Rsa => rsa_key(block),
                PairKind::Ed25519 => ed25519_key(block),
            })
            .collect::<Result<Vec<_>, _>>()?;
        match keys.first() {
            None => Err(PemError::Nothing),
            Some(first) if first.signing.is_none() => Err(PemError::FirstIsPublic),
            Some(_) => Ok(keys),
        }
    }

    /// The `kid` of its tokens.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn signing(&self) -> Option<&EncodingKey> {
        self.signing.as_ref()
    }

    pub(super) const fn verifying(&self) -> &DecodingKey {
        &self.verifying
    }

    pub(super) const fn public(&self) -> Option<&Jwk> {
        self.public.as_ref()
    }

    /// A key for another purpose. It tells nothing of this one, nor of the keys of any other purpose.
    pub(super) fn derive(&self, purpose: &str) -> Option<DerivedKey> {
        let secret = self.secret.as_ref()?;
        let mut hash = Sha256::new();
        // Fixed lengths on both sides: no purpose and secret run together to another pair.
        hash.update(Sha256::digest(purpose));
        hash.update(Sha256::digest(secret.expose_secret()));
        Some(hash.finalize().into())
    }

    fn private(algorithm: Algorithm, signing: EncodingKey) -> Result<Self, PemError> {
        let jwk = Jwk::from_encoding_key(&signing, algorithm).map_err(|_| PemError::Unreadable)?;
        let secret = hex::encode(signing.as_bytes()).into();
        Ok(Self {
            signing: Some(signing),
            secret: Some(secret),
            ..Self::of(algorithm, jwk)?
        })
    }

    /// A key that only verifies, named by its thumbprint (RFC 7638), so that its private half has the same name.
    fn of(algorithm: Algorithm, mut jwk: Jwk) -> Result<Self, PemError> {
        let id = jwk
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| PemError::Unreadable)?;
        let verifying = DecodingKey::from_jwk(&jwk).map_err(|_| PemError::Unreadable)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            id,
            algorithm,
            signing: None,
            verifying,
            public: Some(jwk),
            secret: None,
        })
    }
}

/// Each `-----BEGIN …-----` to its `-----END …-----`.
fn blocks(pem: &str) -> Vec<&str> {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "-----END ";
    const DASHES: &str = "-----";
    let mut blocks = Vec::new();
    let mut rest = pem;
    while let Some(start) = rest.find(BEGIN) {
        rest = &rest[start..];
        let Some(length) = rest.find(END).and_then(|end| {
            let label = end + END.len();
            Some(label + rest[label..].find(DASHES)? + DASHES.len())
        }) else {
            // Without its end, it is a key that cannot be read.
            blocks.push(rest);
            break;
        };
        blocks.push(&rest[..length]);
        rest = &rest[length..];
    }
    blocks
}

fn rsa_key(block: &str) -> Result<TokenKey, PemError> {
    let checked = |bits: usize| {
        if RSA_BITS.contains(&bits) {
            Ok(())
        } else {
            Err(PemError::Size)
        }
    };
    let private =
        RsaPrivateKey::from_pkcs8_pem(block).or_else(|_| RsaPrivateKey::from_pkcs1_pem(block).map_err(drop));
    if let Ok(key) = private {
        checked(key.n().bits())?;
        let der = key.to_pkcs1_der().map_err(|_| PemError::Unreadable)?;
        return TokenKey::private(Algorithm::RS256, EncodingKey::from_rsa_der(der.as_bytes()));
    }
    let key = RsaPublicKey::from_public_key_pem(block)
        .or_else(|_| RsaPublicKey::from_pkcs1_pem(block).map_err(drop))
        .map_err(|()| PemError::Unreadable)?;
    checked(key.n().bits())?;
    let verifying = DecodingKey::from_rsa_raw_components(&key.n().to_bytes_be(), &key.e().to_bytes_be());
    public(Algorithm::RS256, &verifying)
}

fn ed25519_key(block: &str) -> Result<TokenKey, PemError> {
    if let Ok((_, document)) = SecretDocument::from_pem(block)
        && let Ok(info) = document.decode_msg::<PrivateKeyInfo<'_>>()
    {
        let seed = info
            .private_key
            .strip_prefix(&ED25519_HEAD[14..])
            .filter(|seed| info.algorithm.oid == ED25519 && seed.len() == ED25519_BYTES)
            .ok_or(PemError::Unreadable)?;
        let der = [&ED25519_HEAD[..], seed].concat();
        return TokenKey::private(Algorithm::EdDSA, EncodingKey::from_ed_der(&der));
    }
    let (_, document) = Document::from_pem(block).map_err(|_| PemError::Unreadable)?;
    let info: SubjectPublicKeyInfoRef<'_> = document.decode_msg().map_err(|_| PemError::Unreadable)?;
    let key = info
        .subject_public_key
        .as_bytes()
        .filter(|key| info.algorithm.oid == ED25519 && key.len() == ED25519_BYTES)
        .ok_or(PemError::Unreadable)?;
    public(Algorithm::EdDSA, &DecodingKey::from_ed_der(key))
}

fn public(algorithm: Algorithm, verifying: &DecodingKey) -> Result<TokenKey, PemError> {
    let jwk = Jwk::from_decoding_key(verifying, Some(algorithm)).map_err(|_| PemError::Unreadable)?;
    TokenKey::of(algorithm, jwk)
}
