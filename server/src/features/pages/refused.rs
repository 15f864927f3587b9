//! A form that was refused, as the page that it stands on finds it in its request.

use app::{contract::ApiError, server_rendered::FormState};

/// What was typed, and why it was refused.
#[derive(Debug)]
pub struct Refused {
    pub error: ApiError,
    /// All that was typed but secrets.
    pub fields: Vec<(String, String)>,
}

impl Refused {
    /// What was typed in place of what the page puts in, and what was wrong.
    pub(super) fn fill(&self, form: FormState) -> FormState {
        let fields = self.fields.iter().cloned();
        let form = fields.fold(form, |form, (name, value)| form.with(name, value));
        form.refused(self.error.clone())
    }
}

/// On the response of a page that shows the refused form.
#[derive(Clone, Copy)]
pub struct ShowsRefused;
