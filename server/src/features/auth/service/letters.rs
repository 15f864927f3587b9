//! Letters become mails: here, after the answer, is where it is looked up who exists.

use app::{contract::UserId, features::admin::types::UserStatus};

use super::Auth;
use crate::{
    features::{
        auth::{
            codes::CodePurpose,
            error::AuthError,
            repo::{
                pending::{self, Pending},
                users::{self, User},
            },
            username::Username,
        },
        mail::Letter,
    },
    platform::mailer::{EmailAddress, Mail},
};

/// What a letter turned out to be.
pub enum Composed {
    Mail(Box<Mail>),
    /// Others in its place: none, when there is nobody to write to.
    Letters(Vec<Letter>),
}

const NOBODY: Composed = Composed::Letters(Vec::new());
/// The kind under which notices to owners of registered addresses are counted.
const NOTICE: &str = "already_registered";

impl Auth {
    /// Writes what a letter asks for. `first`: it has not been tried before.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.compose", skip_all)]
    pub async fn compose(&self, letter: &Letter, first: bool) -> Result<Composed, AuthError> {
        let templates = &self.0.templates;
        let mail = match letter {
            Letter::ConfirmRegistration { registration } => {
                match pending::find(self.0.platform.db.pool(), *registration, self.now()).await? {
                    Some(pending) => self.confirm_registration(pending, first).await?,
                    None => None,
                }
            }
            Letter::ConfirmAddress { user } => self.confirm_address(*user, first).await?,
            Letter::ResetPassword { user } => self.reset_mail(*user, first).await?,
            Letter::ResendCodes {
                username,
                registration,
                email,
            } => {
                let waiting = self.waiting(username, *registration, email.as_ref()).await?;
                return Ok(Composed::Letters(waiting));
            }
            Letter::ForgotPassword { account } => {
                return Ok(Composed::Letters(self.forgetful(account).await?));
            }
            Letter::PasswordChanged { user } => self
                .reachable(*user)
                .await?
                .map(|(user, to)| templates.password_changed(to, &user.username)),
            Letter::PasswordReset { user } => self
                .reachable(*user)
                .await?
                .map(|(user, to)| templates.password_reset(to, &user.username)),
            Letter::StorageNearlyFull { user } => self
                .reachable(*user)
                .await?
                .map(|(user, to)| templates.storage_nearly_full(to, &user.username)),
            Letter::TeamStorageNearlyFull { team } => {
                let managers = self.0.teams.managers(*team).await?;
                let letter = |manager| Letter::TeamStorageNearlyFullTo { team: *team, manager };
                return Ok(Composed::Letters(managers.into_iter().map(letter).collect()));
            }
            Letter::TeamStorageNearlyFullTo { team, manager } => {
                match (
                    self.0.teams.managed_by(*team, *manager).await?,
                    self.reachable(*manager).await?,
                ) {
                    (Some(name), Some((_, to))) => Some(templates.team_storage_nearly_full(to, &name)),
                    _ => None,
                }
            }
            Letter::AddressChanged { to, username } => Some(templates.address_changed(to.clone(), username)),
            Letter::Invitation { invitation } => self
                .0
                .invitations
                .compose(*invitation)
                .await?
                .map(|(to, link, expires_at)| templates.invitation(to, &link, expires_at)),
        };
        Ok(mail.map_or(NOBODY, |mail| Composed::Mail(Box::new(mail))))
    }

    async fn confirm_registration(&self, pending: Pending, first: bool) -> Result<Option<Mail>, AuthError> {
        if let Some(owner) = users::owner_of(self.0.platform.db.pool(), &pending.email).await? {
            return self.already_registered(pending.email, &owner, first).await;
        }
        let purpose = CodePurpose::ConfirmRegistration;
        let code = self
            .issue_code(purpose, pending.id, &pending.email, first)
            .await?;
        let templates = &self.0.templates;
        Ok(code.map(|code| templates.confirm_registration(pending.email, &pending.username, code)))
    }

    async fn confirm_address(&self, user: UserId, first: bool) -> Result<Option<Mail>, AuthError> {
        let Some(wanted) = pending::wanted_address(self.0.platform.db.pool(), user, self.now()).await? else {
            return Ok(None);
        };
        let Some(user) = users::find(self.0.platform.db.pool(), user).await? else {
            return Ok(None);
        };
        if let Some(owner) = users::owner_of(self.0.platform.db.pool(), &wanted).await? {
            return self.already_registered(wanted, &owner, first).await;
        }
        let code = self
            .issue_code(CodePurpose::ConfirmAddress, user.id, &wanted, first)
            .await?;
        Ok(code.map(|code| self.0.templates.confirm_address(wanted, &user.username, code)))
    }

    async fn reset_mail(&self, user: UserId, first: bool) -> Result<Option<Mail>, AuthError> {
        let Some((user, to)) = self.reachable(user).await? else {
            return Ok(None);
        };
        let code = self
            .issue_code(CodePurpose::ResetPassword, user.id, &to, first)
            .await?;
        Ok(code.map(|code| self.0.templates.reset_password(to, &user.username, code)))
    }

    async fn already_registered(
        &self,
        to: EmailAddress,
        owner: &str,
        first: bool,
    ) -> Result<Option<Mail>, AuthError> {
        let mut connection = self.0.platform.db.pool().acquire().await?;
        if first && !self.allow_mail(&mut connection, NOTICE, &to).await? {
            return Ok(None);
        }
        Ok(Some(self.0.templates.already_registered(to, owner)))
    }

    /// All that waits for a code under this name.
    async fn waiting(
        &self,
        username: &str,
        registration: Option<UserId>,
        email: Option<&EmailAddress>,
    ) -> Result<Vec<Letter>, AuthError> {
        let Ok(username) = Username::parse(username) else {
            return Ok(Vec::new());
        };
        let pool = self.0.platform.db.pool();
        let registrations = self.pending_candidates(&username, registration, email).await?;
        let mut letters: Vec<_> = registrations
            .into_iter()
            .map(|pending| Letter::ConfirmRegistration {
                registration: pending.id,
            })
            .collect();
        if registration.is_none()
            && let Some(user) = users::secret_of(pool, &username).await?
        {
            letters.push(Letter::ConfirmAddress { user: user.id });
        }
        Ok(letters)
    }

    /// A name may be spelled like someone else's address. Each of the two accounts gets a code of its own, at its own
    /// address.
    async fn forgetful(&self, account: &str) -> Result<Vec<Letter>, AuthError> {
        let found = users::named_or_at(self.0.platform.db.pool(), account).await?;
        Ok(found
            .into_iter()
            .map(|user| Letter::ResetPassword { user })
            .collect())
    }

    /// An active user with a confirmed address.
    async fn reachable(&self, user: UserId) -> Result<Option<(User, EmailAddress)>, AuthError> {
        let found = users::find(self.0.platform.db.pool(), user).await?;
        Ok(found.and_then(|user| {
            let to = user.email.clone().filter(|_| user.status == UserStatus::Active)?;
            Some((user, to))
        }))
    }
}
