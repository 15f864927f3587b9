//! Mail by SMTP (RFC 5321) to the server of `SMTP_URL`.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use secrecy::ExposeSecret;

use super::{Mail, MailError, Mailer, MailerError};
use crate::{
    config::{self, SmtpTls},
    platform::clock::Clock,
};

/// For each step of the conversation.
const TIMEOUT: Duration = Duration::from_secs(30);

pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

impl Smtp {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(server: &config::Smtp, from: Mailbox, clock: Arc<dyn Clock>) -> Result<Self, MailerError> {
        let parameters = || TlsParameters::new(server.host.clone());
        let tls = match server.tls {
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::Required => Tls::Required(parameters()?),
            SmtpTls::Opportunistic => Tls::Opportunistic(parameters()?),
            SmtpTls::Off => Tls::None,
        };
        // "Dangerous" only in that it has no TLS by itself.
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(TIMEOUT));
        if let Some(login) = &server.login {
            let password = login.password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(login.username.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            from,
            clock,
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, lettre::error::Error> {
        Message::builder()
            .from(self.from.clone())
            .to(mail.to.mailbox())
            .subject(&mail.subject)
            .date(SystemTime::from(self.clock.now()))
            .message_id(None)
            // Out-of-office replies to a machine help nobody (RFC 3834).
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                mail.html.clone(),
            ))
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self
            .message(mail)
            .map_err(|error| MailError::Permanent(error.into()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if refuses_recipient(&error) => Err(MailError::Permanent(error.into())),
            Err(error) => Err(MailError::Temporary(error.into())),
        }
    }
}

/// Whether the server will never take mail for this address. Its other 5xx answers (a wrong password, relaying
/// forbidden) are about our settings, and an operator may be mending those.
fn refuses_recipient(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    matches!(code, Some(501 | 550 | 551 | 553 | 556))
}

/// `Auto-Submitted: auto-generated`
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
