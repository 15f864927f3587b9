//! Where to go after signing in: a path of this site, whatever was asked for.

/// A path with its query, beginning with one slash. Never another site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    const HOME: &'static str = "/files/";

    /// Anything that a browser could read as another origin becomes the home folder: `//host`, `/\host`,
    /// `https:host`, and those with tabs or line breaks inside, which browsers drop.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        let mut bytes = raw.bytes();
        let local = bytes.next() == Some(b'/')
            && !matches!(bytes.next(), Some(b'/' | b'\\'))
            && raw.bytes().all(|b| b.is_ascii_graphic())
            && raw.len() <= 4096;
        Self(if local { raw } else { Self::HOME }.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_leaves_the_site() {
        for stays in ["/files/", "/files/a%20b/?q=1", "/"] {
            assert_eq!(LocalPath::parse(stays).as_str(), stays);
        }
        for leaves in [
            "",
            "files",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "\t//evil.example",
            "/a\r\nSet-Cookie: x=1",
            "javascript:alert(1)",
        ] {
            assert_eq!(LocalPath::parse(leaves).as_str(), "/files/", "{leaves}");
        }
    }
}
