//! What serde says about a bad request, in our words: which field, and why.

use app::contract::{ApiError, ErrorCode};

/// `text` is serde's message, which names the field between backquotes where there is one.
pub(super) fn validation(place: &str, path: &str, text: &str) -> ApiError {
    // Of types that are read from all pairs of a query at once, and so have no path.
    if let Some((name, why)) = text
        .strip_prefix("invalid field `")
        .and_then(|rest| rest.split_once("`: "))
    {
        return ApiError::field(join(path, name), why);
    }
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .into_iter()
        .find_map(|start| {
            let rest = text.strip_prefix(start)?;
            Some((start, &rest[..rest.find('`')?]))
        });
    let (field, why) = match named {
        Some(("unknown field `", name)) => (join(path, name), "is not a field of this request".to_owned()),
        Some(("missing field `", name)) => (join(path, name), "is required".to_owned()),
        Some((_, name)) => (join(path, name), "is given twice".to_owned()),
        None => (path.to_owned(), text.to_owned()),
    };
    if field.is_empty() || field == "." {
        return ApiError::new(
            ErrorCode::ValidationError,
            format!("The {place} is not what this route takes: {why}"),
        );
    }
    ApiError::field(field, why)
}

fn join(path: &str, name: &str) -> String {
    // serde_path_to_error ends the path with the unknown or missing field's own parent.
    match path {
        "" | "." => name.to_owned(),
        path if path.rsplit('.').next() == Some(name) => path.to_owned(),
        path => format!("{path}.{name}"),
    }
}
