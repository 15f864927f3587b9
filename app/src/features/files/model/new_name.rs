//! Names that a reader may give to a file or folder. The server decides; this says no before it is asked.

use std::borrow::Cow;

use crate::contract::{key::MAX_KEY_BYTES, text::composed};

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("Give it a name.")]
    Empty,
    #[error("A name cannot contain a slash.")]
    Slash,
    #[error("“.” and “..” have a meaning of their own. Choose another name.")]
    Dots,
    #[error("The name contains a character that cannot be seen or typed.")]
    ControlCharacter,
    #[error("The name is too long.")]
    TooLong,
}

/// Checks the name of something that is to be made under `prefix` (whole, as keys begin), and answers it composed. Spaces at the
/// ends are cut off: they are never meant.
///
/// # Errors
/// [`NameError`], in words for the reader.
pub fn new_name<'a>(typed: &'a str, prefix: &str) -> Result<Cow<'a, str>, NameError> {
    let name = composed(typed.trim());
    match &*name {
        "" => Err(NameError::Empty),
        "." | ".." => Err(NameError::Dots),
        name if name.contains('/') => Err(NameError::Slash),
        name if name.chars().any(char::is_control) => Err(NameError::ControlCharacter),
        name if prefix.len() + name.len() + 1 > MAX_KEY_BYTES => Err(NameError::TooLong),
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(new_name("  Holiday 2024 ", "users/u/"), Ok("Holiday 2024".into()));
        assert_eq!(new_name("cafe\u{301}", "users/u/"), Ok("caf\u{e9}".into()));
        assert_eq!(new_name("  ", ""), Err(NameError::Empty));
        assert_eq!(new_name("a/b", ""), Err(NameError::Slash));
        assert_eq!(new_name("..", ""), Err(NameError::Dots));
        assert_eq!(new_name("a\tb", ""), Err(NameError::ControlCharacter));
        assert_eq!(new_name(&"x".repeat(1020), "users/"), Err(NameError::TooLong));
    }
}
