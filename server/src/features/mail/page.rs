//! The mailbox as a page. Written here, not in `app`: it exists in development alone, and no browser should load code
//! for it.

use std::fmt::Write as _;

use app::features::mail::types::KeptMail;

use super::text::escaped;

pub(super) fn mailbox(mails: &[KeptMail]) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Mailbox · Forepeak</title>\
         <link rel=\"stylesheet\" href=\"/pkg/forepeak.css\"></head><body><main class=\"mailbox\"><h1>Mailbox</h1>\
         <p>No SMTP server is configured, so mail is kept here instead of being sent. Development only.</p>",
    );
    if mails.is_empty() {
        page.push_str("<p>No mail yet. Register with an e-mail address, and its code appears here.</p>");
    }
    for mail in mails {
        let _ = write!(
            page,
            "<article><h2>{}</h2><p>To {} at <time datetime=\"{at}\">{at}</time></p><pre>{}</pre></article>",
            escaped(&mail.subject),
            escaped(&mail.to),
            escaped(&mail.body),
            at = mail.sent_at,
        );
    }
    page.push_str("</main></body></html>");
    page
}
