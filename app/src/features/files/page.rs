//! The file browser: `/files/` and `/files/<path>`.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{
    components::{Breadcrumbs, FolderView, ListFailed},
    model::{address::Address, window::UNMEASURED},
    types::{ListQuery, ObjectPage},
};
use crate::{
    contract::MaxKeys,
    features::auth::{port::Viewer, viewer::use_viewer},
    layout::{Frame, not_found::NotFound},
    rest::Failure,
    routes,
};

/// The page without a person is only ever seen for a moment: the server redirects to the sign-in page.
#[component]
pub fn FilesPage() -> impl IntoView {
    match use_viewer() {
        Some(viewer) => Either::Left(view! { <Browser viewer /> }),
        None => Either::Right(view! {
            <main class="entrance">
                <div class="entrance-card">
                    <h1>"Sign in to see your files"</h1>
                    <a class="button button-primary button-wide" href=routes::sign_in(routes::FILES) rel="external">
                        "Sign in"
                    </a>
                </div>
            </main>
        }),
    }
}

#[component]
fn Browser(viewer: Viewer) -> impl IntoView {
    let location = use_location();
    let address = Memo::new(move |_| {
        location.search.with(|search| {
            location
                .pathname
                .with(|pathname| Address::parse(pathname, search))
        })
    });
    let root = StoredValue::new(viewer.prefix.clone());
    let folder = Memo::new(move |_| {
        address.with(|address| address.as_ref().map(|a| (a.path.clone(), a.after.clone())))
    });
    let reload = RwSignal::new(0_u32);
    let first_page = Resource::new(
        move || (folder.get(), reload.get()),
        move |(folder, _)| {
            let (path, after) = folder.unwrap_or_default();
            load(root.with_value(|root| format!("{root}{path}")), after)
        },
    );
    let title = move || {
        address.with(|address| {
            let crumbs = address.as_ref().map(Address::crumbs).unwrap_or_default();
            crumbs
                .last()
                .map_or_else(|| "Files".to_owned(), |(name, _)| name.clone())
        })
    };

    view! {
        <Title text=title />
        <Show when=move || address.with(Option::is_some) fallback=NotFound>
            <Frame viewer=viewer.clone() top=move || view! { <div class="top-fill"></div> }>
                <Breadcrumbs address />
                <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>
                    {move || {
                        first_page.get().map(|loaded| match loaded {
                            Ok(page) => Either::Left(view! { <FolderView page address /> }),
                            Err(failure) => Either::Right(view! {
                                <ListFailed failure retry=move || reload.update(|n| *n += 1) />
                            }),
                        })
                    }}
                </Transition>
            </Frame>
        </Show>
    }
}

/// A first page small enough to be part of the document; more is fetched in full pages.
fn first_query(prefix: String, after: Option<String>) -> ListQuery {
    ListQuery {
        prefix: Some(prefix),
        continuation_token: after,
        max_keys: u32::try_from(UNMEASURED)
            .ok()
            .and_then(|n| MaxKeys::try_from(n).ok()),
        recursive: None,
        bucket: None,
    }
}

/// On the server through the port that it lends, which is the same use case that REST reaches.
#[cfg(feature = "ssr")]
fn load(
    prefix: String,
    after: Option<String>,
) -> impl Future<Output = Result<ObjectPage, Failure>> + Send + 'static {
    let port = use_context::<std::sync::Arc<dyn super::port::FilePort>>();
    async move {
        let port = port.ok_or(Failure::SignedOut)?;
        port.list(first_query(prefix, after))
            .await
            .map_err(Failure::Refused)
    }
}

#[cfg(not(feature = "ssr"))]
fn load(
    prefix: String,
    after: Option<String>,
) -> impl Future<Output = Result<ObjectPage, Failure>> + Send + 'static {
    crate::rest::detached(async move {
        let answer = super::client::list(first_query(prefix, after), None).await?;
        Ok(answer.body)
    })
}
