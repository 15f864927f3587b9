//! Downloads: the browser fetches one file from storage by a presigned URL, and several from the server, as a ZIP.

use super::{
    client,
    model::{chosen::Chosen, download::Download},
    types_archive::ArchiveRequest,
};
use crate::{
    browser,
    contract::{Disposition, key::name_of},
    rest::{CallError, retry_when_throttled},
    ui::toast::Toasts,
};

pub(super) fn save(chosen: Chosen, toasts: Toasts) {
    leptos::task::spawn_local(async move {
        match chosen.download() {
            Ok(Download::File(key)) => match signed(&key, None).await {
                Ok(url) => browser::save(&url),
                Err(failure) => {
                    let name = name_of(&key);
                    toasts.error(format!("“{name}” was not downloaded. {failure}"));
                }
            },
            Ok(Download::Archive(request)) => match packed(&request).await {
                Ok(url) => {
                    browser::save(local(&url));
                    toasts.done("Your download starts in a moment, as one ZIP file.");
                }
                Err(failure) => toasts.error(format!("Nothing was downloaded. {failure}")),
            },
            Err(too_many) => toasts.error(format!("Nothing was downloaded. {too_many}")),
        }
    });
}

/// Downloads an earlier version of a file.
pub(super) fn save_version(key: String, version_id: String, toasts: Toasts) {
    leptos::task::spawn_local(async move {
        match signed(&key, Some(version_id)).await {
            Ok(url) => browser::save(&url),
            Err(failure) => toasts.error(format!("“{}” was not downloaded. {failure}", name_of(&key))),
        }
    });
}

async fn signed(key: &str, version_id: Option<String>) -> Result<String, CallError> {
    let sign = async || client::download_url(key, version_id.clone(), Disposition::Attachment).await;
    retry_when_throttled(sign, || ()).await.map(|answer| answer.url)
}

async fn packed(request: &ArchiveRequest) -> Result<String, CallError> {
    let pack = async || client::archive_url(request).await;
    retry_when_throttled(pack, || ()).await.map(|answer| answer.url)
}

/// The same address by its path: the session's cookie goes to the host that this page was opened at, which may have
/// another name than the one in `PUBLIC_URL`.
fn local(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |at| &url[host + at..])
}
