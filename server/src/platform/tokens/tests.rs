//! The parser of tokens against tokens that nobody would make by accident, and keys as operators bring them.

use jsonwebtoken::{Algorithm, EncodingKey};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://files.example.org";
const NOW: i64 = 1_704_067_200;

const ED25519: &str = include_str!("fixtures/ed25519.pem");
const ED25519_PUBLIC: &str = include_str!("fixtures/ed25519.pub.pem");
const RSA: &str = include_str!("fixtures/rsa.pem");
const RSA_PKCS1: &str = include_str!("fixtures/rsa-pkcs1.pem");
const RSA_PUBLIC: &str = include_str!("fixtures/rsa.pub.pem");
const RSA_SHORT: &str = include_str!("fixtures/rsa-short.pem");

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn shared(text: &str) -> TokenKey {
    TokenKey::from_secret(&text.into())
}

fn pair(kind: PairKind, pem: &str) -> Result<Vec<TokenKey>, PemError> {
    TokenKey::from_pem(kind, &SecretString::from(pem))
}

fn keys(mut keys: Vec<TokenKey>) -> TokenKeys {
    let first = keys.remove(0);
    TokenKeys::new(ISSUER, first, keys)
}

fn shared_ring() -> TokenKeys {
    keys(vec![shared("a secret of the tests: thirty-two bytes")])
}

/// One ring of each algorithm.
fn rings() -> [TokenKeys; 3] {
    [
        shared_ring(),
        keys(pair(PairKind::Ed25519, ED25519).unwrap()),
        keys(pair(PairKind::Rsa, RSA).unwrap()),
    ]
}

fn subject(user: u128, sign_in: u128) -> Subject {
    Subject {
        user: UserId::from_uuid(uuid::Uuid::from_u128(user)),
        sign_in: SignInId::from_uuid(uuid::Uuid::from_u128(sign_in)),
    }
}

fn verify(keys: &TokenKeys, token: &str) -> Result<Subject, TokenError> {
    keys.verify(Purpose::Access, token, at(NOW))
}

#[test]
fn security_09_a_token_says_whose_it_is_until_it_expires() {
    for keys in rings() {
        let token = keys.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap();
        assert_eq!(verify(&keys, &token), Ok(subject(1, 2)));
        assert_eq!(
            keys.verify(Purpose::Access, &token, at(NOW + 59)),
            Ok(subject(1, 2))
        );
        assert_eq!(
            keys.verify(Purpose::Access, &token, at(NOW + 60)),
            Err(TokenError::Expired)
        );
        assert_eq!(
            keys.verify(Purpose::Id, &token, at(NOW)),
            Err(TokenError::Invalid),
            "an access token is no id token"
        );
        let id = keys.sign(Purpose::Id, subject(1, 2), at(NOW), 60).unwrap();
        assert_eq!(verify(&keys, &id), Err(TokenError::Invalid));
    }
}

#[test]
fn security_09_a_key_verifies_by_its_own_algorithm_alone() {
    let rings = rings();
    for (n, signer) in rings.iter().enumerate() {
        let token = signer.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap();
        for (m, verifier) in rings.iter().enumerate() {
            assert_eq!(verify(verifier, &token).is_ok(), n == m);
        }
    }
    // The classic: the public key, which everyone has, as the secret of an HMAC.
    for (ring, public) in [(&rings[1], ED25519_PUBLIC), (&rings[2], RSA_PUBLIC)] {
        let good = ring.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap();
        let claims: Value = part(&good, 1);
        let document = serde_json::to_string(&ring.public().unwrap().keys[0]).unwrap();
        for secret in [public.as_bytes(), public.trim().as_bytes(), document.as_bytes()] {
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                let header = Header {
                    kid: part(&good, 0)["kid"].as_str().map(str::to_owned),
                    ..Header::new(algorithm)
                };
                let forged = encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap();
                assert_eq!(verify(ring, &forged), Err(TokenError::Invalid));
            }
        }
    }
}

/// Signed with our own key, as if another program had it too.
#[test]
fn security_09_no_header_changes_the_meaning_of_a_token() {
    let keys = shared_ring();
    let claims = part(
        &keys.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap(),
        1,
    );
    let with = |name: &str, value: Value| {
        let mut header = serde_json::to_value(header_of(&keys.first)).unwrap();
        header[name] = value;
        let header: Header = serde_json::from_value(header).unwrap();
        verify(
            &keys,
            &encode(&header, &claims, keys.first.signing().unwrap()).unwrap(),
        )
    };
    assert_eq!(with("typ", json!("JWT")), Ok(subject(1, 2)));
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("cty", json!("JWT")),
        ("typ", json!("at+jwt")),
        ("typ", Value::Null),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!([])),
        ("url", json!("https://files.example.org")),
        ("nonce", json!("1")),
        ("anything", json!(1)),
    ] {
        assert_eq!(
            with(name, value.clone()),
            Err(TokenError::Invalid),
            "{name}: {value}"
        );
    }
}

#[test]
fn security_11_keys_rotate_with_overlap() {
    let (old, new) = (
        "the old secret: thirty-two bytes!",
        "the new secret: thirty-two bytes!",
    );
    let before = keys(vec![shared(old)]);
    let during = keys(vec![shared(new), shared(old)]);
    let after = keys(vec![shared(new)]);
    let token = |keys: &TokenKeys| keys.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap();
    assert!(verify(&during, &token(&before)).is_ok());
    assert!(verify(&after, &token(&during)).is_ok());
    assert_eq!(verify(&after, &token(&before)), Err(TokenError::Invalid));
    assert_eq!(verify(&before, &token(&during)), Err(TokenError::Invalid));

    // A retired key pair leaves its public half.
    let other = include_str!("fixtures/ed25519-old.pem");
    let before = keys(pair(PairKind::Ed25519, ED25519).unwrap());
    let during = keys(pair(PairKind::Ed25519, &format!("{other}{ED25519_PUBLIC}")).unwrap());
    assert!(verify(&during, &token(&before)).is_ok());
    assert_eq!(during.public().unwrap().keys.len(), 2);
    assert_eq!(
        during.derive("a purpose").len(),
        1,
        "only what is secret makes secrets"
    );
    assert_ne!(during.derive("a purpose"), before.derive("a purpose"));
    assert_ne!(before.derive("a purpose"), before.derive("another"));
}

#[test]
fn keys_come_as_openssl_writes_them() {
    let id = |kind, pem: &str| pair(kind, pem).map(|keys| keys[0].id().to_owned());
    assert_eq!(id(PairKind::Rsa, RSA), id(PairKind::Rsa, RSA_PKCS1));
    let both = pair(PairKind::Rsa, &format!("{RSA}\nsome words between\n{RSA_PUBLIC}")).unwrap();
    assert_eq!(both[0].id(), both[1].id(), "one name for both halves");
    assert!(!format!("{both:?}").contains("MII"));
    for (kind, pem, error) in [
        (PairKind::Rsa, RSA_SHORT, PemError::Size),
        (PairKind::Rsa, RSA_PUBLIC, PemError::FirstIsPublic),
        (PairKind::Ed25519, ED25519_PUBLIC, PemError::FirstIsPublic),
        (PairKind::Rsa, ED25519, PemError::Unreadable),
        (PairKind::Ed25519, RSA, PemError::Unreadable),
        (PairKind::Ed25519, RSA_PUBLIC, PemError::Unreadable),
        (PairKind::Ed25519, "", PemError::Nothing),
        (PairKind::Ed25519, "a key", PemError::Nothing),
        (PairKind::Ed25519, &ED25519[..70], PemError::Unreadable),
        (
            PairKind::Rsa,
            "-----BEGIN PRIVATE KEY-----\n????\n-----END PRIVATE KEY-----\n",
            PemError::Unreadable,
        ),
    ] {
        assert_eq!(
            id(kind, pem),
            Err(error),
            "{}",
            pem.lines().next().unwrap_or_default()
        );
    }
}

/// What anybody may read must not hold what only we may know.
#[test]
fn the_published_keys_are_public() {
    for keys in &rings()[1..] {
        let document: Value = serde_json::to_value(keys.public().unwrap()).unwrap();
        for key in document["keys"].as_array().unwrap() {
            let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            let expected: &[_] = match key["kty"].as_str().unwrap() {
                "RSA" => &["alg", "e", "kid", "kty", "n", "use"],
                _ => &["alg", "crv", "kid", "kty", "use", "x"],
            };
            assert_eq!(names, expected);
        }
    }
    assert!(
        rings()[0].public().is_none(),
        "a shared secret is published never"
    );
}

fn part(token: &str, n: usize) -> Value {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let text = token.split('.').nth(n).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(".{0,5}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    /// Whatever is signed comes back, and only within its time.
    #[test]
    fn security_09_what_is_signed_is_what_is_read(
        user in any::<u128>(), sign_in in any::<u128>(), seconds in 1..100_000_i64, later in 0..200_000_i64,
    ) {
        let keys = shared_ring();
        let token = keys.sign(Purpose::Access, subject(user, sign_in), at(NOW), seconds).unwrap();
        let read = keys.verify(Purpose::Access, &token, at(NOW + later));
        if later < seconds {
            prop_assert_eq!(read, Ok(subject(user, sign_in)));
        } else {
            prop_assert_eq!(read, Err(TokenError::Expired));
        }
    }

    /// No text is a token by chance, and none makes the parser panic.
    #[test]
    fn security_09_no_text_is_a_token(text in any::<String>(), parts in "[A-Za-z0-9_-]{0,90}(\\.[A-Za-z0-9_-]{0,90}){0,4}") {
        let keys = shared_ring();
        prop_assert_eq!(verify(&keys, &text), Err(TokenError::Invalid));
        prop_assert_eq!(verify(&keys, &parts), Err(TokenError::Invalid));
    }

    /// Not one character of a token can be another: no second spelling passes a list of revoked ones.
    #[test]
    fn security_09_every_character_counts(place in any::<prop::sample::Index>(), other in "[A-Za-z0-9_.=+/-]") {
        let keys = shared_ring();
        let token = keys.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap();
        let place = place.index(token.len());
        let mut altered = token.clone();
        altered.replace_range(place..=place, &other);
        prop_assume!(altered != token);
        prop_assert_eq!(verify(&keys, &altered), Err(TokenError::Invalid));
        let mut longer = token.clone();
        longer.insert_str(place, &other);
        prop_assert_eq!(verify(&keys, &longer), Err(TokenError::Invalid));
        prop_assert_eq!(verify(&keys, &token[..place]), Err(TokenError::Invalid));
    }

    /// Even with our key, a claim of another shape is refused, never defaulted.
    #[test]
    fn security_09_claims_of_any_other_shape_are_refused(
        name in prop::sample::select(vec!["exp", "iss", "aud", "sub", "typ", "sid", "iat"]), value in json_value(),
    ) {
        let keys = shared_ring();
        let mut claims = part(&keys.sign(Purpose::Access, subject(1, 2), at(NOW), 60).unwrap(), 1);
        prop_assume!(claims[name] != value);
        // Another time is another time, and well-formed.
        prop_assume!(!(matches!(name, "exp" | "iat") && value.is_i64()));
        claims[name] = value;
        let header = Header { kid: Some(keys.first.id().to_owned()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &claims, keys.first.signing().unwrap()).unwrap();
        prop_assert_eq!(verify(&keys, &token), Err(TokenError::Invalid));
    }
}
