//! Saving files: the browser fetches each from storage by a URL signed for it.

use super::{client, types::Disposition};
use crate::{
    browser,
    contract::key::name_of,
    format,
    rest::{CallError, retry_when_throttled},
    ui::toast::Toasts,
};

/// The pause between two downloads, in milliseconds: a browser cancels a navigation when the next one begins.
const APART: i32 = 900;

/// Saves these objects one after the other.
pub(super) fn save(keys: Vec<String>, toasts: Toasts) {
    leptos::task::spawn_local(async move {
        let total = keys.len() as u64;
        for (started, key) in keys.into_iter().enumerate() {
            if started > 0 {
                browser::pause(APART).await;
            }
            match signed(&key).await {
                Ok(url) => browser::save(&url),
                Err(failure) => {
                    let name = name_of(&key);
                    toasts.error(format!("“{name}” was not downloaded. {failure}"));
                    return;
                }
            }
        }
        if total > 1 {
            toasts.done(format!("Downloading {}.", format::count(total, "file", "files")));
        }
    });
}

async fn signed(key: &str) -> Result<String, CallError> {
    let sign = async || client::download_url(key, Disposition::Attachment).await;
    retry_when_throttled(sign, || ()).await.map(|answer| answer.url)
}
