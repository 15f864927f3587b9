//! Reservations, without storage.

use futures::future::join_all;
use serde_json::{Value, json};
use server::{
    features::{
        admin::Authority,
        quota::{By, Change, Exceeded, QuotaError, Quotas, WantedWrite},
    },
    platform::Platform,
};
use uuid::Uuid;

use super::{holder, limit, storage_use, taken};
use crate::support::{TestApp, on_both_databases};

/// Those of another replica.
async fn another(app: &TestApp) -> Quotas {
    let platform = Platform {
        db: app.another_database().await,
        ..app.state.platform.clone()
    };
    Quotas::new(platform, app.state.mails.clone(), None)
}

fn url(key: &str, size: u64, replaces: &str) -> WantedWrite {
    WantedWrite {
        id: Uuid::now_v7(),
        bucket: "forepeak".parse().unwrap(),
        key: key.to_owned(),
        size,
        by: By::Url {
            replaces: Some(replaces.to_owned()),
            frees: 0,
            expires_at: 2_000_000_000,
        },
    }
}

on_both_databases! {
    async fn security_23_of_fifty_at_once_as_many_fit_as_there_is_room_for(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(255)).await;
        let (here, there) = (app.state.quotas.clone(), another(&app).await);
        let who = holder(&ada);
        let asking = (0..50).map(|n| {
            let quotas = if n % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(async move { quotas.reserve(who, 10).await })
        });
        let answers: Vec<_> = join_all(asking).await.into_iter().map(Result::unwrap).collect();
        let granted: Vec<_> = answers.iter().flatten().copied().collect();
        assert_eq!(granted.len(), 25);
        for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            let QuotaError::Exceeded(exceeded) = refused else { panic!("{refused}") };
            assert_eq!(*exceeded, Exceeded { needed: 10, left: 5, quota: 255 });
        }
        assert_eq!(taken(&app, &ada).await, 250);

        // They end at once, too, and each of them once.
        let ending = granted.iter().chain(&granted).enumerate().map(|(n, reservation)| {
            let quotas = if n % 2 == 0 { here.clone() } else { there.clone() };
            let reservation = *reservation;
            tokio::spawn(async move { quotas.settle(reservation, Change::added(4)).await })
        });
        join_all(ending).await.into_iter().for_each(Result::unwrap);
        assert_eq!(taken(&app, &ada).await, 100);
        here.reserve(who, 155).await.unwrap();
        assert!(here.reserve(who, 1).await.is_err());
    }

    async fn a_plan_reserves_what_fits_in_its_order(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(100)).await;
        let quotas = &app.state.quotas;
        let plan = [url("a", 60, ""), url("b", 50, ""), url("c", 40, ""), url("d", 0, "")];
        let answers = quotas.reserve_each(holder(&ada), &plan).await.unwrap();
        let fits: Vec<_> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(fits, [true, false, true, true]);
        assert_eq!(answers[1], Err(Exceeded { needed: 50, left: 40, quota: 100 }));
        assert_eq!(taken(&app, &ada).await, 100);

        // Planned again, since nobody used the URLs: of two for the same place storage takes one.
        let again = [url("a", 50, ""), url("c", 40, "")];
        let answers = quotas.reserve_each(holder(&ada), &again).await.unwrap();
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(taken(&app, &ada).await, 100);
        // The first URL was used: the second is for what it stored.
        let other = quotas.reserve_each(holder(&ada), &[url("c", 1, "etag")]).await.unwrap();
        assert_eq!(other[0], Err(Exceeded { needed: 1, left: 0, quota: 100 }));
    }

    async fn a_job_has_one_reservation_however_often_it_begins_anew(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(100)).await;
        let quotas = &app.state.quotas;
        let job = Uuid::now_v7();
        let granted = quotas.reserve_for_job(holder(&ada), job, &[30, 80, 30]).await.unwrap();
        assert_eq!(granted.each.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(taken(&app, &ada).await, 60);
        let again = quotas.reserve_for_job(holder(&ada), job, &[30, 70]).await.unwrap();
        assert!(again.each.iter().all(Result::is_ok));
        assert_eq!(taken(&app, &ada).await, 100);
        quotas.settle(again.reservation, Change::added(30)).await;
        assert_eq!(taken(&app, &ada).await, 30);
        let nothing = quotas.reserve_for_job(holder(&ada), job, &[]).await.unwrap();
        quotas.settle(nothing.reservation, Change::added(5)).await;
        assert_eq!(taken(&app, &ada).await, 30);
    }

    async fn a_new_account_has_the_default_and_a_deleted_one_nothing(app) {
        let ada = app.user("ada").await;
        assert_eq!(storage_use(&app, &ada).await.quota, None);
        let quotas = &app.state.quotas;
        let reserved = quotas.reserve(holder(&ada), u64::MAX).await.unwrap();
        quotas.release(reserved).await;
        let late = quotas.reserve(holder(&ada), 7).await.unwrap();
        app.state.administration.delete(&Authority::operator(), ada.id).await.unwrap();
        quotas.settle(late, Change::added(7)).await;
        assert_eq!(quotas.of(holder(&ada)).await.unwrap(), None);
        assert!(matches!(quotas.reserve(holder(&ada), 1).await, Err(QuotaError::NoHolder)));
        let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM storage_reservations")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
        assert_eq!(rows, 0);
    }
}

#[tokio::test]
async fn every_way_to_an_account_gives_the_configured_quota() {
    let app = TestApp::builder()
        .var("DEFAULT_QUOTA_BYTES", "1000")
        .build()
        .await;
    let (ada, root) = (app.user("ada").await, app.admin("root").await);
    assert_eq!(storage_use(&app, &ada).await.quota, Some(1000));
    let made = json!({"username": "bob", "password": crate::support::PASSWORD});
    let bob: Value = root.post("/api/admin/users", made).await.ok();
    assert_eq!(bob["quota_bytes"], 1000);
    let made = json!({"username": "cyd", "password": crate::support::PASSWORD, "quota_bytes": 5});
    let cyd: Value = root.post("/api/admin/users", made).await.ok();
    assert_eq!(cyd["quota_bytes"], 5);
    let mailed = json!({"username": "dan", "password": crate::support::PASSWORD, "email": "dan@example.org"});
    app.anonymous()
        .post("/api/auth/register", mailed)
        .await
        .ok::<Value>();
    let code = app.code_for("dan@example.org").await;
    let confirmed = json!({"username": "dan", "code": code});
    app.anonymous()
        .post("/api/auth/confirm", confirmed)
        .await
        .ok::<Value>();
    let listed: Value = root.get("/api/admin/users?search=dan").await.ok();
    assert_eq!(listed["users"][0]["quota_bytes"], 1000);
}
