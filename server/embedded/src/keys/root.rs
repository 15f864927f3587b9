//! The root key: made at first start, kept in a file that only its owner can read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::clock::{from_millis, to_millis};
use crate::keys::{AccessKey, Grant, KeyStatus};
use crate::random;

const FILE: &str = "root-key.json";

#[derive(Serialize, Deserialize)]
struct Kept {
    access_key_id: String,
    secret_access_key: String,
    created_at: i64,
}

/// Reads the root key of `data_dir`, or makes it. A half-written file cannot come about: it is
/// written under another name, synced, and renamed.
pub(crate) fn load_or_create(data_dir: &Path, now: time::OffsetDateTime) -> io::Result<AccessKey> {
    let path = data_dir.join(FILE);
    let kept = match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(data_dir, &path, now)?,
        Err(error) => return Err(error),
    };
    Ok(AccessKey {
        access_key_id: kept.access_key_id,
        secret: SecretString::from(kept.secret_access_key),
        session_token: None,
        grants: vec![Grant::everything()],
        status: KeyStatus::Active,
        expires_at: None,
        created_at: from_millis(kept.created_at),
        label: "root".to_owned(),
    })
}

fn create(data_dir: &Path, path: &Path, now: time::OffsetDateTime) -> io::Result<Kept> {
    let kept = Kept {
        access_key_id: random::access_key_id()?,
        secret_access_key: random::secret()?,
        created_at: to_millis(now),
    };
    let draft = data_dir.join("root-key.json.new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    File::open(data_dir)?.sync_all()?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn it_is_private_and_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let now = time::OffsetDateTime::UNIX_EPOCH;
        let first = load_or_create(dir.path(), now).unwrap();
        let again = load_or_create(dir.path(), now).unwrap();
        assert_eq!(first.access_key_id, again.access_key_id);
        assert_eq!(first.secret.expose_secret(), again.secret.expose_secret());
        let mode = std::fs::metadata(dir.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!format!("{first:?}").contains(first.secret.expose_secret()));
    }

    #[test]
    fn a_broken_file_is_an_error_and_not_a_new_key() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(load_or_create(dir.path(), time::OffsetDateTime::UNIX_EPOCH).is_err());
    }
}
