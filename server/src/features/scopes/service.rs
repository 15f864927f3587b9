//! From who asks, and what they name, to what they may reach.

use app::{
    contract::{ApiKeyId, BucketName, KeyRoot, UserId},
    features::teams::types::TeamRole,
};
use serde::{Deserialize, Serialize};

use super::{Access, Grant, Scope, ScopeError};
use crate::features::{
    api_keys::service::ApiKeys,
    auth::{
        principal::{ApiKeyGrant, Credential, Principal},
        service::Auth,
    },
    buckets::Registry,
    quota::Holder,
    teams::service::{Membership, Teams},
};

/// What a request names beside keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'a> {
    /// The home bucket unless given.
    pub bucket: Option<&'a BucketName>,
}

impl<'a> Named<'a> {
    #[must_use]
    pub fn bucket(bucket: Option<&'a BucketName>) -> Self {
        Self { bucket }
    }
}

/// Whom a background job acts for; kept with the job. It reaches what its owner reaches, and no more than the API key
/// that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    pub user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<ApiKeyId>,
}

impl From<&Principal> for Owner {
    fn from(who: &Principal) -> Self {
        Self {
            user: who.user_id,
            api_key: key_of(who).map(|key| key.id),
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Scopes {
    auth: Auth,
    api_keys: ApiKeys,
    teams: Teams,
    /// The server's own storage: the home bucket, which holds the folders of people and teams, and buckets of people's own.
    buckets: Registry,
}

impl Scopes {
    #[must_use]
    pub fn new(auth: Auth, api_keys: ApiKeys, teams: Teams, buckets: Registry) -> Self {
        Self {
            auth,
            api_keys,
            teams,
            buckets,
        }
    }

    /// What the caller of a request may reach. A bucket that is not theirs is answered as if it were not there.
    #[tracing::instrument(level = "debug", name = "scopes.resolve", skip_all, fields(user = %who.user_id))]
    pub async fn resolve(&self, who: &Principal, named: &Named<'_>) -> Result<Scope, ScopeError> {
        self.of(who.user_id, key_of(who), named).await
    }

    /// The same, for a job that goes on after its request: it is found out anew each time, so that a job stops when its
    /// owner has lost access.
    #[tracing::instrument(level = "debug", name = "scopes.resolve_for_owner", skip_all, fields(user = %owner.user))]
    pub async fn resolve_for_owner(&self, owner: &Owner, named: &Named<'_>) -> Result<Scope, ScopeError> {
        let key = match owner.api_key {
            Some(id) => {
                let key = self.api_keys.grant(owner.user, id).await?;
                Some(key.ok_or(ScopeError::OwnerLostAccess)?)
            }
            None if self.auth.is_active(owner.user).await? => None,
            None => return Err(ScopeError::OwnerLostAccess),
        };
        self.of(owner.user, key.as_ref(), named).await
    }

    /// `key` is that of the user by which they ask, if any.
    async fn of(
        &self,
        user: UserId,
        key: Option<&ApiKeyGrant>,
        named: &Named<'_>,
    ) -> Result<Scope, ScopeError> {
        let home = self.buckets.home();
        if let Some(bucket) = named.bucket.filter(|bucket| **bucket != home.name) {
            let own = self.of_own_bucket(user, key, bucket).await?;
            return own.ok_or_else(|| ScopeError::NoSuchBucket(bucket.clone()));
        }
        let own = Grant {
            root: KeyRoot::home(user),
            access: Access::all(),
            holder: Holder::User(user),
        };
        let teams = self.teams.memberships(user).await?.into_iter().map(of_team);
        let grants = std::iter::once(own).chain(teams).filter_map(|grant| match key {
            Some(key) => grant.narrowed(key),
            None => Some(grant),
        });
        Scope::new(home.store, home.name, grants).ok_or(ScopeError::NothingLeft)
    }

    /// The whole of a bucket of the user's own. A key that reaches one folder reaches no bucket.
    async fn of_own_bucket(
        &self,
        user: UserId,
        key: Option<&ApiKeyGrant>,
        bucket: &BucketName,
    ) -> Result<Option<Scope>, ScopeError> {
        let access = match key {
            None => Access::all(),
            Some(key) if key.root == KeyRoot::home(user) => Access::of_key(&key.scopes),
            Some(_) => return Ok(None),
        };
        let Some(own) = self.buckets.usable(bucket, user).await? else {
            return Ok(None);
        };
        let grant = Grant {
            root: KeyRoot::whole_bucket(),
            access,
            holder: Holder::User(user),
        };
        Ok(Scope::new(own.store, own.name, [grant]))
    }
}

/// What a member may do in their team's folder.
fn of_team(Membership { team, role }: Membership) -> Grant {
    Grant {
        root: KeyRoot::team(team),
        access: match role {
            TeamRole::Viewer => Access::LIST | Access::READ,
            TeamRole::Editor | TeamRole::Manager => Access::all(),
        },
        holder: Holder::Team(team),
    }
}

fn key_of(who: &Principal) -> Option<&ApiKeyGrant> {
    match &who.credential {
        Credential::ApiKey(key) => Some(key),
        Credential::AccessToken(_) | Credential::Session(_) => None,
    }
}
