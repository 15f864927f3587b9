//! Which limit a route is under. Every route of the API stands here; `tests/it/routes` fails for one that does not.

use std::num::NonZeroU32;

use http::Method;

use crate::config::Rates;

/// Routes that are counted together. Each class has a counter of its own for each caller: a folder that is being
/// uploaded does not use up what the person needs to sign in elsewhere, nor a mistyped code what they need to sign in
/// with the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Compares a password, or the token of a set-up. Counted by address, as the next two are, whoever the caller says
    /// they are: otherwise each account would bring guesses of its own.
    Password,
    /// Compares a mailed code.
    Code,
    /// Makes the server send mail, or opens an account.
    Mail,
    /// Files and buckets.
    Files,
    /// What people do with their account, and admins with others'.
    Account,
    /// Hands out keys.
    Credentials,
    /// Pages, their assets, and what watches the server: not limited.
    Free,
}

impl Class {
    /// As the counters' store and the metrics name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Mail => "mail",
            Self::Files => "files",
            Self::Account => "account",
            Self::Credentials => "credentials",
            Self::Free => "free",
        }
    }

    /// Requests a minute; `None` is without end.
    #[must_use]
    pub const fn rate(self, rates: Rates) -> Option<NonZeroU32> {
        match self {
            Self::Password | Self::Code | Self::Mail => rates.auth,
            Self::Files | Self::Account => rates.s3,
            Self::Credentials => rates.credentials,
            Self::Free => None,
        }
    }

    /// As the counters' store names the counters of requests that other sites had a browser send.
    pub(super) const fn name_elsewhere(self) -> &'static str {
        match self {
            Self::Password => "password.elsewhere",
            Self::Code => "code.elsewhere",
            Self::Mail => "mail.elsewhere",
            Self::Files => "files.elsewhere",
            Self::Account => "account.elsewhere",
            Self::Credentials => "credentials.elsewhere",
            Self::Free => "free.elsewhere",
        }
    }

    /// Whether a signed-in caller has a counter of their own, rather than their address.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        !matches!(self, Self::Password | Self::Code | Self::Mail)
    }
}

/// Method (`*` for any) and the router's pattern, or its beginning where it ends in `*`. The first that fits decides.
/// Forms stand beside the API's routes: a page may be read as often as one likes, what it posts is limited alike.
const RULES: &[(&str, &str, Class)] = &[
    ("GET", "/health", Class::Free),
    ("GET", "/ready", Class::Free),
    ("GET", "/metrics", Class::Free),
    ("GET", "/.well-known/*", Class::Free),
    ("GET", "/api/dev/*", Class::Free),
    ("GET", "/api/docs*", Class::Free),
    ("GET", "/api/redoc*", Class::Free),
    ("GET", "/api/openapi.json", Class::Free),
    // Accounts
    ("POST", "/api/auth/register", Class::Mail),
    ("POST", "/api/auth/confirm", Class::Code),
    ("POST", "/api/auth/resend-code", Class::Mail),
    ("POST", "/api/auth/login", Class::Password),
    ("POST", "/api/auth/token", Class::Password),
    ("POST", "/api/auth/forgot-password", Class::Mail),
    ("POST", "/api/auth/reset-password", Class::Code),
    ("POST", "/api/auth/change-password", Class::Password),
    ("POST", "/api/auth/setup", Class::Password),
    ("POST", "/api/auth/refresh", Class::Account),
    ("POST", "/api/auth/logout", Class::Account),
    // It takes the current password, for another address.
    ("PATCH", "/api/auth/me", Class::Password),
    ("*", "/api/auth/me", Class::Account),
    ("*", "/api/auth/sessions*", Class::Account),
    ("POST", "/api/auth/api-keys", Class::Credentials),
    ("*", "/api/auth/api-keys*", Class::Account),
    ("*", "/api/admin/*", Class::Account),
    // Keys to storage
    ("*", "/api/credentials*", Class::Credentials),
    ("*", "/api/s3/credentials", Class::Credentials),
    // Files
    ("*", "/api/s3/*", Class::Files),
    ("*", "/api/buckets*", Class::Files),
    // Forms of pages
    ("POST", "/sign-in", Class::Password),
    ("POST", "/sign-out", Class::Account),
    ("POST", "/register", Class::Mail),
    ("POST", "/confirm", Class::Code),
    ("POST", "/confirm/resend", Class::Mail),
    ("POST", "/forgot-password", Class::Mail),
    ("POST", "/reset-password", Class::Code),
    ("POST", "/setup", Class::Password),
    ("POST", "/settings/password", Class::Password),
    ("POST", "/settings/profile", Class::Password),
    ("POST", "/settings/*", Class::Account),
    ("POST", "/admin/*", Class::Account),
];

/// The class of a route, as the router matched it; `None` for one that is not in the table.
#[must_use]
pub fn class_of(method: &Method, pattern: &str) -> Option<Class> {
    // Axum answers HEAD with the route of GET.
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    RULES
        .iter()
        .find(|(verb, rule, _)| {
            let fits = match rule.strip_suffix('*') {
                Some(start) => pattern.starts_with(start),
                None => pattern == *rule,
            };
            fits && (*verb == "*" || *verb == method)
        })
        .map(|(.., class)| *class)
}

/// What a request is under that matched `pattern`, or no route at all. What the table does not know is under the
/// strictest class where it could take a secret, and free where it is a page.
pub(in crate::router) fn class_of_request(method: &Method, pattern: Option<&str>) -> Class {
    let Some(pattern) = pattern else {
        // Nobody's address: answered from the router.
        return Class::Free;
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    class_of(method, pattern).unwrap_or(if reads && !pattern.starts_with("/api/") {
        Class::Free
    } else {
        Class::Password
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_thought_of_is_limited_most() {
        let class = |method: Method, pattern| class_of_request(&method, pattern);
        assert_eq!(class(Method::POST, Some("/api/auth/new-thing")), Class::Password);
        assert_eq!(class(Method::GET, Some("/api/new-thing")), Class::Password);
        assert_eq!(class(Method::POST, Some("/new-form")), Class::Password);
        assert_eq!(class(Method::GET, Some("/new-page")), Class::Free);
        assert_eq!(class(Method::HEAD, Some("/files/{*path}")), Class::Free);
        assert_eq!(class(Method::HEAD, Some("/api/s3/object")), Class::Files);
        assert_eq!(class(Method::POST, None), Class::Free);
    }
}
