//! What a search found, each with the way to it.

use leptos::{either::Either, prelude::*, web_sys};
use wasm_bindgen::JsCast;

use super::{
    clock::{Time, provide_clock},
    search_filters::SearchFilters,
};
use crate::{
    browser,
    features::{
        auth::viewer::{drive_name, may_write},
        files::{
            model::{
                address::Address,
                hit::Hit,
                kind::FileKind,
                words::{Stretch, Words},
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
    let words_wanted = StoredValue::new(search.words());
    let place = address.title(&drive_name(&address.drive));
    let may_write = may_write(&address.drive);
    let heading = format!("Results for “{words}” in “{place}”");
    let back = address.folder(address.path.clone()).href();
    let group = move |is_by_name| {
        let hits = move || {
            search.hits.with(|hits| {
                hits.iter()
                    .filter(|hit| hit.is_by_name == is_by_name)
                    .cloned()
                    .collect::<Vec<_>>()
            })
        };
        view! {
            <ol>
                <For each=hits key=|hit| hit.entry.key.clone() let:hit>
                    <HitRow hit words=words_wanted address=search.address />
                </For>
            </ol>
        }
    };
    let some = move |is_by_name| {
        Memo::new(move |_| {
            search
                .hits
                .with(|hits| hits.iter().any(|hit| hit.is_by_name == is_by_name))
        })
    };
    let (some_by_name, some_by_path) = (some(true), some(false));

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
            <SearchFilters address=address.clone() />
            {move || {
                if nothing.get() {
                    Either::Left(view! { <Nothing address=search.address.get_value() /> })
                } else {
                    Either::Right(
                        view! {
                            <div class="hits" on:keydown=move_focus>
                                <Show when=move || some_by_name.get()>
                                    <Show when=move || some_by_path.get()>
                                        <h3>"In the name"</h3>
                                    </Show>
                                    {group(true)}
                                </Show>
                                <Show when=move || some_by_path.get()>
                                    <h3>"In the path"</h3>
                                    {group(false)}
                                </Show>
                            </div>
                        },
                    )
                }
            }}
            {may_write.then(|| view! { <DropZone target=search.upload_target() name=Signal::stored(place) /> })}
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
fn HitRow(hit: Hit, words: StoredValue<Words>, address: StoredValue<Address>) -> impl IntoView {
    let kind = FileKind::of_name(hit.name());
    let (href, folder_href) =
        address.with_value(|from| (hit.href(from), from.folder(hit.folder.clone()).href()));
    let top = address.with_value(|address| drive_name(&address.drive));
    let folder = match hit.folder.trim_end_matches('/') {
        "" => format::visible(&top).into_owned(),
        path => format::visible(&format!("{top}/{path}")).replace('/', " / "),
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
                    <bdi>{words.with_value(|words| highlighted(&hit.label(), words))}</bdi>
                </a>
                <a class="hit-folder" href=folder_href title=folder.clone()>
                    <span class="visually-hidden">"in "</span>
                    <bdi>{words.with_value(|words| highlighted(&folder, words))}</bdi>
                </a>
            </div>
            <p class="hit-facts">
                {size.map(|size| view! { <span>{size}</span> })}
                {entry.last_modified.map(|moment| view! { <Time moment /> })}
            </p>
        </li>
    }
}

fn highlighted(text: &str, words: &Words) -> impl IntoView + use<> {
    let marked = words.marked(text).into_iter();
    let stretches = marked.map(|Stretch { text, is_found }| {
        let text = text.to_owned();
        if is_found {
            Either::Left(view! { <mark>{text}</mark> })
        } else {
            Either::Right(text)
        }
    });
    stretches.collect_view()
}

#[component]
fn Nothing(address: Address) -> impl IntoView {
    let words = address.search.clone().unwrap_or_default();
    let everywhere = (!address.path.is_empty()).then(|| address.folder("").search(words.clone()).href());
    let text = match (address.filters.is_empty(), everywhere.is_some()) {
        (false, _) => "Nothing that has these words passes the filters.".to_owned(),
        (true, true) => format!(
            "Nothing in “{}”, nor in the folders inside it, has all of this in its name or path.",
            address.title(&drive_name(&address.drive))
        ),
        (true, false) => {
            "No file or folder has all of this in its name or path. Capitals make no difference.".to_owned()
        }
    };
    view! {
        <div class="state">
            <div class="state-icon">
                <Icon name=Name::Search />
            </div>
            <h2>
                <Sentence text=format!("Nothing found for “{words}”") />
            </h2>
            <p>
                <Sentence text=text />
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
