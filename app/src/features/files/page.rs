//! The file browser: `/files/<path>` and `/teams/<uuid>/<path>`.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

use super::{
    chunks,
    components::{Breadcrumbs, FolderView, ListFailed, SearchBox},
    folder::Folder,
    model::{
        address::{Address, Past},
        filters::Filters,
        window::UNMEASURED,
    },
    types::{ListQuery, ObjectPage, SearchPage, SearchQuery},
};
use crate::{
    contract::{BucketName, MaxKeys},
    features::auth::{port::Viewer, viewer::use_viewer},
    layout::{Frame, not_found::NotFound, page_title::PageTitle},
    navigation::use_navigator,
    rest::CallError,
    routes::{self, Drive},
};

/// The page without a person is only ever seen for a moment: the server redirects to the sign-in page.
#[component]
pub fn FilesPage() -> impl IntoView {
    // Nothing is read for an address that names no folder.
    let is_folder = use_location()
        .pathname
        .with_untracked(|pathname| routes::folder_at(pathname).is_some());
    match use_viewer() {
        Some(_) if !is_folder => view! { <NotFound /> }.into_any(),
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
    let go = use_navigator();
    let person = StoredValue::new(viewer.clone());
    let root = move |drive: &Drive| person.with_value(|viewer| viewer.prefix_of(drive));
    let top = move |drive: &Drive| person.with_value(|viewer| viewer.name_of(drive));
    let place = Memo::new(move |_| {
        address.with(|address| {
            let address = address.as_ref()?;
            Some(Place {
                drive: address.drive.clone(),
                path: address.path.clone(),
                search: address.search.clone(),
                filters: address.filters,
                past: address.past,
                after: address.after.clone(),
            })
        })
    });
    let retries = RwSignal::new(0_u32);
    let first_page = Resource::new(
        move || (place.get(), retries.get()),
        move |(place, _)| {
            let place = place.unwrap_or_default();
            load(root(&place.drive), place)
        },
    );
    // The box stands in the top bar, outside the folder that it filters; another folder begins without.
    let typed = RwSignal::new(address.with_untracked(|a| a.as_ref().map(Address::typed).unwrap_or_default()));
    let found = move |place: Place| {
        let seen = address.get_untracked().unwrap_or_default();
        let address = Address {
            drive: place.drive,
            search: place.search,
            filters: place.filters,
            past: place.past,
            after: place.after,
            ..seen.folder(place.path)
        };
        typed.set(address.typed());
        address
    };
    let opened = move |page: ObjectPage| {
        // Another bucket is another document.
        let bucket = address.with_untracked(|address| address.as_ref()?.drive.bucket().cloned());
        let (drive, path) = person.with_value(|viewer| viewer.place_of(bucket.as_ref(), &page.prefix));
        // While the next folder loads, the address is already there: this one keeps its own last.
        let own = Memo::new(move |before: Option<&Address>| {
            let now = address.get().filter(|address| {
                let is_here = address.drive == drive && address.path == path;
                is_here && address.search.is_none() && address.past.is_none()
            });
            now.or_else(|| before.cloned()).unwrap_or_else(|| Address {
                drive: drive.clone(),
                path: path.clone(),
                ..Address::default()
            })
        });
        typed.set(own.with_untracked(Address::typed));
        Folder::new(page, own, typed, go)
    };
    // While the next folder is fetched the last one stays on screen, under a moving bar.
    let pending = RwSignal::new(false);
    let title = move || {
        address.with(|address| match address {
            None => "Files".to_owned(),
            Some(Address {
                search: Some(search), ..
            }) => format!("Search: {search}"),
            Some(address) if address.past == Some(Past::Deleted) => {
                format!("Deleted in {}", address.title(&top(&address.drive)))
            }
            Some(address) if address.past.is_some() => {
                format!("{} as it was", address.title(&top(&address.drive)))
            }
            Some(address) if address.drive == Drive::Home && address.path.is_empty() => "Files".to_owned(),
            Some(address) => address.title(&top(&address.drive)),
        })
    };

    view! {
        <PageTitle text=title />
        <Show when=move || address.with(Option::is_some) fallback=NotFound>
            <Frame viewer=viewer.clone() top=move || view! { <SearchBox address text=typed /> }>
                <h1 class="visually-hidden">{title}</h1>
                <Breadcrumbs address />
                <div class="loading-bar" class:loading-bar-on=move || pending.get() aria-hidden="true"></div>
                <Loading pending>
                    {move || {
                        first_page
                            .get()
                            .map(|loaded| match loaded {
                                Ok(Loaded::Folder(page)) => view! { <FolderView folder=opened(page) /> }.into_any(),
                                Ok(Loaded::Past(at)) => {
                                    let past = at.past.unwrap_or(Past::Deleted);
                                    let at = found(at);
                                    chunks::PAST.view(move |draw| draw(at.clone(), past, root(&at.drive)))
                                }
                                Ok(Loaded::Found(page, at)) => {
                                    let at = found(at);
                                    chunks::RESULTS.view(move |draw| draw(page.clone(), at.clone(), root(&at.drive)))
                                }
                                Err(failure) => view! { <ListFailed failure retry=move || retries.update(|n| *n += 1) /> }.into_any(),
                            })
                    }}
                </Loading>
            </Frame>
        </Show>
    }
    .into_any()
}

/// Shows rows to come before the first content, and the last content while the next is loaded. `pending` says
/// when that is.
#[component]
fn Loading<C>(pending: RwSignal<bool>, children: TypedChildren<C>) -> impl IntoView
where
    C: IntoView + Send + 'static,
{
    let transition = TransitionProps::builder()
        .fallback(|| view! { <Skeleton /> })
        .children(children);
    // Not on the server: there a task of its own would write the signal while the page is rendered, and reading a
    // signal that is being written panics.
    #[cfg(not(feature = "ssr"))]
    let transition = transition.set_pending(pending);
    #[cfg(feature = "ssr")]
    let _ = pending;
    Transition(transition.build())
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

/// The part of an address that decides what is loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    drive: Drive,
    path: String,
    search: Option<String>,
    filters: Filters,
    past: Option<Past>,
    after: Option<String>,
}

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Loaded {
    Folder(ObjectPage),
    Found(SearchPage, Place),
    /// Read once the page lives: it can only be looked at to be restored.
    Past(Place),
}

/// A first page small enough to be part of the document; more is fetched in full pages.
fn first_query(bucket: Option<BucketName>, prefix: String, after: Option<String>) -> ListQuery {
    ListQuery {
        prefix: Some(prefix),
        continuation_token: after,
        max_keys: u32::try_from(UNMEASURED)
            .ok()
            .and_then(|n| MaxKeys::try_from(n).ok()),
        recursive: None,
        bucket,
    }
}

/// The first results, small enough too.
fn first_search(prefix: String, query: String, place: &Place) -> SearchQuery {
    place.filters.apply(SearchQuery {
        query,
        prefix: Some(prefix),
        continuation_token: place.after.clone(),
        max_keys: Some(MaxKeys::default()),
        bucket: place.drive.bucket().cloned(),
        ..SearchQuery::default()
    })
}

/// On the server through the port that it lends, which is the same use case that REST reaches.
#[cfg(feature = "ssr")]
fn load(root: String, place: Place) -> impl Future<Output = Result<Loaded, CallError>> + Send + 'static {
    let port = use_context::<std::sync::Arc<dyn super::port::FilePort>>();
    async move {
        let port = port.ok_or(CallError::SignedOut)?;
        if place.past.is_some() {
            return Ok(Loaded::Past(place));
        }
        let prefix = format!("{root}{}", place.path);
        let loaded = match place.search.clone() {
            None => port
                .list(first_query(place.drive.bucket().cloned(), prefix, place.after))
                .await
                .map(Loaded::Folder),
            Some(query) => port
                .search(first_search(prefix, query, &place))
                .await
                .map(|page| Loaded::Found(page, place)),
        };
        loaded.map_err(CallError::from)
    }
}

#[cfg(not(feature = "ssr"))]
fn load(root: String, place: Place) -> impl Future<Output = Result<Loaded, CallError>> + Send + 'static {
    crate::rest::detached(async move {
        if place.past.is_some() {
            return Ok(Loaded::Past(place));
        }
        let prefix = format!("{root}{}", place.path);
        match place.search.clone() {
            None => {
                let answer =
                    super::client::list(&first_query(place.drive.bucket().cloned(), prefix, place.after))
                        .await?;
                Ok(Loaded::Folder(answer.body))
            }
            Some(query) => {
                let query = first_search(prefix, query, &place);
                let answer = super::client::search(&query).await?;
                Ok(Loaded::Found(answer.body, place))
            }
        }
    })
}
