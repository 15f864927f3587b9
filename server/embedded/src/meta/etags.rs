//! Lists of entity tags, as `If-Match` and `If-None-Match` carry them.

/// Any tag at all, or one of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntityTags {
    Any,
    Listed(Vec<EntityTag>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag {
    weak: bool,
    /// Without quotes.
    value: String,
}

impl EntityTags {
    /// Reads `*` or a list (RFC 9110, section 8.8.3). As S3 does, it takes a tag without quotes too.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut rest = std::str::from_utf8(text).ok()?.trim();
        if rest == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        // A list may have empty members.
        loop {
            rest = rest.trim_start_matches([',', ' ', '\t']);
            if rest.is_empty() {
                break;
            }
            let (weak, tag) = match rest.strip_prefix("W/") {
                Some(tag) => (true, tag),
                None => (false, rest),
            };
            let (value, behind) = match tag.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None if weak => return None,
                None => tag.split_at(tag.find([',', ' ', '\t']).unwrap_or(tag.len())),
            };
            let behind = behind.trim_start_matches([' ', '\t']);
            if !(behind.is_empty() || behind.starts_with(',')) || value.contains('"') {
                return None;
            }
            tags.push(EntityTag {
                weak,
                value: value.to_owned(),
            });
            rest = behind;
        }
        (!tags.is_empty()).then_some(Self::Listed(tags))
    }

    /// One tag, without quotes.
    pub(crate) fn one(value: String) -> Self {
        Self::Listed(vec![EntityTag { weak: false, value }])
    }

    /// Whether the object's tag is among them, weak or not: the comparison of `If-None-Match`.
    pub(crate) fn have(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| tag.value == etag),
        }
    }

    /// Whether the object's tag is among the strong ones: the comparison of `If-Match` and `If-Range`.
    pub(crate) fn have_strong(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| !tag.weak && tag.value == etag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_nonsense_is_not() {
        let parse = |text: &str| EntityTags::parse(text.as_bytes());
        assert_eq!(parse(" * "), Some(EntityTags::Any));
        for text in ["\"a\"", "a", "\"a\",", ", \"b\" ,\"a\"", "W/\"b\", a"] {
            assert!(parse(text).unwrap().have_strong("a"), "{text}");
        }
        let weak = parse("W/\"a\"").unwrap();
        assert!(weak.have("a") && !weak.have_strong("a"));
        assert_eq!(parse("\"a, b\"").unwrap(), EntityTags::one("a, b".into()));
        for text in ["", ",", "\"a", "a\"b", "\"a\"b", "W/a", "a b", "\"a\" \"b\""] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
