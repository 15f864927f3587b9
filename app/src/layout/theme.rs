//! Light or dark: what the system prefers, unless the reader chose. The choice is kept in the browser; it is no
//! secret.

use leptos::prelude::*;

use crate::ui::{Icon, icon::Name};

/// Runs before the first paint, so that a chosen theme never flashes. Also tells the stylesheet that scripts run,
/// for controls that do nothing without.
pub const BEFORE_PAINT: &str = r#"(function(d){d.classList.add("script");try{var t=localStorage.getItem("theme");if(t==="light"||t==="dark")d.dataset.theme=t}catch(e){}})(document.documentElement)"#;

const STORAGE_KEY: &str = "theme";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    const fn value(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    const fn label(self) -> (&'static str, Name) {
        match self {
            Self::System => ("System", Name::Monitor),
            Self::Light => ("Light", Name::Sun),
            Self::Dark => ("Dark", Name::Moon),
        }
    }

    fn stored() -> Self {
        let value = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok().flatten());
        Self::ALL
            .into_iter()
            .find(|theme| value.as_deref() == Some(theme.value()))
            .unwrap_or_default()
    }

    /// Applies it at once and remembers it; a browser that keeps nothing forgets it on reload.
    fn choose(self) {
        let Some(root) = document().document_element() else {
            return;
        };
        let _ = match self {
            Self::System => root.remove_attribute("data-theme"),
            Self::Light | Self::Dark => root.set_attribute("data-theme", self.value()),
        };
        if let Some(storage) = storage() {
            let _ = match self {
                Self::System => storage.remove_item(STORAGE_KEY),
                Self::Light | Self::Dark => storage.set_item(STORAGE_KEY, self.value()),
            };
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The three choices, as radio buttons.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(Theme::System);
    // The server cannot know the choice, so the first render shows none of it.
    Effect::new(move |_| chosen.set(Theme::stored()));
    view! {
        <fieldset class="segments needs-script">
            <legend>"Theme"</legend>
            {Theme::ALL
                .map(|theme| {
                    let (label, icon) = theme.label();
                    view! {
                        <label class="segment">
                            <input
                                type="radio"
                                name="theme"
                                value=theme.value()
                                prop:checked=move || chosen.get() == theme
                                on:change=move |_| {
                                    chosen.set(theme);
                                    theme.choose();
                                }
                            />
                            <Icon name=icon />
                            <span>{label}</span>
                        </label>
                    }
                })
                .into_iter()
                .collect_view()}
        </fieldset>
    }
}
