//! Storage goes away at each request of making and of deleting a bucket. The upkeep, or its owner, comes to an end with
//! what is left, and nothing that was somebody else's is taken.

use super::{create, delete, made, names, put};
use crate::support::{Fault, Faults, PASSWORD};

/// Longer than a lease.
const LATER: time::Duration = time::Duration::minutes(3);

#[tokio::test]
async fn security_50_making_can_break_off_at_any_request() {
    breaking_off_making(false).await;
}

#[tokio::test]
async fn security_50_making_can_break_off_at_any_request_on_postgres() {
    breaking_off_making(true).await;
}

async fn breaking_off_making(postgres: bool) {
    let faults = Faults::start().await;
    let app = faults.app(postgres).await;
    app.user("ada").await;
    for nth in 1.. {
        let name = format!("adas-{nth}");
        let ada = app.sign_in("ada", PASSWORD).await;
        faults.plan(nth, Fault::Away);
        let status = create(&ada, &name).await.status.as_u16();
        let came_through = !faults.is_reached();
        faults.heal();
        if came_through {
            assert_eq!(status, 201);
            assert!(nth > 5, "making takes {nth} requests");
            break;
        }
        // What is tried in vain is told as a warning.
        assert!(matches!(status, 201 | 503), "{nth}: {status}");
        if status == 503 {
            // Whoever is still at it is not disturbed.
            app.state.buckets.round().await.unwrap();
            app.clock.advance(LATER);
            if nth % 2 == 0 {
                app.state.buckets.round().await.unwrap();
            }
            let ada = app.sign_in("ada", PASSWORD).await;
            let again = create(&ada, &name).await.status.as_u16();
            // Finished with meanwhile, or made anew.
            assert!(matches!(again, 201 | 409), "{nth}: {again}");
        }
        let ada = app.sign_in("ada", PASSWORD).await;
        assert!(names(&ada).await.contains(&name), "{nth}");
        put(&ada, &name, "a.txt", b"hers").await;
    }
}

/// The row is there, and so is a bucket that somebody else has made and used since.
#[tokio::test]
async fn security_50_a_bucket_that_came_in_between_is_not_taken_over() {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    let ada = app.user("ada").await;
    // The second request asks storage to make the bucket.
    faults.plan(2, Fault::Away);
    assert_eq!(create(&ada, "contested").await.status, 503);
    faults.heal();
    let sdk = faults.storage.sdk();
    sdk.create_bucket().bucket("contested").send().await.unwrap();
    sdk.put_object()
        .bucket("contested")
        .key("theirs")
        .send()
        .await
        .unwrap();
    app.clock.advance(LATER);
    app.state.buckets.round().await.unwrap();
    let ada = app.sign_in("ada", PASSWORD).await;
    assert!(names(&ada).await.is_empty());
    assert_eq!(create(&ada, "contested").await.status, 409);
    assert_eq!(ada.get("/api/buckets/contested/items").await.status, 404);
    assert_eq!(faults.storage.inventory("contested").await.len(), 1);
}

#[tokio::test]
async fn security_41_deleting_can_break_off_at_any_request() {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    app.user("ada").await;
    for nth in 1.. {
        let name = format!("adas-{nth}");
        let ada = app.sign_in("ada", PASSWORD).await;
        made(&ada, &name).await;
        put(&ada, &name, "a.txt", b"one").await;
        put(&ada, &name, "a.txt", b"two").await;
        let sdk = faults.storage.sdk();
        sdk.delete_object()
            .bucket(&name)
            .key("a.txt")
            .send()
            .await
            .unwrap();
        faults.plan(nth, Fault::Away);
        let status = delete(&ada, &name).await.status.as_u16();
        let came_through = !faults.is_reached();
        faults.heal();
        if came_through {
            assert_eq!(status, 200);
            assert!(nth > 5, "deleting takes {nth} requests");
            break;
        }
        assert_eq!(status, 503, "{nth}");
        // Nothing that was deleted came to light.
        let current = sdk.list_objects_v2().bucket(&name).send().await.unwrap();
        assert!(current.contents().is_empty(), "{nth}");
        app.clock.advance(LATER);
        app.state.buckets.round().await.unwrap();
        let ada = app.sign_in("ada", PASSWORD).await;
        if names(&ada).await.contains(&name) {
            // It had not begun.
            assert_eq!(delete(&ada, &name).await.status, 200, "{nth}");
        }
        assert!(sdk.head_bucket().bucket(&name).send().await.is_err(), "{nth}");
    }
    app.run_jobs().await;
}
