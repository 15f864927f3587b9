//! A part of storage that somebody may reach.

use app::contract::{BucketName, KeyError, KeyRoot, ListedKey, UserKey, UserPrefix};

use super::{Access, Grant, ScopeError};
use crate::{features::quota::Holder, platform::object_store::S3Store};

/// The store and the bucket that a request names, and what of the bucket its caller may reach. Made by
/// [`Scopes`](super::Scopes).
#[derive(Clone, Debug)]
pub struct Scope {
    pub store: S3Store,
    pub bucket: BucketName,
    /// Where a request that names no prefix is about.
    first: Grant,
    others: Vec<Grant>,
}

impl Scope {
    /// `None` without grants.
    pub(super) fn new(
        store: S3Store,
        bucket: BucketName,
        grants: impl IntoIterator<Item = Grant>,
    ) -> Option<Self> {
        let mut grants = grants.into_iter();
        Some(Self {
            store,
            bucket,
            first: grants.next()?,
            others: grants.collect(),
        })
    }

    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Where a request that names no prefix is about.
    #[must_use]
    pub fn default_root(&self) -> &KeyRoot {
        &self.first.root
    }

    /// To whose quota it counts what lies at this key; of none of the grants' keys, to that of the default root.
    pub fn holder(&self, key: &str) -> Holder {
        let of = self.grants().find(|grant| key.starts_with(grant.root.as_str()));
        of.unwrap_or(&self.first).holder
    }

    /// Where all of `access` is allowed.
    pub fn roots(&self, access: Access) -> impl Iterator<Item = &KeyRoot> {
        self.grants()
            .filter(move |grant| grant.access.contains(access))
            .map(|grant| &grant.root)
    }

    /// A whole key, where all of `access` is allowed. `field` is named in the error.
    pub fn key(&self, field: &str, raw: &str, access: Access) -> Result<UserKey, ScopeError> {
        self.under(field, access, |root| root.key(raw))
    }

    /// A key that can be deleted, and brought back, if a listing shows it: by its exact bytes, whether or not such a
    /// key could be made.
    pub fn listed_key(&self, field: &str, raw: &str, access: Access) -> Result<ListedKey, ScopeError> {
        self.under(field, access, |root| root.listed(raw))
    }

    /// The prefix asked for, or all that lies under the default root.
    pub fn prefix(&self, field: &str, raw: Option<&str>, access: Access) -> Result<UserPrefix, ScopeError> {
        self.under(field, access, |root| match raw {
            Some(raw) => root.prefix(raw),
            None if root == self.default_root() => Ok(root.everything()),
            None => Err(KeyError::Outside),
        })
    }

    /// Whether the caller may do all of `access` with what begins so. For a job that checked the text when it began, and
    /// asks whether its owner may go on.
    pub fn allows(&self, field: &str, raw: &str, access: Access) -> Result<(), ScopeError> {
        self.under(field, access, |root| {
            raw.starts_with(root.as_str())
                .then_some(())
                .ok_or(KeyError::Outside)
        })
    }

    /// What is read under the first grant that holds it and allows `access`.
    fn under<T>(
        &self,
        field: &str,
        access: Access,
        read: impl Fn(&KeyRoot) -> Result<T, KeyError>,
    ) -> Result<T, ScopeError> {
        let mut missing: Option<Access> = None;
        let mut wrong = KeyError::Outside;
        for grant in self.grants() {
            match read(&grant.root) {
                Ok(found) if grant.access.contains(access) => return Ok(found),
                Ok(_) => {
                    let lacks = access.difference(grant.access);
                    missing = Some(missing.map_or(lacks, |before| before & lacks));
                }
                Err(KeyError::Outside) => {}
                Err(error) => wrong = error,
            }
        }
        let field = field.to_owned();
        Err(match missing {
            Some(missing) => ScopeError::NotAllowed { field, missing },
            None => ScopeError::Key { field, error: wrong },
        })
    }
}

#[cfg(test)]
mod tests {
    use app::contract::UserId;

    use super::*;
    use crate::platform::object_store::{S3Config, S3Credentials};

    const TEAM: &str = "teams/018f0000-0000-7000-8000-000000000002";

    fn home() -> KeyRoot {
        let user: UserId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        KeyRoot::home(user)
    }

    fn holder(number: u32) -> Holder {
        Holder::User(
            format!("018f0000-0000-7000-8000-00000000000{number}")
                .parse()
                .unwrap(),
        )
    }

    /// Home, and a team's folder that is only to be read.
    async fn scope() -> Scope {
        let store = S3Store::new(S3Config {
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            public_endpoint_url: None,
            region: Some("us-east-1".to_owned()),
            force_path_style: true,
            credentials: Some(S3Credentials {
                access_key_id: "nobody".to_owned(),
                secret_access_key: "nothing".into(),
            }),
            ca_bundle: None,
        });
        let grants = [
            Grant {
                root: home(),
                access: Access::all(),
                holder: holder(1),
            },
            Grant {
                root: KeyRoot::whole_bucket().folder(TEAM).unwrap(),
                access: Access::LIST | Access::READ,
                holder: holder(2),
            },
        ];
        Scope::new(store.await, "forepeak".parse().unwrap(), grants).unwrap()
    }

    #[tokio::test]
    async fn a_key_is_judged_by_the_grant_that_holds_it() {
        let scope = scope().await;
        let judged = |raw: String, access| scope.key("key", &raw, access).map_err(|error| error.to_string());
        let (own, theirs) = (format!("{}a", home().as_str()), format!("{TEAM}/a"));
        assert_eq!(judged(own, Access::all()).unwrap().path(), "a");
        let found = judged(theirs.clone(), Access::READ).unwrap();
        assert_eq!((found.as_str(), found.path()), (theirs.as_str(), "a"));
        let refused = judged(theirs.clone(), Access::READ | Access::WRITE);
        assert_eq!(refused.unwrap_err(), "key lies where you may not write");
        for outside in [format!("{TEAM}2/a"), "teams/a".to_owned(), "a".to_owned()] {
            let refused = judged(outside, Access::READ);
            assert_eq!(refused.unwrap_err(), "key is outside your prefix");
        }
        // The root of a grant is no key of it.
        assert_eq!(
            judged(format!("{TEAM}/"), Access::READ).unwrap_err(),
            "key must not be empty"
        );
        let listed = scope.listed_key("key", &format!("{TEAM}/a\u{1}"), Access::LIST);
        assert_eq!(listed.unwrap().as_str(), format!("{TEAM}/a\u{1}"));
        let listed = scope.listed_key("key", &format!("{TEAM}/a\u{1}"), Access::DELETE);
        assert_eq!(
            listed.unwrap_err().to_string(),
            "key lies where you may not delete"
        );
    }

    #[tokio::test]
    async fn what_lies_under_a_grant_counts_to_its_holder() {
        let scope = scope().await;
        assert_eq!(scope.holder(&format!("{}a", home().as_str())), holder(1));
        assert_eq!(scope.holder(&format!("{TEAM}/a")), holder(2));
        assert_eq!(scope.holder(&format!("{TEAM}2/a")), holder(1));
    }

    #[tokio::test]
    async fn a_prefix_is_the_first_grants_unless_it_is_named() {
        let scope = scope().await;
        let prefix = |raw: Option<&str>, access| scope.prefix("prefix", raw, access);
        assert_eq!(prefix(None, Access::LIST).unwrap().as_str(), home().as_str());
        let team = format!("{TEAM}/");
        assert_eq!(prefix(Some(&team), Access::LIST).unwrap().as_str(), team);
        assert!(prefix(Some(&team), Access::DELETE).is_err());
        assert!(prefix(Some("teams/"), Access::LIST).is_err());
        assert!(prefix(Some(""), Access::LIST).is_err());
        let roots = |access| scope.roots(access).map(KeyRoot::as_str).collect::<Vec<_>>();
        assert_eq!(roots(Access::LIST), [home().as_str(), &team]);
        assert_eq!(roots(Access::WRITE), [home().as_str()]);
    }
}
