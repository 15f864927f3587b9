//! `.env`, looked at before it is loaded, so that what is wrong with it is said with its line.
//!
//! The grammar is dotenvy's without its substitution: a `$` in a secret would silently become something else.

/// What is wrong, and where. Carries no value: it may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) why: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The names that are set, or the first line that cannot be read or would be read otherwise than it looks.
pub(super) fn check(text: &str) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut quote = Quote::None;
    let mut opened = 0;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let at = |why| Fault {
            line: line_number,
            why,
        };
        let value = if quote == Quote::None {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=').ok_or(at("is no NAME=value"))?;
            let name = name.trim_end();
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            if name.is_empty() || !name.chars().all(is_name) || name.starts_with(|c: char| c.is_ascii_digit())
            {
                return Err(at("has a name that is none"));
            }
            names.push(name.to_owned());
            value.trim_start()
        } else {
            line
        };
        let before = quote;
        quote = read(value, quote).map_err(at)?;
        if before == Quote::None && quote != Quote::None {
            opened = line_number;
        }
    }
    if quote == Quote::None {
        Ok(names)
    } else {
        Err(Fault {
            line: opened,
            why: "opens a quote that is never closed",
        })
    }
}

/// Reads a line of a value, and answers in which quote it ends.
fn read(value: &str, mut quote: Quote) -> Result<Quote, &'static str> {
    let mut over = false;
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Quote::None, '#') if over => return Ok(quote),
            (Quote::None, c) if c.is_whitespace() => over = true,
            (Quote::None, _) if over => {
                return Err("has a space outside of quotes: put the value in single quotes");
            }
            (Quote::None | Quote::Double, '$') => {
                return Err(
                    "has a $, which would be replaced by the value of a variable: put the value in single quotes",
                );
            }
            (Quote::None | Quote::Double, '\\') => {
                characters.next();
            }
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            _ => {}
        }
    }
    Ok(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_as_dotenvy_reads_it() {
        let text = "# a comment with 'a quote\n\nA=1\nexport B='two words # and no $comment'\nC=\"x\\$y\" # a comment\n\
                    D='line one\nline two'\nE=a#b\nF=\nG = spaced\n";
        assert_eq!(check(text).unwrap(), ["A", "B", "C", "D", "E", "F", "G"]);
        let read: Vec<(String, String)> = dotenvy::from_read_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .unwrap();
        let expected = [
            ("A", "1"),
            ("B", "two words # and no $comment"),
            ("C", "x$y"),
            ("D", "line one\nline two"),
            ("E", "a#b"),
            ("F", ""),
            ("G", "spaced"),
        ];
        assert_eq!(
            read,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        for (text, line, why) in [
            ("A=1\nSECRET=pa$word\n", 2, "single quotes"),
            ("SECRET=\"pa$word\"", 1, "single quotes"),
            (
                "A='x\ny'\nMAIL_FROM=Forepeak <forepeak@example.org>",
                3,
                "single quotes",
            ),
            ("A=1\n\n# c\njust words", 4, "NAME=value"),
            ("A-B=1", 1, "a name"),
            ("=1", 1, "a name"),
            ("A=1\nB='open\nC=1\n", 2, "never closed"),
        ] {
            let fault = check(text).unwrap_err();
            assert_eq!(fault.line, line, "{text}");
            assert!(fault.why.contains(why), "{text}: {fault:?}");
        }
    }
}
