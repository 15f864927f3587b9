//! A feature's routes, each declared under a policy: which limit counts it, and whether it works on a full disk.
//!
//! A route cannot be added without one. The middleware that needs the policy (limits, the disk's reserve, the audit of
//! refusals) stands outside the handler, so it looks it up by the pattern that the router matched.

mod class;
mod policy;

use std::convert::Infallible;

use axum::{
    extract::Request,
    handler::Handler,
    response::IntoResponse,
    routing::{MethodFilter, Route, on},
};
use http::Method;
use tower::{Layer, Service};
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

pub use class::LimitClass;
pub(crate) use policy::find_policy;
pub use policy::{RoutePolicies, RoutePolicy};

/// Routes, and the policy of each.
pub struct Routes<S> {
    /// Of what is added next.
    policy: RoutePolicy,
    router: OpenApiRouter<S>,
    policies: RoutePolicies,
}

impl<S> Routes<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// No routes yet; all that are added to it are under this policy. Those that are merged into it keep their own.
    pub fn under(policy: impl Into<RoutePolicy>) -> Self {
        Self {
            policy: policy.into(),
            router: OpenApiRouter::default(),
            policies: RoutePolicies::default(),
        }
    }

    /// Adds what `routes!` has made of handlers. The OpenAPI document describes it.
    #[must_use]
    pub fn routes(mut self, routes: UtoipaMethodRouter<S>) -> Self {
        let (_, paths, _) = &routes;
        for (pattern, item) in &paths.paths {
            for method in methods(item) {
                self.policies.declare(method, pattern, self.policy);
            }
        }
        self.router = self.router.routes(routes);
        self
    }

    /// Adds a route that the OpenAPI document does not describe, such as a page.
    #[must_use]
    pub fn get<H, T>(self, pattern: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.on(Method::GET, MethodFilter::GET, pattern, handler)
    }

    /// The same, for a form.
    #[must_use]
    pub fn post<H, T>(self, pattern: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.on(Method::POST, MethodFilter::POST, pattern, handler)
    }

    fn on<H, T>(mut self, method: Method, filter: MethodFilter, pattern: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.policies.declare(method, pattern, self.policy);
        self.router = self.router.route(pattern, on(filter, handler));
        self
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.policies.extend(other.policies);
        self.router = self.router.merge(other.router);
        self
    }

    /// Around every route so far.
    #[must_use]
    pub fn route_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Error: Into<Infallible>, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.router = self.router.route_layer(layer);
        self
    }

    pub fn into_parts(self) -> (OpenApiRouter<S>, RoutePolicies) {
        (self.router, self.policies)
    }
}

/// The methods that a path of the OpenAPI document has.
fn methods(item: &PathItem) -> impl Iterator<Item = Method> {
    [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::OPTIONS, &item.options),
        (Method::HEAD, &item.head),
        (Method::PATCH, &item.patch),
        (Method::TRACE, &item.trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.is_some().then_some(method))
}
