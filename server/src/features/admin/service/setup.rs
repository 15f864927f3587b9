//! The first admin of an installation. There is no default password: whoever reads the server's first output, or wrote
//! its configuration, becomes it, once. Where accounts have been lost, nobody becomes it unasked.

use app::{
    contract::UserId,
    features::auth::{types::Role, types_setup::SetupRequest},
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AnyConnection;

use super::Administration;
use crate::{
    features::{
        admin::{
            AdminError, Authority,
            repo::setup::{self, Setup},
        },
        audit::{Action, Event, Origin, Outcome},
        auth::service::NewAccount,
    },
    platform::tokens::{digest, opaque},
};

const TOKEN_SECONDS: i64 = 86_400;

/// What an operator must be told at a start.
#[derive(Debug)]
pub enum FirstStart {
    /// There is an admin, or has been one.
    Over,
    /// Whoever opens this address becomes the first admin. To be shown once, and to nobody else.
    Token { link: SecretString },
    /// An earlier start, or another replica, has shown the token; it is still good.
    TokenShown,
    /// The first admin was made as configured, with this name.
    Made(String),
    /// There is not one account, but the bucket holds people's files: this is no first start, the accounts are
    /// missing. Nobody becomes an admin by themselves.
    AccountsMissing,
}

/// `ADMIN_USERNAME` and what `ADMIN_PASSWORD_FILE` holds.
pub struct ConfiguredAdmin {
    pub username: String,
    pub password: SecretString,
}

impl Administration {
    /// Whether nobody has been an admin here yet.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "admin.awaits_first_admin", skip_all)]
    pub async fn awaits_first_admin(&self) -> Result<bool, AdminError> {
        let mut connection = self.platform.db.pool().acquire().await?;
        Ok(is_awaited(&setup::read(&mut connection).await?))
    }

    /// Decides, at a start outside development, who may become the first admin. `bucket_has_files` says whether
    /// people have kept files here before. Of replicas that start together one gets the token.
    ///
    /// # Errors
    /// Those of the configured name and password.
    #[tracing::instrument(level = "debug", name = "admin.first_start", skip_all)]
    pub async fn first_start(
        &self,
        configured: Option<ConfiguredAdmin>,
        bucket_has_files: bool,
    ) -> Result<FirstStart, AdminError> {
        // Hashed before the transaction: it takes its time.
        let account = match configured {
            Some(admin) => Some(
                self.auth
                    .prepare(&admin.username, admin.password, None, None)
                    .await?,
            ),
            None => None,
        };
        let mut transaction = self.platform.db.begin().await?;
        setup::lock(&mut transaction).await?;
        let state = setup::read(&mut transaction).await?;
        let outcome = if !is_awaited(&state) {
            setup::complete(&mut transaction, self.now()).await?;
            FirstStart::Over
        } else if bucket_has_files && !state.has_users {
            FirstStart::AccountsMissing
        } else if let Some(account) = account {
            let name = account.username().as_str().to_owned();
            let event = Authority::operator().event(Action::Setup, Outcome::Success);
            self.become_first(&mut transaction, account, event.saying("as configured"))
                .await?;
            FirstStart::Made(name)
        } else if state.token_expires_at.is_some_and(|at| at > self.now()) {
            FirstStart::TokenShown
        } else {
            let token = opaque("fpk_setup_", self.platform.rng.as_ref());
            let hash = digest(token.expose_secret());
            setup::keep_token(&mut transaction, &hash, self.now() + TOKEN_SECONDS).await?;
            FirstStart::Token {
                link: self.setup_link(&token),
            }
        };
        transaction.commit().await?;
        Ok(outcome)
    }

    /// Makes the first admin out of whoever holds the token.
    ///
    /// # Errors
    /// [`AdminError::SetUp`] when there is, or was, an admin; [`AdminError::SetupToken`]; those of an account's name
    /// and password.
    #[tracing::instrument(level = "debug", name = "admin.set_up", skip_all)]
    pub async fn set_up(
        &self,
        request: SetupRequest,
        origin: &Origin,
    ) -> Result<(UserId, String), AdminError> {
        origin.trail.count();
        let token_hash = digest(&request.token);
        let checked = self.check_token(&token_hash).await;
        if checked.is_err() {
            let event = Event::new(Action::Setup, Outcome::Denied, origin).by_claim(&request.username);
            self.audit.note(event).await?;
        }
        checked?;
        let account = self
            .auth
            .prepare(
                &request.username,
                request.password.into(),
                request.full_name,
                None,
            )
            .await?;
        let name = account.username().as_str().to_owned();
        let mut transaction = self.platform.db.begin().await?;
        setup::lock(&mut transaction).await?;
        let state = setup::read(&mut transaction).await?;
        self.check(&state, &token_hash)?;
        let event = Event::new(Action::Setup, Outcome::Success, origin);
        let id = self.become_first(&mut transaction, account, event).await?;
        transaction.commit().await?;
        tracing::warn!(user = %id, "the first admin exists");
        Ok((id, name))
    }

    async fn check_token(&self, token_hash: &str) -> Result<(), AdminError> {
        let mut connection = self.platform.db.pool().acquire().await?;
        let state = setup::read(&mut connection).await?;
        self.check(&state, token_hash)
    }

    /// Hashes are compared, so how long it takes tells nothing of the token.
    fn check(&self, state: &Setup, token_hash: &str) -> Result<(), AdminError> {
        if !is_awaited(state) {
            return Err(AdminError::SetUp);
        }
        let live = state.token_expires_at.is_some_and(|at| at > self.now());
        if !live || state.token_hash.as_deref() != Some(token_hash) {
            return Err(AdminError::SetupToken);
        }
        Ok(())
    }

    /// The same constructor as everyone's, then the role; afterwards nobody can do it again.
    async fn become_first(
        &self,
        connection: &mut AnyConnection,
        account: NewAccount,
        event: Event,
    ) -> Result<UserId, AdminError> {
        let name = account.username().as_str().to_owned();
        let id = self.auth.insert(connection, account).await?;
        self.auth.grant(connection, id, Role::Admin).await?;
        setup::complete(connection, self.now()).await?;
        self.audit.record(connection, event.by(id, name).on(id)).await?;
        Ok(id)
    }

    fn setup_link(&self, token: &SecretString) -> SecretString {
        let mut link = self.public_url.clone();
        link.set_path(app::routes::SETUP);
        // Browsers do not send what follows the #, so no proxy logs it.
        link.set_fragment(Some(&format!("token={}", token.expose_secret())));
        String::from(link).into()
    }
}

fn is_awaited(state: &Setup) -> bool {
    !state.completed && !state.has_admin
}
