//! What may be reached, asked of the one place that decides it.

use app::{
    contract::{ApiKeyId, ErrorCode, KeyRoot, UserId},
    features::{
        api_keys::types::{CreatedApiKey, Scope as KeyScope},
        auth::types::Role,
        files::types::{DeleteObjectsRequest, ObjectRef},
        uploads::types::InitiateRequest,
    },
};
use http::Method;
use serde_json::{Value, json};
use server::{
    features::{
        auth::principal::{ApiKeyGrant, Credential, Principal},
        scopes::{Access, Named, Owner, ScopeError},
    },
    http::problem::Failure,
};
use time::Duration;

use crate::support::{PASSWORD, TestApp, User, on_both_databases};

/// As the extractors make a caller who shows a key.
fn by_key(user: &User, folder: Option<&str>, scopes: &[KeyScope]) -> Principal {
    let home = KeyRoot::home(user.id);
    Principal {
        user_id: user.id,
        username: user.username.clone(),
        role: Role::User,
        credential: Credential::ApiKey(ApiKeyGrant {
            id: ApiKeyId::from_uuid(uuid::Uuid::nil()),
            root: folder.map_or(home.clone(), |folder| home.folder(folder).unwrap()),
            scopes: scopes.iter().copied().collect(),
            last_used_at: None,
        }),
    }
}

fn named(key: String) -> ObjectRef {
    ObjectRef {
        key,
        version_id: None,
        bucket: None,
    }
}

/// The extractors refuse such requests first. Where a handler takes the wrong one, the service still does.
#[tokio::test]
async fn security_16_a_key_does_nothing_beyond_its_scopes_whatever_a_handler_lets_in() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a.txt", "text/plain", b"hello").await;
    let before = app.inventory().await;
    let (files, uploads) = (&app.state.files, &app.state.uploads);

    let reader = by_key(&ada, None, &[KeyScope::Read]);
    files.metadata(&reader, &named(key.clone())).await.unwrap();
    let refused = files
        .delete(&reader, &named(key.clone()))
        .await
        .unwrap_err()
        .outside();
    assert_eq!(refused.code, ErrorCode::PermissionDenied);
    assert_eq!(refused.detail, "key lies where you may not delete");
    let many = DeleteObjectsRequest {
        keys: vec![key.clone()],
        bucket: None,
    };
    let refused = files.delete_many(&reader, &many).await.unwrap_err().outside();
    assert_eq!(refused.detail, "keys[0] lies where you may not delete");
    let begin = InitiateRequest {
        key: ada.key("new"),
        content_type: None,
        metadata: std::collections::BTreeMap::new(),
        checksum_algorithm: None,
        bucket: None,
    };
    let refused = uploads.initiate(&reader, &begin).await.unwrap_err().outside();
    assert_eq!(refused.detail, "key lies where you may not write");

    let writer = by_key(&ada, None, &[KeyScope::Write]);
    let refused = files
        .metadata(&writer, &named(key.clone()))
        .await
        .unwrap_err()
        .outside();
    assert_eq!(refused.detail, "key lies where you may not read");
    let refused = files
        .list(&writer, &Default::default())
        .await
        .unwrap_err()
        .outside();
    assert_eq!(refused.detail, "prefix lies where you may not list");

    // A key outside the folder of an API key is answered like anyone else's.
    let elsewhere = by_key(&ada, Some("folder"), &[KeyScope::Read]);
    let refused = files
        .metadata(&elsewhere, &named(key))
        .await
        .unwrap_err()
        .outside();
    assert_eq!(refused.detail, "key is outside your prefix");
    assert_eq!(app.inventory().await, before);
}

async fn key_of(user: &User, body: Value) -> CreatedApiKey {
    user.post("/api/auth/api-keys", body).await.ok()
}

/// What a job may still do for its owner.
async fn goes_on(app: &TestApp, owner: Owner, key: &str, access: Access) -> Result<(), String> {
    let scope = app
        .state
        .scopes
        .resolve_for_owner(&owner, &Named::default())
        .await;
    match scope {
        Ok(scope) => match scope.key("key", key, access) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        },
        Err(ScopeError::OwnerLostAccess) => Err("lost".to_owned()),
        Err(other) => panic!("{other}"),
    }
}

on_both_databases! {
    async fn security_12_a_job_stops_when_its_owner_is_disabled(app) {
        let ada = app.user("ada").await;
        let owner = Owner { user: ada.id, api_key: None };
        let key = ada.key("a");
        assert_eq!(goes_on(&app, owner, &key, Access::all()).await, Ok(()));
        let set = |status: &'static str| {
            let pool = app.state.platform.db.pool();
            async move { sqlx::query("UPDATE users SET status = $1").bind(status).execute(pool).await.unwrap() }
        };
        set("disabled").await;
        assert_eq!(goes_on(&app, owner, &key, Access::READ).await, Err("lost".to_owned()));
        set("active").await;
        assert_eq!(goes_on(&app, owner, &key, Access::READ).await, Ok(()));
        let stranger: UserId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let nobody = Owner { user: stranger, api_key: None };
        assert_eq!(goes_on(&app, nobody, &key, Access::READ).await, Err("lost".to_owned()));
    }

    async fn security_16_a_job_reaches_no_more_than_the_key_that_began_it(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let body = json!({"name": "k", "scopes": ["read"], "prefix": ada.key("folder/"), "expires_in_days": 1});
        let api_key = key_of(&ada, body).await.details.id;
        let owner = Owner { user: ada.id, api_key: Some(api_key) };
        let inside = ada.key("folder/a");
        assert_eq!(goes_on(&app, owner, &inside, Access::LIST | Access::READ).await, Ok(()));
        assert_eq!(
            goes_on(&app, owner, &inside, Access::all()).await,
            Err("key lies where you may not write or delete".to_owned())
        );
        assert_eq!(
            goes_on(&app, owner, &ada.key("a"), Access::READ).await,
            Err("key is outside your prefix".to_owned())
        );
        // It opens nothing for anyone else.
        let other = Owner { user: bob.id, api_key: Some(api_key) };
        assert_eq!(goes_on(&app, other, &inside, Access::READ).await, Err("lost".to_owned()));

        app.clock.advance(Duration::days(1));
        assert_eq!(goes_on(&app, owner, &inside, Access::READ).await, Err("lost".to_owned()));
        let ada = app.sign_in("ada", PASSWORD).await;
        let kept = key_of(&ada, json!({"name": "k"})).await.details.id;
        let owner = Owner { user: ada.id, api_key: Some(kept) };
        assert_eq!(goes_on(&app, owner, &inside, Access::all()).await, Ok(()));
        let path = format!("/api/auth/api-keys/{kept}");
        ada.request(Method::DELETE, &path, axum::body::Body::empty(), None).await.ok::<Value>();
        assert_eq!(goes_on(&app, owner, &inside, Access::READ).await, Err("lost".to_owned()));
    }
}

#[tokio::test]
async fn another_bucket_is_not_there() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let who = by_key(&ada, None, &[KeyScope::Read, KeyScope::Write]);
    let bucket = "another".parse().unwrap();
    let scope = app
        .state
        .scopes
        .resolve(&who, &Named::bucket(Some(&bucket)))
        .await;
    let error = scope.unwrap_err();
    assert!(matches!(error, ScopeError::NoSuchBucket(_)), "{error}");
    assert_eq!(error.outside().status(), 404);
}
