//! The use cases of API keys.

use std::collections::BTreeSet;

use app::{
    contract::{ApiKeyId, KeyError, KeyRoot, TeamId, Timestamp, UserId, key::team_of},
    features::api_keys::types::{ApiKey, ApiKeysResponse, CreateApiKeyRequest, CreatedApiKey, Scope},
};
use secrecy::ExposeSecret;
use time::OffsetDateTime;

use super::{
    error::ApiKeyError,
    repo::{self, Stored},
};
use crate::{
    features::{
        audit::{Action, Audit, Event, Origin, Outcome},
        auth::{
            error::AuthError,
            principal::{ApiKeyGrant, Credential, Person, Principal},
            service::Auth,
        },
        teams::service::Teams,
    },
    platform::{
        Platform,
        database::unreadable,
        tokens::{digest, opaque},
    },
};

const KEY_PREFIX: &str = "fpk_key_";
/// Shown of each end of a key: 32 of its 256 bits in all.
const HINT_CHARS: usize = 4;
/// How exact `last_used_at` is; a write at every request would make each one a write.
const TOUCH_SECONDS: i64 = 60;
const MAX_NAME_CHARS: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 500;
const MAX_DAYS: u32 = 3650;

#[derive(Clone)]
pub struct ApiKeys {
    auth: Auth,
    teams: Teams,
    platform: Platform,
    audit: Audit,
}

impl ApiKeys {
    #[must_use]
    pub fn new(auth: Auth, teams: Teams, platform: Platform, audit: Audit) -> Self {
        Self {
            auth,
            teams,
            platform,
            audit,
        }
    }

    /// Makes a key. Its answer is the only place where the key ever appears.
    ///
    /// # Errors
    /// [`ApiKeyError`]; [`AuthError::InvalidToken`] in it when the caller's sign-in has ended meanwhile. A prefix that is not the caller's is refused, not narrowed.
    #[tracing::instrument(level = "debug", name = "api_keys.create", skip_all, fields(user = %caller.who.user_id))]
    pub async fn create(
        &self,
        caller: &Person,
        request: CreateApiKeyRequest,
        origin: &Origin,
    ) -> Result<CreatedApiKey, ApiKeyError> {
        let user = caller.who.user_id;
        let now = self.platform.clock.now();
        let key = opaque(KEY_PREFIX, self.platform.rng.as_ref());
        let (team, path) = match request.prefix.as_deref() {
            Some(prefix) => self.place(user, prefix).await?,
            None => (None, None),
        };
        let stored = Stored {
            id: ApiKeyId::from_uuid(self.platform.rng.uuid()),
            user,
            name: line("name", &request.name, 1, MAX_NAME_CHARS)?,
            description: request
                .description
                .map(|text| line("description", &text, 0, MAX_DESCRIPTION_CHARS))
                .transpose()?
                .filter(|text| !text.is_empty()),
            hint: hint(key.expose_secret()),
            scopes: scopes(request.scopes)?,
            team,
            path,
            created_at: now.into(),
            expires_at: request
                .expires_in_days
                .map(|days| expiry(now, days))
                .transpose()?,
            last_used_at: None,
        };
        let mut transaction = self.platform.db.begin().await?;
        // Of those who add one at once each counts the others'; and a reset that ends keys leaves none in flight.
        self.auth.hold(&mut transaction, caller).await?;
        if repo::count(&mut transaction, user).await? >= super::MAX_KEYS {
            let event = Event::new(Action::CreateApiKey, Outcome::Denied, origin)
                .by(user, &caller.who.username)
                .saying("too many keys");
            self.audit.record(&mut transaction, event).await?;
            transaction.commit().await?;
            return Err(ApiKeyError::TooMany);
        }
        repo::insert(&mut transaction, &stored, &digest(key.expose_secret())).await?;
        let event = self.event(Action::CreateApiKey, Outcome::Success, caller, stored.id, origin);
        self.audit
            .record(&mut transaction, event.saying(stored.name.clone()))
            .await?;
        transaction.commit().await?;
        Ok(CreatedApiKey {
            key: key.expose_secret().to_owned(),
            details: shown(stored)?,
        })
    }

    /// All keys of the caller's, newest first; expired ones too, until they are deleted.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "api_keys.list", skip_all, fields(user = %caller.who.user_id))]
    pub async fn list(&self, caller: &Person) -> Result<ApiKeysResponse, ApiKeyError> {
        let stored = repo::list(self.platform.db.pool(), caller.who.user_id).await?;
        let api_keys = stored.into_iter().map(shown).collect::<Result<_, _>>()?;
        Ok(ApiKeysResponse { api_keys })
    }

    /// Deletes a key: it is dead from here on, on every replica.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`], also for somebody else's.
    #[tracing::instrument(level = "debug", name = "api_keys.delete", skip_all, fields(user = %caller.who.user_id, %id))]
    pub async fn delete(&self, caller: &Person, id: ApiKeyId, origin: &Origin) -> Result<(), ApiKeyError> {
        let mut transaction = self.platform.db.begin().await?;
        let found = repo::delete(&mut transaction, caller.who.user_id, id).await?;
        let outcome = if found { Outcome::Success } else { Outcome::Denied };
        let event = self.event(Action::DeleteApiKey, outcome, caller, id, origin);
        self.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        if found { Ok(()) } else { Err(ApiKeyError::NotFound) }
    }

    /// Whom a key speaks for, and what it may do. `asked` names the route, for the audit log.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] for a key that is unknown, deleted, or of an account that may not be used;
    /// [`AuthError::TokenExpired`].
    #[tracing::instrument(level = "debug", name = "api_keys.authenticate", skip_all)]
    pub async fn authenticate(
        &self,
        key: &str,
        asked: &str,
        origin: &Origin,
    ) -> Result<Principal, AuthError> {
        let stored = repo::find(self.platform.db.pool(), &digest(key))
            .await?
            .ok_or(AuthError::InvalidToken)?;
        let principal = self
            .auth
            .holder(stored.user, Credential::ApiKey(grant(&stored)?))
            .await?
            .ok_or(AuthError::InvalidToken)?;
        if stored.expires_at.is_some_and(|end| end.unix() <= self.now()) {
            suspect(
                &principal,
                stored.id,
                format!("{asked}: the key has expired"),
                origin,
            );
            return Err(AuthError::TokenExpired);
        }
        Ok(principal)
    }

    /// Notes that a key may not do what is asked of it, for the audit log.
    pub fn denied(&self, holder: &Principal, key: &ApiKeyGrant, asked: &str, origin: &Origin) {
        suspect(holder, key.id, asked.to_owned(), origin);
    }

    /// Notes that a key was used for what it may do.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "api_keys.used", skip_all, fields(id = %key.id))]
    pub async fn used(&self, key: &ApiKeyGrant) -> Result<(), AuthError> {
        let now = self.now();
        if key.last_used_at.is_none_or(|at| now - at >= TOUCH_SECONDS) {
            repo::touch(self.platform.db.pool(), key.id, now).await?;
        }
        Ok(())
    }

    /// What a key of this user's reaches; `None` when it is deleted or has expired, or its owner's account may not be
    /// used.
    #[tracing::instrument(level = "debug", name = "api_keys.grant", skip_all, fields(%user, %id))]
    pub(in crate::features) async fn grant(
        &self,
        user: UserId,
        id: ApiKeyId,
    ) -> Result<Option<ApiKeyGrant>, sqlx::Error> {
        let Some(stored) = repo::find_by_id(self.platform.db.pool(), user, id).await? else {
            return Ok(None);
        };
        let has_expired = stored.expires_at.is_some_and(|end| end.unix() <= self.now());
        if has_expired || !self.auth.is_active(user).await? {
            return Ok(None);
        }
        grant(&stored).map(Some)
    }

    /// The team, if any, in whose folder a prefix lies, which must be one of the user's; and what lies below the home or
    /// that folder. What the key may do there at each use is what its owner may do then.
    async fn place(
        &self,
        user: UserId,
        prefix: &str,
    ) -> Result<(Option<TeamId>, Option<String>), ApiKeyError> {
        let team = team_of(prefix);
        if let Some(team) = team {
            let memberships = self.teams.memberships(user).await?;
            if !memberships.iter().any(|membership| membership.team == team) {
                return Err(KeyError::Outside.into());
            }
        }
        Ok((team, path(&base(user, team), prefix)?))
    }

    fn event(
        &self,
        action: Action,
        outcome: Outcome,
        caller: &Person,
        id: ApiKeyId,
        origin: &Origin,
    ) -> Event {
        Event::new(action, outcome, origin)
            .by(caller.who.user_id, &caller.who.username)
            .on(id)
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }
}

/// Written down if the route turns the key away: one that is open to all takes no notice of it.
fn suspect(holder: &Principal, key: ApiKeyId, detail: String, origin: &Origin) {
    let event = Event::new(Action::UseApiKey, Outcome::Denied, origin)
        .by(holder.user_id, &holder.username)
        .on(key);
    event.saying(detail).suspect();
}

fn field(field: &'static str, why: impl Into<String>) -> ApiKeyError {
    ApiKeyError::Field {
        field,
        why: why.into(),
    }
}

fn line(name: &'static str, text: &str, min: usize, max: usize) -> Result<String, ApiKeyError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars < min || chars > max || text.chars().any(char::is_control) {
        return Err(field(name, format!("must be {min}–{max} characters on one line")));
    }
    Ok(text.to_owned())
}

fn scopes(asked: Option<BTreeSet<Scope>>) -> Result<BTreeSet<Scope>, ApiKeyError> {
    match asked {
        None => Ok(BTreeSet::from([Scope::Read, Scope::Write])),
        Some(scopes) if scopes.is_empty() => Err(field("scopes", "must name at least one of read, write")),
        Some(scopes) => Ok(scopes),
    }
}

fn expiry(now: OffsetDateTime, days: u32) -> Result<Timestamp, ApiKeyError> {
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(field(
            "expires_in_days",
            format!("must be between 1 and {MAX_DAYS}"),
        ));
    }
    Ok((now + time::Duration::days(days.into())).into())
}

/// What of a whole prefix lies below a root; nothing for the root itself.
fn path(base: &KeyRoot, prefix: &str) -> Result<Option<String>, KeyError> {
    if prefix == base.as_str() {
        return Ok(None);
    }
    let key = base.key(prefix)?;
    // The root is made of it at each use: what is accepted now must be so then.
    base.folder(key.path())?;
    Ok(Some(key.path().to_owned()))
}

fn grant(stored: &Stored) -> Result<ApiKeyGrant, sqlx::Error> {
    Ok(ApiKeyGrant {
        id: stored.id,
        root: root(stored)?,
        scopes: stored.scopes.clone(),
        last_used_at: stored.last_used_at.map(Timestamp::unix),
    })
}

/// All that a key can reach: its owner's home or a team's folder, or a folder in it.
fn root(stored: &Stored) -> Result<KeyRoot, sqlx::Error> {
    let base = base(stored.user, stored.team);
    match &stored.path {
        None => Ok(base),
        Some(path) => base.folder(path).map_err(|_| unreadable("path")),
    }
}

fn base(user: UserId, team: Option<TeamId>) -> KeyRoot {
    team.map_or_else(|| KeyRoot::home(user), KeyRoot::team)
}

/// `fpk_key_1a2b…9f0e`
fn hint(key: &str) -> String {
    let start = &key[..KEY_PREFIX.len() + HINT_CHARS];
    let end = &key[key.len() - HINT_CHARS..];
    format!("{start}…{end}")
}

fn shown(stored: Stored) -> Result<ApiKey, sqlx::Error> {
    let prefix = root(&stored)?.as_str().to_owned();
    Ok(ApiKey {
        id: stored.id,
        name: stored.name,
        description: stored.description,
        hint: stored.hint,
        scopes: stored.scopes,
        prefix,
        created_at: stored.created_at,
        expires_at: stored.expires_at,
        last_used_at: stored.last_used_at,
    })
}
