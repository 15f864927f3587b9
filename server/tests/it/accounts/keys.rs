//! Security 11: the keys that sign tokens: rotated under load, and published where others verify.

use app::features::auth::types::{Me, TokenResponse};
use futures::future::join_all;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous::insecure_decode_claims, decode,
    decode_header, encode, jwk::JwkSet,
};
use serde_json::{Value, json};

use super::sign_in::replica_with;
use crate::support::{Client, JWT_SECRET, PASSWORD, TestApp};

const NEW_SECRET: &str = "the new secret: thirty-two bytes, or more";
const ED25519: &str = include_str!("../../../src/platform/tokens/fixtures/ed25519.pem");
const ED25519_PUBLIC: &str = include_str!("../../../src/platform/tokens/fixtures/ed25519.pub.pem");
const ED25519_RETIRED: &str = include_str!("../../../src/platform/tokens/fixtures/ed25519-old.pub.pem");
const RSA: &str = include_str!("../../../src/platform/tokens/fixtures/rsa.pem");
const RSA_PUBLIC: &str = include_str!("../../../src/platform/tokens/fixtures/rsa.pub.pem");

async fn with_key(algorithm: &str, pem: &str) -> TestApp {
    TestApp::builder()
        .var("JWT_ALGORITHM", algorithm)
        .var("JWT_PRIVATE_KEY", pem)
        .build()
        .await
}

/// Replicas are replaced one by one, in the steps that `.env.example` tells of, while people work: whoever they reach,
/// with whatever token, nobody is turned away.
#[tokio::test]
async fn security_11_keys_rotate_under_load_and_nobody_is_turned_away() {
    let app = TestApp::new().await;
    let mut people = Vec::new();
    for n in 0..4 {
        people.push(app.user(&format!("user-{n}")).await.tokens);
    }
    let stages: [&[&str]; 4] = [
        &[JWT_SECRET],
        &[JWT_SECRET, NEW_SECRET],
        &[NEW_SECRET, JWT_SECRET],
        &[NEW_SECRET],
    ];
    let mut old = replica_with(&app, stages[0]).await;
    for secrets in &stages[1..] {
        let new = replica_with(&app, secrets).await;
        // The last step is taken when the tokens of the old key have expired: everyone has renewed theirs.
        let rounds = join_all(people.iter().enumerate().map(|(n, tokens)| {
            let (old, new, mut tokens) = (old.clone(), new.clone(), tokens.clone());
            async move {
                for round in 0..6 {
                    let (first, second) = if (n + round) % 2 == 0 {
                        (&old, &new)
                    } else {
                        (&new, &old)
                    };
                    works(first, &tokens).await;
                    let body = json!({"refresh_token": tokens.refresh_token});
                    tokens = first.post("/api/auth/refresh", body).await.ok();
                    works(second, &tokens).await;
                    let body = json!({"username": format!("user-{n}"), "password": PASSWORD});
                    works(first, &second.post("/api/auth/login", body).await.ok()).await;
                }
                // Whoever is left by the old replicas renews at the new ones.
                let body = json!({"refresh_token": tokens.refresh_token});
                new.post("/api/auth/refresh", body).await.ok::<TokenResponse>()
            }
        }));
        people = rounds.await;
        old = new;
    }
    for tokens in &people {
        works(&old, tokens).await;
        assert_eq!(
            app.anonymous()
                .bearer(&tokens.access_token)
                .get("/api/auth/me")
                .await
                .status,
            401,
            "the first replica has never heard of the new key"
        );
    }
}

async fn works(replica: &Client, tokens: &TokenResponse) {
    let me: Me = replica
        .clone()
        .bearer(&tokens.access_token)
        .get("/api/auth/me")
        .await
        .ok();
    assert!(me.username.starts_with("user-"));
}

#[tokio::test]
async fn others_verify_id_tokens_with_the_published_keys() {
    for (algorithm, name, pem) in [
        (Algorithm::EdDSA, "EdDSA", ED25519),
        (Algorithm::RS256, "RS256", RSA),
    ] {
        let app = with_key(name, pem).await;
        let ada = app.user("ada").await;
        let answer = app.anonymous().get("/.well-known/jwks.json").await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let keys: JwkSet = answer.ok();
        let kid = decode_header(&ada.tokens.id_token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
        let mut rules = Validation::new(algorithm);
        rules.set_audience(&["forepeak-client"]);
        rules.set_issuer(&["http://127.0.0.1:8000"]);
        // The clock of the tests stands in the past.
        rules.validate_exp = false;
        let claims = decode::<Value>(&ada.tokens.id_token, &key, &rules)
            .unwrap()
            .claims;
        assert_eq!(claims["sub"], ada.id.to_string());
        let refreshed = json!({"refresh_token": ada.tokens.refresh_token});
        assert_eq!(
            app.anonymous().post("/api/auth/refresh", refreshed).await.status,
            200
        );
    }
    let shared = TestApp::new().await;
    shared.anonymous().get("/.well-known/jwks.json").await.error(404);
}

#[tokio::test]
async fn a_retired_key_is_published_while_its_tokens_live() {
    let app = with_key("EdDSA", &format!("{ED25519}{ED25519_RETIRED}")).await;
    let keys: Value = app.anonymous().get("/.well-known/jwks.json").await.ok();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert!(!keys.to_string().contains("\"d\""), "no private part");
}

#[tokio::test]
async fn security_09_a_public_key_is_no_secret_to_sign_with() {
    for (name, pem, public) in [("EdDSA", ED25519, ED25519_PUBLIC), ("RS256", RSA, RSA_PUBLIC)] {
        let app = with_key(name, pem).await;
        let ada = app.user("ada").await;
        let me = |token: &str| {
            let client = app.anonymous().bearer(token);
            async move { client.get("/api/auth/me").await }
        };
        assert_eq!(me(&ada.tokens.access_token).await.status, 200);
        let claims: Value = insecure_decode_claims(&ada.tokens.access_token).unwrap();
        let kid = decode_header(&ada.tokens.access_token).unwrap().kid;
        // `JWT_SECRET_KEY` is set too, and signs nothing under this algorithm.
        for secret in [public, JWT_SECRET] {
            for kid in [kid.clone(), None] {
                let header = Header {
                    kid,
                    ..Header::new(Algorithm::HS256)
                };
                let key = EncodingKey::from_secret(secret.as_bytes());
                let forged = encode(&header, &claims, &key).unwrap();
                assert_eq!(
                    me(&forged).await.error(401).detail,
                    "Invalid authentication credentials"
                );
            }
        }
    }
}
