//! Permission as a type: a handler that takes an [`Admin`] cannot be reached by anyone else.

use app::features::auth::types::Role;
use axum::extract::{FromRequestParts, MatchedPath};
use http::request::Parts;

use super::{AdminError, Authority};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::principal::{Credential, Person, Principal},
    },
    http::problem::Problem,
    state::AppState,
};

/// An admin who has signed in. Made by the extractor and by [`Admin::recognise`] only.
#[derive(Clone, Debug)]
pub struct Admin(Principal);

impl Admin {
    /// An admin's sign-in: by token, or in a browser.
    #[must_use]
    pub fn recognise(who: &Principal) -> Option<Self> {
        let signed_in = match who.credential {
            Credential::AccessToken(_) | Credential::Session(_) => true,
            // Whoever makes accounts makes credentials, which a key must not.
            Credential::ApiKey(_) => false,
        };
        (who.role == Role::Admin && signed_in).then(|| Self(who.clone()))
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Person { who, .. } = Person::from_request_parts(parts, state).await?;
        Self::admit(&who, parts, state).await
    }
}

impl Admin {
    /// Those who are none are told so, and written down.
    ///
    /// # Errors
    /// [`AdminError::NotAdmin`].
    pub async fn admit(who: &Principal, parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if let Some(admin) = Self::recognise(who) {
            return Ok(admin);
        }
        let Ok(origin) = Origin::from_request_parts(parts, state).await;
        // The pattern, not the path: what a stranger wrote into it is of no interest.
        let route = parts
            .extensions
            .get::<MatchedPath>()
            .map_or("a page", MatchedPath::as_str);
        let event = Event::new(Action::AdminAccess, Outcome::Denied, &origin)
            .by(who.user_id, &who.username)
            .on(format_args!("{} {route}", parts.method));
        state.audit.note(event).await.map_err(AdminError::from)?;
        Err(AdminError::NotAdmin.into())
    }
}

impl Authority {
    #[must_use]
    pub fn of(Admin(admin): &Admin, origin: &Origin) -> Self {
        Self {
            admin: Some((admin.user_id, admin.username.clone())),
            origin: origin.clone(),
        }
    }
}
