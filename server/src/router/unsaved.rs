//! A browser's session that could not be saved. The session layer then drops the handler's response and answers a bare
//! 500; its only causes are those of the database, so the answer is the database's.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    http::problem::{Problem, database_unavailable},
    router::pages,
    state::AppState,
};

/// Marks a response as made by a handler.
#[derive(Clone, Copy)]
struct FromHandler;

/// Inside the session layer.
pub(in crate::router) async fn mark(mut response: Response) -> Response {
    response.extensions_mut().insert(FromHandler);
    response
}

/// Outside the session layer.
pub(in crate::router) async fn answer(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let (uri, as_page) = (request.uri().clone(), pages::reads_pages(&request));
    let mut response = next.run(request).await;
    if response.extensions_mut().remove::<FromHandler>().is_some() {
        return response;
    }
    let response = Problem::new(database_unavailable()).into_response();
    if as_page {
        pages::told_as_page(&state, uri, response).await
    } else {
        response
    }
}
