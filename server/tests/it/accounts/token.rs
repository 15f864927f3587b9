//! Security 9: what a token must be, and everything that it must not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::support::{JWT_SECRET, TestApp, TestClock, User};

/// The header and the claims of a good token, to be spoiled.
struct Forge {
    header: Header,
    claims: Value,
}

impl Forge {
    fn from(user: &User) -> Self {
        let token = &user.tokens.access_token;
        let part = |n: usize| {
            let text = token.split('.').nth(n).unwrap();
            URL_SAFE_NO_PAD.decode(text).unwrap()
        };
        Self {
            header: serde_json::from_slice(&part(0)).unwrap(),
            claims: serde_json::from_slice(&part(1)).unwrap(),
        }
    }

    fn signed(&self, secret: &str) -> String {
        encode(
            &self.header,
            &self.claims,
            &EncodingKey::from_secret(secret.as_bytes()),
        )
        .unwrap()
    }
}

async fn refused(app: &TestApp, token: &str, what: &str) {
    let answer = app.anonymous().bearer(token).get("/api/auth/me").await;
    assert_eq!(
        answer.error(401).detail,
        "Invalid authentication credentials",
        "{what}"
    );
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{what}");
}

#[tokio::test]
async fn security_09_a_forge_with_our_key_and_nothing_changed_passes() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    // Without this the tests below could all fail for a reason of their own.
    let token = Forge::from(&ada).signed(JWT_SECRET);
    assert_eq!(
        app.anonymous().bearer(&token).get("/api/auth/me").await.status,
        200
    );
}

#[tokio::test]
async fn security_09_every_claim_is_required_with_its_type() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for claim in ["exp", "iss", "aud", "sub", "typ", "sid", "iat"] {
        let mut forge = Forge::from(&ada);
        forge.claims.as_object_mut().unwrap().remove(claim);
        refused(&app, &forge.signed(JWT_SECRET), claim).await;
    }
    let expiry = TestClock::START + 3600;
    for (claim, value) in [
        ("exp", json!(expiry.to_string())),
        ("exp", json!(null)),
        ("exp", json!([expiry])),
        ("exp", json!(1e300)),
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("forepeak-client")),
        ("aud", json!([])),
        ("sub", json!("admin")),
        ("sub", json!("00000000-0000-4000-8000-000000000000")),
        ("sid", json!("00000000-0000-4000-8000-000000000000")),
        ("typ", json!("id")),
        ("typ", json!("refresh")),
        ("typ", json!(["access"])),
    ] {
        let mut forge = Forge::from(&ada);
        forge.claims[claim] = value.clone();
        refused(&app, &forge.signed(JWT_SECRET), &format!("{claim}={value}")).await;
    }
}

#[tokio::test]
async fn security_09_the_algorithm_and_the_key_are_ours_to_choose() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let mut forge = Forge::from(&ada);
        forge.header.alg = algorithm;
        refused(
            &app,
            &forge.signed(JWT_SECRET),
            "another algorithm of the same family",
        )
        .await;
    }
    for kid in [
        None,
        Some("../../dev/null"),
        Some(""),
        Some("' OR 1=1 --"),
        Some("000000000000"),
    ] {
        let mut forge = Forge::from(&ada);
        forge.header.kid = kid.map(str::to_owned);
        refused(&app, &forge.signed(JWT_SECRET), "another kid").await;
        refused(&app, &forge.signed(""), "another kid, signed with nothing").await;
    }
    refused(
        &app,
        &Forge::from(&ada).signed("another secret of thirty-two bytes"),
        "another key",
    )
    .await;

    let mut parts = ada
        .tokens
        .access_token
        .split('.')
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let header = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    for name in ["none", "None", "NONE", "nOnE", "RS256", "ES256", "EdDSA"] {
        parts[0] = header(json!({"typ": "JWT", "alg": name, "kid": Forge::from(&ada).header.kid}));
        refused(&app, &parts.join("."), name).await;
        refused(&app, &format!("{}.{}.", parts[0], parts[1]), name).await;
    }
}

#[tokio::test]
async fn security_09_keys_named_inside_a_token_are_not_looked_at() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let evil = "a secret of the attacker: thirty-two bytes and more";
    let mut forge = Forge::from(&ada);
    forge.header.jku = Some("https://evil.example/jwks.json".to_owned());
    forge.header.x5u = Some("https://evil.example/cert.pem".to_owned());
    refused(&app, &forge.signed(evil), "jku, x5u").await;

    let claims = ada.tokens.access_token.split('.').nth(1).unwrap();
    let header = json!({
        "typ": "JWT", "alg": "HS256", "kid": forge.header.kid,
        "jwk": {"kty": "oct", "k": URL_SAFE_NO_PAD.encode(evil)},
    });
    let signed = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
    let signature = jsonwebtoken::crypto::sign(
        signed.as_bytes(),
        &EncodingKey::from_secret(evil.as_bytes()),
        Algorithm::HS256,
    )
    .unwrap();
    refused(&app, &format!("{signed}.{signature}"), "jwk").await;
}

#[tokio::test]
async fn security_09_no_kind_of_token_stands_in_for_another() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    refused(&app, &ada.tokens.id_token, "id token").await;
    refused(&app, &ada.tokens.refresh_token, "refresh token").await;
    let browser = app.browser_of("ada").await;
    let cookie = browser.cookie().unwrap();
    refused(&app, cookie.split_once('=').unwrap().1, "session id").await;

    // Nor does the id of a browser's sign-in inside a token that we signed.
    let sign_in: String = sqlx::query_scalar("SELECT id FROM sign_ins WHERE kind = 'browser'")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    let mut forge = Forge::from(&ada);
    forge.claims["sid"] = json!(sign_in);
    refused(&app, &forge.signed(JWT_SECRET), "a browser's sign-in").await;
}

#[tokio::test]
async fn the_texts_of_the_contract() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    let answer = stranger.get("/api/auth/me").await;
    assert_eq!(answer.error(401).detail, "Not authenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for header in [
        "Bearer",
        "Bearer ",
        "Basic YWRhOmFkYQ==",
        "Bearer a.b.c",
        "Token x",
        "Bearer \u{e9}",
    ] {
        let answer = stranger
            .clone()
            .with("authorization", header)
            .get("/api/auth/me")
            .await;
        assert_eq!(
            answer.error(401).detail,
            "Invalid authentication credentials",
            "{header}"
        );
    }
    let key = stranger.with("x-api-key", "whatever").get("/api/auth/me").await;
    assert_eq!(key.error(401).detail, "Invalid authentication credentials");

    let ada = app.user("ada").await;
    let lower = app
        .anonymous()
        .with("authorization", format!("bearer {}", ada.tokens.access_token));
    assert_eq!(lower.get("/api/auth/me").await.status, 200);
}
