//! Sends letters. Each is a job of the program itself.

use async_trait::async_trait;

use crate::{
    features::{
        auth::service::{Auth, Composed},
        mail::{KIND, Letter, MailQueue},
    },
    platform::{
        mailer::{EmailAddress, MailError},
        queue::{Backoff, Handler, JobError, JobFailure, NewJob, Outcome, RunningJob},
    },
};

/// Looks up the recipient of a letter, writes the mail and hands it over. A mail that the server does not take yet is
/// tried again for some eight hours; one that it refuses for good is dropped.
pub struct Letters {
    mails: MailQueue,
    auth: Auth,
}

impl Letters {
    pub fn new(mails: MailQueue, auth: Auth) -> Self {
        Self { mails, auth }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the mail to {to:?} was not sent yet")]
struct NotSent {
    to: EmailAddress,
    source: MailError,
}

#[async_trait]
impl Handler for Letters {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        let letter: Letter = job.input()?;
        let composed = self.auth.compose(&letter, job.attempts() == 1).await;
        let mail = match composed.map_err(|error| JobError::Temporary(error.into()))? {
            Composed::Mail(mail) => mail,
            Composed::Letters(letters) => {
                let jobs: Result<_, _> = letters.iter().map(|letter| NewJob::new(KIND, letter)).collect();
                return Ok(Outcome::Replaced(jobs?));
            }
        };
        match self.mails.send(&mail).await {
            Ok(()) => Ok(Outcome::Done),
            Err(MailError::Permanent(cause)) => {
                tracing::error!(to = ?mail.to, %cause, "mail refused");
                Err(JobError::Failed(JobFailure {
                    key: String::new(),
                    message: "The mail server refused the mail".to_owned(),
                }))
            }
            Err(source) => Err(JobError::Temporary(Box::new(NotSent { to: mail.to, source }))),
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff {
            first_pause: 30,
            longest_pause: 3600,
            max_attempts: 14,
        }
    }
}

/// Beside the start: a mail server that is away keeps nobody from their files, and mail waits for it.
pub async fn check(mails: MailQueue) {
    if let Err(error) = mails.check().await {
        tracing::warn!("{error}");
    }
}
