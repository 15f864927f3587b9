//! Commands that do in a shell what was just done in the browser.

use crate::routes;

/// Quotes for POSIX shells: nothing inside single quotes is special but the quote itself.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Fetches one object with an access token from the environment.
#[must_use]
pub fn curl(origin: &str, key: &str) -> String {
    let name = crate::contract::key::name_of(key);
    let url = format!("{origin}{}", routes::object(key));
    format!(
        "curl --fail --output {} --header \"Authorization: Bearer $STOWAGE_TOKEN\" {}",
        quoted(&if name.starts_with('-') {
            format!("./{name}")
        } else {
            name.to_owned()
        }),
        quoted(&url)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_runs() {
        assert_eq!(quoted("it's $(rm) `x`"), r"'it'\''s $(rm) `x`'");
        let command = curl("http://127.0.0.1:8000", "users/u/a b's.txt");
        assert_eq!(
            command,
            "curl --fail --output 'a b'\\''s.txt' --header \"Authorization: Bearer $STOWAGE_TOKEN\" \
             'http://127.0.0.1:8000/api/s3/object?key=users/u/a%20b%27s.txt'"
        );
        assert!(curl("", "-o").contains("'./-o'"));
    }
}
