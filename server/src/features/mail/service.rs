//! Into the queue, and out of it.

use std::{sync::Arc, time::Duration};

use sqlx::AnyConnection;
use tokio::sync::Notify;

use super::{Letter, queue};
use crate::platform::{
    Platform,
    mailer::{Mail, MailError, MailServerError, Mailer},
};

/// How long a replica has for a letter that it took up, before another one does.
const LEASE_SECONDS: i64 = 300;
/// The first pause after a failure; each one after it is twice as long, up to an hour.
const FIRST_PAUSE_SECONDS: i64 = 30;
const LONGEST_PAUSE_SECONDS: i64 = 3600;
/// Some eight hours in all.
const MAX_ATTEMPTS: i64 = 14;
/// How often a replica looks for letters that another one queued, or whose pause is over.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const BATCH: i64 = 20;

/// The queue of letters, and the way out. Cheap to clone.
#[derive(Clone)]
pub struct MailQueue {
    platform: Platform,
    /// `None`: this installation sends no mail, and nothing is queued.
    mailer: Option<Arc<dyn Mailer>>,
    queued: Arc<Notify>,
}

/// A letter that this replica has taken up.
#[derive(Debug)]
pub struct Claim {
    pub letter: Letter,
    id: String,
    attempts: i64,
}

impl Claim {
    /// Whether it has been taken up for the first time.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.attempts == 1
    }
}

impl MailQueue {
    #[must_use]
    pub fn new(platform: Platform, mailer: Option<Arc<dyn Mailer>>) -> Self {
        Self {
            platform,
            mailer,
            queued: Arc::new(Notify::new()),
        }
    }

    /// Whether this installation sends mail at all.
    #[must_use]
    pub fn can_send(&self) -> bool {
        self.mailer.is_some()
    }

    /// Queues a letter in the transaction of what it tells of: it is sent if that happens, and only then. Call
    /// [`Self::wake`] after the commit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue(&self, connection: &mut AnyConnection, letter: &Letter) -> Result<(), sqlx::Error> {
        if self.mailer.is_none() {
            return Ok(());
        }
        let id = self.platform.rng.uuid().hyphenated().to_string();
        let letter = serde_json::to_string(letter).map_err(|error| sqlx::Error::Encode(error.into()))?;
        queue::add(connection, &id, &letter, self.now()).await
    }

    /// Tells the job of this replica that there is something to do.
    pub fn wake(&self) {
        self.queued.notify_one();
    }

    /// Returns when something was queued here, and every few seconds.
    pub async fn work(&self) {
        let _ = tokio::time::timeout(LOOK_EVERY, self.queued.notified()).await;
    }

    /// Whether mail could be sent now.
    ///
    /// # Errors
    /// Why not, for the operator.
    pub async fn check(&self) -> Result<(), MailServerError> {
        match &self.mailer {
            Some(mailer) => mailer.check().await,
            None => Ok(()),
        }
    }

    /// Takes up a letter that is due, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self) -> Result<Option<Claim>, sqlx::Error> {
        loop {
            let now = self.now();
            let due = queue::due(self.platform.db.pool(), now, BATCH).await?;
            if due.is_empty() {
                return Ok(None);
            }
            for waiting in due {
                if !queue::claim(self.platform.db.pool(), &waiting.id, now, now + LEASE_SECONDS).await? {
                    continue;
                }
                let (id, attempts) = (waiting.id, waiting.attempts + 1);
                // A newer replica may have queued what this one does not know yet.
                let Ok(letter) = serde_json::from_str(&waiting.letter) else {
                    tracing::warn!(%id, "a letter of an unknown kind is left for later");
                    self.put_off(&id, attempts).await?;
                    continue;
                };
                return Ok(Some(Claim { letter, id, attempts }));
            }
        }
    }

    /// Sends what a letter became. A letter whose mail cannot be sent now comes back later; one whose mail can never
    /// be sent goes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send(&self, claim: &Claim, mail: &Mail) -> Result<(), sqlx::Error> {
        let Some(mailer) = &self.mailer else {
            return self.replace(claim, &[]).await;
        };
        match mailer.send(mail).await {
            Ok(()) => {
                tracing::info!(to = ?mail.to, subject = %mail.subject, "mail sent");
                self.replace(claim, &[]).await
            }
            Err(MailError::Temporary(cause)) => {
                tracing::warn!(to = ?mail.to, attempt = claim.attempts, %cause, "mail not sent yet");
                self.retry(claim).await
            }
            Err(MailError::Permanent(cause)) => {
                tracing::error!(to = ?mail.to, attempt = claim.attempts, %cause, "mail refused");
                self.replace(claim, &[]).await
            }
        }
    }

    /// Replaces a letter by those that it stands for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace(&self, claim: &Claim, letters: &[Letter]) -> Result<(), sqlx::Error> {
        let mut transaction = self.platform.db.begin().await?;
        queue::remove(&mut transaction, &claim.id).await?;
        for letter in letters {
            self.queue(&mut transaction, letter).await?;
        }
        transaction.commit().await
    }

    /// Lets a letter come back later, unless it has come back often enough.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry(&self, claim: &Claim) -> Result<(), sqlx::Error> {
        self.put_off(&claim.id, claim.attempts).await
    }

    async fn put_off(&self, id: &str, attempts: i64) -> Result<(), sqlx::Error> {
        if attempts >= MAX_ATTEMPTS {
            tracing::error!(%id, attempts, "a letter was given up");
            let mut connection = self.platform.db.pool().acquire().await?;
            return queue::remove(&mut connection, id).await;
        }
        let doublings = u32::try_from(attempts - 1).unwrap_or(0);
        let pause = (FIRST_PAUSE_SECONDS << doublings).min(LONGEST_PAUSE_SECONDS);
        queue::postpone(self.platform.db.pool(), id, self.now() + pause).await
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }
}
