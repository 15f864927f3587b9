//! The way out for mail: to a server by SMTP, or into development's mailbox.

mod address;
mod kept;
mod smtp;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use secrecy::SecretString;

pub use address::{EmailAddress, EmailAddressError};
pub use kept::{Kept, Mailbox};
pub use smtp::Smtp;

use super::Platform;
use crate::config;

/// Hands one mail over. Called by a job that tries again, never by a request.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// # Errors
    /// [`MailError::Temporary`] when it may work later, [`MailError::Permanent`] when it never will.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;

    /// Whether mail could be sent now.
    ///
    /// # Errors
    /// Why not, for the operator.
    async fn check(&self) -> Result<(), MailServerError> {
        Ok(())
    }
}

/// What is wrong with the mail server or its configuration, in one line.
#[derive(Debug, thiserror::Error)]
#[error("SMTP_URL: {cause}. {mend}")]
pub struct MailServerError {
    pub cause: String,
    pub mend: &'static str,
}

/// A mail as it is about to go out. The text may hold a code, so `Debug` shows none of it.
#[derive(Clone)]
pub struct Mail {
    pub to: EmailAddress,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The digits in the text, where there are any.
    pub code: Option<SecretString>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("to", &self.to)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail could not be handed over yet")]
    Temporary(#[source] Cause),
    #[error("the mail was refused for good")]
    Permanent(#[source] Cause),
}

#[derive(Debug, thiserror::Error)]
#[error("SMTP_URL: the TLS settings of this machine cannot be used")]
pub struct MailerError(#[from] lettre::transport::smtp::Error);

/// The way that is configured; `None` when mail is off.
///
/// # Errors
/// When TLS cannot be set up: a machine without certificates that it trusts.
pub fn configured(
    config: &config::Mail,
    platform: &Platform,
) -> Result<Option<Arc<dyn Mailer>>, MailerError> {
    Ok(match config {
        config::Mail::Smtp { server, from, domain } => Some(Arc::new(Smtp::new(
            server,
            from.clone(),
            domain.clone(),
            platform.clone(),
        )?)),
        config::Mail::Kept => Some(Arc::new(Kept::new(platform.clone()))),
        config::Mail::Off => None,
    })
}
