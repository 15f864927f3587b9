//! The harness: an application with a database and a clock of its own, and people who use it.
//!
//! ```ignore
//! let app = TestApp::new().await;
//! let ada = app.user("ada").await;
//! let me: Me = ada.get("/api/auth/me").await.ok();
//! ```

mod answer;
mod app;
pub(crate) mod authority;
mod client;
mod clock;
mod database;
mod events;
mod faults;
mod form;
pub(crate) mod fronts;
mod log;
mod page;
#[path = "../../../embedded/tests/it/support/ports.rs"]
pub(crate) mod ports;
mod postgres;
pub(crate) mod private_postgres;
mod proxy;
mod relay;
pub(crate) mod site;
mod soak;
mod store;
#[path = "../../../embedded/tests/it/support/tools.rs"]
pub(crate) mod tools;

pub(crate) use answer::Answer;
pub(crate) use app::{Builder, JWT_SECRET, PASSWORD, TestApp};
pub(crate) use client::{Browser, Client, User};
pub(crate) use clock::TestClock;
pub(crate) use database::TestDatabase;
pub(crate) use events::EventStream;
pub(crate) use faults::{Fault, Faults};
pub(crate) use form::Form;
pub(crate) use log::KeptLog;
pub(crate) use page::{Field, Page, PageForm};
pub(crate) use proxy::Rewriting;
pub(crate) use soak::sized;
pub(crate) use store::{TestStore, sdk};

/// Writes a test twice: on SQLite and on PostgreSQL. After `with storage;` the application has the embedded store,
/// after `with storage on the clock;` one that dates by the test's clock. With `rstest` each of some 150 tests would
/// need two attributes and a parameter with two more.
///
/// ```ignore
/// on_both_databases! {
///     async fn a_name_is_taken_once(app) { … }
/// }
/// ```
macro_rules! on_both_databases {
    (with storage on the clock; $($tests:tt)+) => {
        $crate::support::on_both_databases! {
            @ $crate::support::TestApp::builder().storage_on_clock(); $($tests)+
        }
    };
    (with storage; $($tests:tt)+) => {
        $crate::support::on_both_databases! { @ $crate::support::TestApp::builder().storage(); $($tests)+ }
    };
    (@ $builder:expr; $($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test names something of its module")]
            use super::*;

            $(#[$meta])*
            async fn on($app: $crate::support::TestApp) $body

            #[tokio::test]
            async fn sqlite() {
                let app = $builder.build().await;
                on(app).await;
            }

            #[tokio::test]
            async fn postgres() {
                let app = $builder.postgres().build().await;
                on(app).await;
            }
        }
    )+};
    ($($tests:tt)+) => {
        $crate::support::on_both_databases! { @ $crate::support::TestApp::builder(); $($tests)+ }
    };
}
pub(crate) use on_both_databases;
