//! The heads of the columns: what they hold, and how the rows are sorted.

use leptos::prelude::*;

use crate::{
    features::files::{folder::Folder, model::sort::Column},
    ui::{Icon, icon::Name},
};

const COLUMNS: [(Column, &str, &str); 4] = [
    (Column::Name, "Name", "cell-name"),
    (Column::Size, "Size", "cell-size"),
    (Column::Modified, "Modified", "cell-modified"),
    (Column::StorageClass, "Storage class", "cell-class"),
];

#[component]
pub fn TableHead(folder: Folder) -> impl IntoView {
    let all_selected = Memo::new(move |_| {
        folder
            .listing
            .with(|listing| folder.selection.with(|selection| selection.covers(listing)))
    });
    view! {
        <div class="table-head" role="rowgroup">
            <div class="row row-head" role="row" aria-rowindex="1">
                <div class="cell-check" role="columnheader">
                    <input
                        type="checkbox"
                        class="check needs-script"
                        tabindex="-1"
                        aria-label="Select all"
                        prop:checked=move || all_selected.get()
                        on:change=move |_| {
                            folder
                                .listing
                                .with_untracked(|listing| {
                                    folder
                                        .selection
                                        .update(|selection| {
                                            if selection.covers(listing) {
                                                selection.clear();
                                            } else {
                                                selection.select_all(listing);
                                            }
                                        });
                                });
                        }
                    />
                </div>
                {COLUMNS
                    .map(|(column, label, class)| {
                        let sorted = move || Some(folder.sort()).filter(|sort| sort.column == column);
                        view! {
                            <div
                                class=class
                                role="columnheader"
                                aria-sort=move || {
                                    sorted().map(|sort| if sort.descending { "descending" } else { "ascending" })
                                }
                            >
                                <button
                                    type="button"
                                    class="sort"
                                    class:sorted=move || sorted().is_some()
                                    on:click=move |_| folder.press_column(column)
                                >
                                    {label}
                                    {move || {
                                        sorted()
                                            .map(|sort| {
                                                let name = if sort.descending { Name::ArrowDown } else { Name::ArrowUp };
                                                view! { <Icon name /> }
                                            })
                                    }}
                                </button>
                            </div>
                        }
                    })
                    .into_iter()
                    .collect_view()}
                <div class="cell-more" role="columnheader">
                    <span class="visually-hidden">"Actions"</span>
                </div>
            </div>
        </div>
    }
}
