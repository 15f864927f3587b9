//! Empty folders of a drop. No upload creates them, so the driver makes each with a call of its own.

use std::rc::Rc;

use super::Driver;
use crate::{
    browser,
    features::{
        files::client,
        uploads::handle::{NewObject, Target},
    },
    format,
    rest::{CallError, retry_when_throttled},
};

/// Tries of one folder while server or network fail.
const ATTEMPTS: u32 = 6;
/// The first pause between them, in milliseconds; it doubles.
const PAUSE: i32 = 500;

impl Driver {
    /// `paths` end in `/`.
    pub(super) async fn make_folders(self: &Rc<Self>, target: &Target, paths: Vec<String>) {
        let mut failed = Vec::new();
        for path in paths {
            let key = format!("{}{path}", target.prefix);
            match made(&key, target).await {
                Ok(()) => {
                    self.arrived.borrow_mut().push(NewObject { key, size: 0 });
                    self.redraw_soon();
                }
                Err(error) => failed.push((path, error)),
            }
        }
        if let Some((path, error)) = failed.first() {
            let others = failed.len() as u64 - 1;
            let also = match others {
                0 => String::new(),
                others => format!(", and {}", format::count(others, "other", "others")),
            };
            self.toasts.error(format!(
                "The empty folder “{}”{also} was not made. {error}",
                path.trim_end_matches('/')
            ));
        }
    }
}

async fn made(key: &str, target: &Target) -> Result<(), CallError> {
    let create = async || client::create_folder(key.to_owned(), target.bucket.clone()).await;
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match retry_when_throttled(create, || ()).await {
            Err(CallError::Unreachable | CallError::Unavailable(_)) => {
                browser::pause(pause).await;
                pause *= 2;
            }
            outcome => return outcome,
        }
    }
    create().await
}
