//! What the file browser is made of.

pub mod breadcrumbs;
pub mod failed;
pub mod folder_view;

pub use breadcrumbs::Breadcrumbs;
pub use failed::ListFailed;
pub use folder_view::FolderView;
