//! What every feature's wire types are made of: identifiers, keys, bucket names, times and the one error shape.
//! A value of these types has been checked; code that holds one need not check again. And which texts are the same.

pub mod bucket;
pub mod error;
pub mod id;
pub mod key;
pub mod page;
pub mod text;
pub mod timestamp;

pub use bucket::BucketName;
pub use error::{ApiError, ErrorCode};
pub use id::{ApiKeyId, EventId, InvitationId, SignInId, UserId};
pub use key::{KeyError, KeyRoot, ListedKey, UserKey, UserPrefix};
pub use page::MaxKeys;
pub use timestamp::Timestamp;
