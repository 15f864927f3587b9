//! `/api/s3` from the browser: uploads.

use leptos::web_sys::AbortSignal;
use serde::de::IgnoredAny;

use super::{
    engine::{Answer, Request},
    types::{UnfinishedQuery, UnfinishedUploadsResponse, UploadRef},
};
use crate::{
    contract::BucketName,
    rest::{self, CallError},
};

/// A call of the engine.
pub(super) async fn call(request: Request, abort: &AbortSignal) -> Result<Answer, CallError> {
    let abort = Some(abort);
    match request {
        Request::Plan(body) => rest::post("/api/s3/uploads", &body, abort)
            .await
            .map(Answer::Plan),
        Request::Sign(body) => rest::post("/api/s3/multipart/parts", &body, abort)
            .await
            .map(Answer::Sign),
        Request::Complete(body) => rest::post("/api/s3/multipart/complete", &body, abort)
            .await
            .map(Answer::Complete),
        Request::ListParts(upload) => rest::get("/api/s3/multipart/parts", &upload, abort)
            .await
            .map(|answer| Answer::ListParts(answer.body)),
        Request::Discard(upload) => discard(&upload, abort).await.map(|()| Answer::Discarded),
    }
}

/// The caller's unfinished uploads into a bucket; the home bucket unless given.
pub(super) async fn unfinished(bucket: Option<BucketName>) -> Result<UnfinishedUploadsResponse, CallError> {
    rest::get("/api/s3/multipart", &UnfinishedQuery { bucket }, None)
        .await
        .map(|answer| answer.body)
}

/// Every part that storage has of an upload.
pub(super) async fn stored_parts(upload: &UploadRef) -> Result<super::types::StoredPartsResponse, CallError> {
    rest::get("/api/s3/multipart/parts", upload, None)
        .await
        .map(|answer| answer.body)
}

pub(super) async fn discard(upload: &UploadRef, abort: Option<&AbortSignal>) -> Result<(), CallError> {
    rest::delete::<IgnoredAny>("/api/s3/multipart", upload, abort)
        .await
        .map(|_| ())
}
