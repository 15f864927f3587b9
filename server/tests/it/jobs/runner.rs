//! What goes on beside the requests ends with the program.

use std::sync::Arc;

use server::jobs::runner::Background;

use crate::support::TestApp;

#[tokio::test]
async fn all_of_it_has_ended_once_it_is_stopped() {
    let app = TestApp::new().await;
    let mut background = Background::start(&app.state);
    let held = Arc::new(());
    for _ in 0..3 {
        let held = Arc::clone(&held);
        background.spawn("what never ends", async move {
            std::future::pending::<()>().await;
            drop(held);
        });
    }
    background.spawn("what panics", async { panic!("as a test wants it") });
    tokio::task::yield_now().await;
    assert_eq!(Arc::strong_count(&held), 4);
    background.stop().await;
    assert_eq!(Arc::strong_count(&held), 1);
}
