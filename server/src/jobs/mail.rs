//! Sends what is queued. Every replica runs it: a letter is taken up by one of them, and by another when that one dies.

use crate::features::{
    auth::{
        error::AuthError,
        service::{Auth, Composed},
    },
    mail::MailQueue,
};

/// Goes on until it is dropped.
pub async fn deliver(mails: MailQueue, auth: Auth) {
    loop {
        if let Err(error) = round(&mails, &auth).await {
            tracing::warn!(%error, "queued mail could not be looked at");
        }
        mails.work().await;
    }
}

/// Sends everything that is due.
///
/// # Errors
/// When the database fails. What was taken up comes back by itself.
pub async fn round(mails: &MailQueue, auth: &Auth) -> Result<(), AuthError> {
    while let Some(claim) = mails.claim().await? {
        match auth.compose(&claim.letter, claim.is_first()).await {
            Ok(Composed::Mail(mail)) => mails.send(&claim, &mail).await?,
            Ok(Composed::Letters(letters)) => mails.replace(&claim, &letters).await?,
            Err(error) => {
                tracing::warn!(%error, "a letter could not be written yet");
                mails.retry(&claim).await?;
            }
        }
    }
    Ok(())
}
