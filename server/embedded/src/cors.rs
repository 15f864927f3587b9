//! CORS: which origins' pages may read answers, by a bucket's own rules or the store's default one.
//!
//! A preflight carries no credentials, so it is answered before authentication; it tells nothing but
//! the rule, and a bucket that does not exist looks like one without rules of its own.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::config::CorsDefault;

/// Headers that scripts need to see, beside every `x-amz-*` one of the answer.
const EXPOSED: [&str; 8] = [
    "etag",
    "accept-ranges",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-range",
    "date",
    "last-modified",
];

/// One rule of a bucket's CORS configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) methods: Vec<String>,
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    /// `None`: everything that is useful, computed from the answer (the default rule only).
    #[serde(default)]
    pub(crate) expose: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) max_age: Option<u32>,
}

impl Rule {
    /// The rule that holds where a bucket has none.
    pub(crate) fn default_for(config: &CorsDefault) -> Self {
        Self {
            id: None,
            origins: config.allowed_origins.clone(),
            methods: ["GET", "HEAD", "PUT", "POST", "DELETE"]
                .map(str::to_owned)
                .to_vec(),
            headers: vec!["*".to_owned()],
            expose: None,
            max_age: Some(config.max_age_seconds),
        }
    }

    fn allows(&self, origin: &str, method: &str) -> bool {
        self.methods.iter().any(|allowed| allowed == method)
            && self.origins.iter().any(|allowed| matches(allowed, origin))
    }
}

/// Whether `pattern`, in which one `*` stands for anything, matches the text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

/// Why a preflight is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It names no origin or no method, and so is none.
    Incomplete,
    /// No rule allows what it asks for.
    Forbidden,
}

/// The headers of the answer to a preflight.
pub(crate) fn preflight(rules: &[Rule], request: &HeaderMap) -> Result<HeaderMap, Refused> {
    let text = |name: HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    let origin = text(ORIGIN).ok_or(Refused::Incomplete)?;
    let method = text(ACCESS_CONTROL_REQUEST_METHOD).ok_or(Refused::Incomplete)?;
    allow(rules, request, origin, method).ok_or(Refused::Forbidden)
}

fn allow(rules: &[Rule], request: &HeaderMap, origin: &str, method: &str) -> Option<HeaderMap> {
    let asked: Vec<String> = match request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        Some(value) => value
            .to_str()
            .ok()?
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .collect(),
        None => Vec::new(),
    };
    let rule = rules.iter().find(|rule| {
        rule.allows(origin, method)
            && asked.iter().all(|name| {
                rule.headers
                    .iter()
                    .any(|allowed| matches(&allowed.to_ascii_lowercase(), name))
            })
    })?;
    let mut answer = HeaderMap::new();
    put(&mut answer, ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    put(
        &mut answer,
        ACCESS_CONTROL_ALLOW_METHODS,
        &rule.methods.join(", "),
    );
    if !asked.is_empty() {
        put(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &asked.join(", "));
    }
    if let Some(seconds) = rule.max_age {
        put(&mut answer, ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
    }
    if let Some(names) = &rule.expose
        && !names.is_empty()
    {
        put(&mut answer, ACCESS_CONTROL_EXPOSE_HEADERS, &names.join(", "));
    }
    put(
        &mut answer,
        VARY,
        "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    );
    Some(answer)
}

/// Adds to an answer what lets the page that asked read it.
pub(crate) fn decorate(rules: &[Rule], method: &http::Method, origin: &HeaderValue, answer: &mut HeaderMap) {
    answer.append(VARY, HeaderValue::from_static("Origin"));
    let Ok(text) = origin.to_str() else { return };
    let Some(rule) = rules.iter().find(|rule| rule.allows(text, method.as_str())) else {
        return;
    };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    put(answer, ACCESS_CONTROL_ALLOW_METHODS, &rule.methods.join(", "));
    let exposed = match &rule.expose {
        Some(names) => names.join(", "),
        None => {
            let amz = answer
                .keys()
                .map(HeaderName::as_str)
                .filter(|name| name.starts_with("x-amz-"));
            EXPOSED.into_iter().chain(amz).collect::<Vec<_>>().join(", ")
        }
    };
    if !exposed.is_empty() {
        put(answer, ACCESS_CONTROL_EXPOSE_HEADERS, &exposed);
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(origin: &str, method: &str, headers: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        put(&mut map, ORIGIN, origin);
        put(&mut map, ACCESS_CONTROL_REQUEST_METHOD, method);
        put(&mut map, ACCESS_CONTROL_REQUEST_HEADERS, headers);
        map
    }

    #[test]
    fn the_default_rule_is_for_its_origins_only() {
        let config = CorsDefault {
            allowed_origins: vec!["http://a:1".into()],
            max_age_seconds: 5,
        };
        let rules = [Rule::default_for(&config)];
        let answer = preflight(&rules, &ask("http://a:1", "PUT", "Content-Type, x-amz-meta-b")).unwrap();
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "http://a:1");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_HEADERS], "content-type, x-amz-meta-b");
        let forbidden = Err(Refused::Forbidden);
        assert_eq!(preflight(&rules, &ask("http://a:12", "PUT", "")), forbidden);
        assert_eq!(preflight(&rules, &ask("http://a:1", "PATCH", "")), forbidden);
        assert_eq!(
            preflight(
                &[Rule::default_for(&CorsDefault::default())],
                &ask("http://a:1", "PUT", "")
            ),
            forbidden
        );
        let mut no_origin = ask("http://a:1", "PUT", "");
        no_origin.remove(ORIGIN);
        assert_eq!(preflight(&rules, &no_origin), Err(Refused::Incomplete));
    }

    #[test]
    fn a_star_stands_for_anything_once() {
        assert!(matches("http://*.example", "http://a.b.example"));
        assert!(!matches("http://*.example", "http://.examples"));
        assert!(matches("*", "null"));
        assert!(!matches("xy*yx", "xyx"));
    }
}
