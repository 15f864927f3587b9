//! Mail by SMTP (RFC 5321) to the server of `SMTP_URL`.

use std::time::{Duration, SystemTime};

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

use super::{Mail, MailError, MailServerError, Mailer, MailerError};
use crate::{
    config::{self, SmtpTls},
    platform::{Platform, error_text::in_one_line, tls_failure::TlsFailure},
};

/// For each step of the conversation.
const TIMEOUT: Duration = Duration::from_secs(30);

pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// Host and port, for messages.
    server: String,
    from: Mailbox,
    /// The domain of the mails' ids.
    domain: String,
    platform: Platform,
}

impl Smtp {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        server: &config::Smtp,
        from: Mailbox,
        domain: String,
        platform: Platform,
    ) -> Result<Self, MailerError> {
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
            server: format!("{}:{}", server.host, server.port),
            from,
            domain,
            platform,
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, lettre::error::Error> {
        Message::builder()
            .from(self.from.clone())
            .to(mail.to.mailbox())
            .subject(&mail.subject)
            .date(SystemTime::from(self.platform.clock.now()))
            // Not this machine's name: it is private, and may mean nothing elsewhere.
            .message_id(Some(format!(
                "<{}@{}>",
                self.platform.rng.uuid().simple(),
                self.domain
            )))
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

    /// Connects, and signs in where there is a login.
    async fn check(&self) -> Result<(), MailServerError> {
        let connected = self.transport.test_connection().await;
        connected.map(drop).map_err(|error| explain(&error, &self.server))
    }
}

fn explain(error: &lettre::transport::smtp::Error, server: &str) -> MailServerError {
    let text = in_one_line(error);
    let code = error.status().map(u16::from);
    let tls = TlsFailure::of_text(&text);
    let (cause, mend) = if matches!(code, Some(530 | 534 | 535 | 538)) {
        (
            format!("{server} refuses the user or the password: {text}"),
            "Correct them in SMTP_URL; characters other than letters and digits are percent-encoded.",
        )
    } else if tls == Some(TlsFailure::UnknownAuthority) {
        (
            format!("the certificate of {server} is of an authority that is not trusted here"),
            "Add that authority to those of this machine, or name a file with it in SSL_CERT_FILE.",
        )
    } else if tls == Some(TlsFailure::OtherName) {
        (
            format!("the certificate of {server} is for another name"),
            "Use the host's name as its certificate has it.",
        )
    } else if tls == Some(TlsFailure::NoTls) {
        (
            format!("{server} does not begin with TLS"),
            "Write smtp:// for STARTTLS (port 587), or name the port that begins with TLS (465).",
        )
    } else if text.contains("STARTTLS") {
        (
            format!("{server} offers no STARTTLS"),
            "Write smtps:// where it begins with TLS, or add ?tls=none for a relay on this machine.",
        )
    } else if error.is_timeout() {
        (
            format!("{server} does not answer"),
            "Check host and port, and whether a firewall is between. Mail is kept and tried again.",
        )
    } else {
        (
            format!("{server} cannot be used: {text}"),
            "Check host and port. Mail is kept and tried again.",
        )
    };
    MailServerError { cause, mend }
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
