//! What admins do to accounts. Whoever is the last that can act as an admin stays one: nobody could undo it.

use app::{
    contract::UserId,
    features::admin::types::{AdminUser, DeleteUserResponse, UpdateUserRequest, UserStatus},
};
use secrecy::SecretString;
use sqlx::AnyConnection;

use super::{Administration, can_administer, prefix_of, quota};
use crate::features::{
    admin::{
        AdminError, Authority,
        repo::{setup, users},
    },
    audit::{Action, Outcome},
    quota::Holder,
};

impl Administration {
    /// Changes what is given, leaves the rest. From the commit on it holds for every request on every replica; a
    /// disabled user's sign-ins are ended for good, and so are the open invitations of whoever is no admin any more.
    ///
    /// # Errors
    /// [`AdminError::NoSuchUser`], [`AdminError::LastAdmin`], [`AdminError::NothingAsked`].
    #[tracing::instrument(level = "debug", name = "admin.update", skip_all, fields(by = by.user().map(tracing::field::display), %id))]
    pub async fn update(
        &self,
        by: &Authority,
        id: UserId,
        change: UpdateUserRequest,
    ) -> Result<AdminUser, AdminError> {
        if change == UpdateUserRequest::default() {
            return Err(AdminError::NothingAsked);
        }
        let action = if change.role.is_some() {
            Action::UserRole
        } else {
            Action::UserStatus
        };
        let updated = self.try_to_update(by, id, change).await;
        self.note_denial(by, action, id, &updated).await?;
        updated
    }

    async fn try_to_update(
        &self,
        by: &Authority,
        id: UserId,
        change: UpdateUserRequest,
    ) -> Result<AdminUser, AdminError> {
        let mut transaction = self.begin(by).await?;
        let before = users::find(&mut transaction, id)
            .await?
            .ok_or(AdminError::NoSuchUser)?;
        let after = AdminUser {
            role: change.role.unwrap_or(before.role),
            status: change.status.unwrap_or(before.status),
            quota_bytes: change.quota_bytes.unwrap_or(before.quota_bytes),
            ..before.clone()
        };
        if can_administer(&before) && !can_administer(&after) {
            refuse_last(&mut transaction, id).await?;
        }
        let quota_bytes = after.quota_bytes.map(quota).transpose()?;
        users::update(&mut transaction, id, after.role, after.status).await?;
        if before.quota_bytes != after.quota_bytes {
            self.quotas
                .set(&mut transaction, Holder::User(id), quota_bytes)
                .await?;
        }
        if before.status != after.status && after.status == UserStatus::Disabled {
            self.auth.end_all_sign_ins(&mut transaction, id).await?;
        }
        if can_administer(&before) && !can_administer(&after) {
            self.invitations.revoke_all(&mut transaction, by, id).await?;
        }
        if can_administer(&after) {
            setup::complete(&mut transaction, self.now()).await?;
        }
        for (action, what) in differences(&before, &after) {
            let event = by.event(action, Outcome::Success).on(id).saying(what);
            self.audit.record(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        Ok(after)
    }

    /// Removes an account with its sign-ins, tokens and keys, and its open invitations. Its files stay where they are, out of everyone's reach:
    /// an account's end must not be the end of what others may still need, and could not be undone.
    ///
    /// # Errors
    /// [`AdminError::NoSuchUser`], [`AdminError::LastAdmin`].
    #[tracing::instrument(level = "debug", name = "admin.delete", skip_all, fields(by = by.user().map(tracing::field::display), %id))]
    pub async fn delete(&self, by: &Authority, id: UserId) -> Result<DeleteUserResponse, AdminError> {
        let deleted = self.try_to_delete(by, id).await;
        self.note_denial(by, Action::UserDelete, id, &deleted).await?;
        deleted
    }

    async fn try_to_delete(&self, by: &Authority, id: UserId) -> Result<DeleteUserResponse, AdminError> {
        let mut transaction = self.begin(by).await?;
        let user = users::find(&mut transaction, id)
            .await?
            .ok_or(AdminError::NoSuchUser)?;
        if can_administer(&user) {
            refuse_last(&mut transaction, id).await?;
        }
        self.auth.hold_account(&mut transaction, id).await?;
        self.invitations.revoke_all(&mut transaction, by, id).await?;
        self.quotas.end_uploads_of(&mut transaction, id).await?;
        users::delete(&mut transaction, id).await?;
        self.quotas.close(&mut transaction, Holder::User(id)).await?;
        let event = by
            .event(Action::UserDelete, Outcome::Success)
            .on(id)
            .saying(format!("{}; the files stay", user.username));
        self.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        let kept_prefix = prefix_of(id);
        Ok(DeleteUserResponse {
            message: format!(
                "The account {} is deleted; its files stay under {kept_prefix}",
                user.username
            ),
            kept_prefix,
        })
    }

    /// Another password, for the commands: over the network nobody sets someone else's. All sign-ins end.
    ///
    /// # Errors
    /// [`AdminError::NoSuchUser`]; those of a password.
    #[tracing::instrument(level = "debug", name = "admin.reset_password", skip_all, fields(by = by.user().map(tracing::field::display), %id))]
    pub async fn reset_password(
        &self,
        by: &Authority,
        id: UserId,
        password: SecretString,
    ) -> Result<(), AdminError> {
        let user = self.user(by, id).await?;
        let event = by.event(Action::UserPassword, Outcome::Success);
        Ok(self
            .auth
            .overwrite_password((id, &user.username), user.email.as_deref(), password, event)
            .await?)
    }

    /// Asks for a count of everything that an account has in storage, which begins within a minute. Answers the account with
    /// the figures of the last count.
    ///
    /// # Errors
    /// [`AdminError::NoSuchUser`].
    #[tracing::instrument(level = "debug", name = "admin.change.count_storage", skip_all)]
    pub async fn count_storage(&self, by: &Authority, id: UserId) -> Result<AdminUser, AdminError> {
        let user = self.user(by, id).await?;
        self.quotas.ask_count(Holder::User(id)).await?;
        Ok(user)
    }

    async fn note_denial<T>(
        &self,
        by: &Authority,
        action: Action,
        id: UserId,
        result: &Result<T, AdminError>,
    ) -> Result<(), AdminError> {
        let why = match result {
            Err(AdminError::LastAdmin) => "the last active admin",
            Err(AdminError::NoSuchUser) => "no such account",
            _ => return Ok(()),
        };
        let event = by.event(action, Outcome::Denied).on(id).saying(why);
        Ok(self.audit.note(event).await?)
    }
}

/// Under the lock, so that two admins who demote each other cannot both succeed.
async fn refuse_last(connection: &mut AnyConnection, id: UserId) -> Result<(), AdminError> {
    if users::other_admins(connection, id).await? == 0 {
        return Err(AdminError::LastAdmin);
    }
    Ok(())
}

fn differences(before: &AdminUser, after: &AdminUser) -> Vec<(Action, String)> {
    let mut differences = Vec::new();
    if before.role != after.role {
        let what = format!("{} → {}", before.role.text(), after.role.text());
        differences.push((Action::UserRole, what));
    }
    if before.status != after.status {
        let what = format!("{} → {}", before.status.text(), after.status.text());
        differences.push((Action::UserStatus, what));
    }
    if before.quota_bytes != after.quota_bytes {
        let words = |quota: Option<u64>| quota.map_or("no limit".to_owned(), |bytes| bytes.to_string());
        let what = format!("{} → {}", words(before.quota_bytes), words(after.quota_bytes));
        differences.push((Action::UserQuota, what));
    }
    differences
}
