use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::program::Program;
use crate::support::Form;

/// Security 40: an upload that has begun is taken to its end, nobody new is served, and nothing of it is lost.
#[tokio::test]
async fn security_40_sigterm_lets_what_is_under_way_finish() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    let token = program.person().await;
    let key = format!("{}report.txt", program.home(&token).await);
    let content = vec![b'x'; 300_000];
    let form = Form::new()
        .file("report.txt", "text/plain", &content)
        .text("key", &key)
        .bytes();

    let mut upload = TcpStream::connect(("127.0.0.1", program.port)).await.unwrap();
    let head = format!(
        "POST /api/s3/upload HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {token}\r\n\
         content-type: {}\r\ncontent-length: {}\r\n\r\n",
        program.port,
        Form::content_type(),
        form.len()
    );
    upload.write_all(head.as_bytes()).await.unwrap();
    upload.write_all(&form[..form.len() / 2]).await.unwrap();
    // Another request is answered after it, so this one has been taken up.
    let alive = reqwest::get(format!("{}/health", program.url)).await.unwrap();
    assert_eq!(alive.status(), 200);

    program.terminate().await;
    let refused = async {
        while TcpStream::connect(("127.0.0.1", program.port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .expect("it goes on taking connections");
    upload.write_all(&form[form.len() / 2..]).await.unwrap();
    let mut answer = String::new();
    upload.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(program.ended().await, Some(0));

    let again = Program::start(&data).await;
    let token = again.person().await;
    let object = reqwest::Client::new()
        .get(format!("{}/api/s3/object", again.url))
        .query(&[("key", &key)])
        .bearer_auth(&token);
    let object = object.send().await.unwrap();
    assert_eq!(object.status(), 200);
    assert_eq!(object.bytes().await.unwrap(), content);
}

/// Security 40: a stream of events would be under way for ever.
#[tokio::test]
async fn security_40_an_open_event_stream_does_not_hold_up_the_end() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    let token = program.person().await;
    let mut stream = reqwest::Client::new()
        .get(format!("{}/api/jobs/events", program.url))
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    program.terminate().await;
    let ended = async {
        while stream.chunk().await.unwrap().is_some() {}
        program.ended().await
    };
    // Requests under way are waited for half a minute.
    let ended = tokio::time::timeout(Duration::from_secs(20), ended).await;
    assert_eq!(ended.expect("it waits for the stream"), Some(0));
}
