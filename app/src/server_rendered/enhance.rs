//! What the app adds to server-rendered pages: passwords can be shown, text copied, codes pasted with spaces in them,
//! forms are sent once, and times tell how long ago they were. Elements ask for it by `data-` attributes.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement};

use crate::{
    browser, contract::Timestamp, features::auth::strength::Strength, format::moment, ui::toast::Toasts,
};

/// A press anywhere in the app.
pub fn click(event: &Event, toasts: Toasts) {
    if let Some(button) = browser::closest(event, "[data-reveal]") {
        reveal(&button);
    } else if let Some(button) = browser::closest(event, "[data-copy]") {
        copy(&button, toasts);
    }
}

/// Shows or hides the password beside the button, and goes on typing in it.
fn reveal(button: &Element) {
    let group = button.closest(".input-group").ok().flatten();
    let input = group
        .and_then(|group| group.query_selector("input").ok().flatten())
        .and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return };
    let shown = input.type_() == "password";
    input.set_type(if shown { "text" } else { "password" });
    let _ = button.set_attribute("aria-pressed", if shown { "true" } else { "false" });
    let _ = input.focus();
}

/// Copies the text of the element whose id the button names.
fn copy(button: &Element, toasts: Toasts) {
    let text = button
        .get_attribute("data-copy")
        .and_then(|id| document().get_element_by_id(&id))
        .and_then(|element| element.text_content());
    let Some(text) = text else { return };
    spawn_local(async move {
        match browser::copy(text.trim()).await {
            Ok(()) => toasts.done("Copied."),
            Err(_) => {
                toasts.error("The browser did not allow copying. Select the text and copy it yourself.");
            }
        }
    });
}

/// Something is being typed.
pub fn input(event: &Event) {
    let field = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return };
    if field.has_attribute("data-code") {
        let typed = field.value();
        let digits: String = typed.chars().filter(char::is_ascii_digit).take(6).collect();
        if digits != typed {
            field.set_value(&digits);
        }
    } else if let Some(hint) = field.get_attribute("data-strength") {
        tell_strength(&field, &hint);
    }
}

fn tell_strength(field: &HtmlInputElement, hint: &str) {
    let Some(hint) = document().get_element_by_id(hint) else {
        return;
    };
    let strength = Strength::of(&field.value());
    let _ = hint.set_attribute("data-level", strength.level());
    hint.set_text_content(Some(&strength.to_string()));
}

/// A form is sent once, however often its button is pressed.
pub fn submit(event: &SubmitEvent) {
    let form = event.target().and_then(|form| form.dyn_into::<Element>().ok());
    let Some(form) = form.filter(|form| {
        form.closest(".server-rendered")
            .is_ok_and(|served| served.is_some())
    }) else {
        return;
    };
    if form.has_attribute("data-sent") {
        event.prevent_default();
        return;
    }
    // A search may be sent again and again; and a download leaves the page where it is.
    if form.get_attribute("method").as_deref() != Some("post") {
        return;
    }
    let _ = form.set_attribute("data-sent", "");
    if let Ok(Some(button)) = form.query_selector("[type=submit]") {
        let _ = button.set_attribute("aria-busy", "true");
    }
}

/// A page that came back out of the browser's memory: its forms can be sent again.
pub fn resume() {
    for form in all("form[data-sent]") {
        let _ = form.remove_attribute("data-sent");
        if let Ok(Some(button)) = form.query_selector("[aria-busy]") {
            let _ = button.remove_attribute("aria-busy");
        }
    }
}

/// After a page has come on screen: its times are told relative to now, the exact ones on hover, and a field that waits
/// for a secret of the address gets it.
pub fn settle() {
    fill_from_fragment();
    let now = browser::unix_now();
    for time in all(".server-rendered time[datetime]") {
        let moment = time
            .get_attribute("datetime")
            .and_then(|text| Timestamp::parse(&text));
        if let Some(moment) = moment {
            time.set_text_content(Some(&moment::relative(moment, now)));
        }
    }
}

/// The secret leaves the address, which is in the history and on screen.
fn fill_from_fragment() {
    let location = window().location();
    let fragment = location.hash().unwrap_or_default();
    for field in all("input[data-from-fragment]") {
        let Ok(field) = field.dyn_into::<HtmlInputElement>() else {
            continue;
        };
        let prefix = format!("#{}=", field.name());
        if let Some(value) = fragment.strip_prefix(&prefix) {
            field.set_value(value);
            browser::rewrite_address(&location.pathname().unwrap_or_default());
        }
    }
}

fn all(selector: &str) -> impl Iterator<Item = HtmlElement> {
    let found = document().query_selector_all(selector).ok();
    (0..found.as_ref().map_or(0, web_sys::NodeList::length))
        .filter_map(move |i| found.as_ref()?.item(i)?.dyn_into().ok())
}
