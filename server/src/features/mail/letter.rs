//! What is to be sent.

use app::contract::{InvitationId, TeamId, UserId};
use serde::{Deserialize, Serialize};

use crate::platform::mailer::EmailAddress;

/// The input of a job, as JSON. Whom it goes to and what it says are looked up when it is sent: the asker may be
/// anyone, and how long the asking takes must not tell them whether they asked about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Letter {
    /// A code for a registration; where the address has an account already, a notice to its owner instead.
    ConfirmRegistration { registration: UserId },
    /// A new code for everything that waits for confirmation under a username, or for one registration.
    ResendCodes {
        username: String,
        registration: Option<UserId>,
        /// The registration's address, where it was named.
        #[serde(default)]
        email: Option<EmailAddress>,
    },
    /// A code for the address that a user wants; where it has an account already, a notice to its owner instead.
    ConfirmAddress { user: UserId },
    /// A reset code for whoever has this username or e-mail address.
    ForgotPassword { account: String },
    /// A code to choose a new password.
    ResetPassword { user: UserId },
    /// A notice that the password is another one now.
    PasswordChanged { user: UserId },
    /// The same, after a reset by a mailed code, with which the API keys are gone.
    PasswordReset { user: UserId },
    /// A notice, to the old address, that the account has a new one.
    AddressChanged { to: EmailAddress, username: String },
    /// A notice that most of the quota is used.
    StorageNearlyFull { user: UserId },
    /// The same about a team's: a letter to each of its managers.
    TeamStorageNearlyFull { team: TeamId },
    /// The one to this manager.
    TeamStorageNearlyFullTo { team: TeamId, manager: UserId },
    /// An invitation to register. Its link is a secret, and drawn when it is sent.
    Invitation { invitation: InvitationId },
}
