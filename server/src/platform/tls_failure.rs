//! Why TLS failed. rustls' own kinds reach us as text within the errors of other libraries.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// What answers does not speak TLS.
    NoTls,
    /// The certificate is of an authority that is not trusted here.
    UnknownAuthority,
    /// The certificate is for another host.
    OtherName,
    Expired,
}

impl TlsFailure {
    /// `None` where the error is about something else.
    #[must_use]
    pub fn of_text(error: &str) -> Option<Self> {
        [
            (Self::UnknownAuthority, ["UnknownIssuer", "BadSignature"]),
            (Self::OtherName, ["NotValidForName", "not valid for name"]),
            (Self::NoTls, ["InvalidContentType", "corrupt message"]),
            (Self::Expired, ["Expired", "expired"]),
        ]
        .into_iter()
        .find_map(|(failure, words)| words.iter().any(|words| error.contains(words)).then_some(failure))
    }
}
