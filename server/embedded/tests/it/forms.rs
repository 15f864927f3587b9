//! Uploads by browser forms with a signed policy.

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use embedded::{AccessKey, Clock as _, Grant, NewKey, Permission};
use futures::StreamExt as _;
use reqwest::multipart;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use time::Duration;
use time::macros::format_description;
use tokio::process::Command;

use crate::support::code;
use crate::support::store::Running;
use crate::support::tools::tool;
use crate::version2::hmac_sha1;

/// Who signs a form, and when.
struct Signer<'a> {
    running: &'a Running,
    key: AccessKey,
}

/// A form as its page has it: fields in their order, the signature's among them.
type Fields = Vec<(String, String)>;

impl<'a> Signer<'a> {
    fn root(running: &'a Running) -> Self {
        let key = running.store.root_key().clone();
        Self { running, key }
    }

    fn policy(&self, conditions: &Value) -> String {
        let end = self.running.clock.now() + Duration::hours(1);
        let end = end
            .format(format_description!(
                "[year]-[month]-[day]T[hour]:[minute]:[second]Z"
            ))
            .unwrap();
        BASE64_STANDARD.encode(json!({"expiration": end, "conditions": conditions}).to_string())
    }

    /// By version 4: its own fields must be in the policy too.
    fn sign(&self, fields: &[(&str, &str)], mut conditions: Vec<Value>) -> Fields {
        let now = self.running.clock.now();
        let day = now.format(format_description!("[year][month][day]")).unwrap();
        let date = now
            .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
            .unwrap();
        let credential = format!("{}/{day}/us-east-1/s3/aws4_request", self.key.access_key_id);
        let mut all = vec![
            ("x-amz-algorithm".to_owned(), "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential".to_owned(), credential),
            ("x-amz-date".to_owned(), date),
        ];
        if let Some(token) = &self.key.session_token {
            all.push((
                "x-amz-security-token".to_owned(),
                token.expose_secret().to_owned(),
            ));
        }
        conditions.extend(all.iter().map(|(name, value)| json!({ name: value })));
        let policy = self.policy(&Value::Array(conditions));
        let secret = self.key.secret.expose_secret();
        let signing = generate_signing_key(secret, now.into(), "us-east-1", "s3");
        all.push((
            "x-amz-signature".to_owned(),
            calculate_signature(signing, policy.as_bytes()),
        ));
        all.push(("policy".to_owned(), policy));
        all.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        all
    }

    /// By version 2, as many pages still do.
    fn sign_v2(&self, fields: &[(&str, &str)], conditions: Vec<Value>) -> Fields {
        let policy = self.policy(&Value::Array(conditions));
        let signature = hmac_sha1(self.key.secret.expose_secret().as_bytes(), policy.as_bytes());
        let mut all = vec![
            ("AWSAccessKeyId".to_owned(), self.key.access_key_id.clone()),
            ("policy".to_owned(), policy),
            ("signature".to_owned(), signature),
        ];
        all.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        all
    }
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

async fn submit(running: &Running, fields: &Fields, file: Vec<u8>) -> Answer {
    let mut form = multipart::Form::new();
    for (name, value) in fields {
        form = form.text(name.clone(), value.clone());
    }
    form = form.part("file", multipart::Part::bytes(file).file_name("note ü.txt"));
    send(running, form).await
}

async fn send(running: &Running, form: multipart::Form) -> Answer {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("{}/b-b", running.endpoint);
    let answer = client.post(url).multipart(form).send().await.unwrap();
    let location = answer.headers().get("location");
    Answer {
        status: answer.status().as_u16(),
        location: location.map_or_else(String::new, |value| value.to_str().unwrap().to_owned()),
        body: answer.text().await.unwrap(),
    }
}

/// The code of a refusal, which has changed nothing.
async fn refusal(running: &Running, fields: &Fields, file: &[u8]) -> String {
    let answer = submit(running, fields, file.to_vec()).await;
    let listed = running
        .root()
        .list_objects_v2()
        .bucket("b-b")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.contents().len(), 0, "{}", answer.body);
    assert_eq!(running.blobs(), 0);
    let code = answer
        .body
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map_or_else(|| answer.status.to_string(), |(code, _)| code.to_owned())
}

async fn started() -> Running {
    let running = Running::start().await;
    running.root().create_bucket().bucket("b-b").send().await.unwrap();
    running
}

fn conditions(more: &[Value]) -> Vec<Value> {
    [
        &[
            json!({"bucket": "b-b"}),
            json!(["starts-with", "$key", "in/"]),
            json!({"acl": "private"}),
        ],
        more,
    ]
    .concat()
}

const FIELDS: [(&str, &str); 2] = [("key", "in/${filename}"), ("acl", "private")];

#[tokio::test]
async fn a_form_uploads_what_its_policy_allows() {
    let running = started().await;
    let signer = Signer::root(&running);
    let more = [
        json!(["starts-with", "$Content-Type", "text/"]),
        json!(["eq", "$x-amz-meta-colour", "blue"]),
        json!(["starts-with", "$tagging", ""]),
        json!(["content-length-range", 1, 10]),
    ];
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    let fields = [
        &FIELDS[..],
        &[
            ("Content-Type", "text/plain"),
            ("X-Amz-Meta-Colour", "blue"),
            ("tagging", tags),
            ("x-ignore-page", "7"),
        ],
    ]
    .concat();
    for signed in [
        signer.sign(&fields, conditions(&more)),
        signer.sign_v2(&fields, conditions(&more)),
    ] {
        let answer = submit(&running, &signed, b"content".to_vec()).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(answer.location, "/b-b/in/note%20%C3%BC.txt");
        let got = running
            .root()
            .get_object()
            .bucket("b-b")
            .key("in/note ü.txt")
            .send()
            .await
            .unwrap();
        assert_eq!(got.content_type(), Some("text/plain"));
        assert_eq!(got.metadata().unwrap()["colour"], "blue");
        assert_eq!(got.tag_count(), Some(1));
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"content");
        running
            .root()
            .delete_object()
            .bucket("b-b")
            .key("in/note ü.txt")
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_form_says_what_it_wants_to_hear() {
    let running = started().await;
    let signer = Signer::root(&running);
    for (wanted, status) in [("200", 200), ("201", 201), ("204", 204), ("404", 204)] {
        let fields = [&FIELDS[..], &[("success_action_status", wanted)]].concat();
        let signed = signer.sign(&fields, conditions(&[json!({"success_action_status": wanted})]));
        let answer = submit(&running, &signed, b"x".to_vec()).await;
        assert_eq!(answer.status, status, "{wanted}");
        assert_eq!(
            answer.body.contains("<Key>in/note ü.txt</Key>"),
            status == 201,
            "{wanted}"
        );
    }
    for name in ["success_action_redirect", "redirect"] {
        let fields = [&FIELDS[..], &[(name, "http://page.test/done?n=1")]].concat();
        let signed = signer.sign(
            &fields,
            conditions(&[json!(["starts-with", format!("${name}"), "http"])]),
        );
        let answer = submit(&running, &signed, b"x".to_vec()).await;
        assert_eq!(answer.status, 303, "{name}: {}", answer.body);
        assert_eq!(
            answer.location,
            "http://page.test/done?n=1&bucket=b-b&key=in%2Fnote+%C3%BC.txt&etag=%229dd4e461268c8034f5c8564e155c67a6%22"
        );
    }
}

#[tokio::test]
async fn a_form_does_nothing_else() {
    let running = started().await;
    let signer = Signer::root(&running);
    let good = signer.sign(&FIELDS, conditions(&[]));
    let with = |name: &str, value: &str| -> Fields {
        let others = good.iter().filter(|(own, _)| own != name).cloned();
        others.chain([(name.to_owned(), value.to_owned())]).collect()
    };
    let without = |name: &str| -> Fields { good.iter().filter(|(own, _)| own != name).cloned().collect() };
    let forged = signer.policy(&json!([["starts-with", "$key", ""], {"bucket": "b-b"}]));
    for (what, fields, expected) in [
        ("another key", with("key", "out/a"), "AccessDenied"),
        ("a public object", with("acl", "public-read"), "AccessDenied"),
        (
            "a field that is not signed",
            with("x-amz-meta-a", "1"),
            "AccessDenied",
        ),
        ("another policy", with("policy", &forged), "SignatureDoesNotMatch"),
        (
            "another signature",
            with("x-amz-signature", &"0".repeat(64)),
            "SignatureDoesNotMatch",
        ),
        ("no signature", without("x-amz-signature"), "InvalidArgument"),
        ("no policy", without("policy"), "AccessDenied"),
        ("no key", without("key"), "InvalidArgument"),
        ("nothing", Vec::new(), "AccessDenied"),
    ] {
        assert_eq!(refusal(&running, &fields, b"x").await, expected, "{what}");
    }
    let stranger = Signer {
        key: AccessKey {
            access_key_id: "nobody".to_owned(),
            ..signer.key.clone()
        },
        ..signer
    };
    let unknown = stranger.sign(&FIELDS, conditions(&[]));
    assert_eq!(refusal(&running, &unknown, b"x").await, "InvalidAccessKeyId");

    let signer = Signer::root(&running);
    for (range, file, expected) in [
        (json!(["content-length-range", 0, 3]), "1234", "EntityTooLarge"),
        (json!(["content-length-range", 5, 9]), "1234", "EntityTooSmall"),
        (
            json!(["content-length-range", 5]),
            "1234",
            "InvalidPolicyDocument",
        ),
        (json!({}), "1234", "InvalidPolicyDocument"),
    ] {
        let signed = signer.sign(&FIELDS, conditions(std::slice::from_ref(&range)));
        assert_eq!(
            refusal(&running, &signed, file.as_bytes()).await,
            expected,
            "{range}"
        );
    }
    let encrypted = [&FIELDS[..], &[("x-amz-server-side-encryption", "AES256")]].concat();
    let signed = signer.sign(
        &encrypted,
        conditions(&[json!({"x-amz-server-side-encryption": "AES256"})]),
    );
    assert_eq!(refusal(&running, &signed, b"x").await, "NotImplemented");
    let wrong = [&FIELDS[..], &[("x-amz-checksum-crc32", "AAAAAA==")]].concat();
    let signed = signer.sign(&wrong, conditions(&[json!({"x-amz-checksum-crc32": "AAAAAA=="})]));
    assert_eq!(refusal(&running, &signed, b"x").await, "BadDigest");

    running.clock.advance(Duration::minutes(61));
    assert_eq!(refusal(&running, &good, b"x").await, "AccessDenied");
}

#[tokio::test]
async fn a_form_is_bound_to_the_grants_of_its_signer() {
    let running = started().await;
    let new = |token: bool| NewKey {
        label: String::new(),
        grants: vec![Grant::within("b-b", "in/", Permission::ReadWrite)],
        expires_at: None,
        session_token: token,
    };
    let keys = running.store.keys();
    let anywhere = || vec![json!({"bucket": "b-b"}), json!(["starts-with", "$key", ""])];
    for token in [false, true] {
        let key = keys.create(new(token)).await.unwrap();
        let signer = Signer {
            running: &running,
            key,
        };
        let outside = signer.sign(&[("key", "out/a")], anywhere());
        assert_eq!(refusal(&running, &outside, b"x").await, "AccessDenied");
        let inside = signer.sign(&[("key", "in/a")], anywhere());
        assert_eq!(submit(&running, &inside, b"x".to_vec()).await.status, 204);
        running
            .root()
            .delete_object()
            .bucket("b-b")
            .key("in/a")
            .send()
            .await
            .unwrap();
        if token {
            let plain = Signer {
                key: AccessKey {
                    session_token: None,
                    ..signer.key.clone()
                },
                ..signer
            };
            let stolen = plain.sign(&[("key", "in/a")], anywhere());
            assert_eq!(refusal(&running, &stolen, b"x").await, "InvalidToken");
        } else {
            assert!(keys.delete(&signer.key.access_key_id).await.unwrap());
            assert_eq!(refusal(&running, &inside, b"x").await, "InvalidAccessKeyId");
        }
    }
}

/// What would have to fit into memory if it were gathered: the policy lets less in, so most of it is never read.
#[tokio::test]
async fn a_file_is_streamed_and_cut_where_the_policy_ends() {
    let running = started().await;
    let signer = Signer::root(&running);
    let signed = signer.sign(
        &FIELDS,
        conditions(&[json!(["content-length-range", 0, 64 << 20])]),
    );
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 1 << 20])).take(1 << 20);
    let mut form = multipart::Form::new();
    for (name, value) in &signed {
        form = form.text(name.clone(), value.clone());
    }
    let file = multipart::Part::stream(reqwest::Body::wrap_stream(endless)).file_name("a");
    let client = reqwest::Client::new();
    let sent = client
        .post(format!("{}/b-b", running.endpoint))
        .multipart(form.part("file", file));
    // The store closes the connection on a client that goes on sending a terabyte.
    if let Ok(answer) = sent.send().await {
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains("EntityTooLarge"));
    }
    let none = running
        .root()
        .head_object()
        .bucket("b-b")
        .key("in/a")
        .send()
        .await;
    assert_eq!(code(&none), "404");
}

/// An independent signer of policies.
#[tokio::test]
async fn forms_of_boto3_upload() {
    const SCRIPT: &str = r#"
import boto3, sys, json
from botocore.config import Config
endpoint, key, secret, version = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
                  region_name="us-east-1", config=Config(signature_version=version))
print(json.dumps(s3.generate_presigned_post("b-b", "in/${filename}", Fields={"acl": "private"},
      Conditions=[{"acl": "private"}, ["content-length-range", 1, 10]])["fields"]))
"#;
    let running = Running::with(|config| config.clock = std::sync::Arc::new(embedded::SystemClock)).await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    let key = running.store.root_key();
    for version in ["s3v4", "s3"] {
        let made = Command::new(tool("python"))
            .args([
                "-c",
                SCRIPT,
                &running.endpoint,
                &key.access_key_id,
                key.secret.expose_secret(),
                version,
            ])
            .output()
            .await
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let fields: std::collections::BTreeMap<String, String> =
            serde_json::from_slice(&made.stdout).unwrap();
        let fields: Fields = fields.into_iter().collect();
        let answer = submit(&running, &fields, b"content".to_vec()).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{version}");
        let got = root
            .get_object()
            .bucket("b-b")
            .key("in/note ü.txt")
            .send()
            .await
            .unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"content");
        let long = submit(&running, &fields, b"12345678901".to_vec()).await;
        assert_eq!(long.status, 400, "{version}");
    }
}
