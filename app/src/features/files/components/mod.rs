//! What the file browser is made of.

pub mod breadcrumbs;
pub mod clock;
pub mod context_menu;
pub mod delete;
pub mod details;
pub mod empty;
pub mod failed;
pub mod folder_picker;
pub mod folder_view;
pub mod name_field;
pub mod new_folder;
pub mod past;
pub mod preview;
mod preview_text;
pub mod properties;
pub mod rename;
pub mod results;
pub mod row;
pub mod search_box;
pub mod search_filters;
pub mod selection_bar;
pub mod table;
pub mod table_head;
pub mod table_keys;
pub mod toolbar;
pub mod transfer;
pub mod versions;

pub use breadcrumbs::Breadcrumbs;
pub use failed::ListFailed;
pub use folder_view::FolderView;
pub use search_box::SearchBox;
