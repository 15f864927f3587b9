//! Which known name was probably meant by one that is not known.

/// The nearest name, and by how many letters it differs. Upper and lower case differ too.
#[must_use]
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(known, typed), known))
        .min()
}
