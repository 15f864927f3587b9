//! The use cases of accounts. Every decision about who may sign in, and whether a sign-in is still good, is here.

use std::{sync::Arc, time::Duration};

use app::{
    contract::{SignInId, UserId},
    features::auth::types::{Me, RegisterRequest, Role, TokenResponse, TokenType},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    error::AuthError,
    principal::{Credential, Principal},
    repo::{
        sessions,
        sign_ins::{self, Kind, NewSignIn},
        users::{self, NewUser},
    },
    username::{MAX_PASSWORD_CHARS, Username, check_password},
};
use crate::{
    config::{Config, Registration},
    platform::{
        clock::Clock,
        database::{Database, is_duplicate},
        password::Passwords,
        rng::Rng,
        tokens::{Purpose, Subject, TokenKeys, digest, opaque},
    },
};

/// Lifetime of tokens asked for through the older routes, whose documents promise half an hour.
const SHORT_ACCESS: Duration = Duration::from_secs(1800);
/// A browser that has shown no sign of life for this long must sign in again.
const BROWSER_IDLE_SECONDS: i64 = 24 * 3600;
/// How exact `last_seen_at` is; a write at every request would make each one a write.
const TOUCH_SECONDS: i64 = 60;
/// Ended sign-ins are kept this long, for the list of devices and for replays to be recognised.
const KEEP_ENDED_SECONDS: i64 = 30 * 86_400;

#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    db: Database,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    passwords: Passwords,
    keys: TokenKeys,
    registration: Registration,
    without_email: bool,
    access: Duration,
    sign_in: Duration,
}

/// How long the tokens of a login live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// `JWT_EXPIRATION`.
    Configured,
    /// Half an hour at most.
    Short,
}

impl Auth {
    pub(crate) fn new(
        config: &Config,
        db: Database,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        passwords: Passwords,
        keys: TokenKeys,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            rng,
            passwords,
            keys,
            registration: config.accounts.registration,
            without_email: config.accounts.without_email,
            access: config.tokens.access,
            sign_in: config.tokens.refresh,
        }))
    }

    /// Opens an account for a stranger.
    ///
    /// # Errors
    /// [`AuthError::Field`] for what is not acceptable, [`AuthError::UsernameTaken`], and the refusals of the
    /// registration policy.
    pub async fn register(&self, request: RegisterRequest) -> Result<(UserId, Username), AuthError> {
        if self.0.registration != Registration::Open {
            return Err(AuthError::RegistrationClosed);
        }
        if request.role.is_some_and(|role| role != "user") {
            return Err(AuthError::RoleNotAllowed);
        }
        let username = Username::parse(&request.username)?;
        let password = SecretString::from(request.password);
        check_password(&password, &username, request.email.as_deref())?;
        let full_name = request.full_name.map(full_name).transpose()?;
        if request.email.is_some() {
            return Err(AuthError::EmailUnsupported);
        }
        if !self.0.without_email {
            return Err(AuthError::field("email", "is required on this server"));
        }
        let id = self.create(&username, password, full_name, Role::User).await?;
        tracing::info!(user = %id, "account registered");
        Ok((id, username))
    }

    /// The one constructor of accounts. A role other than [`Role::User`] is never taken from a request.
    pub(super) async fn create(
        &self,
        username: &Username,
        password: SecretString,
        full_name: Option<String>,
        role: Role,
    ) -> Result<UserId, AuthError> {
        let id = UserId::from_uuid(self.0.rng.uuid());
        let password_hash = self.0.passwords.hash(password).await?;
        let user = NewUser {
            id,
            username,
            password_hash,
            full_name,
            role,
            now: self.now(),
        };
        match users::insert(self.0.db.pool(), user).await {
            Err(error) if is_duplicate(&error) => Err(AuthError::UsernameTaken),
            other => Ok(other.map(|()| id)?),
        }
    }

    /// Signs a script in.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`], the same for unknown users, wrong passwords and disabled accounts.
    pub async fn login(
        &self,
        username: &str,
        password: SecretString,
        lifetime: Lifetime,
        user_agent: &str,
    ) -> Result<TokenResponse, AuthError> {
        let user = self.check_password(username, password).await?;
        let access = match lifetime {
            Lifetime::Configured => self.0.access,
            Lifetime::Short => self.0.access.min(SHORT_ACCESS),
        };
        let refresh = opaque("stw_refresh_", self.0.rng.as_ref());
        let sign_in = self
            .open(
                user,
                Kind::Token,
                user_agent,
                Some(digest(refresh.expose_secret())),
            )
            .await?;
        let subject = Subject { user, sign_in };
        let sign = |purpose| {
            self.0
                .keys
                .sign(purpose, subject, self.0.clock.now(), seconds(access))
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
    pub async fn sign_in_browser(
        &self,
        username: &str,
        password: SecretString,
        user_agent: &str,
    ) -> Result<SignInId, AuthError> {
        let user = self.check_password(username, password).await?;
        self.open(user, Kind::Browser, user_agent, None).await
    }

    /// Ends a sign-in: its tokens and its session are dead from here on, on every replica.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, sign_in: SignInId) -> Result<(), AuthError> {
        Ok(sign_ins::revoke(self.0.db.pool(), sign_in, self.now()).await?)
    }

    /// Who an access token speaks for.
    ///
    /// # Errors
    /// [`AuthError::TokenExpired`], [`AuthError::InvalidToken`].
    pub async fn authenticate_token(&self, token: &str) -> Result<Principal, AuthError> {
        let subject = self.0.keys.verify(Purpose::Access, token, self.0.clock.now())?;
        let principal = self
            .live(subject.sign_in, Kind::Token)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        if principal.user_id != subject.user {
            return Err(AuthError::InvalidToken);
        }
        Ok(principal)
    }

    /// Who a browser's session speaks for; nobody, when its sign-in has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate_session(&self, sign_in: SignInId) -> Result<Option<Principal>, AuthError> {
        self.live(sign_in, Kind::Browser).await
    }

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

    /// Forgets what ended long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<(), AuthError> {
        sign_ins::sweep(self.0.db.pool(), self.now() - KEEP_ENDED_SECONDS).await?;
        Ok(sessions::sweep(self.0.db.pool(), self.now()).await?)
    }

    /// How long a browser's sign-in can last at most.
    #[must_use]
    pub fn sign_in_lifetime(&self) -> Duration {
        self.0.sign_in
    }

    async fn check_password(&self, username: &str, password: SecretString) -> Result<UserId, AuthError> {
        // No password of an account is this long; hashing it would be work for nothing.
        if password.expose_secret().chars().nth(MAX_PASSWORD_CHARS).is_some() {
            return Err(AuthError::InvalidCredentials);
        }
        let secret = match Username::parse(username) {
            Ok(username) => users::secret_of(self.0.db.pool(), &username).await?,
            Err(_) => None,
        };
        let stored = secret.as_ref().map(|secret| secret.password_hash.clone());
        let matches = self.0.passwords.verify(password, stored).await?;
        match secret {
            Some(secret) if matches && secret.active => Ok(secret.id),
            _ => Err(AuthError::InvalidCredentials),
        }
    }

    async fn open(
        &self,
        user: UserId,
        kind: Kind,
        user_agent: &str,
        refresh_hash: Option<String>,
    ) -> Result<SignInId, AuthError> {
        let id = SignInId::from_uuid(self.0.rng.uuid());
        let now = self.now();
        let expires_at = now + seconds(self.0.sign_in);
        let user_agent: String = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
        sign_ins::insert(
            &self.0.db,
            NewSignIn {
                id,
                user,
                kind,
                user_agent: &user_agent,
                now,
                expires_at,
                refresh_hash,
            },
        )
        .await?;
        tracing::info!(user = %user, sign_in = %id, ?kind, "signed in");
        Ok(id)
    }

    async fn live(&self, sign_in: SignInId, kind: Kind) -> Result<Option<Principal>, AuthError> {
        let now = self.now();
        let Some(live) = sign_ins::find_live(self.0.db.pool(), sign_in, kind, now).await? else {
            return Ok(None);
        };
        let unseen = now - live.last_seen_at;
        if kind == Kind::Browser && unseen > BROWSER_IDLE_SECONDS {
            return Ok(None);
        }
        if unseen >= TOUCH_SECONDS {
            sign_ins::touch(self.0.db.pool(), sign_in, now).await?;
        }
        Ok(Some(Principal {
            user_id: live.user,
            username: live.username,
            role: live.role,
            credential: match kind {
                Kind::Token => Credential::AccessToken(sign_in),
                Kind::Browser => Credential::Session(sign_in),
            },
        }))
    }

    fn now(&self) -> i64 {
        self.0.clock.now().unix_timestamp()
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn full_name(name: String) -> Result<String, AuthError> {
    if name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(AuthError::field(
            "full_name",
            "must be at most 200 characters on one line",
        ));
    }
    Ok(name)
}
