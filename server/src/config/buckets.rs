//! Who may make buckets of their own, and how many.

use super::{ConfigError, Vars};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketMakers {
    Everyone,
    Admins,
    Nobody,
}

#[derive(Clone, Copy, Debug)]
pub struct UserBuckets {
    /// `USER_BUCKETS`: everyone unless set. Buckets that are there stay their owners'.
    pub makers: BucketMakers,
    /// `USER_BUCKETS_MAX`: of one person, 20 unless set.
    pub most: u32,
}

impl UserBuckets {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        const MOST: &str = "USER_BUCKETS_MAX";
        let most = vars.parse::<u32>(MOST, "a number of buckets")?.unwrap_or(20);
        if !(1..=1000).contains(&most) {
            return Err(ConfigError::new(
                MOST,
                "must be between 1 and 1000; USER_BUCKETS=off allows none",
            ));
        }
        let makers = [
            ("on", BucketMakers::Everyone),
            ("admins", BucketMakers::Admins),
            ("off", BucketMakers::Nobody),
        ];
        Ok(Self {
            makers: vars.one_of("USER_BUCKETS", BucketMakers::Everyone, &makers)?,
            most,
        })
    }
}
