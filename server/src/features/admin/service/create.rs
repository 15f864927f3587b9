//! Accounts that an admin makes.

use app::features::{
    admin::types::{AdminUser, CreateUserRequest, UserStatus},
    auth::types::Role,
};

use super::{Administration, quota};
use crate::features::{
    admin::{
        AdminError, Authority,
        repo::{setup, users},
    },
    audit::{Action, Outcome},
    auth::error::AuthError,
    quota::Holder,
};

impl Administration {
    /// Makes an account that is active at once. The same constructor as everyone's: what an admin may give besides is
    /// given in steps of its own.
    ///
    /// # Errors
    /// Those of an account's name and password.
    #[tracing::instrument(level = "debug", name = "admin.create", skip_all, fields(by = by.user().map(tracing::field::display)))]
    pub async fn create(&self, by: &Authority, request: CreateUserRequest) -> Result<AdminUser, AdminError> {
        let name = request.username.clone();
        let created = self.try_to_create(by, request).await;
        if let Err(AdminError::Account(AuthError::UsernameTaken)) = created {
            let event = by.event(Action::UserCreate, Outcome::Denied);
            self.audit
                .note(event.saying(format!("the name {name} is taken")))
                .await?;
        }
        created
    }

    async fn try_to_create(
        &self,
        by: &Authority,
        request: CreateUserRequest,
    ) -> Result<AdminUser, AdminError> {
        let role = request.role.unwrap_or(Role::User);
        let quota_bytes = request.quota_bytes.map(quota).transpose()?;
        let account = self
            .auth
            .prepare(
                &request.username,
                request.password.into(),
                request.full_name,
                None,
            )
            .await?;
        let mut transaction = self.begin(by).await?;
        let id = self.auth.insert(&mut transaction, account).await?;
        users::update(&mut transaction, id, role, UserStatus::Active).await?;
        if quota_bytes.is_some() {
            self.quotas
                .set(&mut transaction, Holder::User(id), quota_bytes)
                .await?;
        }
        if role == Role::Admin {
            setup::complete(&mut transaction, self.now()).await?;
        }
        let event = by
            .event(Action::UserCreate, Outcome::Success)
            .on(id)
            .saying(format!("{} as {}", request.username, role.text()));
        self.audit.record(&mut transaction, event).await?;
        let made = users::find(&mut transaction, id)
            .await?
            .ok_or(AdminError::NoSuchUser)?;
        transaction.commit().await?;
        Ok(made)
    }
}
