//! What kind of file a name or a content type promises: for its icon, for what can be previewed, and for what a search
//! is narrowed to, on the server too.

use crate::{features::files::types::EntryKind, ui::icon::Name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Folder,
    Image,
    Video,
    Audio,
    /// Read as plain text, whatever it is written in.
    Text,
    Code,
    Table,
    Document,
    Archive,
    Other,
}

impl FileKind {
    /// By the name alone, as rows have nothing else.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        if name.ends_with('/') {
            return Self::Folder;
        }
        let Some((_, extension)) = name.rsplit_once('.') else {
            return match name {
                "Makefile" | "Dockerfile" | "LICENSE" | "README" => Self::Text,
                _ => Self::Other,
            };
        };
        match extension.to_ascii_lowercase().as_str() {
            "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "bmp" | "ico" | "heic" | "heif" | "tif"
            | "tiff" => Self::Image,
            "mp4" | "webm" | "mov" | "mkv" | "avi" | "m4v" => Self::Video,
            "mp3" | "wav" | "ogg" | "flac" | "m4a" | "opus" | "aac" => Self::Audio,
            "txt" | "md" | "markdown" | "log" | "rst" | "tex" | "ini" | "cfg" | "conf" | "env" => Self::Text,
            "rs" | "py" | "js" | "mjs" | "ts" | "tsx" | "jsx" | "java" | "kt" | "go" | "c" | "h" | "cc"
            | "cpp" | "hpp" | "cs" | "rb" | "php" | "swift" | "sh" | "bash" | "sql" | "css" | "scss"
            | "html" | "htm" | "xml" | "svg" | "json" | "jsonl" | "yaml" | "yml" | "toml" | "lua" | "r"
            | "diff" | "patch" => Self::Code,
            "csv" | "tsv" | "xlsx" | "xls" | "ods" | "parquet" => Self::Table,
            "pdf" | "doc" | "docx" | "odt" | "rtf" | "ppt" | "pptx" | "odp" | "epub" => Self::Document,
            "zip" | "tar" | "gz" | "tgz" | "bz2" | "xz" | "zst" | "7z" | "rar" => Self::Archive,
            _ => Self::Other,
        }
    }

    /// As searches tell kinds.
    #[must_use]
    pub const fn entry_kind(self) -> EntryKind {
        match self {
            Self::Folder => EntryKind::Folder,
            Self::Image => EntryKind::Image,
            Self::Video => EntryKind::Video,
            Self::Audio => EntryKind::Audio,
            Self::Text | Self::Table | Self::Document => EntryKind::Document,
            Self::Code => EntryKind::Code,
            Self::Archive => EntryKind::Archive,
            Self::Other => EntryKind::Other,
        }
    }

    #[must_use]
    pub const fn icon(self) -> Name {
        match self {
            Self::Folder => Name::Folder,
            Self::Image => Name::Image,
            Self::Video => Name::Video,
            Self::Audio => Name::Audio,
            Self::Text | Self::Document => Name::Document,
            Self::Code => Name::Code,
            Self::Table => Name::Table,
            Self::Archive => Name::Archive,
            Self::Other => Name::File,
        }
    }

    /// A class for the icon's colour.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Folder => "kind kind-folder",
            Self::Image | Self::Video | Self::Audio => "kind kind-media",
            Self::Text | Self::Document | Self::Table => "kind kind-text",
            Self::Code => "kind kind-code",
            Self::Archive | Self::Other => "kind",
        }
    }
}

/// How the details drawer shows a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview {
    /// Through `<img>`, which runs no script.
    Image,
    /// The beginning of it, as text.
    Text,
    None,
}

impl Preview {
    /// Both must not contradict each other: storage decides what the bytes are served as, the name what they are
    /// meant to be. SVG and HTML are shown as their source.
    #[must_use]
    pub fn of(name: &str, content_type: &str) -> Self {
        let essence = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "image/bmp"
            | "image/x-icon" => Self::Image,
            "image/svg+xml"
            | "application/json"
            | "application/xml"
            | "application/javascript"
            | "application/toml"
            | "application/yaml"
            | "application/x-yaml"
            | "application/x-sh"
            | "application/sql" => Self::Text,
            text if text.starts_with("text/") || text.ends_with("+json") || text.ends_with("+xml") => {
                Self::Text
            }
            "" | "application/octet-stream" | "binary/octet-stream" => match FileKind::of_name(name) {
                FileKind::Text | FileKind::Code => Self::Text,
                FileKind::Table if name.ends_with("sv") => Self::Text,
                _ => Self::None,
            },
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        assert_eq!(FileKind::of_name("Holiday/"), FileKind::Folder);
        assert_eq!(FileKind::of_name("IMG_1.JPG"), FileKind::Image);
        assert_eq!(FileKind::of_name("main.rs"), FileKind::Code);
        assert_eq!(FileKind::of_name("no-extension"), FileKind::Other);
    }

    #[test]
    fn what_a_browser_could_run_is_shown_as_source() {
        assert_eq!(Preview::of("x.svg", "image/svg+xml"), Preview::Text);
        assert_eq!(Preview::of("x.pdf", "text/html"), Preview::Text);
        assert_eq!(Preview::of("x.png", "image/png"), Preview::Image);
        assert_eq!(Preview::of("x.bin", "application/octet-stream"), Preview::None);
        assert_eq!(Preview::of("notes.md", "binary/octet-stream"), Preview::Text);
        assert_eq!(Preview::of("x.csv", ""), Preview::Text);
    }
}
