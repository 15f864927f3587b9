//! The query of a request, decoded as `s3s` decodes it for the signature.

use s3s::{S3Result, s3_error};

/// Names and values in the order of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: Option<&str>) -> S3Result<Self> {
        serde_urlencoded::from_str(text.unwrap_or_default())
            .map(Self)
            .map_err(|_| s3_error!(InvalidURI, "The query cannot be read"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// The first value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A query of the pairs whose name is kept.
    pub(crate) fn encode(&self, kept: impl Fn(&str) -> bool) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.pairs().filter(|(name, _)| kept(name)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_reads_back() {
        let query = Query::parse(Some("acl&prefix=a+b%2Bc%26%C3%BC&x=1")).unwrap();
        assert!(query.has("acl"));
        assert_eq!(query.get("prefix"), Some("a b+c&ü"));
        let kept = query.encode(|name| name != "x");
        assert_eq!(kept, "acl=&prefix=a+b%2Bc%26%C3%BC");
        assert_eq!(Query::parse(Some(&kept)).unwrap().get("prefix"), Some("a b+c&ü"));
    }
}
