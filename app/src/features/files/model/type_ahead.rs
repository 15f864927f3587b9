//! Typing a name's beginning goes to it.

use crate::contract::text::folded;

/// Milliseconds after which typing starts anew.
const PAUSE: f64 = 900.0;

#[derive(Clone, Debug, Default)]
pub struct TypeAhead {
    typed: String,
    last: f64,
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Folded.
    pub start: String,
    /// Begin after the current row (a letter pressed again goes to the next such name), not at it.
    pub next: bool,
}

impl TypeAhead {
    /// A character typed at `now`, in milliseconds of any steady clock.
    pub fn press(&mut self, typed: char, now: f64) -> Wanted {
        let fresh = now - self.last > PAUSE;
        self.last = now;
        if fresh {
            self.typed.clear();
        }
        let first = self.typed.is_empty();
        self.typed.push(typed);
        let start = folded(&self.typed);
        let mut letters = start.chars();
        let head = letters.next();
        let repeated = !first && letters.all(|letter| Some(letter) == head);
        Wanted {
            start: if repeated {
                head.into_iter().collect()
            } else {
                start
            },
            next: first || repeated,
        }
    }

    /// Whether a space typed at `now` belongs to the name being typed.
    #[must_use]
    pub fn is_typing(&self, now: f64) -> bool {
        !self.typed.is_empty() && now - self.last <= PAUSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(start: &str, next: bool) -> Wanted {
        Wanted {
            start: start.to_owned(),
            next,
        }
    }

    #[test]
    fn letters_add_up_until_a_pause() {
        let mut type_ahead = TypeAhead::default();
        assert_eq!(type_ahead.press('R', 5_000.0), wanted("r", true));
        assert_eq!(type_ahead.press('e', 5_100.0), wanted("re", false));
        assert!(type_ahead.is_typing(5_200.0));
        assert_eq!(type_ahead.press('x', 9_000.0), wanted("x", true));
    }

    #[test]
    fn one_letter_again_goes_on_to_the_next_name() {
        let mut type_ahead = TypeAhead::default();
        type_ahead.press('a', 5_000.0);
        assert_eq!(type_ahead.press('a', 5_100.0), wanted("a", true));
        assert_eq!(type_ahead.press('b', 5_200.0), wanted("aab", false));
    }
}
