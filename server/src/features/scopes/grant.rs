//! What opens a part of a bucket to somebody.

use app::contract::KeyRoot;

use super::Access;
use crate::features::{auth::principal::ApiKeyGrant, quota::Holder};

/// A part of a bucket, and what may be done there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub root: KeyRoot,
    pub access: Access,
    /// To whose quota it counts what is written there.
    pub holder: Holder,
}

impl Grant {
    /// What of this grant, which is for the home bucket, is left to a key of its holder's: the narrower of both roots,
    /// and what both may do. `None` where the key reaches nothing of it.
    pub(super) fn narrowed(self, key: &ApiKeyGrant) -> Option<Self> {
        let root = if key.root.is_within(&self.root) {
            key.root.clone()
        } else if self.root.is_within(&key.root) {
            self.root
        } else {
            return None;
        };
        Some(Self {
            root,
            access: self.access & Access::of_key(&key.scopes),
            holder: self.holder,
        })
    }
}

#[cfg(test)]
mod tests {
    use app::{
        contract::{ApiKeyId, UserId},
        features::api_keys::types::Scope as KeyScope,
    };
    use proptest::prelude::*;

    use super::*;

    fn user() -> UserId {
        "018f0000-0000-7000-8000-000000000001".parse().unwrap()
    }

    fn home() -> KeyRoot {
        KeyRoot::home(user())
    }

    fn key(root: KeyRoot, scopes: &[KeyScope]) -> ApiKeyGrant {
        ApiKeyGrant {
            id: ApiKeyId::from_uuid(uuid::Uuid::nil()),
            root,
            scopes: scopes.iter().copied().collect(),
            last_used_at: None,
        }
    }

    #[test]
    fn security_16_a_key_gets_the_narrower_of_both() {
        let folder = home().folder("a").unwrap();
        let whole = |root: KeyRoot| Grant {
            root,
            access: Access::all(),
            holder: Holder::User(user()),
        };
        let read = [KeyScope::Read];
        let reading = Access::LIST | Access::READ;
        for (granted, of_key, root) in [
            (home(), folder.clone(), Some(folder.clone())),
            (folder.clone(), home(), Some(folder.clone())),
            (folder.clone(), home().folder("ab").unwrap(), None),
            (folder.clone(), folder.clone(), Some(folder)),
        ] {
            let narrowed = whole(granted).narrowed(&key(of_key, &read));
            assert_eq!(
                narrowed,
                root.map(|root| Grant {
                    root,
                    access: reading,
                    holder: Holder::User(user()),
                })
            );
        }
        let only_listing = Grant {
            root: home(),
            access: Access::LIST,
            holder: Holder::User(user()),
        };
        let left = only_listing.narrowed(&key(home(), &[KeyScope::Read, KeyScope::Write]));
        assert_eq!(left.unwrap().access, Access::LIST);
    }

    proptest! {
        /// Whatever a narrowed grant opens, the grant and the key each open by themselves.
        #[test]
        fn nothing_is_won_by_a_key(
            granted in "[ab]{1,2}(/[ab]{1,2}){0,2}",
            of_key in "[ab]{1,2}(/[ab]{1,2}){0,2}",
            path in "[ab]{1,2}(/[ab]{1,2}){0,3}",
            bits in 0_u8..16,
        ) {
            let access = Access::from_bits_truncate(bits);
            let holder = Holder::User(user());
            let grant = Grant { root: home().folder(&granted).unwrap(), access, holder };
            let key = key(home().folder(&of_key).unwrap(), &[KeyScope::Write]);
            let raw = format!("{}{path}", home().as_str());
            let opens = |root: &KeyRoot| root.key(raw.as_str()).is_ok();
            let by_both = opens(&grant.root) && opens(&key.root);
            let narrowed = grant.clone().narrowed(&key);
            prop_assert_eq!(narrowed.as_ref().is_some_and(|left| opens(&left.root)), by_both);
            if let Some(left) = narrowed {
                prop_assert!(access.contains(left.access));
                prop_assert!((Access::WRITE | Access::DELETE).contains(left.access));
            }
        }
    }
}
