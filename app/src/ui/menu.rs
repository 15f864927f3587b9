//! Menus on the popover API: the browser closes them on Escape and on a press elsewhere, and opens those that have
//! a button even before WASM has loaded.

use leptos::{ev::MouseEvent, html, prelude::*, web_sys};
use wasm_bindgen::JsCast;

use super::{Icon, icon::Name};

/// A popover with `role="menu"`. A button with `popovertarget=id` opens it beneath itself; arrows move inside.
#[component]
pub fn Menu(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(optional)] node_ref: NodeRef<html::Div>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div
            node_ref=node_ref
            id=id
            class=format!("menu {class}")
            role="menu"
            aria-label=label
            popover="auto"
            on:keydown=move |event| {
                event.stop_propagation();
                move_focus(&event);
            }
            on:beforetoggle=move |event| {
                if let Some(menu) = target_menu(&event) {
                    place_under_button(&menu);
                }
            }
            on:toggle=move |event| {
                if let Some(menu) = target_menu(&event)
                    && menu.matches(":popover-open").unwrap_or(false)
                {
                    // Its size is known only now: on a narrow screen it may have to move.
                    place_under_button(&menu);
                    focus_item(&menu, |_, _| 0);
                }
            }
        >
            {children()}
        </div>
    }
}

/// One entry. Choosing it closes the menu.
#[component]
pub fn MenuItem(
    icon: Name,
    #[prop(optional)] danger: bool,
    /// The key that does the same, shown to teach it.
    #[prop(optional)]
    shortcut: &'static str,
    #[prop(into)] on_choose: Callback<MouseEvent>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu-item"
            class:menu-item-danger=danger
            role="menuitem"
            tabindex="-1"
            on:click=move |event| {
                close_around(&event);
                on_choose.run(event);
            }
        >
            <Icon name=icon />
            <span>{children()}</span>
            {(!shortcut.is_empty()).then(|| view! { <kbd aria-hidden="true">{shortcut}</kbd> })}
        </button>
    }
}

fn target_menu(event: &web_sys::Event) -> Option<web_sys::HtmlElement> {
    event.target()?.dyn_into().ok()
}

/// Does nothing for a menu that no button opens.
fn place_under_button(menu: &web_sys::HtmlElement) {
    let button = document().query_selector(&format!("[popovertarget=\"{}\"]", menu.id()));
    if let Ok(Some(button)) = button {
        let button = button.get_bounding_client_rect();
        place(menu, button.left(), button.bottom() + 6.0);
    }
}

/// Opens a menu with its corner at a point of the window, kept on screen.
pub fn open_at(menu: &web_sys::HtmlElement, x: f64, y: f64) {
    // Refused only when it is open already, and then it just moves.
    let _ = menu.show_popover();
    place(menu, x, y);
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
fn place(menu: &web_sys::HtmlElement, x: f64, y: f64) {
    let size = menu.get_bounding_client_rect();
    let edge = |at: f64, length: f64, room: Result<wasm_bindgen::JsValue, _>| {
        let room = room.ok().and_then(|room| room.as_f64()).unwrap_or(at + length);
        at.min(room - length - 8.0).max(8.0)
    };
    let (left, top) = (
        edge(x, size.width(), window().inner_width()),
        edge(y, size.height(), window().inner_height()),
    );
    // Through the object model, which the content security policy allows; a style attribute it would not.
    for (property, value) in [("left", left), ("top", top)] {
        let _ = menu
            .style()
            .set_property(property, &format!("{}px", value.round() as i32));
    }
}

fn close_around(event: &MouseEvent) {
    let menu = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|element| element.closest("[popover]").ok().flatten())
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(menu) = menu {
        let _ = menu.hide_popover();
    }
}

fn move_focus(event: &web_sys::KeyboardEvent) {
    let Some(menu) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok())
    else {
        return;
    };
    let step: fn(usize, usize) -> usize = match event.key().as_str() {
        "ArrowDown" => |at, len| (at + 1) % len,
        "ArrowUp" => |at, len| (at + len - 1) % len,
        "Home" => |_, _| 0,
        "End" => |_, len| len - 1,
        "Tab" => {
            let _ = menu.hide_popover();
            return;
        }
        _ => return,
    };
    event.prevent_default();
    focus_item(&menu, step);
}

/// Moves the focus to the item that `step(current, how many)` gives.
fn focus_item(menu: &web_sys::HtmlElement, step: impl Fn(usize, usize) -> usize) {
    let Ok(found) = menu.query_selector_all("[role^=menuitem]") else {
        return;
    };
    let items: Vec<web_sys::HtmlElement> = (0..found.length())
        .filter_map(|i| found.item(i)?.dyn_into().ok())
        .collect();
    if items.is_empty() {
        return;
    }
    let active = document().active_element();
    let current = items
        .iter()
        .position(|item| {
            active
                .as_ref()
                .is_some_and(|active| item.is_same_node(Some(active)))
        })
        .unwrap_or(0);
    let _ = items[step(current, items.len())].focus();
}
