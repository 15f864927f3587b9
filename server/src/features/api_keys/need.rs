//! What each route needs of an API key: one table for all of them. A route that nobody has thought of needs a person.

use app::features::api_keys::types::Scope;
use http::Method;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Any key at all: what a key must know to be used.
    Any,
    Scope(Scope),
    /// Somebody who signed in with their password: no key will do.
    Person,
}

/// `route` is the pattern that the router matched, such as `/api/s3/object`; never a path as it was sent.
#[must_use]
pub fn need(method: &Method, route: &str) -> Need {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    match route {
        "/api/auth/me" | "/api/s3/user-prefix" if reads => Need::Any,
        // It changes nothing: it signs a URL that reads.
        "/api/s3/download" => Need::Scope(Scope::Read),
        "/api/s3/credentials" => Need::Person,
        _ if route.starts_with("/api/s3/") => Need::Scope(if reads { Scope::Read } else { Scope::Write }),
        _ => Need::Person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_need_a_person_and_so_does_what_nobody_thought_of() {
        for (method, route) in [
            (Method::GET, "/api/auth/sessions"),
            (Method::PATCH, "/api/auth/me"),
            (Method::POST, "/api/auth/api-keys"),
            (Method::POST, "/api/credentials/temporary"),
            (Method::GET, "/api/admin/users"),
            (Method::GET, "/api/s3/credentials"),
            (Method::GET, "/api/s3"),
            (Method::GET, "/something/new"),
            (Method::GET, ""),
        ] {
            assert_eq!(need(&method, route), Need::Person, "{method} {route}");
        }
    }

    #[test]
    fn files_need_the_scope_of_what_is_done_to_them() {
        for (method, route, scope) in [
            (Method::GET, "/api/s3/objects", Scope::Read),
            (Method::HEAD, "/api/s3/object", Scope::Read),
            (Method::POST, "/api/s3/download", Scope::Read),
            (Method::DELETE, "/api/s3/objects", Scope::Write),
            (Method::POST, "/api/s3/uploads", Scope::Write),
            (Method::POST, "/api/s3/user-prefix", Scope::Write),
        ] {
            assert_eq!(need(&method, route), Need::Scope(scope), "{method} {route}");
        }
    }
}
