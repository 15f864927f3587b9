//! A form as it is shown: what is in its fields, and what was wrong with them.

use std::collections::BTreeMap;

use crate::{contract::ApiError, routes::Query};

/// Empty at first; after a refusal with what was typed, so that nothing is lost. Secrets are never put in.
#[derive(Clone, Debug, Default)]
pub struct FormState {
    values: BTreeMap<String, String>,
    error: Option<ApiError>,
}

impl FormState {
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    pub fn refused(mut self, error: ApiError) -> Self {
        self.error = Some(error);
        self
    }

    pub fn value(&self, name: &str) -> String {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// The query of these fields, without the empty ones.
    pub fn query(&self, names: &[&str]) -> Query {
        names
            .iter()
            .map(|name| (name, self.value(name)))
            .filter(|(_, value)| !value.is_empty())
            .fold(Query::default(), |query, (name, value)| query.with(name, value))
    }

    pub fn error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// What is wrong with one field, as a sentence to stand beside it.
    pub fn field_error(&self, name: &str) -> Option<String> {
        self.error.as_ref()?.fields.get(name).map(|why| sentence(why))
    }

    /// What is wrong and belongs to none of the fields that are shown: it stands above the form, so that everything
    /// is said once.
    pub fn form_error(&self, shown: &[&str]) -> Option<String> {
        let error = self.error.as_ref()?;
        if shown.iter().any(|name| error.fields.contains_key(*name)) {
            return None;
        }
        Some(sentence(&error.detail))
    }
}

/// `must be short` → `Must be short.`
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::ErrorCode;

    #[test]
    fn everything_is_said_once() {
        let form = FormState::default().refused(ApiError::field("code", "is not right"));
        assert_eq!(form.field_error("code").as_deref(), Some("Is not right."));
        assert_eq!(form.form_error(&["code"]), None);
        assert_eq!(
            form.form_error(&["email"]).as_deref(),
            Some("Code: is not right.")
        );

        let form = FormState::default().refused(ApiError::new(ErrorCode::Conflict, "Two at once"));
        assert_eq!(form.form_error(&["code"]).as_deref(), Some("Two at once."));
        assert_eq!(FormState::default().form_error(&[]), None);
    }
}
