//! Undoing a deletion where storage keeps versions.

use crate::{
    features::files::{
        client,
        model::deletion::batches,
        restored::Restored,
        types::{DeleteMarker, ObjectEntry},
    },
    format,
    rest::retry_when_throttled,
    ui::toast::Toasts,
};

/// One deletion that can be undone, also after its folder was left.
#[derive(Clone)]
pub struct Undo {
    pub markers: Vec<DeleteMarker>,
    /// The rows that it removed.
    pub rows: Vec<ObjectEntry>,
    pub restored: Restored,
    pub toasts: Toasts,
}

impl Undo {
    /// Shows the message, with an “Undo” button where the deletion can be undone.
    pub fn offer(self, message: String) {
        if self.markers.is_empty() {
            self.toasts.done(message);
        } else {
            self.toasts.undoable(message, move || self.clone().run());
        }
    }

    fn run(self) {
        leptos::task::spawn_local(async move {
            let mut back = 0;
            let mut refused = None;
            for batch in batches(&self.markers, |marker| marker.key.len()) {
                let undelete = async || client::undelete(batch.to_vec()).await;
                match retry_when_throttled(undelete, || ()).await {
                    Ok(answer) => {
                        back += answer.restored.len();
                        refused = refused.or_else(|| answer.errors.into_iter().next());
                    }
                    Err(failure) => {
                        self.announce(back);
                        let again = self.clone();
                        self.toasts.error(format!("{} {failure}", self.words(back)));
                        // Asked for again, what is back already stays as it is.
                        return again.offer("The rest is still deleted.".to_owned());
                    }
                }
            }
            self.announce(back);
            match refused {
                None => self.toasts.done(self.words(back)),
                Some(error) => self.toasts.error(format!(
                    "{} “{}” is not: {}.",
                    self.words(back),
                    crate::contract::key::name_of(&error.key),
                    error.message
                )),
            }
        });
    }

    fn announce(&self, back: usize) {
        if back > 0 {
            self.restored.announce(self.rows.clone());
        }
    }

    fn words(&self, back: usize) -> String {
        match self.rows.as_slice() {
            _ if back == 0 => "Nothing was restored.".to_owned(),
            [row] if back == self.markers.len() => {
                let name = crate::contract::key::name_of(&row.key);
                format!("“{}” is back.", name.trim_end_matches('/'))
            }
            _ => format!("{} back.", format::count(back as u64, "item is", "items are")),
        }
    }
}
