//! The key table: SQLite for durability, a map in memory for the look-up that every request makes.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Row as _;
use thiserror::Error;
use time::OffsetDateTime;

use crate::clock::{Clock, from_millis, to_millis};
use crate::keys::{AccessKey, KeyStatus, NewKey};
use crate::meta::{Meta, MetaError};
use crate::random;

/// Why the key table could not do what was asked.
#[derive(Debug, Error)]
pub enum KeyError {
    /// No key has this id (the root key has no entry).
    #[error("no such access key")]
    NotFound,
    /// The operating system gave no random bytes.
    #[error("no randomness available")]
    Random(#[source] io::Error),
    /// The change could not be written; nothing changed.
    #[error("the key table cannot be written")]
    Storage(#[source] MetaError),
}

/// All keys but the root key. A change is on disk, and in force for the next request, when its
/// method returns.
#[derive(Debug)]
pub struct KeyTable {
    meta: Meta,
    clock: Arc<dyn Clock>,
    cache: RwLock<HashMap<String, Arc<AccessKey>>>,
    root: Arc<AccessKey>,
}

impl KeyTable {
    pub(crate) async fn load(
        meta: Meta,
        clock: Arc<dyn Clock>,
        root: Arc<AccessKey>,
    ) -> Result<Self, MetaError> {
        let rows = sqlx::query(
            "SELECT access_key_id, secret, session_token, grants, status, expires_at, created_at, label FROM keys",
        )
        .fetch_all(meta.reader())
        .await?;
        let mut cache = HashMap::with_capacity(rows.len());
        for row in rows {
            let key = AccessKey {
                access_key_id: row.try_get(0)?,
                secret: SecretString::from(row.try_get::<String, _>(1)?),
                session_token: row.try_get::<Option<String>, _>(2)?.map(SecretString::from),
                grants: parse(row.try_get(3)?)?,
                status: parse(row.try_get(4)?)?,
                expires_at: row.try_get::<Option<i64>, _>(5)?.map(from_millis),
                created_at: from_millis(row.try_get(6)?),
                label: row.try_get(7)?,
            };
            cache.insert(key.access_key_id.clone(), Arc::new(key));
        }
        Ok(Self {
            meta,
            clock,
            cache: RwLock::new(cache),
            root,
        })
    }

    /// Makes a key. The answer is the only one that need ever show its secret.
    pub async fn create(&self, new: NewKey) -> Result<AccessKey, KeyError> {
        let key = AccessKey {
            access_key_id: random::access_key_id().map_err(KeyError::Random)?,
            secret: SecretString::from(random::secret().map_err(KeyError::Random)?),
            session_token: if new.session_token {
                Some(SecretString::from(
                    random::session_token().map_err(KeyError::Random)?,
                ))
            } else {
                None
            },
            grants: new.grants,
            status: KeyStatus::Active,
            expires_at: new.expires_at,
            created_at: self.clock.now(),
            label: new.label,
        };
        let row = key.clone();
        self.meta
            .write(move |cx| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO keys (access_key_id, secret, session_token, grants, status, expires_at, created_at, label)
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                    )
                    .bind(&row.access_key_id)
                    .bind(row.secret.expose_secret())
                    .bind(row.session_token.as_ref().map(secrecy::ExposeSecret::expose_secret))
                    .bind(unparse(&row.grants)?)
                    .bind(unparse(&row.status)?)
                    .bind(row.expires_at.map(to_millis))
                    .bind(to_millis(row.created_at))
                    .bind(&row.label)
                    .execute(&mut cx.conn)
                    .await?;
                    Ok(())
                })
            })
            .await
            .map_err(KeyError::Storage)?;
        self.remember(key.clone());
        Ok(key)
    }

    /// The key of this id, unless it is the root key's.
    pub fn get(&self, access_key_id: &str) -> Option<Arc<AccessKey>> {
        self.cache
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(access_key_id)
            .cloned()
    }

    /// Every key, oldest first.
    pub fn list(&self) -> Vec<Arc<AccessKey>> {
        let mut keys: Vec<_> = self
            .cache
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect();
        keys.sort_by(|a, b| (a.created_at, &a.access_key_id).cmp(&(b.created_at, &b.access_key_id)));
        keys
    }

    /// Opens or closes a key.
    pub async fn set_status(&self, access_key_id: &str, status: KeyStatus) -> Result<(), KeyError> {
        let key = self.get(access_key_id).ok_or(KeyError::NotFound)?;
        let id = access_key_id.to_owned();
        self.meta
            .write_even_if_full(move |cx| {
                Box::pin(async move {
                    sqlx::query("UPDATE keys SET status = $1 WHERE access_key_id = $2")
                        .bind(unparse(&status)?)
                        .bind(id)
                        .execute(&mut cx.conn)
                        .await?;
                    Ok(())
                })
            })
            .await
            .map_err(KeyError::Storage)?;
        self.remember(AccessKey {
            status,
            ..(*key).clone()
        });
        Ok(())
    }

    /// Removes a key for good. Answers whether it was there.
    pub async fn delete(&self, access_key_id: &str) -> Result<bool, KeyError> {
        if self.get(access_key_id).is_none() {
            return Ok(false);
        }
        self.remove(vec![access_key_id.to_owned()]).await?;
        Ok(true)
    }

    /// Removes the keys that have expired and answers how many. They are refused either way.
    pub async fn delete_expired(&self) -> Result<usize, KeyError> {
        let now = self.clock.now();
        let gone: Vec<String> = self
            .list()
            .iter()
            .filter(|key| key.expires_at.is_some_and(|end| end <= now))
            .map(|key| key.access_key_id.clone())
            .collect();
        let count = gone.len();
        if count > 0 {
            self.remove(gone).await?;
        }
        Ok(count)
    }

    /// The key of this id, the root key included, if it may be used now.
    pub(crate) fn usable(&self, access_key_id: &str) -> Option<Arc<AccessKey>> {
        if access_key_id == self.root.access_key_id {
            return Some(self.root.clone());
        }
        let now: OffsetDateTime = self.clock.now();
        self.get(access_key_id).filter(|key| key.is_usable(now))
    }

    pub(crate) fn root(&self) -> &AccessKey {
        &self.root
    }

    async fn remove(&self, ids: Vec<String>) -> Result<(), KeyError> {
        let rows = ids.clone();
        self.meta
            .write_even_if_full(move |cx| {
                Box::pin(async move {
                    for id in rows {
                        sqlx::query("DELETE FROM keys WHERE access_key_id = $1")
                            .bind(id)
                            .execute(&mut cx.conn)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
            .map_err(KeyError::Storage)?;
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        for id in &ids {
            cache.remove(id);
        }
        Ok(())
    }

    fn remember(&self, key: AccessKey) {
        self.cache
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.access_key_id.clone(), Arc::new(key));
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, MetaError> {
    serde_json::from_str(text).map_err(MetaError::Json)
}

fn unparse<T: serde::Serialize>(value: &T) -> Result<String, MetaError> {
    serde_json::to_string(value).map_err(MetaError::Json)
}
