//! What can go wrong with a bucket, and what of it the caller is told.

use app::contract::{
    ApiError, BucketName, ErrorCode, RegionName, bucket::BucketNameError, region::RegionNameError,
};
use tokio::task::JoinError;

use crate::{
    features::{files::error::FileError, uploads::error::UploadError},
    http::problem::{Failure, database_outside, storage_outside},
    platform::{cursor::ForeignCursor, object_store::StoreError},
};

#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    #[error("{field} {error}")]
    Name {
        field: &'static str,
        error: BucketNameError,
    },
    #[error("region {0}")]
    RegionName(RegionNameError),
    #[error("confirm is not {0}")]
    NotConfirmed(BucketName),
    #[error("no page of a bucket")]
    NoSuchPage,
    #[error("bucket_name is a name that this server keeps for itself")]
    Reserved,
    #[error("the caller may not make buckets: {0}")]
    NotAllowed(&'static str),
    #[error("the caller has {0} buckets already")]
    TooMany(u32),
    /// By whomever, here or in all of S3.
    #[error("the name {0} is taken")]
    Taken(BucketName),
    #[error("storage does not make buckets in {region}: {why}")]
    Region { region: RegionName, why: String },
    #[error("no bucket {0} of this caller's")]
    NoSuchBucket(BucketName),
    #[error("the bucket {0} holds objects")]
    NotEmpty(BucketName),
    /// Another request, or the program itself, makes or deletes it at the moment.
    #[error("the bucket {0} is being made or deleted")]
    Busy(BucketName),
    #[error("storage keeps versions of the bucket {0}: {1}")]
    Kept(BucketName, String),
    #[error("continuation_token {0}")]
    Cursor(#[from] ForeignCursor),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the work on the bucket broke off")]
    BrokenOff(#[from] JoinError),
}

impl Failure for BucketError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Name { field, error } => ApiError::field(*field, error.to_string()),
            Self::RegionName(error) => ApiError::field("region", error.to_string()),
            Self::NotConfirmed(name) => {
                ApiError::field("confirm", format!("must be {name}, as it is written"))
            }
            Self::NoSuchPage => {
                ApiError::new(ErrorCode::ResourceNotFound, "There is nothing at this address")
            }
            Self::Reserved => ApiError::field("bucket_name", "is kept for an address of this server"),
            Self::NotAllowed(why) => ApiError::new(ErrorCode::PermissionDenied, *why),
            Self::TooMany(most) => ApiError::new(
                ErrorCode::Conflict,
                format!(
                    "You have {most} buckets, as many as one person may have. Delete one that you do not need."
                ),
            ),
            Self::Taken(name) => ApiError::new(
                ErrorCode::Conflict,
                format!("The bucket name {name} is taken. Choose another one."),
            ),
            Self::Region { region, why } => ApiError::field(
                "region",
                format!("{region} is none that buckets can be made in here: {why}"),
            ),
            Self::NoSuchBucket(name) => ApiError::new(
                ErrorCode::ResourceNotFound,
                format!("Bucket {name} does not exist"),
            ),
            Self::NotEmpty(name) => ApiError::new(
                ErrorCode::Conflict,
                format!("Bucket {name} is not empty. Delete what is in it first."),
            ),
            Self::Busy(name) => ApiError::new(
                ErrorCode::Conflict,
                format!("Bucket {name} is being created or deleted. Try again shortly."),
            ),
            Self::Kept(name, code) => ApiError::new(
                ErrorCode::Conflict,
                format!(
                    "Storage does not delete some earlier versions in {name} ({code}), so the bucket stays."
                ),
            ),
            Self::Cursor(error) => ApiError::field("continuation_token", error.to_string()),
            Self::File(error) => error.outside(),
            Self::Upload(error) => error.outside(),
            Self::Store(error) => storage_outside(error),
            Self::Database(error) => database_outside(error),
            Self::BrokenOff(_) => ApiError::new(ErrorCode::InternalError, "Something went wrong"),
        }
    }
}
