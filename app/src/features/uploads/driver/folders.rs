//! Folders of a drop that hold nothing: no upload brings them into being, so they are made by themselves.

use std::rc::Rc;

use super::{Driver, call};
use crate::{
    browser,
    features::uploads::{
        engine::CallError,
        handle::{Arrived, Target},
    },
    format,
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
                    self.arrived.borrow_mut().push(Arrived { key, size: 0 });
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
            let why = match error {
                CallError::SignedOut => "You have been signed out.",
                CallError::Refused { error, .. } | CallError::Unavailable(Some(error)) => {
                    error.detail.as_str()
                }
                CallError::Network | CallError::Unavailable(None) | CallError::RateLimited { .. } => {
                    "The server cannot be reached."
                }
            };
            self.toasts.error(format!(
                "The empty folder “{}”{also} was not made. {why}",
                path.trim_end_matches('/')
            ));
        }
    }
}

async fn made(key: &str, target: &Target) -> Result<(), CallError> {
    let mut pause = PAUSE;
    for _ in 1..ATTEMPTS {
        match call::folder(key, target.bucket.as_ref()).await {
            Err(CallError::Network | CallError::Unavailable(_)) => {
                browser::pause(pause).await;
                pause *= 2;
            }
            Err(CallError::RateLimited { retry_after }) => {
                browser::pause(i32::try_from(retry_after).unwrap_or(60_000)).await;
            }
            outcome => return outcome,
        }
    }
    call::folder(key, target.bucket.as_ref()).await
}
