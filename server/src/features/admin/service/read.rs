//! Looking at accounts.

use app::{
    contract::UserId,
    features::admin::types::{AdminUser, Stats, UsersPage, UsersQuery},
};

use super::Administration;
use crate::{
    features::admin::{
        AdminError, Authority,
        repo::{
            stats,
            users::{self, Filter},
        },
    },
    platform::cursor::PageSize,
};

/// Longer than anything that it is looked for in.
const MAX_SEARCH_CHARS: usize = 254;

impl Administration {
    /// # Errors
    /// [`AdminError::Field`] for a token that is not from the page before of this very search.
    #[tracing::instrument(level = "debug", name = "admin.users", skip_all)]
    pub async fn users(&self, _: &Authority, query: &UsersQuery) -> Result<UsersPage, AdminError> {
        let search = query
            .search
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if search.is_some_and(|text| text.chars().count() > MAX_SEARCH_CHARS || text.contains('\0')) {
            return Err(AdminError::Field {
                field: "search",
                why: "must be at most 254 characters, none of them NUL",
            });
        }
        let scope = [
            "users",
            search.unwrap_or_default(),
            query.role.map_or("", |role| role.text()),
            query.status.map_or("", |status| status.text()),
        ];
        let after = match &query.continuation_token {
            None => String::new(),
            Some(token) => self.cursors.open(&scope, token).map_err(|_| AdminError::Field {
                field: "continuation_token",
                why: "is not from the page before",
            })?,
        };
        let size = PageSize::of(query.max_keys);
        let filter = Filter {
            search,
            role: query.role,
            status: query.status,
            after: &after,
            limit: size.with_next(),
        };
        let mut users = users::page(self.platform.db.pool(), filter).await?;
        let continuation_token = size
            .cut(&mut users)
            .map(|last| self.cursors.seal(&scope, &last.username.to_ascii_lowercase()));
        Ok(UsersPage {
            users,
            has_more: continuation_token.is_some(),
            continuation_token,
        })
    }

    /// # Errors
    /// [`AdminError::NoSuchUser`].
    #[tracing::instrument(level = "debug", name = "admin.user", skip_all, fields(%id))]
    pub async fn user(&self, _: &Authority, id: UserId) -> Result<AdminUser, AdminError> {
        let mut connection = self.platform.db.pool().acquire().await?;
        users::find(&mut connection, id)
            .await?
            .ok_or(AdminError::NoSuchUser)
    }

    /// For the commands, whose users know names.
    ///
    /// # Errors
    /// [`AdminError::NoSuchUser`].
    #[tracing::instrument(level = "debug", name = "admin.named", skip_all)]
    pub async fn named(&self, _: &Authority, username: &str) -> Result<UserId, AdminError> {
        users::id_of(self.platform.db.pool(), username)
            .await?
            .ok_or(AdminError::NoSuchUser)
    }

    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "admin.stats", skip_all)]
    pub async fn stats(&self, _: &Authority) -> Result<Stats, AdminError> {
        Ok(stats::read(self.platform.db.pool(), self.now()).await?)
    }
}
