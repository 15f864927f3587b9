//! What is seen of a write while it happens: all of it or nothing.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::support::code;
use crate::support::store::Running;

const ROUNDS: usize = 60;

/// An upload that is being completed has all its parts, until it is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parts_are_listed_whole_while_the_upload_is_completed() {
    let running = Running::start().await;
    let s3 = running.root();
    s3.create_bucket().bucket("b-b").send().await.unwrap();
    for round in 0..ROUNDS {
        let key = round.to_string();
        let begun = s3
            .create_multipart_upload()
            .bucket("b-b")
            .key(&key)
            .send()
            .await
            .unwrap();
        let id = begun.upload_id.unwrap();
        let part = s3
            .upload_part()
            .bucket("b-b")
            .key(&key)
            .upload_id(&id)
            .part_number(1);
        let sent = part.body(ByteStream::from_static(b"x")).send().await.unwrap();
        let part = CompletedPart::builder()
            .part_number(1)
            .e_tag(sent.e_tag.unwrap())
            .build();
        let complete = s3
            .complete_multipart_upload()
            .bucket("b-b")
            .key(&key)
            .upload_id(&id);
        let complete = complete.multipart_upload(CompletedMultipartUpload::builder().parts(part).build());
        let completing = tokio::spawn(complete.send());
        loop {
            let listed = s3
                .list_parts()
                .bucket("b-b")
                .key(&key)
                .upload_id(&id)
                .send()
                .await;
            match &listed {
                Ok(listed) => assert_eq!(listed.parts().len(), 1, "round {round}"),
                Err(_) => {
                    assert_eq!(code(&listed), "NoSuchUpload");
                    break;
                }
            }
        }
        completing.await.unwrap().unwrap();
    }
}
