//! Commands that do in a shell what was just done in the browser.

use crate::{
    contract::{BucketName, key::name_of},
    features::files::storage_address::StorageAddress,
    routes,
};

/// Quotes for POSIX shells: nothing inside single quotes is special but the quote itself.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Fetches one object with an access token from the environment.
#[must_use]
pub fn curl(origin: &str, bucket: Option<&BucketName>, key: &str) -> String {
    format!(
        "curl --fail --output {} --header \"Authorization: Bearer $FOREPEAK_TOKEN\" {}",
        local(key),
        quoted(&format!("{origin}{}", routes::object(bucket, key)))
    )
}

/// Fetches one object with the AWS command line, which finds its credentials by itself.
#[must_use]
pub fn aws(storage: &StorageAddress, key: &str) -> String {
    let source = quoted(&format!("s3://{}/{key}", storage.bucket));
    let mut command = format!("aws s3 cp {source} {}", local(key));
    if let Some(endpoint) = &storage.endpoint {
        command.push_str(&format!(" --endpoint-url {}", quoted(endpoint)));
    }
    if let Some(region) = &storage.region {
        command.push_str(&format!(" --region {}", quoted(region)));
    }
    command
}

/// Fetches one object with rclone, by a remote that needs no configuration file and takes its credentials from the
/// `AWS_*` variables.
#[must_use]
pub fn rclone(storage: &StorageAddress, key: &str) -> String {
    let mut remote = match &storage.endpoint {
        // A value in quotes may hold the colon that would end it (<https://rclone.org/docs/#connection-strings>).
        Some(endpoint) => format!(
            ":s3,provider=Other,env_auth,endpoint=\"{}\"",
            endpoint.replace('"', "\"\"")
        ),
        None => ":s3,provider=AWS,env_auth".to_owned(),
    };
    if let Some(region) = &storage.region {
        remote.push_str(&format!(",region=\"{}\"", region.replace('"', "\"\"")));
    }
    let source = quoted(&format!("{remote}:{}/{key}", storage.bucket));
    format!("rclone copyto {source} {}", local(key))
}

/// The file beside which the command is run, in quotes; never taken for an option.
fn local(key: &str) -> String {
    quoted(&format!("./{}", name_of(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "users/u/a b's.txt";

    fn storage(endpoint: Option<&str>, region: Option<&str>) -> StorageAddress {
        StorageAddress {
            bucket: "forepeak".parse().unwrap(),
            endpoint: endpoint.map(str::to_owned),
            region: region.map(str::to_owned),
        }
    }

    #[test]
    fn nothing_in_a_name_runs() {
        assert_eq!(quoted("it's $(rm) `x`"), r"'it'\''s $(rm) `x`'");
        let command = curl("http://127.0.0.1:8000", None, KEY);
        assert_eq!(
            command,
            "curl --fail --output './a b'\\''s.txt' --header \"Authorization: Bearer $FOREPEAK_TOKEN\" \
             'http://127.0.0.1:8000/api/s3/object?key=users/u/a%20b%27s.txt'"
        );
        assert!(curl("", None, "-o").contains("'./-o'"));
    }

    #[test]
    fn other_tools_are_told_where_storage_is() {
        let own = storage(Some("http://127.0.0.1:9000"), None);
        assert_eq!(
            aws(&own, KEY),
            r"aws s3 cp 's3://forepeak/users/u/a b'\''s.txt' './a b'\''s.txt' --endpoint-url 'http://127.0.0.1:9000'"
        );
        assert_eq!(
            rclone(&own, KEY),
            "rclone copyto ':s3,provider=Other,env_auth,endpoint=\"http://127.0.0.1:9000\":forepeak/users/u/a \
             b'\\''s.txt' './a b'\\''s.txt'"
        );
        let amazon = storage(None, Some("eu-central-1"));
        assert_eq!(
            aws(&amazon, "u/-x"),
            "aws s3 cp 's3://forepeak/u/-x' './-x' --region 'eu-central-1'"
        );
        assert_eq!(
            rclone(&amazon, "u/-x"),
            "rclone copyto ':s3,provider=AWS,env_auth,region=\"eu-central-1\":forepeak/u/-x' './-x'"
        );
    }
}
