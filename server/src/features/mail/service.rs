//! Into the queue, and out by the mailer.

use std::sync::Arc;

use sqlx::AnyConnection;

use super::Letter;
use crate::platform::{
    mailer::{Mail, MailError, MailServerError, Mailer},
    queue::{NewJob, Queue},
};

/// The kind of the jobs that letters are.
pub const KIND: &str = "mail";

/// Where letters are queued, and the way out. Cheap to clone.
#[derive(Clone)]
pub struct MailQueue {
    queue: Queue,
    /// `None`: this installation sends no mail, and nothing is queued.
    mailer: Option<Arc<dyn Mailer>>,
}

impl MailQueue {
    pub fn new(queue: Queue, mailer: Option<Arc<dyn Mailer>>) -> Self {
        Self { queue, mailer }
    }

    /// Whether this installation sends mail at all.
    pub fn can_send(&self) -> bool {
        self.mailer.is_some()
    }

    /// Queues a letter in the transaction of what it tells of: it is sent if that happens, and only then. Call
    /// [`Self::wake`] after the commit.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "mail.queue", skip_all)]
    pub async fn queue(&self, connection: &mut AnyConnection, letter: &Letter) -> Result<(), sqlx::Error> {
        if self.mailer.is_some() {
            let job = NewJob::new(KIND, letter)?;
            self.queue.enqueue_own(connection, &job).await?;
        }
        Ok(())
    }

    /// Tells the workers of this replica that there is something to do.
    pub fn wake(&self) {
        self.queue.wake();
    }

    /// Whether mail could be sent now.
    ///
    /// # Errors
    /// Why not, for the operator.
    #[tracing::instrument(level = "debug", name = "mail.check", skip_all)]
    pub async fn check(&self) -> Result<(), MailServerError> {
        match &self.mailer {
            Some(mailer) => mailer.check().await,
            None => Ok(()),
        }
    }

    /// Hands a mail over. Where no mail is sent (any more) it goes nowhere.
    #[tracing::instrument(level = "debug", name = "mail.send", skip_all)]
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let Some(mailer) = &self.mailer else { return Ok(()) };
        mailer.send(mail).await?;
        tracing::info!(to = ?mail.to, subject = %mail.subject, "mail sent");
        Ok(())
    }
}
