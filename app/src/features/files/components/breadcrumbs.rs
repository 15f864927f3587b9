//! Where one is, and the way up.

use leptos::prelude::*;

use crate::{
    features::{
        auth::viewer::use_viewer,
        files::model::{address::Address, entry::label_of},
    },
    format,
    ui::{Icon, icon::Name},
};

#[component]
pub fn Breadcrumbs(#[prop(into)] address: Signal<Option<Address>>) -> impl IntoView {
    let viewer = use_viewer();
    let crumbs = Memo::new(move |_| {
        let address = address.get().unwrap_or_default();
        let top = viewer
            .as_ref()
            .map(|viewer| viewer.name_of(&address.drive))
            .unwrap_or_default();
        let top = (format::visible(&top).into_owned(), address.folder("").href());
        let below = address
            .crumbs()
            .into_iter()
            .map(|(name, path)| (label_of(&name).into_owned(), address.folder(path).href()));
        std::iter::once(top).chain(below).collect::<Vec<_>>()
    });
    view! {
        <nav class="crumbs" aria-label="Breadcrumbs">
            <ol>
                {move || {
                    let crumbs = crumbs.get();
                    let last = crumbs.len() - 1;
                    crumbs
                        .into_iter()
                        .enumerate()
                        .map(|(i, (name, href))| {
                            view! {
                                <li>
                                    {(i > 0).then(|| view! { <Icon name=Name::ChevronRight /> })}
                                    <a href=href aria-current=(i == last).then_some("page")>
                                        <bdi>{name}</bdi>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ol>
        </nav>
    }
}
