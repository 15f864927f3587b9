//! The drawer that tells all about one entry.

use leptos::{either::Either, html, prelude::*, web_sys};

use super::{clock::Time, preview::PreviewPane, properties::PropertiesDialog, versions::VersionsSection};
use crate::{
    browser,
    contract::BucketName,
    features::files::{
        client,
        download::download,
        effects::{FileEffect, use_effects},
        folder::{Folder, Overlay},
        model::{chosen::Chosen, command, entry::label_of, kind::FileKind},
        storage_address::use_storage_address,
        types::ObjectMetadata,
        types_stored::Usage,
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{
        Alert, Button, Icon, IconButton, Menu, MenuItem, Severity, Spinner, Variant, icon::Name,
        toast::use_toasts,
    },
};

#[component]
pub fn Drawer(folder: Folder, name: String) -> impl IntoView {
    let drawer = NodeRef::<html::Aside>::new();
    let is_folder = name.ends_with('/');
    let label = label_of(&name).into_owned();
    let key = folder
        .listing
        .with_untracked(|listing| format!("{}{name}", listing.prefix()));
    let kind = FileKind::of_name(&name);
    let shown_key = key.clone();
    let (versions_of, in_folder) = (
        key.clone(),
        folder
            .listing
            .with_untracked(|listing| listing.prefix().to_owned()),
    );
    let counted = key.clone();
    let metadata = (!is_folder).then(|| {
        let key = key.clone();
        let bucket = folder.bucket();
        Resource::new(move || key.clone(), move |key| load(key, bucket.clone()))
    });

    // Where there is no room beside the table the drawer covers it, and the keyboard must come along.
    Effect::new(move |_| {
        if let Some(drawer) = drawer.get()
            && covers_the_page(&drawer)
        {
            let _ = drawer.focus();
        }
    });

    view! {
        <aside
            node_ref=drawer
            class="details"
            tabindex="-1"
            aria-label=format!("Details of {label}")
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    folder.show_details(None);
                }
            }
        >
            <header class="details-head">
                <span class=kind.class()>
                    <Icon name=kind.icon() />
                </span>
                <h2>
                    <bdi>{label.clone()}</bdi>
                </h2>
                <IconButton icon=Name::Close label="Close details" on_press=move |_| folder.show_details(None) />
            </header>
            {match metadata {
                None => Either::Left(view! { <FolderSize prefix=counted /> }),
                Some(metadata) => {
                    let again = Callback::new(move |()| metadata.refetch());
                    Either::Right(view! {
                        <Transition fallback=|| view! { <p class="details-note"><Spinner /> " Loading"</p> }>
                            {move || {
                                let (name, key) = (name.clone(), shown_key.clone());
                                metadata
                                    .get()
                                    .map(|loaded| match loaded {
                                        Ok(metadata) => view! { <Known folder name key metadata on_change=again /> }.into_any(),
                                        Err(failure) => view! { <Unknown failure /> }.into_any(),
                                    })
                            }}
                        </Transition>
                        <VersionsSection key=versions_of folder=in_folder on_change=again />
                    })
                }
            }}
        </aside>
    }
    .into_any()
}

#[component]
fn Unknown(failure: CallError) -> impl IntoView {
    let words = if failure.is_missing() {
        "This file is not here any more.".to_owned()
    } else {
        failure.to_string()
    };
    view! { <Alert severity=Severity::Warning>{words}</Alert> }
}

#[component]
fn Known(
    folder: Folder,
    name: String,
    key: String,
    metadata: ObjectMetadata,
    #[prop(into)] on_change: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let put_on_clipboard = move |text: String, done: &'static str| {
        leptos::task::spawn_local(async move {
            match browser::copy(&text).await {
                Ok(()) => toasts.done(done),
                Err(_) => toasts.error("The browser did not allow copying."),
            }
        });
    };
    let editing = RwSignal::new(false);
    let effects = use_effects();
    let edited = StoredValue::new((key.clone(), metadata.clone()));
    let saved = move |()| {
        let folder = folder
            .listing
            .with_untracked(|listing| listing.prefix().to_owned());
        effects.announce(FileEffect::changed([folder]));
        on_change.run(());
    };
    let (to_save, to_copy, to_run) = (key.clone(), key.clone(), key.clone());
    let for_tools = key.clone();
    let commands = use_storage_address().map(|mut storage| {
        if let Some(bucket) = folder.bucket() {
            storage.bucket = bucket;
        }
        const DONE: &str = "Command copied. It needs your keys for this storage in the environment.";
        let (aws, rclone) = (
            command::aws(&storage, &for_tools),
            command::rclone(&storage, &for_tools),
        );
        view! {
            <MenuItem icon=Name::Terminal on_choose=move |_| put_on_clipboard(aws.clone(), DONE)>
                "aws s3"
            </MenuItem>
            <MenuItem icon=Name::Terminal on_choose=move |_| put_on_clipboard(rclone.clone(), DONE)>
                "rclone"
            </MenuItem>
        }
    });
    let delete_name = name.clone();
    let size = metadata.content_length;
    let exact_size = (size >= 1024).then(|| format!(" ({} bytes)", format::grouped(size)));
    let checksum = metadata.checksum.clone().map(|checksum| {
        let algorithm = serde_json::to_value(checksum.algorithm).ok();
        let algorithm = algorithm
            .as_ref()
            .and_then(|name| name.as_str())
            .unwrap_or_default()
            .to_owned();
        fact(algorithm, view! { <code>{checksum.value}</code> })
    });
    let stored = [
        ("Content encoding", metadata.content_encoding.clone()),
        ("Content language", metadata.content_language.clone()),
        ("Content disposition", metadata.content_disposition.clone()),
        ("Cache control", metadata.cache_control.clone()),
        ("Expires", metadata.expires.clone()),
    ]
    .into_iter()
    .filter_map(|(term, value)| value.map(|value| fact(term, value)))
    .collect_view();
    let own = metadata
        .metadata
        .iter()
        .map(|(name, value)| {
            fact(
                name.clone(),
                view! { <bdi>{format::visible(value).into_owned()}</bdi> },
            )
        })
        .collect_view();

    view! {
        <PreviewPane
            name=name
            key=key.clone()
            content_type=metadata.content_type.clone()
            content_encoding=metadata.content_encoding.clone()
            size
        />
        <div class="details-actions needs-script">
            <Button
                variant=Variant::Primary
                icon=Name::Download
                on_press=move |_| download(Chosen::one(to_save.clone()), toasts)
            >
                "Download"
            </Button>
            <IconButton
                icon=Name::Copy
                label="Copy key"
                on_press=move |_| put_on_clipboard(to_copy.clone(), "Key copied.")
            />
            <button
                type="button"
                class="icon-button"
                popovertarget="command-menu"
                aria-haspopup="menu"
                aria-label="Copy a command"
                title="Copy a command"
            >
                <Icon name=Name::Terminal />
            </button>
            {folder
                .may_write
                .then(|| {
                    view! {
                        <IconButton
                            icon=Name::Pencil
                            label="Edit properties"
                            on_press=move |_| editing.set(true)
                        />
                        <IconButton
                            icon=Name::Trash
                            label="Delete this file"
                            on_press=move |_| {
                                let id = folder.listing.with_untracked(|listing| listing.id_of(&delete_name));
                                folder.overlay.set(id.map(|id| Overlay::Delete(vec![id])));
                            }
                        />
                    }
                })}
        </div>
        <Show when=move || editing.get()>
            {move || {
                let (key, metadata) = edited.get_value();
                view! { <PropertiesDialog key metadata on_close=move |()| editing.set(false) on_saved=saved /> }
            }}
        </Show>
        <Menu id="command-menu" label="Copy a command">
            {commands}
            <MenuItem
                icon=Name::Terminal
                on_choose=move |_| {
                    let origin = window().location().origin().unwrap_or_default();
                    put_on_clipboard(
                        command::curl(&origin, folder.bucket().as_ref(), &to_run),
                        "Command copied. It needs an access token in FOREPEAK_TOKEN.",
                    );
                }
            >
                "curl"
            </MenuItem>
        </Menu>
        <dl class="facts">
            {fact("Size", view! { {format::bytes(size)} {exact_size} })}
            {metadata.last_modified.map(|moment| fact("Modified", view! { <Time moment /> }))}
            {fact("Type", metadata.content_type)}
            {stored}
            {fact("Storage class", format::storage_class(&metadata.storage_class))}
            {checksum}
            {fact("ETag", view! { <code>{metadata.etag}</code> })}
            {metadata.version_id.map(|version| fact("Version", view! { <code>{version}</code> }))}
            {fact("Key", view! { <code><bdi>{format::visible(&key).into_owned()}</bdi></code> })}
            {own}
        </dl>
    }
}

/// How much is in a folder, counted when somebody asks: it may take a while.
#[component]
fn FolderSize(prefix: String) -> impl IntoView {
    let counted = RwSignal::new(None::<Result<Usage, CallError>>);
    let busy = RwSignal::new(false);
    let prefix = StoredValue::new(prefix);
    let count = move |_| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            let Some(prefix) = prefix.try_get_value() else {
                return;
            };
            let usage = async || client::usage(prefix.clone()).await;
            let usage = retry_when_throttled(usage, || ()).await;
            counted.try_set(Some(usage));
            busy.try_set(false);
        });
    };
    view! {
        <p class="details-note">"A folder."</p>
        <div class="needs-script" role="status">
            {move || match counted.get() {
                Some(Ok(usage)) => {
                    let files = usage.objects - usage.folder_markers.min(usage.objects);
                    view! {
                        <dl class="facts">
                            {fact("Size", format::bytes(usage.bytes))}
                            {fact("Files, in all folders inside", format::grouped(files))}
                        </dl>
                    }
                        .into_any()
                }
                Some(Err(failure)) => view! { <Alert severity=Severity::Warning>{failure.to_string()}</Alert> }.into_any(),
                None => ().into_any(),
            }}
        </div>
        <div class="needs-script">
            <Button busy=busy on_press=count>
                {move || if counted.with(Option::is_some) { "Count again" } else { "Count its size" }}
            </Button>
        </div>
    }
}

fn covers_the_page(drawer: &web_sys::HtmlElement) -> bool {
    let style = window().get_computed_style(drawer).ok().flatten();
    style.is_some_and(|style| {
        style
            .get_property_value("position")
            .is_ok_and(|position| position == "fixed")
    })
}

fn fact(term: impl Into<String>, value: impl IntoView) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{term.into()}</dt>
            <dd>{value}</dd>
        </div>
    }
}

#[cfg(feature = "ssr")]
fn load(
    key: String,
    bucket: Option<BucketName>,
) -> impl Future<Output = Result<ObjectMetadata, CallError>> + Send + 'static {
    let port = use_context::<std::sync::Arc<dyn crate::features::files::port::FilePort>>();
    async move {
        let port = port.ok_or(CallError::SignedOut)?;
        port.metadata(key, bucket).await.map_err(CallError::from)
    }
}

#[cfg(not(feature = "ssr"))]
fn load(
    key: String,
    _: Option<BucketName>,
) -> impl Future<Output = Result<ObjectMetadata, CallError>> + Send + 'static {
    crate::rest::detached(async move { client::metadata(key).await })
}
