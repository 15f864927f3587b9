//! The query string.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::form::parse;
use crate::http::problem::Problem;

#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default().as_bytes(), "query").map(Self)
    }
}

#[cfg(test)]
mod tests {
    use app::{
        contract::{BucketName, MaxKeys, Timestamp},
        features::{
            admin::types::{UserStatus, UsersQuery},
            audit::types::{AuditFormat, AuditOutcome, AuditQuery},
            auth::{types::Role, types_sessions::SessionsQuery},
            files::{
                types::{EntryKind, ListQuery, ObjectRef, SearchQuery, VersionsQuery},
                types_archive::{ArchiveEntryQuery, ArchiveQuery},
                types_history::{ChangesQuery, DeletedQuery, HistoryQuery},
                types_stored::SpaceQuery,
            },
            invitations::types::InvitationsQuery,
            uploads::types::{UnfinishedQuery, UploadRef},
        },
        rest::query_string,
    };
    use serde::Serialize;

    use super::*;

    async fn round_trip<T>(query: T)
    where
        T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let uri = format!("/?{}", query_string(&query).unwrap());
        let (mut parts, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
        let Query(read) = Query::<T>::from_request_parts(&mut parts, &()).await.unwrap();
        assert_eq!(read, query);
    }

    /// What the browser's client sends is what the handlers read, every field of it.
    #[tokio::test]
    async fn every_query_arrives_as_it_was_sent() {
        let key = || "users/u/100% & more/a+b?c=d#é 漢.txt".to_owned();
        let token = || Some("a+/=&b".to_owned());
        let bucket = || Some("some-bucket".parse::<BucketName>().unwrap());
        let max_keys = || Some(MaxKeys::MAX);
        round_trip(ListQuery {
            prefix: Some(key()),
            continuation_token: token(),
            max_keys: max_keys(),
            recursive: Some(true),
            bucket: bucket(),
        })
        .await;
        round_trip(ListQuery::default()).await;
        round_trip(SearchQuery {
            query: key(),
            prefix: Some(key()),
            kind: Some(EntryKind::Archive),
            min_size: Some(0),
            max_size: Some(u64::MAX),
            modified_after: Timestamp::from_unix(1_704_067_200),
            modified_before: Timestamp::from_unix(1_704_067_201),
            continuation_token: token(),
            max_keys: max_keys(),
            bucket: bucket(),
        })
        .await;
        let as_of = Timestamp::from_unix(1_704_067_200).unwrap();
        round_trip(DeletedQuery {
            prefix: Some(key()),
            continuation_token: token(),
            max_keys: max_keys(),
            bucket: bucket(),
        })
        .await;
        round_trip(HistoryQuery {
            prefix: Some(key()),
            as_of,
            continuation_token: token(),
            max_keys: max_keys(),
            bucket: bucket(),
        })
        .await;
        round_trip(ChangesQuery {
            prefix: Some(key()),
            as_of,
            bucket: bucket(),
        })
        .await;
        round_trip(SpaceQuery {
            prefix: Some(key()),
            bucket: bucket(),
        })
        .await;
        round_trip(ObjectRef {
            key: key(),
            version_id: token(),
            bucket: bucket(),
        })
        .await;
        round_trip(VersionsQuery {
            key: key(),
            continuation_token: token(),
            max_keys: max_keys(),
            bucket: bucket(),
        })
        .await;
        round_trip(ArchiveQuery {
            prefix: Some(key()),
            keys: vec![key(), "b".to_owned()],
            bucket: bucket(),
            selection: token(),
        })
        .await;
        round_trip(ArchiveQuery::default()).await;
        round_trip(ArchiveEntryQuery {
            key: key(),
            name: key(),
            version_id: token(),
            bucket: bucket(),
        })
        .await;
        round_trip(UploadRef {
            key: key(),
            upload_id: key(),
            bucket: bucket(),
        })
        .await;
        round_trip(UnfinishedQuery { bucket: bucket() }).await;
        round_trip(UsersQuery {
            search: Some(key()),
            role: Some(Role::Admin),
            status: Some(UserStatus::Disabled),
            continuation_token: token(),
            max_keys: max_keys(),
        })
        .await;
        round_trip(AuditQuery {
            actor: Some(key()),
            action: Some(key()),
            outcome: Some(AuditOutcome::Denied),
            from: Timestamp::from_unix(1_704_067_200),
            to: Timestamp::from_unix(1_704_067_201),
            address: Some("2001:db8::1".parse().unwrap()),
            format: Some(AuditFormat::Csv),
            continuation_token: token(),
            max_keys: max_keys(),
        })
        .await;
        round_trip(SessionsQuery {
            continuation_token: token(),
            max_keys: max_keys(),
        })
        .await;
        round_trip(InvitationsQuery {
            continuation_token: token(),
            max_keys: max_keys(),
        })
        .await;
    }
}
