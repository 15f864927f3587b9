//! Codes, from the moment they are made to the one guess that is right.

use app::contract::UserId;
use secrecy::SecretString;
use sqlx::AnyConnection;

use super::Auth;
use crate::{
    features::{
        audit::Event,
        auth::{
            codes::{Code, CodePurpose, LIFETIME_SECONDS},
            error::AuthError,
            repo::codes,
        },
    },
    platform::mailer::EmailAddress,
};

/// Mails of one kind that an address gets within a day, whoever asks for them.
const MAILS_A_DAY: i64 = 10;

/// A code that was right, and may be used up.
pub(super) struct Right {
    pub purpose: CodePurpose,
    pub subject: UserId,
    mac: String,
}

impl Auth {
    /// Makes a code and ends the one before it. `None` when the address has had enough mails for today; a mail that
    /// is tried again (`first` is false) has been counted already.
    pub(super) async fn issue_code(
        &self,
        purpose: CodePurpose,
        subject: UserId,
        address: &EmailAddress,
        first: bool,
    ) -> Result<Option<SecretString>, AuthError> {
        let code = Code::draw(self.0.platform.rng.as_ref());
        let mac = self
            .0
            .codes
            .mac(purpose, subject, &code)
            .ok_or(AuthError::NoCodeKey)?;
        let mut transaction = self.0.platform.db.begin().await?;
        if first && !self.allow_mail(&mut transaction, purpose.text(), address).await? {
            return Ok(None);
        }
        let expires_at = self.now() + LIFETIME_SECONDS;
        codes::set(&mut transaction, purpose, subject, &mac, expires_at).await?;
        transaction.commit().await?;
        Ok(Some(code.into_secret()))
    }

    /// Counts a mail; `false` when the address has had enough of its kind for today.
    pub(super) async fn allow_mail(
        &self,
        connection: &mut AnyConnection,
        kind: &str,
        address: &EmailAddress,
    ) -> Result<bool, sqlx::Error> {
        codes::allow(connection, kind, &address.folded(), MAILS_A_DAY, self.now()).await
    }

    /// Holds a code against each candidate, and counts a try for all of them, right or wrong. What was denied is
    /// written down in the same transaction, so that a guess costs as much where there is nothing to guess.
    pub(super) async fn guess(
        &self,
        candidates: &[(CodePurpose, UserId)],
        code: &Code,
        denied: Event,
    ) -> Result<Right, AuthError> {
        denied.origin.trail.count();
        let now = self.now();
        let mut right = None;
        let mut transaction = self.0.platform.db.begin().await?;
        for &(purpose, subject) in candidates {
            let kept = codes::count_try(&mut transaction, purpose, subject, now).await?;
            if let Some(mac) = kept
                && self.0.codes.matches(&mac, purpose, subject, code)
            {
                right = Some(Right {
                    purpose,
                    subject,
                    mac,
                });
            }
        }
        if right.is_none() {
            self.0.audit.record(&mut transaction, denied).await?;
        }
        transaction.commit().await?;
        right.ok_or(AuthError::WrongCode)
    }

    /// Uses the code up, in the transaction of what it opens.
    pub(super) async fn consume(
        &self,
        connection: &mut AnyConnection,
        right: &Right,
    ) -> Result<(), AuthError> {
        if codes::consume(connection, right.purpose, right.subject, &right.mac).await? {
            Ok(())
        } else {
            Err(AuthError::WrongCode)
        }
    }
}
