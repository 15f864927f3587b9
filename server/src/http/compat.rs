//! Older paths, as the documents that Forepeak unifies print them: one table onto the canonical routes.

use http::{Request, Uri, uri::PathAndQuery};

/// `{*}` stands for the rest of the path.
const ALIASES: &[(&str, &str)] = &[
    ("/token", "/api/auth/token"),
    ("/api/token", "/api/auth/token"),
    ("/auth/profile", "/api/auth/me"),
    ("/api/auth/profile", "/api/auth/me"),
    ("/auth/{*}", "/api/auth/{*}"),
    ("/buckets", "/api/buckets"),
    ("/buckets/", "/api/buckets"),
    ("/buckets/{*}", "/api/buckets/{*}"),
    ("/api/buckets/", "/api/buckets"),
    ("/s3/buckets", "/api/buckets"),
    ("/s3/buckets/", "/api/buckets"),
    ("/s3/buckets/{*}", "/api/buckets/{*}"),
];

/// The path that the client used, when it was an older one.
#[derive(Clone, Debug)]
pub struct CalledAs(pub String);

/// Leads a request on an older path to its canonical route.
pub fn canonical<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    let found = ALIASES.iter().find_map(|(from, to)| rewrite(path, from, to));
    let Some(target) = without_last_slash(found.as_deref().unwrap_or(path)).or(found) else {
        return request;
    };
    let called_as = CalledAs(path.to_owned());
    let with_query = match request.uri().query() {
        Some(query) => format!("{target}?{query}"),
        None => target,
    };
    let mut parts = request.uri().clone().into_parts();
    let Ok(path) = with_query.parse::<PathAndQuery>() else {
        return request;
    };
    parts.path_and_query = Some(path);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(called_as);
    }
    request
}

/// The items of a bucket, as a list, with a slash at the end. With anything behind that it would be one of them.
fn without_last_slash(path: &str) -> Option<String> {
    let (_, rest) = path.strip_prefix("/api/buckets/")?.split_once('/')?;
    (rest == "items/").then(|| path.trim_end_matches('/').to_owned())
}

fn rewrite(path: &str, from: &str, to: &str) -> Option<String> {
    match from.strip_suffix("{*}") {
        Some(start) => {
            let rest = path.strip_prefix(start).filter(|rest| !rest.is_empty())?;
            Some(to.replace("{*}", rest))
        }
        None => (path == from).then(|| to.to_owned()),
    }
}

/// The older paths of a canonical one.
pub fn aliases_of(canonical: &str) -> impl Iterator<Item = String> {
    ALIASES
        .iter()
        .filter_map(move |(from, to)| rewrite(canonical, to, from))
}
