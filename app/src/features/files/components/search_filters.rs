//! What the results of a search are narrowed to: a form of plain controls, so that it works without script.

use leptos::{ev, html, prelude::*, web_sys};

use crate::{
    features::files::{
        model::{
            address::Address,
            filters::{FROM, Filters, KIND, SIZE, SizeRange, TO},
        },
        types::EntryKind,
    },
    navigation::use_navigator,
    routes::{self, Query},
    ui::{Button, Field},
};

#[component]
pub fn SearchFilters(
    /// The results that are on show.
    address: Address,
) -> impl IntoView {
    let go = use_navigator();
    let form = NodeRef::<html::Form>::new();
    let action = routes::folder(&address.drive, &address.path);
    let words = address.search.clone();
    let Filters { kind, size, from, to } = address.filters;
    let is_filtered = !address.filters.is_empty();
    let clear = is_filtered.then(|| address.unfiltered().href());
    let submit = move |event: ev::SubmitEvent| {
        let chosen = form
            .get_untracked()
            .and_then(|form| web_sys::FormData::new_with_form(&form).ok());
        let Some(chosen) = chosen else { return };
        event.prevent_default();
        let query = [KIND, SIZE, FROM, TO]
            .into_iter()
            .fold(Query::default(), |query, name| {
                query.with(name, chosen.get(name).as_string().unwrap_or_default())
            });
        let narrowed = Address {
            filters: Filters::parse(&query),
            ..address.unfiltered()
        };
        go.to(narrowed.href());
    };
    view! {
        <details class="search-filters" open=is_filtered>
            <summary>"Filters"</summary>
            <form node_ref=form class="filters" method="get" action=action on:submit=submit>
                <input type="hidden" name="search" value=words />
                <Field id="filter-kind" label="Kind">
                    <Choice
                        name=KIND
                        every="Everything"
                        chosen=kind.map(EntryKind::text)
                        choices=EntryKind::ALL.map(|kind| (kind.text(), kind.label())).to_vec()
                    />
                </Field>
                <Field id="filter-size" label="Size">
                    <Choice
                        name=SIZE
                        every="Any size"
                        chosen=size.map(SizeRange::text)
                        choices=SizeRange::ALL.map(|size| (size.text(), size.label())).to_vec()
                    />
                </Field>
                <Field id="filter-from" label="Changed from (UTC)">
                    <input id="filter-from" class="input" type="date" name=FROM value=from.map(|day| day.to_string()) />
                </Field>
                <Field id="filter-to" label="Changed to (UTC)">
                    <input id="filter-to" class="input" type="date" name=TO value=to.map(|day| day.to_string()) />
                </Field>
                <Button submit=true>"Filter"</Button>
                {clear
                    .map(|href| {
                        view! {
                            <a class="button button-quiet" href=href>
                                "Without filters"
                            </a>
                        }
                    })}
            </form>
        </details>
    }
}

/// One of a few: `(value, words)`.
#[component]
fn Choice(
    name: &'static str,
    /// The words of no choice at all.
    every: &'static str,
    chosen: Option<&'static str>,
    choices: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let chosen = chosen.unwrap_or_default();
    let choices = [("", every)].into_iter().chain(choices).map(|(value, words)| {
        view! {
            <option value=value selected=value == chosen>
                {words}
            </option>
        }
    });
    view! {
        <select id=format!("filter-{name}") class="input select" name=name>
            {choices.collect_view()}
        </select>
    }
}
