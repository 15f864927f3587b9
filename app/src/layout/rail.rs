//! The way around: a rail beside the content, or behind a button where there is no room for it.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local, web_sys};
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

use crate::{
    contract::{BucketName, key::team_prefix},
    features::{
        auth::{
            port::{StorageLimit, Viewer, ViewersTeam},
            types::Role,
        },
        files::{client, effects::use_effects, types_stored::QuotaUse},
        jobs::use_jobs,
        uploads::use_uploads,
    },
    format,
    routes::{self, Drive},
    ui::{Icon, Logo, icon::Name},
};

/// Where the list of buckets and their properties are.
const BUCKET_LIST: &str = routes::BUCKETS;
/// The id by which the button opens it.
const RAIL: &str = "rail";

/// On a wide window the stylesheet shows it always; on a narrow one it is a popover, which opens without script.
#[component]
pub fn Rail(viewer: Viewer) -> impl IntoView {
    let pathname = use_location().pathname;
    let jobs = use_jobs();
    // Of the place whose files are shown, elsewhere the person's own.
    let limits = StoredValue::new(viewer.clone());
    let storage = Memo::new(move |_| {
        let shown = pathname.with(|pathname| routes::folder_at(pathname));
        let drive = shown.map(|(drive, _)| drive).unwrap_or_default();
        limits.with_value(|viewer| Some((viewer.storage_of(&drive)?, team_folder(&drive))))
    });
    let link = move |address: &'static str, start: &'static str, icon: Name, words: &'static str| {
        let current = move || {
            pathname
                .with(|pathname| {
                    let is_list = start == BUCKET_LIST;
                    pathname.starts_with(start) && !(is_list && routes::folder_at(pathname).is_some())
                })
                .then_some("page")
        };
        view! {
            <li>
                <a class="rail-link" href=address aria-current=current>
                    <Icon name=icon />
                    <span>{words}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav id=RAIL class="rail" aria-label="Main" popover="auto">
            <a class="brand" href=routes::FILES>
                <Logo />
                <span>"Forepeak"</span>
            </a>
            <ul>
                {link(routes::FILES, "/files", Name::Home, "Home")}
                {(!viewer.teams.is_empty()).then(|| view! { <Teams teams=viewer.teams.clone() /> })}
                <li class="needs-script">
                    <button
                        type="button"
                        class="rail-link"
                        on:click=move |_| {
                            // On a phone the navigation lies over the page.
                            if let Some(rail) = document().get_element_by_id(RAIL)
                                && rail.matches(":popover-open").unwrap_or(false)
                                && let Ok(rail) = rail.dyn_into::<web_sys::HtmlElement>()
                            {
                                let _ = rail.hide_popover();
                            }
                            jobs.show_history();
                        }
                    >
                        <Icon name=Name::Clock />
                        <span>"Recent changes"</span>
                    </button>
                </li>
                {link(routes::BUCKETS, BUCKET_LIST, Name::Archive, "Buckets")}
                {viewer.buckets.into_iter().map(|bucket| view! { <BucketLink bucket /> }).collect_view()}
                {link(routes::PROFILE, routes::SETTINGS, Name::Settings, "Settings")}
                {(viewer.role == Role::Admin).then(|| link(routes::USERS, routes::ADMIN, Name::Users, "Admin"))}
            </ul>
            {move || storage.get().map(|(storage, team)| view! { <Storage storage team /> })}
        </nav>
    }
}

/// The folders that the person shares.
#[component]
fn Teams(teams: Vec<ViewersTeam>) -> impl IntoView {
    let pathname = use_location().pathname;
    let links = teams.into_iter().map(|team| {
        let drive = Drive::Team(team.id);
        let address = routes::folder(&drive, "");
        let current = move || {
            let shown = pathname.with(|pathname| routes::folder_at(pathname));
            shown.is_some_and(|(shown, _)| shown == drive).then_some("page")
        };
        view! {
            <li>
                <a class="rail-link" href=address aria-current=current>
                    <Icon name=Name::Users />
                    <span class="rail-team">
                        <bdi>{format::visible(&team.name).into_owned()}</bdi>
                    </span>
                </a>
            </li>
        }
    });
    view! {
        <li class="rail-group">
            <p id="rail-teams" class="rail-heading">"Teams"</p>
            <ul aria-labelledby="rail-teams">{links.collect_view()}</ul>
        </li>
    }
}

/// Below the link to the list. Another bucket is another document.
#[component]
fn BucketLink(bucket: BucketName) -> impl IntoView {
    let pathname = use_location().pathname;
    let name = bucket.to_string();
    let drive = Drive::Bucket(bucket);
    let address = routes::folder(&drive, "");
    let current = move || {
        let shown = pathname.with(|pathname| routes::folder_at(pathname));
        shown.is_some_and(|(shown, _)| shown == drive).then_some("page")
    };
    view! {
        <li>
            <a class="rail-link rail-link-below" href=address aria-current=current rel="external">
                <span>{name}</span>
            </a>
        </li>
    }
}

/// `1.2 GiB of 5.0 GiB used`
#[component]
fn Storage(
    storage: StorageLimit,
    /// The folder of the team whose storage it is; the person's own unless given.
    team: Option<String>,
) -> impl IntoView {
    let storage = RwSignal::new(storage);
    keep_up_to_date(storage, team);
    view! {
        <p class="rail-storage">
            {move || {
                let StorageLimit { used_bytes, quota_bytes } = storage.get();
                format!("{} of {} used", format::bytes(used_bytes), format::bytes(quota_bytes))
            }}
        </p>
    }
}

/// A folder that has a quota of its own.
fn team_folder(drive: &Drive) -> Option<String> {
    match drive {
        Drive::Team(id) => Some(team_prefix(*id)),
        Drive::Home | Drive::Bucket(_) => None,
    }
}

/// Asks again after uploads, jobs and other changes, once for those that come together.
fn keep_up_to_date(storage: RwSignal<StorageLimit>, team: Option<String>) {
    const TOGETHER: Duration = Duration::from_secs(1);
    let (jobs, uploads, effects) = (use_jobs().others(), use_uploads().arrived(), use_effects());
    let is_waiting = StoredValue::new(false);
    Effect::new(move |before: Option<()>| {
        jobs.track();
        uploads.track();
        effects.track();
        if before.is_none() || is_waiting.get_value() {
            return;
        }
        is_waiting.set_value(true);
        let team = team.clone();
        set_timeout(
            move || {
                is_waiting.try_set_value(false);
                let team = team.clone();
                spawn_local(async move {
                    if let Ok(QuotaUse {
                        quota_bytes: Some(quota_bytes),
                        quota_used_bytes: Some(used_bytes),
                    }) = client::quota(team).await
                    {
                        storage.try_set(StorageLimit {
                            used_bytes,
                            quota_bytes,
                        });
                    }
                });
            },
            TOGETHER,
        );
    });
}

/// Opens the rail where it is hidden.
#[component]
pub fn RailButton() -> impl IntoView {
    view! {
        <button type="button" class="icon-button rail-button" popovertarget=RAIL aria-label="Menu" title="Menu">
            <Icon name=Name::Menu />
        </button>
    }
}
