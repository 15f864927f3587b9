//! What the keys do while the keyboard is on the table.

use leptos::{prelude::*, web_sys::KeyboardEvent};

use crate::{
    browser,
    features::files::{
        folder::{Folder, Overlay},
        model::{
            address::Layout,
            selection::{Reach, Selection},
            type_ahead::TypeAhead,
            window::Viewport,
        },
    },
};

#[derive(Clone, Copy)]
pub struct TableKeys {
    folder: Folder,
    viewport: RwSignal<Viewport>,
    type_ahead: StoredValue<TypeAhead>,
    on_menu: Callback<(f64, f64)>,
}

impl TableKeys {
    pub fn new(folder: Folder, viewport: RwSignal<Viewport>, on_menu: Callback<(f64, f64)>) -> Self {
        Self {
            folder,
            viewport,
            type_ahead: StoredValue::new(TypeAhead::default()),
            on_menu,
        }
    }

    /// Does what the key asks; answers the row to bring into view, if it moved.
    pub fn press(self, event: &KeyboardEvent) -> Option<usize> {
        // The heads' buttons answer to their own keys.
        if event.default_prevented() || browser::closest(event, "[role=columnheader]").is_some() {
            return None;
        }
        let folder = self.folder;
        let (ctrl, shift, alt) = (
            event.ctrl_key() || event.meta_key(),
            event.shift_key(),
            event.alt_key(),
        );
        let key = event.key();
        let position = match (key.as_str(), ctrl, alt) {
            ("ArrowUp", false, true) | ("Backspace", false, false) => {
                event.prevent_default();
                folder.open_parent();
                return None;
            }
            (_, _, true) => return None,
            ("a" | "A", true, _) => {
                event.prevent_default();
                folder
                    .listing
                    .with_untracked(|listing| folder.selection.update(|s| s.select_all(listing)));
                return None;
            }
            ("Enter", ..) => {
                event.prevent_default();
                if let Some(active) = folder.selection.with_untracked(Selection::active) {
                    folder.open(active);
                }
                return None;
            }
            ("Escape", ..) => {
                self.step_back();
                return None;
            }
            ("Delete", ..) if folder.may_write => {
                let ids: Vec<_> = folder.selection.with_untracked(|s| s.ids().collect());
                if !ids.is_empty() {
                    event.prevent_default();
                    folder.overlay.set(Some(Overlay::Delete(ids)));
                }
                return None;
            }
            ("F2", false, _) if folder.may_write => {
                let one = folder.selection.with_untracked(|s| {
                    if s.len() > 1 {
                        None
                    } else {
                        s.single().or(s.active())
                    }
                });
                if let Some(id) = one {
                    event.prevent_default();
                    folder.overlay.set(Some(Overlay::Rename(id)));
                }
                return None;
            }
            ("ContextMenu", ..) | ("F10", ..) if key == "ContextMenu" || shift => {
                event.prevent_default();
                self.menu();
                return None;
            }
            (" ", ..) => {
                if !self.type_ahead.with_value(|t| t.is_typing(browser::steady_now())) {
                    event.prevent_default();
                    self.space(ctrl);
                    return None;
                }
                self.find(' ')?
            }
            (key, false, _) if key.chars().count() == 1 && key != "/" => self.find(key.chars().next()?)?,
            (key, ..) => self.moved(key)?,
        };
        event.prevent_default();
        let reach = match (shift, ctrl) {
            (true, _) if is_move(&key) => Reach::Range,
            (_, true) => Reach::Move,
            _ => Reach::Only,
        };
        folder
            .listing
            .with_untracked(|listing| folder.selection.update(|s| s.reach(listing, position, reach)));
        self.follow(position);
        Some(position)
    }

    /// Open details go with the keyboard from file to file.
    fn follow(self, position: usize) {
        let folder = self.folder;
        if folder.details_untracked().is_some() {
            let name = folder.listing.with_untracked(|listing| {
                let (_, entry) = listing.at(position)?;
                (!entry.is_folder).then(|| entry.name.to_string())
            });
            if name.is_some() {
                folder.show_details(name);
            }
        }
    }

    /// Escape: closes the details, else lets go of the selection, else of the filter.
    fn step_back(self) {
        let folder = self.folder;
        if folder.details_untracked().is_some() {
            folder.show_details(None);
        } else if folder.selection.with_untracked(|s| !s.is_empty()) {
            folder.selection.update(Selection::clear);
        } else if folder.filter.with_untracked(|filter| !filter.is_empty()) {
            folder.filter.set(String::new());
        }
    }

    /// Space selects the row; with Ctrl it lets it go again.
    fn space(self, ctrl: bool) {
        let folder = self.folder;
        let active = folder.selection.with_untracked(Selection::active);
        folder.listing.with_untracked(|listing| {
            let Some(id) = active else { return };
            let Some(position) = listing.position_of(id) else {
                return;
            };
            folder.selection.update(|s| {
                if ctrl || !s.contains(id) {
                    s.reach(listing, position, Reach::Toggle);
                }
            });
        });
    }

    fn menu(self) {
        let active = self.folder.selection.with_untracked(Selection::active);
        let row = active.and_then(|id| document().get_element_by_id(&format!("row-{id}")));
        if let Some(row) = row {
            if self.folder.selection.with_untracked(Selection::is_empty) {
                self.space(false);
            }
            let place = row.get_bounding_client_rect();
            self.on_menu.run((place.left() + 48.0, place.bottom() - 4.0));
        }
    }

    fn find(self, typed: char) -> Option<usize> {
        let wanted = self
            .type_ahead
            .try_update_value(|t| t.press(typed, browser::steady_now()))?;
        let from = self
            .active_position()
            .map_or(0, |at| if wanted.next { at + 1 } else { at });
        self.folder
            .listing
            .with_untracked(|listing| listing.find_prefix(&wanted.start, from))
    }

    fn active_position(self) -> Option<usize> {
        let active = self.folder.selection.with_untracked(Selection::active)?;
        self.folder
            .listing
            .with_untracked(|listing| listing.position_of(active))
    }

    /// Where a moving key leads.
    fn moved(self, key: &str) -> Option<usize> {
        let last = self
            .folder
            .listing
            .with_untracked(|listing| listing.shown().checked_sub(1))?;
        let Some(at) = self.active_position() else {
            return is_move(key).then_some(if key == "End" { last } else { 0 });
        };
        let (across, page) = self.viewport.with_untracked(|v| (v.columns.max(1), v.page()));
        let grid = self.folder.layout_untracked() == Layout::Grid;
        match key {
            "ArrowDown" => Some((at + across).min(last)),
            "ArrowUp" => Some(at.checked_sub(across).unwrap_or(if across == 1 { 0 } else { at })),
            "ArrowRight" if grid => Some((at + 1).min(last)),
            "ArrowLeft" if grid => Some(at.saturating_sub(1)),
            "PageDown" => Some((at + page).min(last)),
            "PageUp" => Some(at.saturating_sub(page)),
            "Home" => Some(0),
            "End" => Some(last),
            _ => None,
        }
    }
}

fn is_move(key: &str) -> bool {
    matches!(
        key,
        "ArrowDown" | "ArrowUp" | "ArrowLeft" | "ArrowRight" | "PageDown" | "PageUp" | "Home" | "End"
    )
}
