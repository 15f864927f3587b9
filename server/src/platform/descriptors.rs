//! How many files and sockets this process may hold open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More is of no use to us, and some programs that we start walk through all there could be.
const ENOUGH: u64 = 65_536;

/// Raises the soft limit, which many systems set to 1024, as far as the hard one lets it; answers what holds then.
/// Without it a server full of connections could neither open its database nor take anyone's upload.
pub fn raise() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    // No limit at all is as good as enough.
    let current = limit.current.unwrap_or(ENOUGH);
    if current >= allowed {
        return current;
    }
    let raised = Rlimit {
        current: Some(allowed),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => allowed,
        Err(error) => {
            tracing::warn!(%error, current, "the limit of open files could not be raised");
            current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_35_there_is_room_for_as_many_as_the_system_allows() {
        let raised = raise();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, Some(raised));
        assert!(raised >= limit.maximum.unwrap_or(ENOUGH).min(ENOUGH));
        assert_eq!(raise(), raised);
    }
}
