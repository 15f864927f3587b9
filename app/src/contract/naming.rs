//! Names for files that are kept beside one of the same name.

/// The key with a number before its extension: `a/b.txt` → `a/b (1).txt`, `a/.env` → `a/.env (1)`,
/// `a/x.tar.gz` → `a/x (1).tar.gz`.
#[must_use]
pub fn numbered(key: &str, number: u32) -> String {
    let start = key.rfind('/').map_or(0, |slash| slash + 1);
    let name = &key[start..];
    let stem = match name.rfind('.') {
        None | Some(0) => name.len(),
        Some(dot) => name[..dot]
            .strip_suffix(".tar")
            .filter(|stem| !stem.is_empty())
            .map_or(dot, str::len),
    };
    format!("{} ({number}){}", &key[..start + stem], &name[stem..])
}

/// The prefix of a folder with a number behind its name: `a/b.c/` → `a/b.c (1)/`.
#[must_use]
pub fn numbered_folder(prefix: &str, number: u32) -> String {
    format!("{} ({number})/", prefix.strip_suffix('/').unwrap_or(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_goes_before_the_extension() {
        for (key, named) in [
            ("a/b.txt", "a/b (1).txt"),
            ("b", "b (1)"),
            ("a.d/b", "a.d/b (1)"),
            ("a/.env", "a/.env (1)"),
            ("a/x.tar.gz", "a/x (1).tar.gz"),
            (".tar.gz", ".tar (1).gz"),
            ("日本.pdf", "日本 (1).pdf"),
            ("x.", "x (1)."),
        ] {
            assert_eq!(numbered(key, 1), named);
        }
        assert_eq!(numbered_folder("a/v1.2/", 2), "a/v1.2 (2)/");
    }
}
