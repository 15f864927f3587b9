use std::convert::Infallible;

use app::features::files::types::{NDJSON, ObjectEntry, SearchEnd, SearchLine, SearchQuery};
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::PagedArray;
use crate::{
    features::{
        auth::CanRead,
        files::{
            error::FileError,
            service::{Searching, Stopped},
        },
        scopes::Refusals,
    },
    http::{
        extract::Query,
        problem::{Problem, too_many},
    },
    platform::rate_limit::Work,
    state::AppState,
};

/// Finds objects and folders whose path has all the words, in any order and without regard to case, among all keys under
/// the prefix.
///
/// A folder is found whether or not an object stands for it (a key that ends in `/`), before what is in it. Hits come in
/// the order of their keys. They can be narrowed by kind, which the ending of the name tells, by size and by time of
/// change; folders have no size and no time.
///
/// As JSON, one answer reads at most 50,000 keys: while `x-continuation-token` is answered there are keys that nobody has
/// looked at yet, also when an answer holds few hits or none.
///
/// With `Accept: application/x-ndjson` hits are streamed, one a line, as they are found, to the end of the keys. The last
/// line is no hit: it has `complete`, and where that is `false` a `continuation_token` to go on with, and the error that
/// ended the search. A stream without that line was cut off.
///
/// Every 10,000 keys that are read count as one request. When the minute's are used up the search ends before the next
/// 10,000, and goes on by its token.
#[utoipa::path(
    get,
    path = "/api/s3/search",
    tag = "Files",
    params(SearchQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200,
            content((Vec<ObjectEntry> = "application/json"), (SearchLine = "application/x-ndjson")),
            headers(("x-continuation-token" = String, description = "The search goes on here; absent at its end, and from a stream"))),
        Refusals
    )
)]
pub(super) async fn search_objects(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    work: Option<Extension<Work>>,
    headers: HeaderMap,
    Query(query): Query<SearchQuery>,
) -> Result<Response, Problem> {
    let work = work.map(|Extension(work)| work);
    if asks_for_lines(&headers) {
        let mut searching = state.files.search_on(&who, &query, work).await?;
        // What fails at once is answered by its status.
        let first = searching.next().await?;
        return Ok(streamed(searching, first));
    }
    let (items, next) = state.files.search(&who, &query, work).await?;
    Ok(PagedArray { items, next }.into_response())
}

fn asks_for_lines(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let essence = range.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case(NDJSON)
        })
}

fn streamed(searching: Searching, first: Option<Vec<ObjectEntry>>) -> Response {
    let lines = stream::unfold(Some((searching, Some(first))), |going| async {
        let (mut searching, mut first) = going?;
        loop {
            let found = match first.take() {
                Some(first) => Ok(first),
                None => searching.next().await,
            };
            match found {
                Ok(Some(found)) if found.is_empty() => {}
                Ok(Some(found)) => {
                    let lines = found.into_iter().map(SearchLine::Hit);
                    return Some((text(lines), Some((searching, None))));
                }
                ended => {
                    let end = SearchLine::End(end(&searching, ended.err()));
                    return Some((text([end]), None));
                }
            }
        }
    });
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    // nginx would hold the lines back.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

fn text(lines: impl IntoIterator<Item = SearchLine>) -> Result<Bytes, Infallible> {
    let mut text = Vec::new();
    for line in lines {
        // Writing to memory does not fail, nor does a line that is made of texts and numbers.
        if serde_json::to_writer(&mut text, &line).is_ok() {
            text.push(b'\n');
        }
    }
    Ok(text.into())
}

fn end(searching: &Searching, failed: Option<FileError>) -> SearchEnd {
    let continuation_token = searching.token();
    let (error, retry_after) = match (failed, searching.stopped()) {
        (Some(error), _) => (Some(Problem::from(error).into_outside().1), None),
        (None, Some(Stopped::Throttled(wait))) => (Some(too_many(wait)), Some(wait)),
        (None, _) => (None, None),
    };
    SearchEnd {
        complete: error.is_none() && continuation_token.is_none(),
        continuation_token,
        error,
        retry_after,
    }
}
