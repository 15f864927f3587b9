//! A form that was refused, as the page that it stands on finds it in its request.

use app::{contract::ApiError, server_rendered::FormState};

/// The values that were typed into a form, and why they were refused.
#[derive(Debug)]
pub struct Refused {
    pub error: ApiError,
    /// By the names of their fields. Without secrets.
    pub fields: Vec<(String, String)>,
}

impl Refused {
    /// Replaces the page's own values by those that were typed, and adds the error.
    pub(super) fn fill(&self, form: FormState) -> FormState {
        let fields = self.fields.iter().cloned();
        let form = fields.fold(form, |form, (name, value)| form.with(name, value));
        form.refused(self.error.clone())
    }
}

/// On the response of a page that shows the refused form.
#[derive(Clone, Copy)]
pub struct ShowsRefused;
