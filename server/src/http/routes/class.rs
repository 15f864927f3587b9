//! The classes of routes that are limited together. `docs/limits.md` says what each is for, and how it counts.

use std::num::NonZeroU32;

use crate::config::Rates;

/// Routes that are counted together. Each class has a counter of its own for each caller: a folder that is being
/// uploaded does not use up what the person needs to sign in elsewhere, nor a mistyped code what they need to sign in
/// with the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitClass {
    /// Compares a password, or the token of a set-up. Counted by address, as the next two are, whoever the caller says
    /// they are: otherwise each account would bring guesses of its own.
    Password,
    /// Compares a mailed code.
    Code,
    /// Makes the server send mail, or opens an account.
    Mail,
    /// Files and buckets.
    Files,
    /// What people do with their account, and admins with others'.
    Account,
    /// Hands out keys.
    Credentials,
    /// Pages, their assets, and what watches the server: not limited.
    Free,
}

impl LimitClass {
    /// As the counters' store, the metrics and the audit log name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Mail => "mail",
            Self::Files => "files",
            Self::Account => "account",
            Self::Credentials => "credentials",
            Self::Free => "free",
        }
    }

    /// As the counters' store names the counters of requests that other sites had a browser send.
    #[must_use]
    pub const fn name_elsewhere(self) -> &'static str {
        match self {
            Self::Password => "password.elsewhere",
            Self::Code => "code.elsewhere",
            Self::Mail => "mail.elsewhere",
            Self::Files => "files.elsewhere",
            Self::Account => "account.elsewhere",
            Self::Credentials => "credentials.elsewhere",
            Self::Free => "free.elsewhere",
        }
    }

    /// Requests a minute; `None` is without end.
    #[must_use]
    pub const fn rate(self, rates: Rates) -> Option<NonZeroU32> {
        match self {
            Self::Password | Self::Code | Self::Mail => rates.auth,
            Self::Files | Self::Account => rates.s3,
            Self::Credentials => rates.credentials,
            Self::Free => None,
        }
    }

    /// Whether a signed-in caller has a counter of their own, rather than their address.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        !matches!(self, Self::Password | Self::Code | Self::Mail)
    }
}
