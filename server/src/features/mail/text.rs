//! What mails say. Links are made from `PUBLIC_URL` alone and carry no secret, an invitation's apart, whose link is all
//! that its receiver has.

use std::fmt::Write as _;

use app::contract::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::platform::mailer::{EmailAddress, Mail};

/// Makes mails for one installation.
#[derive(Clone, Debug)]
pub struct MailTemplates {
    public_url: Url,
}

impl MailTemplates {
    #[must_use]
    pub fn new(public_url: Url) -> Self {
        Self { public_url }
    }

    #[must_use]
    pub fn confirm_registration(&self, to: EmailAddress, username: &str, code: SecretString) -> Mail {
        Template {
            subject: "Your confirmation code",
            before: &[&format!(
                "Someone, hopefully you, registered the account {username} at {} with this address.",
                self.site()
            )],
            code: Some(code),
            after: &[
                &format!("Enter it at {} within ten minutes.", self.page("confirm")),
                "If it was not you, ignore this mail, and enter the code nowhere: without it there is no account.",
            ],
        }
        .write(to)
    }

    #[must_use]
    pub fn confirm_address(&self, to: EmailAddress, username: &str, code: SecretString) -> Mail {
        Template {
            subject: "Your confirmation code",
            before: &[&format!(
                "The account {username} at {} is to have this address.",
                self.site()
            )],
            code: Some(code),
            after: &[
                &format!("Enter it at {} within ten minutes.", self.page("confirm")),
                "If that is not your account, ignore this mail, and enter the code nowhere.",
            ],
        }
        .write(to)
    }

    /// To the owner of an address with which someone registers although it has an account.
    #[must_use]
    pub fn already_registered(&self, to: EmailAddress, username: &str) -> Mail {
        Template {
            subject: "You have an account already",
            before: &[
                &format!(
                    "Someone, perhaps you, tried to use this address for another account at {}.",
                    self.site()
                ),
                &format!("It belongs to your account {username}. Nothing has changed."),
                &format!(
                    "Sign in at {}; if you do not remember the password, choose a new one at {}.",
                    self.page("sign-in"),
                    self.page("forgot-password")
                ),
            ],
            code: None,
            after: &["If it was not you, there is nothing to do."],
        }
        .write(to)
    }

    #[must_use]
    pub fn reset_password(&self, to: EmailAddress, username: &str, code: SecretString) -> Mail {
        Template {
            subject: "Your code for a new password",
            before: &[&format!(
                "With this code you choose a new password for the account {username} at {}.",
                self.site()
            )],
            code: Some(code),
            after: &[
                &format!("Enter it at {} within ten minutes.", self.page("reset-password")),
                "If you did not ask for it, ignore this mail: your password stays as it is.",
            ],
        }
        .write(to)
    }

    #[must_use]
    pub fn storage_nearly_full(&self, to: EmailAddress, username: &str) -> Mail {
        Template {
            subject: "Most of your storage is used",
            before: &[
                &format!(
                    "The account {username} at {} has used four fifths of the storage that it may use.",
                    self.site()
                ),
                "Earlier versions of files and unfinished uploads count too.",
            ],
            code: None,
            after: &["What you delete for good makes room. If you need more, ask your administrator."],
        }
        .write(to)
    }

    #[must_use]
    pub fn team_storage_nearly_full(&self, to: EmailAddress, team: &str) -> Mail {
        Template {
            subject: "Most of your team's storage is used",
            before: &[
                &format!(
                    "The team {team} at {} has used four fifths of the storage that it may use. You are one of its \
                     managers.",
                    self.site()
                ),
                "Earlier versions of files and unfinished uploads count too.",
            ],
            code: None,
            after: &["What the team deletes for good makes room. If it needs more, ask your administrator."],
        }
        .write(to)
    }

    #[must_use]
    pub fn password_changed(&self, to: EmailAddress, username: &str) -> Mail {
        self.new_password(to, username, "Every other device has been signed out.")
    }

    #[must_use]
    pub fn password_reset(&self, to: EmailAddress, username: &str) -> Mail {
        let ended = "Every device has been signed out, and all API keys were deleted.";
        self.new_password(to, username, ended)
    }

    fn new_password(&self, to: EmailAddress, username: &str, ended: &str) -> Mail {
        Template {
            subject: "Your password was changed",
            before: &[
                &format!(
                    "The password of the account {username} at {} was changed.",
                    self.site()
                ),
                ended,
            ],
            code: None,
            after: &[&format!(
                "If it was not you, choose a new one now, at {}, and tell whoever runs this server.",
                self.page("forgot-password")
            )],
        }
        .write(to)
    }

    #[must_use]
    pub fn address_changed(&self, to: EmailAddress, username: &str) -> Mail {
        Template {
            subject: "Your e-mail address was changed",
            before: &[&format!(
                "The account {username} at {} has another e-mail address now; this one no longer belongs to it.",
                self.site()
            )],
            code: None,
            after: &["If it was not you, tell whoever runs this server at once."],
        }
        .write(to)
    }

    #[must_use]
    pub fn invitation(&self, to: EmailAddress, link: &str, expires_at: Timestamp) -> Mail {
        Template {
            subject: "You are invited",
            before: &[
                &format!("You are invited to open an account at {}.", self.site()),
                &format!("Open {link} until {expires_at}. The link works once; keep it to yourself."),
            ],
            code: None,
            after: &["If you do not know what this is about, ignore this mail."],
        }
        .write(to)
    }

    fn site(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

struct Template<'a> {
    subject: &'static str,
    before: &'a [&'a str],
    code: Option<SecretString>,
    after: &'a [&'a str],
}

impl Template<'_> {
    fn write(self, to: EmailAddress) -> Mail {
        Mail {
            to,
            subject: format!("Forepeak: {}", self.subject),
            text: self.text(),
            html: self.html(),
            code: self.code,
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for line in self.before {
            let _ = writeln!(text, "{line}\n");
        }
        if let Some(code) = &self.code {
            let _ = writeln!(text, "    {}\n", code.expose_secret());
        }
        for line in self.after {
            let _ = writeln!(text, "{line}\n");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// No images, no styles from elsewhere, no tracking: what a mail reader shows without asking.
    fn html(&self) -> String {
        let mut html = String::from(
            "<!doctype html><html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5;max-width:36em\">",
        );
        let paragraphs = |html: &mut String, lines: &[&str]| {
            for line in lines {
                let _ = write!(html, "<p>{}</p>", linked(line));
            }
        };
        paragraphs(&mut html, self.before);
        if let Some(code) = &self.code {
            let _ = write!(
                html,
                "<p style=\"font-size:2em;letter-spacing:.2em;font-family:monospace\">{}</p>",
                code.expose_secret()
            );
        }
        paragraphs(&mut html, self.after);
        html.push_str("</body></html>\n");
        html
    }
}

/// Escaped, with addresses made into links.
fn linked(line: &str) -> String {
    let words: Vec<_> = line
        .split(' ')
        .map(|word| {
            let address = word.trim_end_matches(['.', ',', ';']);
            let (address, rest) = (escaped(address), escaped(&word[address.len()..]));
            if address.starts_with("https://") || address.starts_with("http://") {
                format!("<a href=\"{address}\">{address}</a>{rest}")
            } else {
                address + &rest
            }
        })
        .collect();
    words.join(" ")
}

pub(super) fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut html, c| {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                c => html.push(c),
            }
            html
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates() -> MailTemplates {
        MailTemplates::new("https://files.example.org".parse().unwrap())
    }

    fn ada() -> EmailAddress {
        "ada@example.org".parse().unwrap()
    }

    #[test]
    fn a_code_stands_on_a_line_of_its_own() {
        let mail = templates().confirm_registration(ada(), "ada", "012345".into());
        assert_eq!(mail.subject, "Forepeak: Your confirmation code");
        assert!(mail.text.contains("\n\n    012345\n\n"), "{}", mail.text);
        assert!(mail.html.contains(">012345</p>"), "{}", mail.html);
        assert!(
            mail.html.contains(
                "<a href=\"https://files.example.org/confirm\">https://files.example.org/confirm</a> within"
            ),
            "{}",
            mail.html
        );
        assert_eq!(mail.code.unwrap().expose_secret(), "012345");
    }

    #[test]
    fn security_38_debug_shows_neither_code_nor_text() {
        let mail = templates().reset_password(ada(), "ada", "012345".into());
        let shown = format!("{mail:?}");
        assert!(!shown.contains("012345") && !shown.contains("ada@"), "{shown}");
    }

    #[test]
    fn no_name_makes_markup_or_a_link_of_its_own() {
        assert_eq!(linked("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
        assert_eq!(
            linked("at https://x.org/\"><script>."),
            "at <a href=\"https://x.org/&quot;&gt;&lt;script&gt;\">https://x.org/&quot;&gt;&lt;script&gt;</a>."
        );
    }
}
