//! Who is looking, the same on the server and after hydration.

use leptos::prelude::*;

use super::port::Viewer;

/// Carries what the server knows about the person into the page. Called once, by the app.
pub fn provide_viewer() {
    let viewer = SharedValue::new(use_context::<Viewer>).into_inner();
    provide_context(CurrentViewer(StoredValue::new(viewer)));
}

#[derive(Clone, Copy)]
struct CurrentViewer(StoredValue<Option<Viewer>>);

/// The signed-in person, if any.
#[must_use]
pub fn use_viewer() -> Option<Viewer> {
    use_context::<CurrentViewer>().and_then(|viewer| viewer.0.get_value())
}
