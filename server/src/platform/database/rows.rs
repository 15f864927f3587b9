//! Placeholders of statements with as many parameters as there are rows. `sqlx::QueryBuilder` writes some that
//! PostgreSQL does not read through `Any`.

/// The tuples after `VALUES`, one for each row. A tuple holds `shared` parameters that are the same in all rows and bound
/// first, then `own` parameters of its row: `placeholders(2, 1, 2)` is `($1, $2, $3), ($1, $4, $5)`.
#[must_use]
pub fn placeholders(rows: usize, shared: usize, own: usize) -> String {
    let tuples: Vec<_> = (0..rows)
        .map(|row| {
            let first = shared + row * own + 1;
            format!("({})", list((1..=shared).chain(first..first + own)))
        })
        .collect();
    tuples.join(", ")
}

/// `list(2..4)` is `$2, $3`, as `IN (…)` takes it.
#[must_use]
pub fn list(numbers: impl IntoIterator<Item = usize>) -> String {
    let numbers: Vec<_> = numbers.into_iter().map(|number| format!("${number}")).collect();
    numbers.join(", ")
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn rows_share_the_first_parameters_and_number_the_others_on() {
        assert_eq!(placeholders(1, 0, 1), "($1)");
        assert_eq!(placeholders(2, 0, 3), "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(placeholders(2, 1, 2), "($1, $2, $3), ($1, $4, $5)");
    }
}
