//! A folder with nothing to show, and what to do about it.

use leptos::{either::Either, prelude::*};

use crate::{
    features::files::folder::{Folder, LoadState},
    format,
    ui::{Button, Icon, Spinner, icon::Name},
};

#[component]
pub fn Empty(folder: Folder) -> impl IntoView {
    let filtered = Memo::new(move |_| folder.filter.with(|filter| !filter.is_empty()));
    view! {
        <div class="state">
            {move || {
                if filtered.get() {
                    let still_coming = folder.load_state.get() != LoadState::Complete;
                    Either::Left(view! {
                        <div class="state-icon">
                            <Icon name=Name::Filter />
                        </div>
                        <h2>
                            "No name contains “" <bdi>{move || format::visible(&folder.filter.get()).into_owned()}</bdi> "”"
                        </h2>
                        <p>
                            {if still_coming {
                                Either::Left(view! { <Spinner /> " The rest of the folder is still loading." })
                            } else {
                                Either::Right("So far only this folder was looked at, not the folders inside it.")
                            }}
                        </p>
                        {move || {
                            folder
                                .search_href()
                                .map(|href| {
                                    view! {
                                        <a class="button button-primary" href=href>
                                            <Icon name=Name::Search />
                                            <span>"Search inside folders"</span>
                                        </a>
                                    }
                                })
                        }}
                        <Button icon=Name::Close on_press=move |_| folder.filter.set(String::new())>
                            "Clear the filter"
                        </Button>
                    })
                } else {
                    Either::Right(view! {
                        <div class="state-icon">
                            <Icon name=Name::Upload />
                        </div>
                        <h2>"Nothing here yet"</h2>
                        {folder
                            .may_write
                            .then(|| {
                                view! {
                                    <p>
                                        "Drop files or whole folders anywhere on this page, or use the buttons above."
                                    </p>
                                }
                            })}
                    })
                }
            }}
        </div>
    }
}
