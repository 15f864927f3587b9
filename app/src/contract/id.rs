//! Identifiers. Each names one kind of thing, so that a sign-in's id cannot stand where a user's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = uuid::Error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

id! {
    /// An account. Immutable: the user's prefix in storage is made of it, so a rename moves no file.
    UserId
}
id! {
    /// One sign-in of one user on one device; its tokens and its session die with it.
    SignInId
}
id! {
    /// A key for scripts. It names the key where the key itself must not appear.
    ApiKeyId
}
id! {
    /// An invitation to open an account.
    InvitationId
}
id! {
    /// A team. Immutable: the prefix of its folder is made of it, so a rename moves no file.
    TeamId
}
id! {
    /// Work that outlives a request.
    JobId
}
id! {
    /// One line of the audit log.
    EventId
}
