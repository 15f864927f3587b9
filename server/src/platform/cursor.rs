//! Continuation tokens and pages. The position at which a listing stopped (storage's own token, the last row's name) travels
//! through the client, sealed to the caller and to the listing that it goes on with: another caller, bucket, prefix or
//! question makes it worthless.

use app::contract::MaxKeys;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::tokens::DerivedKey;

type HmacSha256 = Hmac<Sha256>;

const TAG_BYTES: usize = 16;
/// Names the keys' purpose where they are derived.
pub const PURPOSE: &str = "continuation tokens";

/// Seals and opens tokens. Every replica has the same keys, so that any can go on where another stopped.
#[derive(Clone)]
pub struct Cursors {
    /// The first seals, all open.
    keys: Vec<HmacSha256>,
}

/// What a token belongs to: the kind of listing, the caller, the bucket, the prefix, the question.
pub type Scope<'a> = [&'a str];

/// The token is forged, another caller's, or of another listing. No more is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not from the page before")]
pub struct ForeignCursor;

impl Cursors {
    /// The first key seals, all open.
    #[must_use]
    pub fn new(keys: &[DerivedKey]) -> Self {
        let keys = keys
            .iter()
            // HMAC takes keys of any length: none is left out.
            .filter_map(|key| HmacSha256::new_from_slice(key).ok())
            .collect();
        Self { keys }
    }

    #[must_use]
    pub fn seal(&self, scope: &Scope<'_>, position: &str) -> String {
        let mut token = Vec::with_capacity(TAG_BYTES + position.len());
        if let Some(key) = self.keys.first() {
            token.extend_from_slice(&tag(key, scope, position).finalize().into_bytes()[..TAG_BYTES]);
        }
        token.extend_from_slice(position.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(token)
    }

    /// # Errors
    /// [`ForeignCursor`] for anything that [`Self::seal`] did not make for this very scope.
    pub fn open(&self, scope: &Scope<'_>, token: &str) -> Result<String, ForeignCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| ForeignCursor)?;
        let (found, position) = bytes.split_at_checked(TAG_BYTES).ok_or(ForeignCursor)?;
        let position = std::str::from_utf8(position).map_err(|_| ForeignCursor)?;
        self.keys
            .iter()
            .any(|key| tag(key, scope, position).verify_truncated_left(found).is_ok())
            .then(|| position.to_owned())
            .ok_or(ForeignCursor)
    }
}

/// How many rows a page has at most.
#[derive(Clone, Copy, Debug)]
pub struct PageSize(usize);

impl PageSize {
    /// As asked for, or the default.
    #[must_use]
    pub fn of(max_keys: Option<MaxKeys>) -> Self {
        Self(max_keys.unwrap_or_default().get().into())
    }

    /// The `LIMIT` of the query: one row more than the page has tells whether there is a next page.
    #[must_use]
    pub fn with_next(self) -> i64 {
        i64::try_from(self.0 + 1).unwrap_or(i64::MAX)
    }

    /// Cuts rows that were read with [`Self::with_next`] to the page. Answers the page's last row if there is a next page.
    pub fn cut<T>(self, rows: &mut Vec<T>) -> Option<&T> {
        let has_more = rows.len() > self.0;
        rows.truncate(self.0);
        rows.last().filter(|_| has_more)
    }
}

/// Reads `<moment> <id>`, the position in a listing that is ordered by time.
#[must_use]
pub fn moment_and_id(position: &str) -> Option<(i64, &str)> {
    let (moment, id) = position.split_once(' ')?;
    Some((moment.parse().ok()?, id))
}

fn tag(key: &HmacSha256, scope: &Scope<'_>, position: &str) -> HmacSha256 {
    let mut mac = key.clone();
    // Lengths first: no two scopes run together to the same bytes.
    for part in scope.iter().chain([&position]) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OLD: DerivedKey = [1; 32];
    const NEW: DerivedKey = [2; 32];

    #[test]
    fn security_21_a_token_opens_for_its_own_scope_only() {
        let cursors = Cursors::new(&[NEW]);
        let token = cursors.seal(&["list", "ada", "bucket", "users/ada/"], "next");
        assert_eq!(
            cursors
                .open(&["list", "ada", "bucket", "users/ada/"], &token)
                .as_deref(),
            Ok("next")
        );
        for scope in [
            ["list", "bob", "bucket", "users/ada/"],
            ["list", "ada", "other", "users/ada/"],
            ["list", "ada", "bucket", "users/ada/x/"],
            ["search", "ada", "bucket", "users/ada/"],
            ["list", "adabucket", "", "users/ada/"],
        ] {
            assert_eq!(cursors.open(&scope, &token), Err(ForeignCursor), "{scope:?}");
        }
    }

    #[test]
    fn tokens_survive_the_rotation_of_the_secret_and_die_with_it() {
        let token = Cursors::new(&[OLD]).seal(&["list"], "next");
        assert!(Cursors::new(&[NEW, OLD]).open(&["list"], &token).is_ok());
        assert!(Cursors::new(&[NEW]).open(&["list"], &token).is_err());
    }

    #[test]
    fn a_page_is_cut_to_its_size_and_says_where_the_next_one_begins() {
        let size = PageSize::of(Some(MaxKeys::try_from(2).unwrap()));
        assert_eq!(size.with_next(), 3);
        let mut rows = vec!['a', 'b', 'c'];
        assert_eq!(size.cut(&mut rows).copied(), Some('b'));
        assert_eq!(rows, ['a', 'b']);
        assert_eq!(size.cut(&mut rows), None);
        assert_eq!(rows, ['a', 'b']);
    }

    proptest! {
        #[test]
        fn security_21_no_other_text_opens(text in "\\PC*", flip in 0..64_usize) {
            let cursors = Cursors::new(&[NEW]);
            prop_assert_eq!(cursors.open(&["list"], &text), Err(ForeignCursor));
            let mut token = cursors.seal(&["list"], "a position that is long enough to flip").into_bytes();
            let at = flip % token.len();
            token[at] = if token[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(token).unwrap();
            if altered != cursors.seal(&["list"], "a position that is long enough to flip") {
                prop_assert_eq!(cursors.open(&["list"], &altered), Err(ForeignCursor));
            }
        }
    }
}
