//! `docs/security.md` names tests; those tests exist, and no attack is without its promise.

use std::{collections::BTreeSet, fs, path::Path};

/// What follows each `security_` of a text, as far as it is a number: `09`.
fn numbers(text: &str, before: &str) -> BTreeSet<String> {
    text.split(&format!("{before}security_"))
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
        .filter(|number| number.len() == 2)
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
fn every_promise_has_a_test_and_every_attack_its_promise() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let promised = numbers(&fs::read_to_string(root.join("docs/security.md")).unwrap(), "`");
    let mut sources = String::new();
    for folder in ["app/src", "server/src", "server/tests", "server/embedded"] {
        read_all(&root.join(folder), &mut sources);
    }
    let tested = numbers(&sources, "fn ");
    assert!(promised.len() > 20, "the table was not understood: {promised:?}");
    assert_eq!(
        promised.difference(&tested).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "promised, but no test is named after it"
    );
    assert_eq!(
        tested.difference(&promised).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "tested, but docs/security.md does not say what for"
    );
}
