//! Icons: 24-unit outlines drawn for Forepeak, coloured by the text around them. Decoration only: what they mean is
//! said in words beside them or in their button's label.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    Archive,
    ArrowDown,
    ArrowUp,
    Audio,
    Check,
    ChevronDown,
    ChevronRight,
    Clock,
    Close,
    Code,
    Copy,
    Document,
    Download,
    Eye,
    EyeOff,
    File,
    Filter,
    Folder,
    FolderMove,
    FolderPlus,
    Grid,
    Home,
    Image,
    Info,
    Key,
    List,
    Mail,
    Menu,
    Monitor,
    Moon,
    More,
    Open,
    Pause,
    Pencil,
    Play,
    Refresh,
    Search,
    Settings,
    SignOut,
    Sun,
    Table,
    Terminal,
    Trash,
    Undo,
    Upload,
    Users,
    Video,
    Warning,
}

impl Name {
    /// The `d` of one path.
    const fn outline(self) -> &'static str {
        match self {
            Self::Archive => "M4 4h16v5H4zM5.5 9v11h13V9M10 13h4",
            Self::ArrowDown => "M12 5v14M6 13l6 6 6-6",
            Self::ArrowUp => "M12 19V5M6 11l6-6 6 6",
            Self::Audio => {
                "M9 18V6l11-2v12M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM20 16a3 3 0 1 1-6 0 3 3 0 0 1 6 0z"
            }
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::ChevronDown => "M6 9l6 6 6-6",
            Self::ChevronRight => "M9 6l6 6-6 6",
            Self::Clock => "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM12 7v5l3.5 2",
            Self::Close => "M6 6l12 12M18 6L6 18",
            Self::Code => "M8 7l-5 5 5 5M16 7l5 5-5 5",
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Document => "M6 3h8l5 5v13H6zM14 3v5h5M9 13h6M9 17h6",
            Self::Download => "M12 4v11M7 10.5l5 5 5-5M4 20h16",
            Self::Eye => {
                "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0z"
            }
            Self::EyeOff => {
                "M4 4l16 16M9.9 5.7A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-3 3.7M6.2 7.3A16.5 16.5 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.3-1.100M10 10a3 3 0 0 0 4 4"
            }
            Self::File => "M6 3h8l5 5v13H6zM14 3v5h5",
            Self::Filter => "M4 6h16M7 12h10M10 18h4",
            Self::Folder => {
                "M3 6.500A1.5 1.5 0 0 1 4.5 5H9l2.5 2.500h8A1.5 1.5 0 0 1 21 9v9a1.5 1.5 0 0 1-1.5 1.500h-15A1.5 1.5 0 0 1 3 18z"
            }
            Self::FolderMove => {
                "M3 6.500A1.5 1.5 0 0 1 4.5 5H9l2.5 2.500h8A1.5 1.5 0 0 1 21 9v9a1.5 1.5 0 0 1-1.5 1.500h-15A1.5 1.5 0 0 1 3 18zM8.500 13.500h7M12.500 10.500l3 3-3 3"
            }
            Self::FolderPlus => {
                "M3 6.500A1.5 1.5 0 0 1 4.5 5H9l2.5 2.500h8A1.5 1.5 0 0 1 21 9v9a1.5 1.5 0 0 1-1.5 1.500h-15A1.5 1.5 0 0 1 3 18zM12 10.500v6M9 13.500h6"
            }
            Self::Grid => {
                "M4 4h6.500v6.500H4zM13.5 4H20v6.500h-6.500zM4 13.500h6.500V20H4zM13.5 13.500H20V20h-6.500z"
            }
            Self::Home => "M4 11l8-7 8 7v9h-5.500v-5.500h-5V20H4z",
            Self::Image => "M4 5h16v14H4zM4 16l4.5-4.500L13 16l2.5-2.500L20 18M15.5 9h.01",
            Self::Info => "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM12 11v5.500M12 7.500h.01",
            Self::Key => {
                "M14.5 4a5.500 5.500 0 1 1-1.300 10.800L11 17H9v2H7v2H3v-4l6.200-6.200A5.500 5.500 0 0 1 14.500 4zM16 8h.01"
            }
            Self::List => "M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01",
            Self::Mail => "M3 6h18v13H3zM3 7l9 6.500L21 7",
            Self::Menu => "M4 7h16M4 12h16M4 17h16",
            Self::Monitor => "M3 5h18v11H3zM9 20h6M12 16v4",
            Self::Moon => "M20 14.500A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.500z",
            Self::More => "M5 12h.01M12 12h.01M19 12h.01",
            Self::Open => "M4 12h15M13 6l6 6-6 6",
            Self::Pause => "M9 5v14M15 5v14",
            Self::Pencil => "M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19zM13.500 7l3.500 3.500",
            Self::Play => "M8 5l11 7-11 7z",
            Self::Refresh => {
                "M20 11a8 8 0 0 0-14.5-4L3 9.500M3 4.500v5h5M4 13a8 8 0 0 0 14.5 4l2.5-2.500M21 19.500v-5h-5"
            }
            Self::Search => "M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0zM16 16l5 5",
            Self::Settings => {
                "M4 7h9M19 7h1M17 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM4 17h1M11 17h9M9 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0z"
            }
            Self::SignOut => "M10 4H5v16h5M10 12h10M16 8l4 4-4 4",
            Self::Sun => {
                "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.600L7 7M17 17l1.4 1.400M18.4 5.600L17 7M7 17l-1.4 1.4"
            }
            Self::Table => "M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14",
            Self::Terminal => "M4 5h16v14H4zM7.5 9.500L10 12l-2.5 2.500M12.5 14.500h4",
            Self::Trash => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.500M14 11v5.5",
            Self::Undo => "M9 5L4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3",
            Self::Upload => "M12 16V5M7 9.500l5-5 5 5M4 20h16",
            Self::Users => {
                "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14a6.500 6.500 0 0 1 3.500 6"
            }
            Self::Video => "M3 6h12v12H3zM15 10.500l6-3.500v10l-6-3.5",
            Self::Warning => "M12 4l9.5 16h-19zM12 10v4.500M12 17.200h.01",
        }
    }
}

#[component]
pub fn Icon(name: Name) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
            <path d=name.outline() />
        </svg>
    }
}
