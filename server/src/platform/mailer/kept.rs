//! Development's mailbox: mail is kept in the database instead of being sent.

use super::{Mail, MailError, Mailer};
use crate::platform::{
    Platform,
    database::{Database, column::Milliseconds},
};
use app::{contract::Timestamp, features::mail::types::KeptMail};
use async_trait::async_trait;
use secrecy::ExposeSecret;

/// The newest ones that are kept; nobody reads further.
const KEPT: i64 = 200;

/// What has been kept.
#[derive(Clone)]
pub struct Mailbox {
    db: Database,
}

impl Mailbox {
    #[must_use]
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    /// The newest first.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "sql.mailbox.list", skip_all)]
    pub async fn list(&self) -> Result<Vec<KeptMail>, sqlx::Error> {
        let mails: Vec<Row> = sqlx::query_as(
            "SELECT recipient, subject, text_body, code, at_ms FROM kept_mails ORDER BY at_ms DESC, id DESC LIMIT $1",
        )
        .bind(KEPT)
        .fetch_all(self.db.pool())
        .await?;
        Ok(mails.into_iter().map(KeptMail::from).collect())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    recipient: String,
    subject: String,
    text_body: String,
    code: Option<String>,
    #[sqlx(rename = "at_ms", try_from = "Milliseconds")]
    sent_at: Timestamp,
}

impl From<Row> for KeptMail {
    fn from(row: Row) -> Self {
        Self {
            to: row.recipient,
            subject: row.subject,
            body: row.text_body,
            code: row.code,
            sent_at: row.sent_at,
        }
    }
}

/// Puts mail into the mailbox.
pub struct Kept {
    platform: Platform,
}

impl Kept {
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    async fn keep(&self, mail: &Mail) -> Result<(), sqlx::Error> {
        let mut transaction = self.platform.db.begin().await?;
        // Later than all before it: a test's clock stands still, and the newest must come first all the same.
        sqlx::query(
            "INSERT INTO kept_mails (id, recipient, subject, text_body, code, at_ms)
             SELECT $1, $2, $3, $4, $5,
                    CASE WHEN CAST($6 AS BIGINT) > COALESCE(MAX(at_ms), 0) THEN CAST($6 AS BIGINT)
                         ELSE MAX(at_ms) + 1 END
             FROM kept_mails",
        )
        .bind(self.platform.rng.uuid().hyphenated().to_string())
        .bind(mail.to.as_str())
        .bind(&mail.subject)
        .bind(&mail.text)
        .bind(mail.code.as_ref().map(|code| code.expose_secret().to_owned()))
        .bind(self.platform.now_ms())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM kept_mails WHERE at_ms < (SELECT MIN(at_ms) FROM
             (SELECT at_ms FROM kept_mails ORDER BY at_ms DESC LIMIT $1) AS newest)",
        )
        .bind(KEPT)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}

#[async_trait]
impl Mailer for Kept {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.keep(mail)
            .await
            .map_err(|error| MailError::Temporary(error.into()))
    }
}
