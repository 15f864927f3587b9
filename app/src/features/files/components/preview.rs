//! A look at a file without opening it: images through `<img>`, the beginning of texts as text. Nothing of a file
//! is ever part of this document's markup, and its bytes come from storage, another origin.

use gloo_net::http::Request;
use leptos::{either::EitherOf5, prelude::*, web_sys::RequestCredentials};

use crate::{
    features::files::{
        client,
        model::kind::{FileKind, Preview},
        types::Disposition,
    },
    format,
    rest::CallError,
    ui::{Icon, Spinner},
};

/// As much of a text as is fetched.
const TEXT_BYTES: u64 = 256 * 1024;
/// Larger images are not fetched to be shown small.
const IMAGE_BYTES: u64 = 25 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Loading,
    Image(String),
    Text {
        text: String,
        whole: bool,
    },
    /// Why there is nothing to see.
    Nothing(String),
    Failed(CallError),
}

#[component]
pub fn PreviewPane(name: String, key: String, content_type: String, size: u64) -> impl IntoView {
    let kind = FileKind::of_name(&name);
    let plan = Preview::of(&name, &content_type);
    let first = match plan {
        _ if size == 0 => Shown::Nothing("This file is empty.".to_owned()),
        Preview::Image if size > IMAGE_BYTES => {
            Shown::Nothing(format!("Too large to preview ({}).", format::bytes(size)))
        }
        Preview::Image | Preview::Text => Shown::Loading,
        Preview::None => Shown::Nothing("No preview for this kind of file.".to_owned()),
    };
    let shown = RwSignal::new(first.clone());
    Effect::new(move |_| {
        if first == Shown::Loading {
            let key = key.clone();
            leptos::task::spawn_local(async move {
                let loaded = load(&key, plan, size).await.unwrap_or_else(Shown::Failed);
                shown.try_set(loaded);
            });
        }
    });
    let alt = format!("Preview of {}", format::visible(&name));
    view! {
        <div class="preview">
            {move || match shown.get() {
                Shown::Loading => EitherOf5::A(view! { <p class="preview-note"><Spinner /> " Loading the preview"</p> }),
                Shown::Image(url) => {
                    EitherOf5::B(
                        view! {
                            <img
                                class="preview-image"
                                src=url
                                alt=alt.clone()
                                referrerpolicy="no-referrer"
                                on:error=move |_| shown.set(Shown::Nothing("The image could not be shown.".to_owned()))
                            />
                        },
                    )
                }
                Shown::Text { text, whole } => {
                    EitherOf5::C(
                        view! {
                            <pre class="preview-text" tabindex="0" role="region" aria-label=alt.clone()>
                                {text}
                            </pre>
                            {(!whole)
                                .then(|| {
                                    let read = format::bytes(TEXT_BYTES);
                                    view! { <p class="preview-cut">{format!("The first {read}. Download it to see all.")}</p> }
                                })}
                        },
                    )
                }
                Shown::Nothing(why) => {
                    EitherOf5::D(
                        view! {
                            <p class="preview-note">
                                <span class=kind.class()>
                                    <Icon name=kind.icon() />
                                </span>
                                {why}
                            </p>
                        },
                    )
                }
                Shown::Failed(failure) => EitherOf5::E(view! { <p class="preview-note">{failure.to_string()}</p> }),
            }}
        </div>
    }
}

async fn load(key: &str, plan: Preview, size: u64) -> Result<Shown, CallError> {
    let url = client::download_url(key, Disposition::Preview).await?.url;
    match plan {
        Preview::Image => Ok(Shown::Image(url)),
        Preview::Text => fetch_text(&url, size).await,
        Preview::None => Ok(Shown::Nothing(String::new())),
    }
}

async fn fetch_text(url: &str, size: u64) -> Result<Shown, CallError> {
    let answer = Request::get(url)
        .header("Range", &format!("bytes=0-{}", TEXT_BYTES - 1))
        .credentials(RequestCredentials::Omit)
        .send()
        .await
        .map_err(|_| CallError::Unreachable)?;
    if !answer.ok() {
        return Err(CallError::Unreadable {
            status: answer.status(),
        });
    }
    let bytes = answer.binary().await.map_err(|_| CallError::Unreachable)?;
    if bytes.contains(&0) {
        return Ok(Shown::Nothing("This file is not text.".to_owned()));
    }
    // A character cut in two at the end, or another encoding, shows as a replacement character.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Shown::Text {
        text,
        whole: size <= TEXT_BYTES,
    })
}
