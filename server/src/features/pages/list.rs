//! The pages' routes: one list, of which the router is made, and over which the tests go that are about every route.

use axum::handler::Handler;
use http::Method;

use crate::{
    http::routes::{LimitClass, RoutePolicy, Routes},
    state::AppState,
};

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
pub struct Pages {
    routes: Routes<AppState>,
    list: Vec<PageRoute>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            routes: Routes::under(LimitClass::Free),
            list: Vec::new(),
        }
    }
}

impl Pages {
    /// A page. It may be read as often as one likes.
    #[must_use]
    pub fn get<H, T>(self, audience: Audience, pattern: &str, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let routes = Routes::under(LimitClass::Free).get(pattern, handler);
        self.with(Method::GET, audience, pattern, routes)
    }

    /// A form, which is limited as routes of the API are.
    #[must_use]
    pub fn post<H, T>(
        self,
        audience: Audience,
        policy: impl Into<RoutePolicy>,
        pattern: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let routes = Routes::under(policy).post(pattern, handler);
        self.with(Method::POST, audience, pattern, routes)
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes = self.routes.merge(other.routes);
        self.list.extend(other.list);
        self
    }

    pub fn into_routes(self) -> Routes<AppState> {
        self.routes
    }

    #[must_use]
    pub fn into_list(self) -> Vec<PageRoute> {
        self.list
    }

    fn with(mut self, method: Method, audience: Audience, pattern: &str, routes: Routes<AppState>) -> Self {
        self.routes = self.routes.merge(routes);
        self.list.push(PageRoute {
            method,
            pattern: pattern.to_owned(),
            audience,
        });
        self
    }
}
