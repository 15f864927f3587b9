//! Checks requests, and queues their jobs or does at once what takes no time.

mod delete;
mod transfer;
mod undo;

use crate::features::{files::areas::Area, scopes::Scope};

/// Whether the text is a prefix rather than a key.
fn is_folder(raw: &str, scope: &Scope) -> bool {
    raw.ends_with('/') || raw == scope.default_root().as_str()
}

fn area(scope: &Scope, prefix: &str, exact: bool, writes: bool) -> Area {
    Area {
        bucket: scope.bucket.as_str().to_owned(),
        prefix: prefix.to_owned(),
        exact,
        writes,
    }
}

/// Whether `key` is one of `except`, or lies below one of them.
pub(super) fn is_excepted(key: &str, except: &[String]) -> bool {
    except.iter().any(|kept| {
        if kept.ends_with('/') {
            key.starts_with(kept.as_str())
        } else {
            key == kept
        }
    })
}
