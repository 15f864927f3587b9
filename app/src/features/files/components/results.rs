//! What a search found, each with the way to it.

use leptos::{either::Either, prelude::*, web_sys};
use wasm_bindgen::JsCast;

use super::clock::{Time, provide_clock};
use crate::{
    browser,
    features::{
        files::{
            model::{
                address::Address,
                hit::{Hit, Marked, marked},
                kind::FileKind,
            },
            search::{Progress, Search},
        },
        uploads::DropZone,
    },
    format,
    ui::{Button, Icon, Sentence, Spinner, Variant, icon::Name},
};

#[component]
pub fn Results(search: Search) -> impl IntoView {
    provide_clock();
    search.live();
    let address = search.address.get_value();
    let words = address.search.clone().unwrap_or_default();
    let none = Memo::new(move |_| search.hits.with(Vec::is_empty));
    let nothing = Memo::new(move |_| none.get() && search.progress.get() == Progress::Complete);
    let wanted = StoredValue::new(search.wanted());
    let place = address.title();
    let heading = format!("Results for “{words}” in “{place}”");
    let back = address.folder(address.path.clone()).href();

    view! {
        <section class="results" aria-labelledby="results-heading">
            <header class="toolbar">
                <div class="results-head">
                    <h2 id="results-heading">
                        <Sentence text=heading />
                    </h2>
                    <p class="toolbar-count" role="status">
                        <State search />
                    </p>
                </div>
                <a class="button" href=back>
                    <Icon name=Name::Close />
                    <span>"Close the search"</span>
                </a>
            </header>
            {move || {
                if nothing.get() {
                    Either::Left(view! { <Nothing address=search.address.get_value() /> })
                } else {
                    Either::Right(
                        view! {
                            <ol class="hits" on:keydown=move_focus>
                                <For each=move || search.hits.get() key=|hit| hit.entry.key.clone() let:hit>
                                    <HitRow hit wanted address=search.address />
                                </For>
                            </ol>
                        },
                    )
                }
            }}
            <DropZone target=search.upload_target() name=Signal::stored(place) />
            {search
                .next_page_href()
                .map(|href| {
                    view! {
                        <noscript>
                            <p class="next-page">
                                <a class="button" href=href>
                                    "Look further"
                                </a>
                            </p>
                        </noscript>
                    }
                })}
        </section>
    }
    .into_any()
}

/// How many there are, and what goes on.
#[component]
fn State(search: Search) -> impl IntoView {
    move || {
        let found = search
            .hits
            .with(|hits| format::count(hits.len() as u64, "result", "results"));
        match search.progress.get() {
            Progress::Complete => view! { <span>{found}</span> }.into_any(),
            progress @ (Progress::Looking | Progress::Waiting) => {
                let doing = match progress {
                    Progress::Waiting => " so far, going on in a moment",
                    _ => " so far, still looking",
                };
                view! {
                    <span class="toolbar-more">
                        <Spinner />
                        {found}
                        {doing}
                    </span>
                    <Button variant=Variant::Quiet on_press=move |_| search.stop()>
                        "Stop"
                    </Button>
                }
                .into_any()
            }
            Progress::Resting => view! {
                <span>{found} " so far"</span>
                <span class="needs-script">
                    <Button variant=Variant::Quiet icon=Name::Search on_press=move |_| search.show_more()>
                        "Look further"
                    </Button>
                </span>
            }
            .into_any(),
            Progress::Failed(failure) => view! {
                <span class="toolbar-more toolbar-stopped">{format!("{found} so far. {failure}")}</span>
                <Button variant=Variant::Quiet icon=Name::Refresh on_press=move |_| search.show_more()>
                    "Look further"
                </Button>
            }
            .into_any(),
        }
    }
}

#[component]
fn HitRow(hit: Hit, wanted: StoredValue<String>, address: StoredValue<Address>) -> impl IntoView {
    let kind = FileKind::of_name(hit.name());
    let (href, folder_href) =
        address.with_value(|from| (hit.href(from), from.folder(hit.folder.clone()).href()));
    let folder = match hit.folder.trim_end_matches('/') {
        "" => "Home".to_owned(),
        path => format::visible(&format!("Home/{path}")).replace('/', " / "),
    };
    let entry = hit.entry.clone();
    let size = (!entry.is_folder).then(|| format::bytes(entry.size));
    view! {
        <li class="hit">
            <span class=kind.class()>
                <Icon name=kind.icon() />
            </span>
            <div class="hit-text">
                <a class="name hit-name" href=href title=hit.label().into_owned()>
                    <bdi>{wanted.with_value(|wanted| highlighted(&hit.label(), wanted))}</bdi>
                </a>
                <a class="hit-folder" href=folder_href title=folder.clone()>
                    <span class="visually-hidden">"in "</span>
                    <bdi>{wanted.with_value(|wanted| highlighted(&folder, wanted))}</bdi>
                </a>
            </div>
            <p class="hit-facts">
                {size.map(|size| view! { <span>{size}</span> })}
                {entry.last_modified.map(|moment| view! { <Time moment /> })}
            </p>
        </li>
    }
}

fn highlighted(text: &str, wanted: &str) -> impl IntoView + use<> {
    let Marked { before, found, after } = marked(text, wanted);
    // The server renders an empty text as a space.
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    view! {
        {text(before)}
        {text(found).map(|found| view! { <mark>{found}</mark> })}
        {text(after)}
    }
}

#[component]
fn Nothing(address: Address) -> impl IntoView {
    let words = address.search.clone().unwrap_or_default();
    let everywhere = (!address.path.is_empty()).then(|| address.folder("").search(words.clone()).href());
    view! {
        <div class="state">
            <div class="state-icon">
                <Icon name=Name::Search />
            </div>
            <h2>
                <Sentence text=format!("Nothing found for “{words}”") />
            </h2>
            <p>
                <Sentence text=if everywhere.is_some() {
                    format!("No name in “{}”, nor in the folders inside it, contains this.", address.title())
                } else {
                    "No name of a file or folder contains this. Capitals make no difference.".to_owned()
                } />
            </p>
            {everywhere
                .map(|href| {
                    view! {
                        <a class="button button-primary" href=href>
                            "Search everywhere"
                        </a>
                    }
                })}
        </div>
    }
}

/// Arrows lead from name to name.
fn move_focus(event: web_sys::KeyboardEvent) {
    let step: fn(usize, usize) -> usize = match event.key().as_str() {
        "ArrowDown" => |at, last| (at + 1).min(last),
        "ArrowUp" => |at, _| at.saturating_sub(1),
        "Home" => |_, _| 0,
        "End" => |_, last| last,
        _ => return,
    };
    let Some(row) = browser::closest(&event, ".hit") else {
        return;
    };
    let Ok(names) = document().query_selector_all(".hit-name") else {
        return;
    };
    let own = row.query_selector(".hit-name").ok().flatten();
    let is_own = |i: &u32| {
        own.as_ref()
            .is_some_and(|own| own.is_same_node(names.item(*i).as_ref()))
    };
    let at = (0..names.length()).find(is_own);
    let (Some(at), Some(last)) = (at, names.length().checked_sub(1)) else {
        return;
    };
    let next = step(at as usize, last as usize);
    let next = u32::try_from(next).ok().and_then(|next| names.item(next));
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        let _ = next.focus();
    }
}
