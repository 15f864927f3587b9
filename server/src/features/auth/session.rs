//! The browser's session: a cookie that names a row, and the row that names a sign-in. Nothing else is in it.

use app::contract::SignInId;
use async_trait::async_trait;
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{self, Error},
};
use url::Url;

use super::{error::AuthError, repo::sessions};
use crate::{
    platform::{Platform, tokens::digest},
    state::AppState,
};

const SIGN_IN: &str = "sign_in";

/// The cookie's name. `__Host-` makes browsers insist on `Secure`, no `Domain` and the path `/`, so it needs TLS. A
/// port that is not the scheme's own is part of it: cookies belong to a host, whatever the port, so that of two
/// installations on one host each would overwrite the other's.
#[must_use]
pub fn cookie_name(public_url: &Url) -> String {
    let base = if public_url.scheme() == "https" {
        "__Host-forepeak"
    } else {
        "forepeak"
    };
    match public_url.port() {
        Some(port) => format!("{base}-{port}"),
        None => base.to_owned(),
    }
}

/// Reads the cookie of each request and sets it where a handler changed the session.
#[must_use]
pub fn layer(state: &AppState) -> SessionManagerLayer<Store> {
    let https = state.config.site.is_https();
    let lifetime = time::Duration::try_from(state.auth.sign_in_lifetime()).unwrap_or(time::Duration::DAY);
    SessionManagerLayer::new(Store {
        platform: state.platform.clone(),
        lifetime,
    })
    .with_name(cookie_name(&state.config.site.public_url))
    .with_secure(https)
    .with_http_only(true)
    .with_same_site(SameSite::Lax)
    .with_path("/")
    .with_expiry(Expiry::OnInactivity(lifetime))
}

/// The sign-in that this browser's session stands for.
///
/// # Errors
/// When the store cannot be reached.
pub async fn sign_in(session: &Session) -> Result<Option<SignInId>, AuthError> {
    Ok(session.get(SIGN_IN).await?)
}

/// Binds the session to a sign-in, under a new id: one that was planted before is worth nothing.
///
/// # Errors
/// When the store cannot be reached.
pub async fn begin(session: &Session, sign_in: SignInId) -> Result<(), AuthError> {
    session.cycle_id().await?;
    Ok(session.insert(SIGN_IN, sign_in).await?)
}

/// Removes the row and the cookie.
///
/// # Errors
/// When the store cannot be reached.
pub async fn end(session: &Session) -> Result<(), AuthError> {
    Ok(session.flush().await?)
}

/// Sessions in our own database, under a hash of their id.
#[derive(Clone)]
pub struct Store {
    platform: Platform,
    lifetime: time::Duration,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sessions::Store")
    }
}

impl Store {
    fn expiry(&self) -> OffsetDateTime {
        self.platform.clock.now() + self.lifetime
    }
}

#[async_trait]
impl SessionStore for Store {
    // Ids are 128 random bits: two alike are not to be expected in the lifetime of the universe.
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        sessions::save(
            self.platform.db.pool(),
            &hash(record.id),
            &data,
            self.expiry().unix_timestamp(),
        )
        .await
        .map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = self.platform.now();
        let Some(data) = sessions::load(self.platform.db.pool(), &hash(*id), now)
            .await
            .map_err(backend)?
        else {
            return Ok(None);
        };
        let data = serde_json::from_str(&data).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: self.expiry(),
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sessions::delete(self.platform.db.pool(), &hash(*id))
            .await
            .map_err(backend)
    }
}

fn hash(id: Id) -> String {
    digest(&id.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_13_the_cookies_name_tells_installations_on_one_host_apart() {
        for (url, name) in [
            ("https://files.example.org", "__Host-forepeak"),
            ("https://files.example.org:443", "__Host-forepeak"),
            ("https://files.example.org:8443", "__Host-forepeak-8443"),
            ("http://localhost", "forepeak"),
            ("http://127.0.0.1:8000", "forepeak-8000"),
        ] {
            assert_eq!(cookie_name(&url.parse().unwrap()), name, "{url}");
        }
    }
}
