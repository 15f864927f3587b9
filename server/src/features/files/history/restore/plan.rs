//! Decides the step that restores one key.

use app::contract::Timestamp;

use super::super::{
    copy::is_current,
    key::{KeyHistory, State, Version},
};

/// The state that keys are restored to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Deleted objects are restored as they were last.
    NotDeleted,
    /// Every object is as it was at this moment.
    AsOf {
        /// Objects that did not exist then are deleted.
        delete_added: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Nothing,
    /// Remove the delete markers that hide this version.
    Uncover(&'a Version),
    /// Copy this version, which is not the newest with bytes.
    Copy(&'a Version),
    /// The bytes are current, but headers, metadata or tags may differ.
    CopyIfOther(&'a Version),
    /// Delete the object, of which a listing shows this version.
    Delete(&'a Version),
}

impl Goal {
    pub(super) fn step(self, history: &KeyHistory) -> Step<'_> {
        let then = match self {
            Self::NotDeleted => return history.deleted().map_or(Step::Nothing, Step::Uncover),
            Self::AsOf { .. } => history.then(),
        };
        let Some(then) = then else {
            let delete_added = self == Self::AsOf { delete_added: true };
            return match history.now() {
                Some(added) if delete_added => Step::Delete(added),
                _ => Step::Nothing,
            };
        };
        match history.now() {
            Some(now) if now.id == then.id => Step::Nothing,
            Some(_) if is_current(history.latest.as_ref(), then) => Step::CopyIfOther(then),
            Some(_) => Step::Copy(then),
            None if history.newest.as_ref().is_some_and(|newest| newest.id == then.id) => Step::Uncover(then),
            None => Step::Copy(then),
        }
    }
}

/// Whether somebody changed the key after the request for the job.
pub(super) fn is_newer(latest: Option<&State>, asked_at: Timestamp) -> bool {
    latest.is_some_and(|latest| latest.at() > Some(asked_at))
}

#[cfg(test)]
mod tests {
    use super::{super::super::key::tests::history, *};

    #[test]
    fn a_key_gets_what_it_lacks() {
        let as_of = Goal::AsOf { delete_added: false };
        let exactly = Goal::AsOf { delete_added: true };
        let told = |step: Step<'_>| match step {
            Step::Nothing => "nothing".to_owned(),
            Step::Uncover(version) => format!("uncover {}", version.id),
            Step::Copy(version) => format!("copy {}", version.id),
            Step::CopyIfOther(version) => format!("copy {} if other", version.id),
            Step::Delete(version) => format!("delete {}", version.id),
        };
        for (versions, goal, expected) in [
            (&["v1@5"][..], as_of, "nothing"),
            (&["m1@9", "v1@5"], as_of, "uncover v1"),
            (&["m2@9", "m1@8", "v1@5"], as_of, "uncover v1"),
            (&["v2@9", "v1@5"], as_of, "copy v1"),
            (&["m1@9", "v2@8", "v1@5"], as_of, "copy v1"),
            (&["v2@9=x", "v1@5=x"], as_of, "copy v1 if other"),
            (&["v1@9"], as_of, "nothing"),
            (&["v1@9"], exactly, "delete v1"),
            (&["v2@9", "m1@6", "v1@5"], exactly, "delete v2"),
            (&["m2@9", "v1@8"], exactly, "nothing"),
            (&["m1@6", "v1@5"], exactly, "nothing"),
            (&["m1@6", "v1@5"], Goal::NotDeleted, "uncover v1"),
            (&["v2@8", "m1@6", "v1@5"], Goal::NotDeleted, "nothing"),
            (&["m1@6"], Goal::NotDeleted, "nothing"),
        ] {
            let history = history(versions, 7);
            assert_eq!(told(goal.step(&history)), expected, "{versions:?} {goal:?}");
        }
    }

    #[test]
    fn what_came_after_the_request_is_known_by_its_date() {
        let at = |second| Timestamp::from_unix(second).unwrap();
        let history = history(&["v1@5"], 0);
        assert!(is_newer(history.latest.as_ref(), at(4)));
        assert!(!is_newer(history.latest.as_ref(), at(5)));
        assert!(!is_newer(None, at(5)));
    }
}
