//! Which rows of a long list are on screen. All lengths in CSS pixels.

use std::ops::Range;

/// Rows kept ready above and below what is seen.
const OVERSCAN: usize = 12;
/// Rows shown before anything has been measured, as many as the server rendered at most.
pub const UNMEASURED: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// How far the list is scrolled; may be beyond either end while it bounces.
    pub top: f64,
    pub height: f64,
    pub row: f64,
    /// How many entries stand side by side; 1 in a table.
    pub columns: usize,
}

impl Viewport {
    /// The entries to render out of `total`. Starts and ends with whole rows.
    #[must_use]
    pub fn window(&self, total: usize) -> Range<usize> {
        let columns = self.columns.max(1);
        let rows = total.div_ceil(columns);
        if self.row <= 0.0 {
            return 0..total.min(UNMEASURED);
        }
        let first = whole(self.top / self.row).min(rows);
        let last = whole((self.top + self.height) / self.row)
            .saturating_add(1)
            .min(rows);
        let start = first.saturating_sub(OVERSCAN);
        let end = last.saturating_add(OVERSCAN).min(rows);
        start * columns..(end * columns).min(total)
    }

    /// The heights to leave empty above and below the window.
    #[must_use]
    pub fn spacers(&self, window: &Range<usize>, total: usize) -> (f64, f64) {
        let columns = self.columns.max(1);
        let above = window.start / columns;
        let below = total
            .div_ceil(columns)
            .saturating_sub(window.end.div_ceil(columns));
        (self.row * number(above), self.row * number(below))
    }

    /// Where to scroll so that an entry is wholly seen; `None` when it is.
    #[must_use]
    pub fn reveal(&self, position: usize) -> Option<f64> {
        let top = self.row * number(position / self.columns.max(1));
        if top < self.top {
            Some(top)
        } else if top + self.row > self.top + self.height {
            Some((top + self.row - self.height).max(0.0))
        } else {
            None
        }
    }

    /// How many entries Page Down moves.
    #[must_use]
    pub fn page(&self) -> usize {
        if self.row <= 0.0 {
            return 10;
        }
        whole(self.height / self.row).saturating_sub(1).max(1) * self.columns.max(1)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and negative or absurd scroll positions must"
)]
fn whole(rows: f64) -> usize {
    rows.max(0.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 rows")]
fn number(rows: usize) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn viewport(top: f64) -> Viewport {
        Viewport {
            top,
            height: 400.0,
            row: 40.0,
            columns: 1,
        }
    }

    #[test]
    fn shows_what_is_seen_and_a_little_more() {
        assert_eq!(viewport(0.0).window(100_000), 0..11 + OVERSCAN);
        assert_eq!(
            viewport(40_000.0).window(100_000),
            1000 - OVERSCAN..1011 + OVERSCAN
        );
        assert_eq!(viewport(1e12).window(50), 50 - OVERSCAN..50);
        assert_eq!(viewport(-80.0).window(5), 0..5);
        assert_eq!(viewport(0.0).window(0), 0..0);
    }

    #[test]
    fn scrolls_no_further_than_it_must() {
        assert_eq!(viewport(0.0).reveal(3), None);
        assert_eq!(viewport(0.0).reveal(10), Some(40.0));
        assert_eq!(viewport(400.0).reveal(3), Some(120.0));
        assert_eq!(viewport(0.0).page(), 9);
    }

    proptest! {
        #[test]
        fn the_whole_height_never_changes(
            top in -1000.0_f64..5e6, total in 0_usize..200_000, columns in 1_usize..9,
        ) {
            let viewport = Viewport { columns, ..viewport(top) };
            let window = viewport.window(total);
            prop_assert!(window.start <= window.end && window.end <= total);
            prop_assert_eq!(window.start % columns, 0);
            let (above, below) = viewport.spacers(&window, total);
            let rows = window.len().div_ceil(columns);
            let height = above + below + 40.0 * number(rows);
            prop_assert!((height - 40.0 * number(total.div_ceil(columns))).abs() < 0.5);
            // Everything on screen is rendered.
            let bottom = 40.0 * number(window.end.div_ceil(columns));
            prop_assert!(bottom >= top + 400.0 || window.end == total);
            prop_assert!(above <= top.max(0.0) || window.end == total);
        }
    }
}
