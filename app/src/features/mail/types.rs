//! Wire types of `/api/dev/mailbox`.

use serde::{Deserialize, Serialize};

use crate::contract::Timestamp;

/// `GET /api/dev/mailbox` answers a list of these, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptMail {
    pub to: String,
    pub subject: String,
    pub body: String,
    /// The six digits in the body, where the mail carries a code.
    pub code: Option<String>,
    pub sent_at: Timestamp,
}
