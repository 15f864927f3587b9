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

/// Whether the person may change what lies at this whole key or prefix, as far as the page knows.
#[must_use]
pub fn may_write(key: &str) -> bool {
    use_viewer().is_some_and(|viewer| viewer.may_write(viewer.place_of(key).0))
}
