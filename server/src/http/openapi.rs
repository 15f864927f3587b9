//! The OpenAPI document, generated from the handlers' own types.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(info(title = "Stowage"))]
pub(super) struct Document;
