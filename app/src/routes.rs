//! The one table of paths. Everything that links somewhere builds its address here.
//!
//! A folder's address is `/files/` or `/teams/<uuid>/`, followed by its path below the caller's home or the team's folder,
//! each segment percent-encoded, so that any key survives: `%`, `+`, `#`, `?`, `//`, spaces, emoji. Addresses are read back from the raw
//! pathname and query, because the router's own parameters are decoded twice.

use std::borrow::Cow;

use crate::contract::{BucketName, TeamId, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

pub const ROOT: &str = "/";
/// Answers while the program runs.
pub const HEALTH: &str = "/health";
pub const SIGN_IN: &str = "/sign-in";
pub const SIGN_OUT: &str = "/sign-out";
/// The caller's top folder.
pub const FILES: &str = "/files/";
/// Before the id of the team whose folder is shown.
pub const TEAM_FILES: &str = "/teams/";

/// The caller's own buckets.
pub const BUCKETS: &str = "/storage";
/// Before the name of a bucket in the server's storage: its top folder.
const IN_BUCKET: &str = "/storage/server/";
/// Before the name of a bucket: how it is set up.
const PROPERTIES: &str = "/storage/properties/";

pub const REGISTER: &str = "/register";
pub const CONFIRM: &str = "/confirm";
pub const RESEND_CODE: &str = "/confirm/resend";
pub const FORGOT_PASSWORD: &str = "/forgot-password";
pub const RESET_PASSWORD: &str = "/reset-password";
/// Where the first admin makes an account.
pub const SETUP: &str = "/setup";

pub const SETTINGS: &str = "/settings";
pub const PROFILE: &str = "/settings/profile";
pub const PASSWORD: &str = "/settings/password";
pub const DEVICES: &str = "/settings/devices";
pub const API_KEYS: &str = "/settings/api-keys";
/// The teams that somebody is in.
pub const OWN_TEAMS: &str = "/settings/teams";

pub const ADMIN: &str = "/admin";
pub const USERS: &str = "/admin/users";
pub const TEAMS: &str = "/admin/teams";
pub const INVITATIONS: &str = "/admin/invitations";
pub const AUDIT: &str = "/admin/audit";

/// What stays readable inside a path segment. `+` is encoded: some readers take it for a space.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b':')
    .remove(b'@');
const PATH: &AsciiSet = &SEGMENT.remove(b'/');
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Where files lie that belong together: what the navigation lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Drive {
    /// The caller's own.
    #[default]
    Home,
    Team(TeamId),
    /// One of the caller's own buckets.
    Bucket(BucketName),
}

impl Drive {
    /// `None` for what lies in the home bucket.
    #[must_use]
    pub const fn bucket(&self) -> Option<&BucketName> {
        match self {
            Self::Home | Self::Team(_) => None,
            Self::Bucket(name) => Some(name),
        }
    }
}

/// The address of a folder. `path` is below the drive's top folder: empty for that itself, else ending in `/`.
#[must_use]
pub fn folder(drive: &Drive, path: &str) -> String {
    let path = utf8_percent_encode(path, PATH);
    match drive {
        Drive::Home => format!("{FILES}{path}"),
        Drive::Team(id) => format!("{TEAM_FILES}{id}/{path}"),
        Drive::Bucket(name) => format!("{IN_BUCKET}{name}/{path}"),
    }
}

/// The folder that a raw pathname names, as [`folder`] takes it; `None` when it is no folder's address or is not
/// UTF-8 once decoded. A missing last slash is forgiven.
#[must_use]
pub fn folder_at(pathname: &str) -> Option<(Drive, String)> {
    let (drive, encoded) = if let Some(path) = pathname.strip_prefix(FILES) {
        (Drive::Home, path)
    } else if pathname == FILES.trim_end_matches('/') {
        (Drive::Home, "")
    } else if let Some(rest) = pathname.strip_prefix(TEAM_FILES) {
        let (id, path) = rest.split_once('/').unwrap_or((rest, ""));
        (Drive::Team(id.parse().ok()?), path)
    } else {
        let rest = pathname.strip_prefix(IN_BUCKET)?;
        let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
        (Drive::Bucket(name.parse().ok()?), path)
    };
    let mut path = percent_decode_str(encoded).decode_utf8().ok()?.into_owned();
    if !path.is_empty() && !path.ends_with('/') {
        path.push('/');
    }
    Some((drive, path))
}

/// How a bucket is set up.
#[must_use]
pub fn bucket_properties(bucket: &BucketName) -> String {
    format!("{PROPERTIES}{bucket}")
}

/// The sign-in page, coming back to `next` afterwards.
#[must_use]
pub fn sign_in(next: &str) -> String {
    format!("{SIGN_IN}?{}", Query::default().with("next", next))
}

/// The page of one account, for admins.
#[must_use]
pub fn user(id: UserId) -> String {
    format!("{USERS}/{id}")
}

/// The page of one team, for admins.
#[must_use]
pub fn team(id: TeamId) -> String {
    format!("{TEAMS}/{id}")
}

/// The page of one team, for its members.
#[must_use]
pub fn own_team(id: TeamId) -> String {
    format!("{OWN_TEAMS}/{id}")
}

/// The page that takes the code mailed to someone who registered.
#[must_use]
pub fn confirm(username: &str) -> String {
    format!("{CONFIRM}?{}", Query::default().with("username", username))
}

/// The page that a form stands on, where that is another than the path that it is posted to.
#[must_use]
pub fn page_of_form(path: &str) -> Option<&'static str> {
    (path == RESEND_CODE).then_some(CONFIRM)
}

/// Whether pages for those who are signed in, rendered whole by the server, live there: settings, administration, and the
/// list of buckets.
#[must_use]
pub fn is_member_page(pathname: &str) -> bool {
    if pathname == BUCKETS || pathname.starts_with(PROPERTIES) {
        return true;
    }
    [SETTINGS, ADMIN].iter().any(|start| {
        pathname
            .strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Streams one object through the server with the session cookie: the download link that works without script.
#[must_use]
pub fn object(bucket: Option<&BucketName>, key: &str) -> String {
    let mut query = Query::default().with("key", key);
    if let Some(bucket) = bucket {
        query = query.with("bucket", bucket.as_str());
    }
    format!("/api/s3/object?{query}")
}

/// The pairs of a query string, decoded exactly once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=2`, with or without the leading `?`. What is not UTF-8 is left out.
    #[must_use]
    pub fn parse(search: &str) -> Self {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced)
                .decode_utf8()
                .ok()
                .map(Cow::into_owned)
        };
        let pairs = search
            .trim_start_matches('?')
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name)?, decode(value)?))
            })
            .collect();
        Self(pairs)
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// The first value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Without the leading `?`.
impl std::fmt::Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("&")?;
            }
            write!(
                f,
                "{}={}",
                utf8_percent_encode(name, QUERY_VALUE),
                utf8_percent_encode(value, QUERY_VALUE)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEAM: &str = "018f0000-0000-7000-8000-000000000002";

    #[test]
    fn folders_read_well_and_hide_nothing() {
        let team = Drive::Team(TEAM.parse().unwrap());
        let bucket = Drive::Bucket("my-bucket".parse().unwrap());
        for (drive, path, address) in [
            (&Drive::Home, "", "/files/"),
            (&Drive::Home, "Holiday 2024/", "/files/Holiday%202024/"),
            (&Drive::Home, "a+b/100%/c#d?/", "/files/a%2Bb/100%25/c%23d%3F/"),
            (&Drive::Home, "a//b/", "/files/a//b/"),
            (&Drive::Home, "a\\b/", "/files/a%5Cb/"),
            (&team, "a b/", &format!("/teams/{TEAM}/a%20b/")),
            (&bucket, "", "/storage/server/my-bucket/"),
            (&bucket, "a b/", "/storage/server/my-bucket/a%20b/"),
        ] {
            assert_eq!(folder(drive, path), address);
        }
    }

    #[test]
    fn other_paths_are_no_folders() {
        let home = |path: &str| Some((Drive::Home, path.to_owned()));
        assert_eq!(folder_at("/files"), home(""));
        assert_eq!(folder_at("/files/a"), home("a/"));
        let team = |path: &str| Some((Drive::Team(TEAM.parse().unwrap()), path.to_owned()));
        assert_eq!(folder_at(&format!("/teams/{TEAM}")), team(""));
        assert_eq!(folder_at(&format!("/teams/{TEAM}/")), team(""));
        assert_eq!(folder_at(&format!("/teams/{TEAM}/a")), team("a/"));
        assert_eq!(folder_at("/teams/"), None);
        assert_eq!(folder_at("/teams/crew/"), None);
        let bucket = Drive::Bucket("my-bucket".parse().unwrap());
        assert_eq!(
            folder_at("/storage/server/my-bucket"),
            Some((bucket, String::new()))
        );
        assert_eq!(folder_at("/storage/server/Not-A-Bucket/"), None);
        assert_eq!(folder_at("/storage/server/"), None);
        assert_eq!(folder_at("/storage"), None);
        assert_eq!(folder_at("/filesystem/"), None);
        assert_eq!(folder_at("/files/%ff/"), None);
    }

    #[test]
    fn settings_and_administration_are_member_pages() {
        assert!(is_member_page("/settings"));
        assert!(is_member_page("/admin/users"));
        assert!(!is_member_page("/administration"));
        assert!(is_member_page("/storage"));
        assert!(is_member_page("/storage/properties/my-bucket"));
        assert!(!is_member_page("/storage/server/my-bucket/"));
        assert!(!is_member_page("/files/settings/"));
    }

    #[test]
    fn a_query_is_decoded_once() {
        let query = Query::parse("?next=%2Ffiles%2F100%2525%2F&x=a+b&flag");
        assert_eq!(query.get("next"), Some("/files/100%25/"));
        assert_eq!(query.get("x"), Some("a b"));
        assert_eq!(query.get("flag"), Some(""));
        assert_eq!(query.get("y"), None);
    }

    proptest! {
        #[test]
        fn every_folder_comes_back(path in "(\\PC{0,12}/){0,4}") {
            let drives = [
                Drive::Home,
                Drive::Team(TEAM.parse().unwrap()),
                Drive::Bucket("my-bucket".parse().unwrap()),
            ];
            for drive in drives {
                let address = folder(&drive, &path);
                prop_assert_eq!(folder_at(&address), Some((drive, path.clone())));
            }
        }

        #[test]
        fn every_query_comes_back(pairs in prop::collection::vec((any::<String>(), any::<String>()), 0..4)) {
            let query = Query(pairs.into_iter().filter(|(n, v)| !(n.is_empty() && v.is_empty())).collect());
            prop_assert_eq!(Query::parse(&query.to_string()), query);
        }
    }
}
