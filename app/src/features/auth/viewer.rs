//! Who is looking, the same on the server and after hydration.

use leptos::prelude::*;

use super::port::{RefusedForm, Viewer};

/// Carries what the server knows about the person into the page. Called once, by the app.
pub fn provide_viewer() {
    let viewer = SharedValue::new(use_context::<Viewer>).into_inner();
    provide_context(CurrentViewer(StoredValue::new(viewer)));
    let refused = SharedValue::new(use_context::<RefusedForm>).into_inner();
    provide_context(CurrentRefusal(StoredValue::new(refused)));
}

#[derive(Clone, Copy)]
struct CurrentViewer(StoredValue<Option<Viewer>>);

#[derive(Clone, Copy)]
struct CurrentRefusal(StoredValue<Option<RefusedForm>>);

/// The signed-in person, if any.
#[must_use]
pub fn use_viewer() -> Option<Viewer> {
    use_context::<CurrentViewer>().and_then(|viewer| viewer.0.get_value())
}

/// The form that this page's request posted and the server refused, if any.
#[must_use]
pub fn use_refused_form() -> RefusedForm {
    use_context::<CurrentRefusal>()
        .and_then(|refusal| refusal.0.get_value())
        .unwrap_or_default()
}
