//! From a password to a sign-in, and its end.

use app::{
    contract::{SignInId, UserId},
    features::{
        admin::types::UserStatus,
        auth::{
            types::{TokenResponse, TokenType},
            types_sessions::SessionKind,
        },
    },
};
use secrecy::{ExposeSecret, SecretString};

use super::{Auth, Lifetime, SHORT_ACCESS, refresh::REFRESH_PREFIX, seconds};
use crate::{
    features::audit::{Action, Event, Origin, Outcome},
    features::auth::{
        error::AuthError,
        principal::Principal,
        repo::{
            pending,
            sign_ins::{self, NewSignIn},
            users,
        },
        username::{Username, check_length},
    },
    platform::tokens::{Purpose, Subject, digest, opaque},
};

/// Whose password it was when it was compared.
pub(in crate::features::auth) struct Verified {
    user: UserId,
    /// As they spell it.
    name: String,
    /// What it was compared with.
    hash: String,
}

impl Auth {
    /// Signs a script in.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`], the same for unknown users, wrong passwords and disabled accounts;
    /// [`AuthError::EmailNotVerified`] once the password was right.
    #[tracing::instrument(level = "debug", name = "auth.login", skip_all)]
    pub async fn login(
        &self,
        username: &str,
        password: SecretString,
        lifetime: Lifetime,
        origin: &Origin,
    ) -> Result<TokenResponse, AuthError> {
        let refresh = opaque(REFRESH_PREFIX, self.0.platform.rng.as_ref());
        let refresh_hash = Some(digest(refresh.expose_secret()));
        let subject = self
            .sign_in(username, password, SessionKind::Token, origin, refresh_hash)
            .await?;
        self.issue(subject, lifetime, &refresh)
    }

    /// New access and id tokens of a sign-in, beside its refresh token.
    pub(super) fn issue(
        &self,
        subject: Subject,
        lifetime: Lifetime,
        refresh: &SecretString,
    ) -> Result<TokenResponse, AuthError> {
        let access = match lifetime {
            Lifetime::Configured => self.0.access,
            Lifetime::Short => self.0.access.min(SHORT_ACCESS),
        };
        let sign = |purpose| {
            self.0
                .keys
                .sign(purpose, subject, self.0.platform.clock.now(), seconds(access))
        };
        Ok(TokenResponse {
            access_token: sign(Purpose::Access)?,
            id_token: sign(Purpose::Id)?,
            refresh_token: refresh.expose_secret().to_owned(),
            token_type: TokenType::Bearer,
            expires_in: access.as_secs(),
        })
    }

    /// Signs a browser in; the caller keeps the sign-in in the browser's session.
    ///
    /// # Errors
    /// As [`Self::login`].
    #[tracing::instrument(level = "debug", name = "auth.sign_in_browser", skip_all)]
    pub async fn sign_in_browser(
        &self,
        username: &str,
        password: SecretString,
        origin: &Origin,
    ) -> Result<SignInId, AuthError> {
        let subject = self
            .sign_in(username, password, SessionKind::Browser, origin, None)
            .await?;
        Ok(subject.sign_in)
    }

    async fn sign_in(
        &self,
        username: &str,
        password: SecretString,
        kind: SessionKind,
        origin: &Origin,
        refresh_hash: Option<String>,
    ) -> Result<Subject, AuthError> {
        loop {
            let verified = self.check_password(username, password.clone(), origin).await?;
            if let Some(sign_in) = self.open(&verified, kind, origin, refresh_hash.clone()).await? {
                return Ok(Subject {
                    user: verified.user,
                    sign_in,
                });
            }
            // Since it was compared, the account has ended or its hash is another one: of another password, or of
            // this one at another cost. The next look tells.
        }
    }

    /// Ends a sign-in: its tokens and its session are dead from here on, on every replica.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.sign_out", skip_all, fields(user = %caller.user_id, %sign_in))]
    pub async fn sign_out(
        &self,
        caller: &Principal,
        sign_in: SignInId,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let mut transaction = self.0.platform.db.begin().await?;
        if sign_ins::revoke(&mut transaction, sign_in, self.now()).await? {
            let event = Event::new(Action::SignOut, Outcome::Success, origin)
                .by(caller.user_id, &caller.username)
                .on(sign_in);
            self.0.audit.record(&mut transaction, event).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn check_password(
        &self,
        username: &str,
        password: SecretString,
        origin: &Origin,
    ) -> Result<Verified, AuthError> {
        let attempt = self.attempt(username, origin).await?;
        let checked = self.matching(username, password).await;
        if let Err(AuthError::InvalidCredentials | AuthError::EmailNotVerified) = checked {
            let event = Event::new(Action::SignIn, Outcome::Denied, origin).by_guess(username);
            self.0.audit.note(event).await?;
        }
        if !matches!(checked, Err(AuthError::InvalidCredentials)) {
            self.was_no_guess(attempt).await?;
            origin.trail.uncount();
        }
        checked
    }

    /// Always two look-ups and one hash, whoever it is.
    #[tracing::instrument(level = "debug", name = "auth.matching", skip_all)]
    pub(in crate::features::auth) async fn matching(
        &self,
        username: &str,
        password: SecretString,
    ) -> Result<Verified, AuthError> {
        // No password of an account is this long.
        if check_length(&password).is_err() {
            return Err(AuthError::InvalidCredentials);
        }
        let (account, waiting) = match Username::parse(username) {
            Ok(username) => (
                users::secret_of(self.0.platform.db.pool(), &username).await?,
                pending::of_name(self.0.platform.db.pool(), &username, None, self.now(), 1)
                    .await?
                    .pop(),
            ),
            Err(_) => (None, None),
        };
        let stored = match (&account, &waiting) {
            (Some(account), _) => account.password_hash().map(str::to_owned),
            (None, Some(waiting)) => Some(waiting.password_hash.clone()),
            (None, None) => None,
        };
        let matches = self.0.passwords.verify(password.clone(), stored.clone()).await?;
        match (account, stored) {
            (Some(account), Some(stored)) if matches && account.status == UserStatus::Active => {
                Ok(Verified {
                    user: account.id,
                    name: account.username,
                    hash: self.renew_hash(account.id, stored, password).await,
                })
            }
            (None, _) if matches => Err(AuthError::EmailNotVerified),
            _ => Err(AuthError::InvalidCredentials),
        }
    }

    /// Hashes a password at today's cost that was hashed at another one, and answers what is kept now. This is the one
    /// moment at which it is known; should it fail, there will be another.
    async fn renew_hash(&self, user: UserId, stored: String, password: SecretString) -> String {
        if !self.0.passwords.is_outdated(&stored) {
            return stored;
        }
        let renewed = async {
            let hash = self.0.passwords.hash(password).await?;
            let kept = users::rehash(self.0.platform.db.pool(), user, &stored, &hash).await?;
            Ok::<_, AuthError>(kept.then_some(hash))
        };
        match renewed.await {
            Ok(Some(hash)) => {
                tracing::info!(%user, "password hashed anew");
                return hash;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%user, %error, "password could not be hashed anew"),
        }
        stored
    }

    /// `None` when the password is no longer the one that was compared, or the account may not be used any more. Its
    /// row is held meanwhile: whoever changes either ends the sign-ins afterwards, and so finds this one.
    async fn open(
        &self,
        verified: &Verified,
        kind: SessionKind,
        origin: &Origin,
        refresh_hash: Option<String>,
    ) -> Result<Option<SignInId>, AuthError> {
        let user = verified.user;
        let id = SignInId::from_uuid(self.0.platform.rng.uuid());
        let now = self.now();
        let expires_at = now + seconds(self.0.sign_in);
        let mut transaction = self.0.platform.db.begin().await?;
        if users::lock(&mut transaction, user).await?.as_ref() != Some(&verified.hash) {
            return Ok(None);
        }
        sign_ins::insert(
            &mut transaction,
            NewSignIn {
                id,
                user,
                kind,
                user_agent: &origin.user_agent,
                address: origin.address.map(|address| address.to_string()),
                now,
                expires_at,
                refresh_hash,
            },
        )
        .await?;
        let event = Event::new(Action::SignIn, Outcome::Success, origin)
            .by(user, &verified.name)
            .on(id);
        self.0.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        tracing::info!(user = %user, sign_in = %id, ?kind, "signed in");
        Ok(Some(id))
    }
}
