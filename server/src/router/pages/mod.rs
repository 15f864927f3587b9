//! The pages: rendered here first, with the person who looks and the use cases given by context.

pub(super) mod refused_form;

use app::{
    contract::{ApiError, ErrorCode},
    server_rendered::components,
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use tower::ServiceExt;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

use super::{limits::work_of_page, not_found};
use crate::{
    config::Site,
    features::{
        admin, api_keys, audit,
        auth::{self, Visitor},
        buckets, invitations,
        pages::{Audience, PKG, PageRoute, Pages, render, to_sign_in},
        teams,
    },
    http::{
        page_request::{is_form, wants_json},
        problem::ErrorBody,
        routes::Routes,
    },
    state::AppState,
};

pub(super) fn router(state: &AppState) -> Routes<AppState> {
    // Resources of a page are futures; leptos must know on what they run. A second call is told so and ignored.
    let _ = any_spawner::Executor::init_tokio();

    // Handlers of server-rendered pages refuse as the API does; the refusal becomes a page here.
    let server_rendered = server_rendered()
        .into_routes()
        .route_layer(from_fn_with_state(state.clone(), tell));
    browsed().into_routes().merge(server_rendered)
}

/// What the router would declare for pages.
pub(super) fn declared() -> Routes<AppState> {
    browsed().merge(server_rendered()).into_routes()
}

/// The browser's half of the program.
pub(super) fn bundle(site: &Site) -> Router<AppState> {
    let caching = if site.hashed_files {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let bundle = ServeDir::new(site.root.join("pkg"))
        .precompressed_br()
        .append_index_html_on_directories(false);
    let bundle = tower::ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static(caching),
        ))
        .service(bundle);
    Router::new().nest_service(PKG, bundle)
}

/// Every page there is.
#[must_use]
pub fn routes() -> Vec<PageRoute> {
    browsed().merge(server_rendered()).into_list()
}

/// The pages that live in the browser once they are rendered.
fn browsed() -> Pages {
    Pages::default()
        .get(Audience::Everyone, "/", home)
        .get(Audience::Members, "/files", members)
        .get(Audience::Members, "/files/", members)
        .get(Audience::Members, "/files/{*path}", members)
        .get(Audience::Members, "/teams/{id}", members)
        .get(Audience::Members, "/teams/{id}/", members)
        .get(Audience::Members, "/teams/{id}/{*path}", members)
        .get(Audience::Members, "/storage/server/{bucket}", members)
        .get(Audience::Members, "/storage/server/{bucket}/", members)
        .get(Audience::Members, "/storage/server/{bucket}/{*path}", members)
}

/// The pages that are rendered whole.
fn server_rendered() -> Pages {
    auth::pages::pages()
        .merge(api_keys::pages())
        .merge(buckets::pages())
        .merge(admin::pages())
        .merge(teams::pages())
        .merge(invitations::pages())
        .merge(audit::pages())
}

async fn tell(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (as_page, uri) = (reads_pages(&request), request.uri().clone());
    let response = next.run(request).await;
    if as_page {
        told_as_page(&state, uri, response).await
    } else {
        response
    }
}

/// Whether an error of a page is told as a page on the spot. Forms are shown again further out.
pub(super) fn reads_pages(request: &Request) -> bool {
    !request.uri().path().starts_with("/api/") && !wants_json(request.headers()) && !is_form(request)
}

/// Makes a page of an error as the API answers it; what is a page already stays as it is.
pub(super) async fn told_as_page(state: &AppState, uri: Uri, mut response: Response) -> Response {
    let Some(ErrorBody(error)) = response.extensions_mut().remove::<ErrorBody>() else {
        return response;
    };
    let mut told = failure(state, uri, &error, &[]).await;
    told.extensions_mut().insert(ErrorBody(error));
    *told.status_mut() = response.status();
    if let Some(after) = response.headers_mut().remove(header::RETRY_AFTER) {
        told.headers_mut().insert(header::RETRY_AFTER, after);
    }
    told
}

/// A page that says what went wrong, and gives back what was typed.
async fn failure(state: &AppState, uri: Uri, error: &ApiError, typed: &[(String, String)]) -> Response {
    let again = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let page = if error.code == ErrorCode::ResourceNotFound {
        components::nowhere()
    } else {
        components::failed(error, &again, typed)
    };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    render(state, None, Some(page), request).await
}

async fn home(Visitor(visitor): Visitor) -> Redirect {
    Redirect::to(if visitor.is_some() { "/files/" } else { "/sign-in" })
}

/// Pages for those who are signed in; others sign in first and come back.
async fn members(State(state): State<AppState>, Visitor(visitor): Visitor, mut request: Request) -> Response {
    if let Some(who) = &visitor {
        if let Some(work) = work_of_page(&state, who.user_id) {
            request.extensions_mut().insert(work);
        }
        return render(&state, visitor.as_ref(), None, request).await;
    }
    to_sign_in(request.method(), request.uri())
}

/// Whatever no route knows: a file of `public/`, or the page that says there is nothing here.
pub(super) async fn fallback(
    State(state): State<AppState>,
    Visitor(visitor): Visitor,
    request: Request,
) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") || !matches!(*request.method(), Method::GET | Method::HEAD)
    {
        return not_found().into_response();
    }
    let page = Request::builder().uri(request.uri().clone()).body(Body::empty());
    let files = ServeDir::new(&state.config.site.root).append_index_html_on_directories(false);
    match files.oneshot(request).await {
        Ok(found) if found.status() != StatusCode::NOT_FOUND => found.map(Body::new),
        _ => match page {
            Ok(page) => {
                let mut response = render(&state, visitor.as_ref(), None, page).await;
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
            Err(_) => not_found().into_response(),
        },
    }
}
