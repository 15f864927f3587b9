//! How hard a password is to guess, as a hint while it is typed. The rule itself is the server's, which also knows
//! the common ones.

use std::fmt;

const SHORTEST: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    Empty,
    /// How many characters are missing.
    Short(usize),
    Weak,
    Fair,
    Good,
    Strong,
}

impl Strength {
    /// Bits of surprise, roughly: characters that only repeat or count on from the one before add next to none.
    #[must_use]
    pub fn of(password: &str) -> Self {
        let letters: Vec<u32> = password.chars().map(u32::from).collect();
        if letters.is_empty() {
            return Self::Empty;
        }
        if letters.len() < SHORTEST {
            return Self::Short(SHORTEST - letters.len());
        }
        let surprising = 1 + letters
            .windows(2)
            .filter(|pair| pair[0].abs_diff(pair[1]) > 1)
            .count();
        match surprising * bits_of_each(password) {
            0..36 => Self::Weak,
            36..56 => Self::Fair,
            56..84 => Self::Good,
            _ => Self::Strong,
        }
    }

    /// For the stylesheet.
    #[must_use]
    pub const fn level(self) -> &'static str {
        match self {
            Self::Empty => "none",
            Self::Short(_) | Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Strong => "strong",
        }
    }
}

fn bits_of_each(password: &str) -> usize {
    let kinds = [
        password.bytes().any(|b| b.is_ascii_lowercase()),
        password.bytes().any(|b| b.is_ascii_uppercase()),
        password.bytes().any(|b| b.is_ascii_punctuation() || b == b' '),
        !password.is_ascii(),
    ];
    let kinds = kinds.into_iter().filter(|there| *there).count();
    // Ten digits are 3 bits, 26 letters 4.7, and each further kind adds to the choice.
    match kinds {
        0 => 3,
        1 => 5,
        2 => 6,
        _ => 7,
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                f.write_str("At least 8 characters. A few unrelated words are strong and easy to remember.")
            }
            Self::Short(1) => f.write_str("1 more character."),
            Self::Short(missing) => write!(f, "{missing} more characters."),
            Self::Weak => f.write_str("Easy to guess."),
            Self::Fair => f.write_str("Fair: a few more characters make it good."),
            Self::Good => f.write_str("Good."),
            Self::Strong => f.write_str("Strong."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_surprise_count() {
        for (password, strength) in [
            ("", Strength::Empty),
            ("abc", Strength::Short(5)),
            ("1234567", Strength::Short(1)),
            ("12345678", Strength::Weak),
            ("aaaaaaaaaaaaaaaa", Strength::Weak),
            ("qwmxpzbt", Strength::Fair),
            ("SecurePass123", Strength::Good),
            ("a few unrelated words", Strength::Strong),
        ] {
            assert_eq!(Strength::of(password), strength, "{password}");
        }
    }
}
