//! What people see and say about themselves.

use app::features::auth::types::Me;

use super::Auth;
use crate::features::auth::{error::AuthError, principal::Principal, repo::users};

impl Auth {
    /// # Errors
    /// [`AuthError::InvalidToken`] when the account is gone.
    pub async fn me(&self, caller: &Principal) -> Result<Me, AuthError> {
        let user = users::find(self.0.db.pool(), caller.user_id)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        Ok(Me {
            id: user.id,
            username: user.username,
            email: None,
            full_name: user.full_name,
            role: user.role,
            email_verified: false,
            attributes: serde_json::Map::new(),
            created_at: user.created_at,
        })
    }
}
