//! `docs/security.md` names tests; those tests exist, as many as it says, and no attack is without its promise.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The number of a promise, `09`, and what follows it, wherever `text` has `before` and then `security_09_`.
fn numbered<'a>(text: &'a str, before: &str) -> Vec<(&'a str, &'a str)> {
    text.split(&format!("{before}security_"))
        .skip(1)
        .filter_map(|rest| {
            let (number, rest) = rest.split_at_checked(2)?;
            let is_number = number.bytes().all(|b| b.is_ascii_digit());
            Some((number, rest.strip_prefix('_')?)).filter(|_| is_number)
        })
        .collect()
}

fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_promise_has_its_tests_and_every_attack_its_promise() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = fs::read_to_string(root.join("docs/security.md")).unwrap();
    // `security_09_*` (13)
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let promised: BTreeMap<&str, Option<usize>> = rows
        .flat_map(|row| numbered(row, "`"))
        .map(|(number, rest)| {
            let count = rest.strip_prefix("*` (").and_then(|rest| rest.split_once(')'));
            (number, count.and_then(|(count, _)| count.parse().ok()))
        })
        .collect();
    assert!(promised.len() > 20, "the table was not understood: {promised:?}");

    let mut sources = String::new();
    for folder in [
        "app/src",
        "server/src",
        "server/tests",
        "server/embedded",
        "server/listener",
    ] {
        read_all(&root.join(folder), &mut sources);
    }
    let mut tested: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, _) in numbered(&sources, "fn ") {
        *tested.entry(number).or_default() += 1;
    }

    let numbers: BTreeSet<_> = promised.keys().chain(tested.keys()).collect();
    let wrong: Vec<_> = numbers
        .into_iter()
        .filter_map(|number| match (promised.get(number), tested.get(number)) {
            (Some(said), Some(count)) if *said == Some(*count) => None,
            (Some(_), Some(count)) => Some(format!("row {number} must say `security_{number}_*` ({count})")),
            (Some(_), None) => Some(format!("row {number} is promised, but no test is named after it")),
            (None, _) => Some(format!("row {number} names no tests, but there are some")),
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "docs/security.md, unless a test was lost: {wrong:#?}"
    );
}
