//! The pages' routes: one list, of which the router is made, and over which the tests go that are about every route.

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};
use http::Method;

use crate::state::AppState;

/// Who may see a page. The handler enforces it by the extractor that it takes: `Guest`, `Member` or `AdminPage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Everyone,
    /// Others are asked to sign in.
    Members,
    /// For other members there is nothing at its address.
    Admins,
}

/// One method at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRoute {
    pub method: Method,
    pub pattern: String,
    pub audience: Audience,
}

/// Pages with their handlers.
#[derive(Default)]
pub struct Pages {
    router: Router<AppState>,
    routes: Vec<PageRoute>,
}

impl Pages {
    #[must_use]
    pub fn get<H, T>(self, audience: Audience, pattern: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.on(Method::GET, MethodFilter::GET, audience, pattern, handler)
    }

    #[must_use]
    pub fn post<H, T>(self, audience: Audience, pattern: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.on(Method::POST, MethodFilter::POST, audience, pattern, handler)
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.routes.extend(other.routes);
        self
    }

    pub fn into_router(self) -> Router<AppState> {
        self.router
    }

    #[must_use]
    pub fn into_routes(self) -> Vec<PageRoute> {
        self.routes
    }

    fn on<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        audience: Audience,
        pattern: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.router = self.router.route(pattern, on(filter, handler));
        self.routes.push(PageRoute {
            method,
            pattern: pattern.to_owned(),
            audience,
        });
        self
    }
}
