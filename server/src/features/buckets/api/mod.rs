//! The routes of buckets, one file each. `/buckets` and `/s3/buckets` are older paths of the same (`http/compat.rs`).

mod create;
mod delete;
mod delete_item;
mod details;
mod get_item;
mod items;
mod list;
mod upload_item;

use app::contract::BucketName;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::routes;

use super::BucketError;
use crate::{
    features::auth::principal::Principal,
    http::routes::{LimitClass, Routes},
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Files)
        .routes(routes!(list::list_buckets))
        .routes(routes!(create::create_bucket))
        .routes(routes!(
            details::bucket_details,
            create::create_named_bucket,
            delete::delete_bucket
        ))
        .routes(routes!(get_item::get_item, delete_item::delete_item))
        .merge(
            Routes::under(LimitClass::Files)
                .routes(routes!(items::list_items, upload_item::upload_item))
                // It counts by itself, while the file goes to the spool.
                .route_layer(DefaultBodyLimit::disable()),
        )
}

/// The bucket that a path names.
fn named(raw: &str) -> Result<BucketName, BucketError> {
    raw.parse().map_err(|error| BucketError::Name {
        field: "bucket_name",
        error,
    })
}

/// The same, where it is one of the caller's own.
async fn own(state: &AppState, who: &Principal, raw: &str) -> Result<BucketName, BucketError> {
    let name = named(raw)?;
    state.buckets.own(who, &name).await?;
    Ok(name)
}
