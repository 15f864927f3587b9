//! A look at a file without opening it: images through `<img>`, the beginning of texts as text. Nothing of a file
//! is ever part of this document's markup, and its bytes come from storage, another origin.

use leptos::{either::EitherOf5, prelude::*};

use super::preview_text::{self, Reading, TEXT_BYTES};
use crate::{
    contract::Disposition,
    features::files::{
        client,
        model::kind::{FileKind, Preview},
    },
    format,
    rest::CallError,
    ui::{Icon, Spinner},
};

/// Larger images are not fetched to be shown small.
const IMAGE_BYTES: u64 = 25 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Loading,
    Image(String),
    Text {
        text: String,
        whole: bool,
        encoding: Option<String>,
    },
    /// Why there is nothing to see.
    Nothing(String),
    Failed(CallError),
}

#[component]
pub fn PreviewPane(
    name: String,
    key: String,
    content_type: String,
    /// How the bytes are stored, such as `gzip`.
    content_encoding: Option<String>,
    size: u64,
) -> impl IntoView {
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
    let file = StoredValue::new(File {
        key,
        content_encoding,
        size,
    });
    let show = move || {
        leptos::task::spawn_local(async move {
            let Some(file) = file.try_get_value() else { return };
            let loaded = load(file, plan).await.unwrap_or_else(Shown::Failed);
            shown.try_set(loaded);
        });
    };
    Effect::new(move |_| {
        if first == Shown::Loading {
            show();
        }
    });
    // The URL may have expired before the image was fetched, on a machine that slept: ask for another one, once.
    let asked_again = StoredValue::new(false);
    let image_failed = move |_| {
        if asked_again.get_value() {
            shown.set(Shown::Nothing("The image could not be shown.".to_owned()));
        } else {
            asked_again.set_value(true);
            show();
        }
    };
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
                                on:error=image_failed
                            />
                        },
                    )
                }
                Shown::Text { text, whole, encoding } => {
                    EitherOf5::C(
                        view! {
                            <pre class="preview-text" tabindex="0" role="region" aria-label=alt.clone()>
                                {text}
                            </pre>
                            {encoding
                                .map(|encoding| view! { <p class="preview-cut">{format!("Read as {encoding}.")}</p> })}
                            {(!whole)
                                .then(|| {
                                    let read = format::bytes(TEXT_BYTES as u64);
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

#[derive(Clone)]
struct File {
    key: String,
    content_encoding: Option<String>,
    size: u64,
}

async fn load(file: File, plan: Preview) -> Result<Shown, CallError> {
    let url = client::download_url(&file.key, None, Disposition::Preview)
        .await?
        .url;
    let packing = file.content_encoding;
    match plan {
        Preview::Image => Ok(Shown::Image(url)),
        Preview::Text => Ok(
            match preview_text::read(&url, file.size, packing.is_some()).await? {
                Reading::Text {
                    text,
                    whole,
                    encoding,
                } => Shown::Text {
                    text,
                    whole,
                    encoding,
                },
                Reading::NoText => Shown::Nothing("This file is not text.".to_owned()),
                Reading::NotUnpacked => Shown::Nothing(format!(
                    "This file is stored compressed ({}), and could not be unpacked. Download it to look at it.",
                    packing.unwrap_or_default()
                )),
            },
        ),
        Preview::None => Ok(Shown::Nothing(String::new())),
    }
}
