//! Accounts come into being, whoever wants them: a stranger, an invited person, an admin, the first start.

use app::{contract::UserId, features::auth::types::Role};
use secrecy::SecretString;
use sqlx::AnyConnection;

use super::Auth;
use crate::{
    features::{
        audit::Event,
        auth::{
            error::AuthError,
            repo::{
                sign_ins,
                users::{self, NewUser},
            },
            username::{self, Username, check_password},
        },
        mail::Letter,
        quota::Holder,
    },
    platform::mailer::EmailAddress,
};

/// An account that may be made: what was asked for has been checked, and the password hashed. There is nothing in it
/// that gives more than an ordinary account has.
pub(in crate::features) struct NewAccount {
    username: Username,
    password_hash: String,
    full_name: Option<String>,
    email: Option<EmailAddress>,
}

impl NewAccount {
    pub(in crate::features) fn username(&self) -> &Username {
        &self.username
    }

    /// With an address that is known to be its owner's.
    #[must_use]
    pub(in crate::features::auth) fn confirmed_at(mut self, email: EmailAddress) -> Self {
        self.email = Some(email);
        self
    }
}

impl Auth {
    /// Checks what is asked for, and hashes the password. Before a transaction, because hashing takes its time.
    ///
    /// # Errors
    /// [`AuthError::Field`] for what is not acceptable.
    #[tracing::instrument(level = "debug", name = "auth.prepare", skip_all)]
    pub(in crate::features) async fn prepare(
        &self,
        username: &str,
        password: SecretString,
        full_name: Option<String>,
        email: Option<&str>,
    ) -> Result<NewAccount, AuthError> {
        let username = Username::parse(username)?;
        check_password(&password, &username, email)?;
        let full_name = full_name.map(username::full_name).transpose()?;
        self.with_any_password(username, password, full_name).await
    }

    /// Without a look at the password: for [`development`](crate::features::auth::development) alone, whose passwords
    /// are among the common ones.
    #[tracing::instrument(level = "debug", name = "auth.with_any_password", skip_all)]
    pub(in crate::features::auth) async fn with_any_password(
        &self,
        username: Username,
        password: SecretString,
        full_name: Option<String>,
    ) -> Result<NewAccount, AuthError> {
        Ok(NewAccount {
            password_hash: self.0.passwords.hash(password).await?,
            username,
            full_name,
            email: None,
        })
    }

    /// The one constructor of accounts: always active, always an ordinary user. More is given by [`Self::grant`],
    /// and only by those who were not asked by the account's owner.
    ///
    /// # Errors
    /// [`AuthError::UsernameTaken`].
    #[tracing::instrument(level = "debug", name = "auth.insert", skip_all)]
    pub(in crate::features) async fn insert(
        &self,
        connection: &mut AnyConnection,
        account: NewAccount,
    ) -> Result<UserId, AuthError> {
        let id = UserId::from_uuid(self.0.platform.rng.uuid());
        let user = NewUser {
            id,
            username: &account.username,
            password_hash: Some(account.password_hash),
            email: account.email,
            full_name: account.full_name,
            now: self.now(),
        };
        self.insert_user(connection, user).await?;
        Ok(id)
    }

    /// The row of an account, and that of what it has in storage.
    pub(super) async fn insert_user(
        &self,
        connection: &mut AnyConnection,
        user: NewUser<'_>,
    ) -> Result<(), AuthError> {
        let id = user.id;
        users::insert(connection, user).await.map_err(AuthError::taken)?;
        Ok(self.0.quotas.open(connection, Holder::User(id)).await?)
    }

    /// Makes an account with a role, and writes it down: `event` is about the new account.
    ///
    /// # Errors
    /// [`AuthError::UsernameTaken`].
    #[tracing::instrument(level = "debug", name = "auth.make", skip_all, fields(role = role.text()))]
    pub(in crate::features) async fn make(
        &self,
        account: NewAccount,
        role: Role,
        event: Event,
    ) -> Result<UserId, AuthError> {
        let mut transaction = self.0.platform.db.begin().await?;
        let id = self.insert(&mut transaction, account).await?;
        self.grant(&mut transaction, id, role).await?;
        self.0.audit.record(&mut transaction, event.on(id)).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Gives an account another password on the word of someone else than its owner, and ends all its sign-ins; its
    /// owner is told by mail.
    ///
    /// # Errors
    /// [`AuthError::Field`] for a password that is not acceptable.
    #[tracing::instrument(level = "debug", name = "auth.overwrite_password", skip_all)]
    pub(in crate::features) async fn overwrite_password(
        &self,
        user: (UserId, &str),
        email: Option<&str>,
        password: SecretString,
        event: Event,
    ) -> Result<(), AuthError> {
        let (id, username) = user;
        check_password(&password, &Username::parse(username)?, email)?;
        let hash = self.0.passwords.hash(password).await?;
        let mut transaction = self.0.platform.db.begin().await?;
        users::set_password(&mut transaction, id, &hash, self.now()).await?;
        self.cut_off(&mut transaction, id, None).await?;
        let letter = Letter::PasswordChanged { user: id };
        self.0.mails.queue(&mut transaction, &letter).await?;
        self.0.audit.record(&mut transaction, event.on(id)).await?;
        transaction.commit().await?;
        self.0.mails.wake();
        Ok(())
    }

    /// Gives an account a role. The caller has made sure that its own caller may.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.grant", skip_all, fields(%user, role = role.text()))]
    pub(in crate::features) async fn grant(
        &self,
        connection: &mut AnyConnection,
        user: UserId,
        role: Role,
    ) -> Result<(), sqlx::Error> {
        users::set_role(connection, user, role).await
    }

    /// Holds everyone else who would change an account, or do something on its word, until the transaction ends.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.hold_account", skip_all, fields(%user))]
    pub(in crate::features) async fn hold_account(
        &self,
        connection: &mut AnyConnection,
        user: UserId,
    ) -> Result<(), sqlx::Error> {
        users::lock(connection, user).await?;
        Ok(())
    }

    /// Ends every sign-in of a user: their tokens and sessions are dead from the commit on, on every replica.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.end_all_sign_ins", skip_all, fields(%user))]
    pub(in crate::features) async fn end_all_sign_ins(
        &self,
        connection: &mut AnyConnection,
        user: UserId,
    ) -> Result<(), sqlx::Error> {
        sign_ins::revoke_others(connection, user, None, self.now()).await
    }
}
