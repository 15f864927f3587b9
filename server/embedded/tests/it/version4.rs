//! Signatures of version 4 that no SDK of Rust would make.

use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use embedded::Clock as _;
use secrecy::ExposeSecret as _;
use time::macros::format_description;

use crate::support::raw::Answer;
use crate::support::store::Running;

const PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Sends `GET /`, signed at the time `at` and dated by `Date` alone, which says `date`.
async fn list_buckets(running: &Running, at: SystemTime, date: &str) -> Answer {
    let key = running.store.root_key();
    let host = running.endpoint.strip_prefix("http://").unwrap();
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = time::OffsetDateTime::from(at).format(form).unwrap();
    let day = &time[..8];
    let canonical = format!(
        "GET\n/\n\ndate:{date}\nhost:{host}\nx-amz-content-sha256:{PAYLOAD}\n\ndate;host;x-amz-content-sha256\n{PAYLOAD}"
    );
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(canonical));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
    let signing = generate_signing_key(key.secret.expose_secret(), at, "us-east-1", "s3");
    let signature = calculate_signature(signing, text.as_bytes());
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=date;host;x-amz-content-sha256, Signature={signature}",
        key.access_key_id
    );
    let request = reqwest::Client::new()
        .get(format!("{}/", running.endpoint))
        .header("date", date)
        .header("x-amz-content-sha256", PAYLOAD)
        .header("authorization", authorization);
    Answer::read(request.send().await.unwrap()).await
}

/// `Date` does when there is no `x-amz-date`, in the form of HTTP or of mail: boto signs so when it is given one.
#[tokio::test]
async fn a_date_header_dates_a_signature() {
    let running = Running::start().await;
    // The signature is judged by the system's clock, whatever the store's says.
    let now = SystemTime::from(embedded::SystemClock.now());
    let date = httpdate::fmt_http_date(now);
    let eastern = time::OffsetDateTime::from(now).to_offset(time::macros::offset!(+2));
    let eastern = eastern
        .format(&time::format_description::well_known::Rfc2822)
        .unwrap();
    for date in [&date, &date.replace("GMT", "-0000"), &eastern] {
        assert_eq!(list_buckets(&running, now, date).await.status, 200, "{date}");
    }

    let before = now - Duration::from_secs(3600);
    let stale = list_buckets(&running, before, &httpdate::fmt_http_date(before)).await;
    assert_eq!(stale.code(), "RequestTimeTooSkewed");
    // What was signed an hour ago cannot be sent again under a new date.
    let renewed = list_buckets(&running, before, &date).await;
    assert_eq!(renewed.code(), "SignatureDoesNotMatch");
    let undated = list_buckets(&running, now, "now").await;
    assert_eq!(undated.code(), "InvalidRequest");
}
