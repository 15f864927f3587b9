//! URLs presigned by version 2 of the signatures, which boto3 and the aws CLI still make by default.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use embedded::Clock as _;
use http::Method;
use s3s::crypto::{Checksum as _, Sha1};
use secrecy::ExposeSecret as _;

use crate::support::store::Running;

/// Seconds that a URL lives.
const AHEAD: i64 = 600;

struct Signer<'a> {
    running: &'a Running,
    id: &'a str,
    secret: &'a str,
}

impl<'a> Signer<'a> {
    fn root(running: &'a Running) -> Self {
        let key = running.store.root_key();
        Self {
            running,
            id: &key.access_key_id,
            secret: key.secret.expose_secret(),
        }
    }

    /// `resource` is the path with the parameters that are signed (`partNumber`, `uploadId`, ...), sorted.
    fn url(&self, method: &Method, resource: &str, expires: i64) -> String {
        let signed = format!("{method}\n\n\n{expires}\n{resource}");
        let signature = hmac_sha1(self.secret.as_bytes(), signed.as_bytes());
        let encoded = signature
            .replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D");
        let join = if resource.contains('?') { '&' } else { '?' };
        format!(
            "{}{resource}{join}AWSAccessKeyId={}&Expires={expires}&Signature={encoded}",
            self.running.endpoint, self.id
        )
    }
}

/// The signature is judged by the system's clock, whatever the store's says.
fn now() -> i64 {
    embedded::SystemClock.now().unix_timestamp()
}

/// RFC 2104, for a secret of at most a block, in base64.
pub(crate) fn hmac_sha1(secret: &[u8], text: &[u8]) -> String {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, secret) in block.iter_mut().zip(secret) {
            *byte ^= secret;
        }
        block
    };
    let inner = Sha1::checksum(&[&padded(0x36), text].concat());
    BASE64_STANDARD.encode(Sha1::checksum(&[&padded(0x5c)[..], &inner].concat()))
}

#[test]
fn the_signature_is_that_of_rfc_2202() {
    let signature = hmac_sha1(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(signature, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}

async fn perform(method: Method, url: &str, body: &'static str) -> (u16, String) {
    let answer = reqwest::Client::new()
        .request(method, url)
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn urls_do_what_they_were_signed_for() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let signer = Signer::root(&running);
    let expires = now() + AHEAD;
    let put = signer.url(&Method::PUT, "/b-b/k", expires);
    assert_eq!(perform(Method::PUT, &put, "hello").await.0, 200);
    let get = signer.url(&Method::GET, "/b-b/k", expires);
    assert_eq!(perform(Method::GET, &get, "").await, (200, "hello".to_owned()));

    let begun = root
        .create_multipart_upload()
        .bucket("b-b")
        .key("m")
        .send()
        .await
        .unwrap();
    let id = begun.upload_id.unwrap();
    let resource = format!("/b-b/m?partNumber=1&uploadId={id}");
    let part = signer.url(&Method::PUT, &resource, expires);
    assert_eq!(perform(Method::PUT, &part, "part").await.0, 200);
    let parts = root
        .list_parts()
        .bucket("b-b")
        .key("m")
        .upload_id(&id)
        .send()
        .await
        .unwrap();
    assert_eq!(parts.parts().len(), 1);
}

#[tokio::test]
async fn urls_do_nothing_else() {
    let running = Running::start().await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let signer = Signer::root(&running);
    let expires = now() + AHEAD;
    let put = signer.url(&Method::PUT, "/b-b/k", expires);
    assert_eq!(perform(Method::PUT, &put, "hello").await.0, 200);
    let get = signer.url(&Method::GET, "/b-b/k", expires);
    let stranger = Signer {
        secret: "not-the-secret",
        ..Signer::root(&running)
    };
    for (what, method, url) in [
        ("another method", Method::DELETE, get.clone()),
        ("another key", Method::GET, get.replace("/k?", "/other?")),
        (
            "a longer life",
            Method::GET,
            get.replace(&format!("Expires={expires}"), &format!("Expires={}", expires + 1)),
        ),
        ("an unsigned parameter", Method::GET, format!("{get}&tagging")),
        ("another version", Method::GET, format!("{get}&versionId=null")),
        (
            "another's signature",
            Method::GET,
            stranger.url(&Method::GET, "/b-b/k", expires),
        ),
        (
            "one too late",
            Method::GET,
            signer.url(&Method::GET, "/b-b/k", now() - 1),
        ),
    ] {
        let (status, body) = perform(method, &url, "").await;
        assert!(status == 403 || status == 400, "{what}: {status} {body}");
        assert!(!body.contains("hello"), "{what}");
    }
    assert_eq!(
        perform(Method::GET, &get, "").await,
        (200, "hello".to_owned()),
        "nothing was harmed"
    );
}
