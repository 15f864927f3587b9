//! A sentence with names in it.

use leptos::{either::Either, prelude::*};

use crate::format::visible;

/// Names stand in quotes, “…”, and the direction of each is isolated: a name that is written from right to left does
/// not reorder the text around it. Hidden characters are made visible.
#[component]
pub fn Sentence(#[prop(into)] text: String) -> impl IntoView {
    pieces(&visible(&text))
        .into_iter()
        .map(|(is_name, piece)| {
            if is_name {
                Either::Left(view! { <bdi>{piece}</bdi> })
            } else {
                Either::Right(piece)
            }
        })
        .collect_view()
}

/// Text and names in turns; the quotes belong to the text.
fn pieces(text: &str) -> Vec<(bool, String)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = split_after(rest, '“') {
        let Some(end) = after.find('”') else { break };
        pieces.push((false, before.to_owned()));
        if end > 0 {
            pieces.push((true, after[..end].to_owned()));
        }
        rest = &after[end..];
    }
    pieces.push((false, rest.to_owned()));
    pieces
}

fn split_after(text: &str, quote: char) -> Option<(&str, &str)> {
    text.find(quote).map(|at| text.split_at(at + quote.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_stands_in_quotes() {
        let names = |text| -> Vec<String> {
            let pieces = pieces(text);
            assert_eq!(
                pieces.iter().map(|(_, piece)| piece.as_str()).collect::<String>(),
                text
            );
            let names = pieces.into_iter().filter(|(is_name, _)| *is_name);
            names.map(|(_, name)| name).collect()
        };
        assert_eq!(names("“a” deleted."), ["a"]);
        assert_eq!(names("“a” and “b c” are not."), ["a", "b c"]);
        assert_eq!(names("Copied."), [""; 0]);
        assert_eq!(names("“” and “unclosed"), [""; 0]);
        assert_eq!(names("“a”b” deleted."), ["a"]);
    }
}
