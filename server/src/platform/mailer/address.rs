//! Where mail goes to.

use std::{fmt, str::FromStr};

use lettre::Address;
use serde::{Deserialize, Serialize};

/// `local@domain` in ASCII, at most 254 bytes (RFC 5321, section 4.5.3.1). Two that differ by case only are the same
/// mailbox: no server that matters tells them apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(Address);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    #[error("is not an e-mail address")]
    Shape,
    #[error("must not be longer than 254 characters")]
    Length,
    #[error("must be written in ASCII; write a domain such as bücher.example as xn--bcher-kva.example")]
    NotAscii,
}

const MAX_BYTES: usize = 254;

impl EmailAddress {
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The one spelling under which the mailbox is counted.
    #[must_use]
    pub fn folded(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    pub(super) fn mailbox(&self) -> lettre::message::Mailbox {
        lettre::message::Mailbox::new(None, self.0.clone())
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.is_ascii() {
            return Err(EmailAddressError::NotAscii);
        }
        if text.len() > MAX_BYTES {
            return Err(EmailAddressError::Length);
        }
        // Quoted local parts and addresses in brackets are legal, used by nobody, and a way around filters.
        if text.bytes().any(|b| {
            b <= b' '
                || matches!(
                    b,
                    0x7f | b'"' | b'\\' | b'[' | b']' | b'<' | b'>' | b',' | b';' | b'(' | b')'
                )
        }) {
            return Err(EmailAddressError::Shape);
        }
        text.parse().map(Self).map_err(|_| EmailAddressError::Shape)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailAddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.as_str().to_owned()
    }
}

/// For logs: enough to recognise one's own, too little to write to anyone else's.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.as_str().chars().next().unwrap_or('?');
        write!(f, "{first}…@{}", self.0.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain() {
        let long = format!("{}@example.org", "x".repeat(64));
        for good in [
            "ada@example.org",
            "a.b+c@sub.example.org",
            "o'neill@example.org",
            "root@localhost",
            &long,
        ] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        let longer = format!("{}@{}.org", "x".repeat(64), "y.".repeat(120));
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "ada@example.org, eve@example.org",
            "\"ada\"@example.org",
            "Ada <ada@example.org>",
            "ada@[127.0.0.1]",
            "ada@exämple.org",
            "a da@example.org",
            &longer,
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn security_38_logs_show_no_whole_address() {
        let address: EmailAddress = "Ada@example.org".parse().unwrap();
        assert_eq!(format!("{address:?}"), "A…@example.org");
        assert_eq!(address.folded(), "ada@example.org");
    }
}
