//! What holds for a route before its handler runs, and where that is found.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::Method;

use super::LimitClass;

/// Said where the route is declared, as a [`LimitClass`] alone or with more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoutePolicy {
    pub class: LimitClass,
    /// Whether it works on a full disk, though its method is one that writes.
    on_full_disk: bool,
}

impl From<LimitClass> for RoutePolicy {
    fn from(class: LimitClass) -> Self {
        Self {
            class,
            on_full_disk: false,
        }
    }
}

impl LimitClass {
    /// For what is posted and works on a full disk all the same: it writes no more than that somebody signed in or out,
    /// without which nobody could delete, or nothing at all.
    #[must_use]
    pub const fn on_full_disk(self) -> RoutePolicy {
        RoutePolicy {
            class: self,
            on_full_disk: true,
        }
    }
}

impl RoutePolicy {
    /// The policy of a request that [`find_policy`] has passed.
    pub(crate) fn of(request: &Request) -> Self {
        let found = request.extensions().get().copied();
        found.unwrap_or(LimitClass::Password.into())
    }

    /// Whether a request by this method is let through while the disk is full. Reading and deleting always are.
    #[must_use]
    pub fn works_on_full_disk(self, method: &Method) -> bool {
        self.on_full_disk
            || matches!(
                *method,
                Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE
            )
    }
}

/// The policies of all routes, by the router's own patterns. Made by [`Routes`](super::Routes) and nobody else.
#[derive(Clone, Debug, Default)]
pub struct RoutePolicies(HashMap<String, Vec<(Method, RoutePolicy)>>);

impl RoutePolicies {
    /// The policy that a route was declared under.
    #[must_use]
    pub fn declared(&self, method: &Method, pattern: &str) -> Option<RoutePolicy> {
        // Axum answers HEAD with the route of GET.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut declared = self.0.get(pattern)?.iter();
        declared.find(|(by, _)| by == method).map(|(_, policy)| *policy)
    }

    /// What a request is under that matched `pattern`, or no route at all. A route that was not declared, such as a
    /// method that its address does not take, is under the strictest class where it could take a secret, and free
    /// where it is a page.
    #[must_use]
    pub fn of_request(&self, method: &Method, pattern: Option<&str>) -> RoutePolicy {
        let Some(pattern) = pattern else {
            // Nobody's address: answered from the router.
            return LimitClass::Free.into();
        };
        self.declared(method, pattern).unwrap_or_else(|| {
            let reads = matches!(*method, Method::GET | Method::HEAD);
            if reads && !pattern.starts_with("/api/") {
                LimitClass::Free.into()
            } else {
                LimitClass::Password.into()
            }
        })
    }

    pub(super) fn declare(&mut self, method: Method, pattern: &str, policy: RoutePolicy) {
        self.0
            .entry(pattern.to_owned())
            .or_default()
            .push((method, policy));
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (pattern, declared) in other.0 {
            self.0.entry(pattern).or_default().extend(declared);
        }
    }
}

/// Puts the policy of its route into each request, for the middleware further in.
pub(crate) async fn find_policy(
    State(policies): State<Arc<RoutePolicies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let pattern = request.extensions().get::<MatchedPath>();
    let policy = policies.of_request(request.method(), pattern.map(MatchedPath::as_str));
    request.extensions_mut().insert(policy);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_declared_is_limited_most() {
        let mut policies = RoutePolicies::default();
        policies.declare(Method::POST, "/api/declared", LimitClass::Free.into());
        policies.declare(Method::GET, "/api/declared", LimitClass::Files.into());
        for (method, pattern, class) in [
            (Method::POST, "/api/declared", LimitClass::Free),
            (Method::HEAD, "/api/declared", LimitClass::Files),
            (Method::PUT, "/api/declared", LimitClass::Password),
            (Method::POST, "/api/declared/more", LimitClass::Password),
            (Method::GET, "/api/new-thing", LimitClass::Password),
            (Method::POST, "/new-form", LimitClass::Password),
            (Method::GET, "/new-page", LimitClass::Free),
        ] {
            let policy = policies.of_request(&method, Some(pattern));
            assert_eq!(policy.class, class, "{method} {pattern}");
        }
        let nowhere = policies.of_request(&Method::POST, None);
        assert_eq!(nowhere.class, LimitClass::Free);
    }

    #[test]
    fn what_was_not_declared_writes_nothing_to_a_full_disk() {
        let policies = RoutePolicies::default();
        for (method, works) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::DELETE, true),
            (Method::POST, false),
            (Method::PUT, false),
            (Method::PATCH, false),
        ] {
            let policy = policies.of_request(&method, Some("/api/new-thing"));
            assert_eq!(policy.works_on_full_disk(&method), works, "{method}");
        }
        assert!(LimitClass::Files.on_full_disk().works_on_full_disk(&Method::POST));
    }
}
