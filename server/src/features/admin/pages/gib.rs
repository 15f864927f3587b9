//! Limits as forms take them: numbers of GiB, which may have a fraction; nothing for no limit.

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
pub const WHY: &str = "must be a number from 0 to 1000000, or empty for no limit";

/// `None` for what is no limit's text.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be neither negative nor too large"
)]
pub fn bytes(gib: &str) -> Option<Option<u64>> {
    const MOST: f64 = 1e6;
    let gib = gib.trim().replace(',', ".");
    if gib.is_empty() {
        return Some(None);
    }
    match gib.parse::<f64>() {
        Ok(gib) if (0.0..=MOST).contains(&gib) => Some(Some((gib * GIB).round() as u64)),
        _ => None,
    }
}

#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "no limit is so large that the bytes lost are seen"
)]
pub fn text(quota: Option<u64>) -> String {
    quota
        .map(|bytes| (bytes as f64 / GIB).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_of_gib() {
        assert_eq!(bytes(""), Some(None));
        assert_eq!(bytes(" 2 "), Some(Some(2 * 1024 * 1024 * 1024)));
        assert_eq!(bytes("0,5"), Some(Some(512 * 1024 * 1024)));
        for wrong in ["-1", "NaN", "inf", "2 GiB", "1e9"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        assert_eq!(text(Some(512 * 1024 * 1024)), "0.5");
        assert_eq!(text(None), "");
    }
}
