//! The OpenAPI document: generated from the handlers' own types, then completed with what holds for every route.

use app::{
    contract::{ApiError, MaxKeys},
    features::{audit::types::AuditFormat, files::types::EntryKind},
};
use http::Method;
use utoipa::{
    OpenApi,
    openapi::{
        Deprecated, HeaderBuilder, Object, OpenApi as Tree, Ref, RefOr, Type,
        content::ContentBuilder,
        path::{Operation, PathItem},
        response::{Response, ResponseBuilder},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::http::{
    compat,
    routes::{LimitClass, RoutePolicies},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Forepeak",
        description = "Files in S3, for people and scripts. Sign in at `/api/auth/login`, then send \
                       `Authorization: Bearer <access token>`.\n\nEvery error has the shape of `ApiError`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    // utoipa collects the schemas of bodies from the handlers, but not those that only parameters use.
    components(schemas(ApiError, AuditFormat, EntryKind, MaxKeys)),
    tags(
        (name = "Accounts", description = "Registering, signing in, signing out"),
        (name = "Administration", description = "For admins: accounts, invitations, the audit log"),
        (name = "Teams", description = "People who share a folder, and what each may do there"),
        (name = "Buckets", description = "Buckets of the caller's own, and what lies in them"),
        (name = "Jobs", description = "Work that outlives the request that asked for it"),
        (name = "Operations", description = "For those who keep Forepeak running"),
        (name = "Compatibility", description = "Older paths of the routes above; they answer the same"),
    )
)]
pub(super) struct Document;

/// Adds the ways to authenticate, the failures that every route shares, and the older paths. `cookie` is the name of
/// the session's cookie.
pub(super) fn complete(document: &mut Tree, policies: &RoutePolicies, cookie: &str) {
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .build(),
        ),
    );
    components.add_security_scheme(
        "api_key",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "X-API-Key",
            "Made by `POST /api/auth/api-keys`. Good for files alone, as far as its scopes and its prefix reach.",
        ))),
    );
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            cookie,
            "The browser's session. What changes something must also show where it comes from: `Sec-Fetch-Site`, \
             `Origin`, or the header `X-CSRF-Protection`.",
        ))),
    );
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            describe_failures(&method, operation);
            let policy = policies.declared(&method, path);
            if policy.is_some_and(|policy| policy.class != LimitClass::Free) {
                describe_limit(operation);
            }
        }
    }
    let older: Vec<_> = document
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| compat::aliases_of(path).map(|alias| (alias, as_alias(path, item))))
        .collect();
    document.paths.paths.extend(older);
    let paths = std::mem::take(&mut document.paths.paths);
    document.paths.paths = paths
        .into_iter()
        .map(|(path, item)| (described(&path), item))
        .collect();
}

/// OpenAPI has no word for a parameter that may contain slashes.
fn described(route: &str) -> String {
    route.replace("{*", "{")
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::OPTIONS, &mut item.options),
        (Method::HEAD, &mut item.head),
        (Method::PATCH, &mut item.patch),
        (Method::TRACE, &mut item.trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What a handler has described by status and words gets the body that all errors have; what all routes share is
/// added where it is missing.
fn describe_failures(method: &Method, operation: &mut Operation) {
    let api = operation
        .tags
        .as_ref()
        .is_none_or(|tags| tags.iter().all(|tag| tag != "Operations"));
    if !api {
        return;
    }
    let secured = operation.security.as_ref().is_some_and(|ways| !ways.is_empty());
    let takes_input = operation.request_body.is_some() || operation.parameters.is_some();
    let shared = [
        (
            takes_input,
            "400",
            "The request is not what this route takes; `fields` says where",
        ),
        (secured, "401", "No credentials, or none that are valid"),
        (secured, "403", "Not allowed"),
        (operation.request_body.is_some(), "413", "The body is too large"),
        (
            operation.request_body.is_some(),
            "415",
            "The body is of another type",
        ),
        (true, "500", "Something went wrong on the server"),
        (
            true,
            "503",
            "The database or the storage cannot be reached or is locked; `Retry-After` says when to try again",
        ),
        (
            *method != Method::GET,
            "507",
            "The server's disk is full; what only deletes works still",
        ),
    ];
    let responses = &mut operation.responses.responses;
    for (_, status, words) in shared.into_iter().filter(|(applies, ..)| *applies) {
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(failure(words)));
    }
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            *response = failure(&response.description);
        }
    }
}

/// What every limited route may answer, and what each of its answers tells.
fn describe_limit(operation: &mut Operation) {
    let refused = failure("Too many requests of this kind within a minute");
    let responses = &mut operation.responses.responses;
    let too_many = responses
        .entry("429".to_owned())
        .or_insert_with(|| RefOr::T(refused));
    if let RefOr::T(response) = too_many {
        for (name, words) in [
            ("Retry-After", "Seconds until the next one is admitted"),
            ("X-RateLimit-Limit", "Requests in any span of a minute"),
            ("X-RateLimit-Remaining", "Requests that would be admitted now"),
            (
                "X-RateLimit-Reset",
                "When the next one becomes free, in Unix seconds",
            ),
        ] {
            let header = HeaderBuilder::new()
                .schema(Some(Object::with_type(Type::Integer)))
                .description(Some(words));
            response.headers.insert(name.to_owned(), header.build().into());
        }
    }
}

fn failure(description: &str) -> Response {
    let schema = Ref::from_schema_name("ApiError");
    ResponseBuilder::new()
        .description(description)
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(schema)).build(),
        )
        .build()
}

fn as_alias(canonical: &str, item: &PathItem) -> PathItem {
    let mut item = item.clone();
    for (_, operation) in operations(&mut item) {
        operation.tags = Some(vec!["Compatibility".to_owned()]);
        operation.deprecated = Some(Deprecated::True);
        operation.summary = Some(format!("The same as `{canonical}`"));
        // Ids are unique in a document, and these are no operations of their own.
        operation.operation_id = None;
    }
    item
}
