//! What every feature's wire types are made of: identifiers, keys, bucket names, times and the one error shape.
//! A value of these types has been checked; code that holds one need not check again. And which texts are the same.

pub mod bucket;
pub mod checksum;
pub mod disposition;
pub mod error;
pub mod id;
pub mod key;
pub mod name;
pub mod naming;
pub mod page;
pub mod part;
pub mod region;
pub mod text;
pub mod timestamp;

pub use bucket::BucketName;
pub use checksum::{Checksum, ChecksumAlgorithm};
pub use disposition::Disposition;
pub use error::{ApiError, ErrorCode};
pub use id::{ApiKeyId, EventId, InvitationId, JobId, SignInId, TeamId, UserId};
pub use key::{KeyError, KeyRoot, ListedKey, UserKey, UserPrefix};
pub use name::UnknownName;
pub(crate) use name::named;
pub use page::{CONTINUATION_TOKEN_HEADER, MaxKeys};
pub use part::StoredPart;
pub use region::RegionName;
pub use timestamp::Timestamp;
