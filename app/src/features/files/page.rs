//! The file browser: `/files/` and `/files/<path>`.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{
    components::{Breadcrumbs, FilterBox, FolderView, ListFailed},
    folder::Folder,
    model::{address::Address, window::UNMEASURED},
    types::{ListQuery, ObjectPage},
};
use crate::{
    contract::MaxKeys,
    features::auth::{port::Viewer, viewer::use_viewer},
    layout::{Frame, not_found::NotFound},
    navigation::use_go,
    rest::Failure,
    routes,
};

/// The page without a person is only ever seen for a moment: the server redirects to the sign-in page.
#[component]
pub fn FilesPage() -> impl IntoView {
    match use_viewer() {
        Some(viewer) => view! { <Browser viewer /> }.into_any(),
        None => view! {
            <main class="entrance">
                <div class="entrance-card">
                    <h1>"Sign in to see your files"</h1>
                    <a class="button button-primary button-wide" href=routes::sign_in(routes::FILES) rel="external">
                        "Sign in"
                    </a>
                </div>
            </main>
        }
        .into_any(),
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
    let go = use_go();
    let root = StoredValue::new(viewer.prefix.clone());
    let place = Memo::new(move |_| {
        address.with(|address| address.as_ref().map(|a| (a.path.clone(), a.after.clone())))
    });
    let retries = RwSignal::new(0_u32);
    let first_page = Resource::new(
        move || (place.get(), retries.get()),
        move |(place, _)| {
            let (path, after) = place.unwrap_or_default();
            load(root.with_value(|root| format!("{root}{path}")), after)
        },
    );
    // The filter stands in the top bar, outside the folder that it filters; another folder begins without.
    let filter =
        RwSignal::new(address.with_untracked(|a| a.as_ref().map(|a| a.filter.clone()).unwrap_or_default()));
    let opened = move |page: ObjectPage| {
        let path = root.with_value(|root| {
            page.prefix
                .strip_prefix(root.as_str())
                .unwrap_or_default()
                .to_owned()
        });
        // While the next folder loads, the address is already there: this one keeps its own last.
        let own = Memo::new(move |before: Option<&Address>| {
            let now = address.get().filter(|address| address.path == path);
            now.or_else(|| before.cloned())
                .unwrap_or_else(|| Address::default().folder(path.clone()))
        });
        filter.set(own.with_untracked(|own| own.filter.clone()));
        Folder::new(page, own, filter, go)
    };
    // While the next folder is fetched the last one stays on screen, under a moving bar.
    let pending = RwSignal::new(false);
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
            <Frame viewer=viewer.clone() top=move || view! { <FilterBox filter /> }>
                <h1 class="visually-hidden">{title}</h1>
                <Breadcrumbs address />
                <div class="loading-bar" class:loading-bar-on=move || pending.get() aria-hidden="true"></div>
                <Transition set_pending=pending fallback=|| view! { <Skeleton /> }>
                    {move || {
                        first_page
                            .get()
                            .map(|loaded| match loaded {
                                Ok(page) => view! { <FolderView folder=opened(page) /> }.into_any(),
                                Err(failure) => view! { <ListFailed failure retry=move || retries.update(|n| *n += 1) /> }.into_any(),
                            })
                    }}
                </Transition>
            </Frame>
        </Show>
    }
    .into_any()
}

/// Rows to come.
#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-busy="true" aria-label="Loading">
            {(0..8).map(|_| view! { <div class="skeleton-row"></div> }).collect_view()}
        </div>
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
        let answer = super::client::list(first_query(prefix, after)).await?;
        Ok(answer.body)
    })
}
