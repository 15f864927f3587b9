//! One entry.

use leptos::{ev::MouseEvent, prelude::*, web_sys};
use wasm_bindgen::JsCast;

use super::clock::Time;
use crate::{
    browser,
    features::files::{
        folder::Folder,
        model::{entry::EntryId, kind::FileKind, selection::Reach},
    },
    format, routes,
    ui::{Icon, icon::Name},
};

/// Without script the name is a plain link, to the folder or to the file itself.
#[component]
pub fn Row(
    folder: Folder,
    id: EntryId,
    position: usize,
    #[prop(into)] on_press: Callback<Reach>,
    #[prop(into)] on_menu: Callback<(f64, f64)>,
) -> impl IntoView {
    let selected = Memo::new(move |_| folder.selection.with(|selection| selection.contains(id)));
    let active = Memo::new(move |_| folder.selection.with(|s| s.active() == Some(id)));
    let entry = folder.with_entry(id, Clone::clone)?;
    let is_folder = entry.is_folder;
    let kind = FileKind::of_name(&entry.name);
    let label = entry.label().into_owned();
    let href = if is_folder {
        folder.folder_href(&entry.name)
    } else {
        routes::object(folder.bucket().as_ref(), &folder.keys(&[id]).concat())
    };
    let size = if is_folder {
        "—".to_owned()
    } else {
        format::bytes(entry.size)
    };
    let storage_class = format::storage_class(&entry.storage_class);

    let press = move |event: MouseEvent| {
        if event.shift_key() {
            event.prevent_default();
            on_press.run(Reach::Range);
        } else if event.ctrl_key() || event.meta_key() || browser::closest(&event, ".cell-check").is_some() {
            // The box shows what is selected; it does not decide it.
            if browser::closest(&event, "input").is_none() {
                event.prevent_default();
            }
            on_press.run(Reach::Toggle);
        } else if is_folder {
            let on_link = browser::closest(&event, "a").is_some();
            if !on_link {
                on_press.run(Reach::Only);
                if is_touch(&event) {
                    folder.open(id);
                }
            }
        } else {
            event.prevent_default();
            on_press.run(Reach::Only);
            folder.open(id);
        }
    };

    Some(view! {
        <div
            class="row"
            class:row-folder=is_folder
            class:active=move || active.get()
            role="row"
            id=format!("row-{id}")
            data-position=position.to_string()
            aria-rowindex=(position + 2).to_string()
            aria-selected=move || selected.get().to_string()
            on:click=press
            on:dblclick=move |_| {
                if is_folder {
                    folder.open(id);
                }
            }
        >
            <div class="cell-check" role="gridcell">
                <input
                    type="checkbox"
                    class="check needs-script"
                    tabindex="-1"
                    aria-label=format!("Select {label}")
                    prop:checked=move || selected.get()
                />
            </div>
            <div class="cell-name" role="gridcell">
                <span class=kind.class()>
                    <Icon name=kind.icon() />
                </span>
                <a class="name" href=href rel=(!is_folder).then_some("external") title=label.clone()>
                    <bdi>{label.clone()}</bdi>
                </a>
            </div>
            <div class="cell-size" role="gridcell">
                {size}
            </div>
            <div class="cell-modified" role="gridcell">
                {entry.modified.map(|moment| view! { <Time moment /> })}
            </div>
            <div class="cell-class" role="gridcell">
                {storage_class}
            </div>
            <div class="cell-more" role="gridcell">
                <button
                    type="button"
                    class="icon-button needs-script"
                    tabindex="-1"
                    aria-label=format!("More actions for {label}")
                    title="More actions"
                    on:click=move |event: MouseEvent| {
                        event.stop_propagation();
                        if !selected.get_untracked() {
                            on_press.run(Reach::Only);
                        }
                        if let Some(button) = browser::closest(&event, "button") {
                            let place = button.get_bounding_client_rect();
                            on_menu.run((place.left(), place.bottom() + 4.0));
                        }
                    }
                >
                    <Icon name=Name::More />
                </button>
            </div>
        </div>
    })
}

fn is_touch(event: &MouseEvent) -> bool {
    event
        .dyn_ref::<web_sys::PointerEvent>()
        .is_some_and(|event| event.pointer_type() == "touch")
}
