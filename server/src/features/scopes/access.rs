//! What may be done.

use std::{collections::BTreeSet, fmt};

use app::features::api_keys::types::Scope as KeyScope;

bitflags::bitflags! {
    /// What may be done with what lies under the root of a [`Grant`](super::Grant).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Access: u8 {
        /// See which keys and unfinished uploads there are.
        const LIST = 1;
        /// Read objects, what is stored beside them, and their versions.
        const READ = 1 << 1;
        /// Make objects, and write over them.
        const WRITE = 1 << 2;
        /// Delete objects and versions, and take deletions back.
        const DELETE = 1 << 3;
    }
}

impl Access {
    /// What an API key of these scopes may do at most.
    pub(super) fn of_key(scopes: &BTreeSet<KeyScope>) -> Self {
        scopes
            .iter()
            .map(|scope| match scope {
                KeyScope::Read => Self::LIST | Self::READ,
                KeyScope::Write => Self::WRITE | Self::DELETE,
            })
            .collect()
    }
}

/// `write`, `write or delete`, `list, read or write`.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self
            .iter_names()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        match names.split_last() {
            None => f.write_str("nothing"),
            Some((last, [])) => f.write_str(last),
            Some((last, before)) => write!(f, "{} or {last}", before.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_reads_as_a_list() {
        for (access, text) in [
            (Access::WRITE, "write"),
            (Access::WRITE | Access::DELETE, "write or delete"),
            (Access::all(), "list, read, write or delete"),
            (Access::empty(), "nothing"),
        ] {
            assert_eq!(access.to_string(), text);
        }
    }

    #[test]
    fn a_key_may_do_what_its_scopes_say() {
        let of_key = |scopes: &[KeyScope]| Access::of_key(&scopes.iter().copied().collect());
        assert_eq!(of_key(&[KeyScope::Read]), Access::LIST | Access::READ);
        assert_eq!(of_key(&[KeyScope::Write]), Access::WRITE | Access::DELETE);
        assert_eq!(of_key(&[KeyScope::Read, KeyScope::Write]), Access::all());
        assert_eq!(of_key(&[]), Access::empty());
    }
}
