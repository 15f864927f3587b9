//! Who is looking, the same on the server and after hydration.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::port::Viewer;
use crate::routes::{self, Drive};

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

/// Whether the person may change files of the drive, as far as the page knows.
#[must_use]
pub fn may_write(drive: &Drive) -> bool {
    use_viewer().is_some_and(|viewer| viewer.may_write(drive))
}

/// The name of the drive as pages show it; empty when nobody is signed in.
#[must_use]
pub fn drive_name(drive: &Drive) -> String {
    use_viewer().map_or_else(String::new, |viewer| viewer.name_of(drive))
}

/// Whether the person may change what the page's address shows, as far as the page knows.
#[must_use]
pub fn may_write_here() -> bool {
    let shown = use_location()
        .pathname
        .with_untracked(|pathname| routes::folder_at(pathname));
    may_write(&shown.map(|(drive, _)| drive).unwrap_or_default())
}
