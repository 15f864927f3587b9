//! The entries of a folder: a grid of which only the rows on screen are in the document.
//!
//! The keyboard stays on the grid itself and `aria-activedescendant` says on which row it stands, so that rows may
//! come and go while it moves. Space above and below is padding, set through the object model: the server renders
//! no style attributes.

use leptos::{html, prelude::*, web_sys};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{row::Row, table_head::TableHead, table_keys::TableKeys};
use crate::{
    browser,
    features::files::{
        folder::Folder,
        model::{
            address::Layout,
            entry::EntryId,
            listing::Listing,
            selection::{Reach, Selection},
            window::Viewport,
        },
    },
};

/// The least width of a tile, in CSS pixels.
const TILE: f64 = 172.0;

/// What one row shows; a row is drawn again when any of it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shown {
    id: EntryId,
    position: usize,
    revision: u32,
}

#[component]
pub fn Table(
    folder: Folder,
    #[prop(into)] label: Signal<String>,
    /// Asks for the menu of the selection, at a point of the window.
    #[prop(into)]
    on_menu: Callback<(f64, f64)>,
) -> impl IntoView {
    let grid = NodeRef::<html::Div>::new();
    let body = NodeRef::<html::Div>::new();
    // Nothing is measured on the server and in the first render: both show the whole first page.
    let viewport = RwSignal::new(Viewport {
        top: 0.0,
        height: 0.0,
        row: 0.0,
        columns: 1,
    });
    let total = Memo::new(move |_| folder.listing.with(Listing::shown));
    let window = Memo::new(move |_| viewport.with(|viewport| viewport.window(total.get())));
    let rows = move || {
        let window = window.get();
        folder.listing.with(|listing| {
            let start = window.start;
            let ids = listing.slice(window).iter().enumerate();
            ids.filter_map(|(i, id)| {
                let revision = listing.get(*id)?.revision;
                Some(Shown {
                    id: *id,
                    position: start + i,
                    revision,
                })
            })
            .collect::<Vec<_>>()
        })
    };

    let measure = move || {
        if let (Some(grid), Some(body)) = (grid.get_untracked(), body.get_untracked()) {
            let measured = measure(&grid, &body, folder.layout_untracked());
            if viewport.get_untracked() != measured {
                viewport.set(measured);
            }
        }
    };
    Effect::new(move |_| {
        // Another layout has other rows; they can be measured once they are in the page.
        let _layout = folder.layout();
        request_animation_frame(measure);
    });
    Effect::new(move |_| {
        if let Some(grid) = grid.get() {
            watch_size(&grid, measure);
        }
    });
    // Rows that appear in an empty table have not been measured yet.
    Effect::new(move |_| {
        if total.get() > 0 && viewport.with_untracked(|viewport| viewport.row <= 0.0) {
            request_animation_frame(measure);
        }
    });
    Effect::new(move |_| {
        if let Some(body) = body.get() {
            let (above, below) = viewport.with(|viewport| viewport.spacers(&window.get(), total.get()));
            let columns = viewport.with(|viewport| viewport.columns);
            let style = (*body).style();
            for (property, value) in [
                ("padding-top", format!("{above}px")),
                ("padding-bottom", format!("{below}px")),
                ("--columns", columns.to_string()),
            ] {
                // Never refused: the names are well-formed.
                let _ = style.set_property(property, &value);
            }
        }
    });
    let scroll_to = move |position: usize| {
        if let (Some(grid), Some(top)) = (
            grid.get_untracked(),
            viewport.with_untracked(|v| v.reveal(position)),
        ) {
            grid.set_scroll_top(pixels(top));
        }
    };
    Effect::new(move |_| {
        if let Some(position) = folder.reveal.get() {
            // After the dialog that asked for it has closed and given the focus back.
            request_animation_frame(move || {
                scroll_to(position);
                focus(grid);
            });
        }
    });
    let keys = TableKeys::new(folder, viewport, on_menu);
    let active_row = move || {
        let active = folder.selection.with(Selection::active)?;
        let window = window.get();
        let rendered = folder
            .listing
            .with(|listing| listing.slice(window).contains(&active));
        rendered.then(|| format!("row-{active}"))
    };

    view! {
        <div
            node_ref=grid
            class="table"
            class:tiles=move || folder.layout() == Layout::Grid
            role="grid"
            tabindex="0"
            aria-label=move || label.get()
            aria-multiselectable="true"
            aria-rowcount=move || (total.get() + 1).to_string()
            aria-activedescendant=active_row
            on:scroll=move |_| measure()
            on:keydown=move |event| {
                if let Some(position) = keys.press(&event) {
                    scroll_to(position);
                }
            }
            on:contextmenu=move |event| {
                if let Some((x, y)) = menu_point(&event, folder) {
                    event.prevent_default();
                    on_menu.run((x, y));
                }
            }
        >
            <TableHead folder />
            <div node_ref=body class="table-body" role="rowgroup">
                <For each=rows key=|shown| *shown let:shown>
                    <Row
                        folder
                        id=shown.id
                        position=shown.position
                        on_press=move |reach| {
                            folder
                                .listing
                                .with_untracked(|listing| {
                                    folder.selection.update(|s| s.reach(listing, shown.position, reach));
                                });
                            focus(grid);
                        }
                        on_menu
                    />
                </For>
            </div>
        </div>
    }
    .into_any()
}

/// Where the menu of the row under a right click belongs, once that row is selected; without one, of the row on
/// which the keyboard stands.
fn menu_point(event: &web_sys::MouseEvent, folder: Folder) -> Option<(f64, f64)> {
    let pressed = browser::closest(event, "[data-position]")
        .and_then(|row| row.get_attribute("data-position"))
        .and_then(|position| position.parse::<usize>().ok());
    if let Some(position) = pressed {
        folder.listing.with_untracked(|listing| {
            let (id, _) = listing.at(position)?;
            if !folder
                .selection
                .with_untracked(|selection| selection.contains(id))
            {
                folder
                    .selection
                    .update(|selection| selection.reach(listing, position, Reach::Only));
            }
            Some(())
        })?;
        return Some((event.client_x().into(), event.client_y().into()));
    }
    let active = folder.selection.with_untracked(Selection::active)?;
    let row = document()
        .get_element_by_id(&format!("row-{active}"))?
        .get_bounding_client_rect();
    Some((row.left() + 48.0, row.bottom() - 4.0))
}

fn focus(grid: NodeRef<html::Div>) {
    if let Some(grid) = grid.get_untracked() {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = grid.focus_with_options(&options);
    }
}

/// Reads how large rows and table are on this screen.
fn measure(grid: &web_sys::HtmlElement, body: &web_sys::HtmlElement, layout: Layout) -> Viewport {
    let row = body
        .query_selector("[role=row]")
        .ok()
        .flatten()
        .map_or(0.0, |row| row.get_bounding_client_rect().height());
    let columns = match layout {
        Layout::List => 1,
        Layout::Grid => tiles_across(f64::from(body.client_width())),
    };
    let head = grid
        .query_selector(".table-head")
        .ok()
        .flatten()
        .map_or(0.0, |head| head.get_bounding_client_rect().height());
    Viewport {
        top: f64::from(grid.scroll_top()),
        height: (f64::from(grid.client_height()) - head).max(0.0),
        row,
        columns,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the casts of floats saturate"
)]
fn tiles_across(width: f64) -> usize {
    ((width / TILE) as usize).max(1)
}

#[expect(clippy::cast_possible_truncation, reason = "the casts of floats saturate")]
fn pixels(length: f64) -> i32 {
    length as i32
}

/// Calls `changed` when the element's size changes, until the component is gone.
fn watch_size(element: &web_sys::Element, changed: impl Fn() + Copy + 'static) {
    let callback = Closure::<dyn Fn()>::new(changed);
    if let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(element);
        let kept = StoredValue::new_local((observer, callback));
        on_cleanup(move || {
            kept.with_value(|(observer, _)| observer.disconnect());
        });
    }
}
