//! One folder's content.

use leptos::prelude::*;

use crate::{
    features::files::{
        model::{address::Address, listing::Listing},
        types::ObjectPage,
    },
    format, routes,
};

#[component]
pub fn FolderView(page: ObjectPage, #[prop(into)] address: Signal<Option<Address>>) -> impl IntoView {
    let address = address.get_untracked().unwrap_or_default();
    let mut listing = Listing::new(page.prefix.clone(), address.sort);
    listing.extend(page.objects);
    let rows = (0..listing.shown())
        .filter_map(|position| listing.at(position))
        .map(|(_, entry)| {
            let href = if entry.is_folder {
                address.folder(format!("{}{}", address.path, entry.name)).href()
            } else {
                routes::object(&listing.key_of(entry))
            };
            view! {
                <li>
                    <a href=href>{entry.label().to_owned()}</a>
                    " "
                    {(!entry.is_folder).then(|| format::bytes(entry.size))}
                </li>
            }
        })
        .collect_view();
    view! { <ul>{rows}</ul> }
}
