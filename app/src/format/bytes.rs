//! Sizes in binary units.

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// `0 B`, `999 B`, `1.5 KiB`, `12 MiB`: one decimal below ten, none above.
#[must_use]
pub fn bytes(n: u64) -> String {
    if n < 1024 {
        return format!("{n} B");
    }
    // The largest unit that leaves at least one whole; rounding up to 1024 moves on to the next.
    let mut unit = 0;
    let mut tenths = tenths_of(n, 10);
    while tenths >= 10_235 && unit + 1 < UNITS.len() {
        unit += 1;
        tenths = tenths_of(n, 10 * (unit + 1));
    }
    if tenths < 100 {
        format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
    } else {
        format!("{} {}", (tenths + 5) / 10, UNITS[unit])
    }
}

/// `n / 2^bits` in tenths, rounded; for up to 60 bits. In halves, because `n * 10` may not fit.
const fn tenths_of(n: u64, bits: usize) -> u64 {
    let (whole, rest) = (n >> bits, n & ((1 << bits) - 1));
    whole * 10 + ((rest * 10 + (1 << (bits - 1))) >> bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_like_a_person_would_say_it() {
        for (n, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (10 * 1024, "10 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (200 * 1024 * 1024, "200 MiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(bytes(n), text);
        }
    }

    proptest! {
        #[test]
        fn tenths_are_those_of_wide_arithmetic(n: u64, unit in 1_usize..7) {
            let scale = 1_u128 << (10 * unit);
            let wide = (u128::from(n) * 10 + scale / 2) / scale;
            prop_assert_eq!(u128::from(tenths_of(n, 10 * unit)), wide);
        }

        #[test]
        fn never_shows_a_thousand_and_more_of_a_unit(n in 1024_u64..) {
            let text = bytes(n);
            let number: f64 = text.split(' ').next().unwrap().parse().unwrap();
            prop_assert!((1.0..1024.0).contains(&number), "{}", text);
        }
    }
}
