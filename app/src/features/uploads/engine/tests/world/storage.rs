//! What storage does with a PUT.

use super::{Bytes, PART, Reply, World, sum};
use crate::{
    contract::ChecksumAlgorithm,
    features::uploads::engine::{Millis, Receipt, SendError},
};

impl World {
    pub(super) fn store(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        bytes: Bytes,
        reply: Reply,
    ) -> Result<Receipt, SendError> {
        let status = |status, code: &str| {
            Err(SendError::Status {
                status,
                code: Some(code.to_owned()),
            })
        };
        match reply {
            Reply::Network | Reply::TooMany => return Err(SendError::Network),
            Reply::Failing | Reply::Broken => return status(503, "SlowDown"),
            Reply::Full => return status(507, "StorageFull"),
            Reply::Refused => return status(400, "InvalidRequest"),
            Reply::Denied => return status(403, "AccessDenied"),
            Reply::Unreadable => return Err(SendError::Unreadable),
            Reply::Gone | Reply::Well | Reply::LostAnswer => {}
        }
        let mut fields = url.split('|');
        let (kind, target) = (fields.next().unwrap(), fields.next().unwrap());
        let expires: Millis = fields.next().unwrap().parse().unwrap();
        if expires <= self.now {
            return status(403, "AccessDenied");
        }
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        if header("x-checksum").is_some_and(|signed| *signed != sum(bytes, ChecksumAlgorithm::Sha256).value) {
            return status(400, "BadDigest");
        }
        self.taken += bytes.2 - bytes.1;
        if kind == "put" {
            let there = self.objects.get(target).map(|there| format!("{there:?}"));
            match (header("if-match"), there) {
                (Some(_), None) => return status(404, "NoSuchKey"),
                (Some(planned), Some(there)) if *planned != there => {
                    return status(412, "PreconditionFailed");
                }
                (None, Some(_)) => return status(412, "PreconditionFailed"),
                _ => {}
            }
            *self.written.entry(target.to_owned()).or_default() += 1;
            self.objects.insert(target.to_owned(), bytes);
        } else {
            if reply == Reply::Gone {
                self.uploads.remove(target);
            }
            let number: u32 = fields.next().unwrap().parse().unwrap();
            let Some(upload) = self.uploads.get_mut(target) else {
                return status(404, "NoSuchUpload");
            };
            assert_eq!(
                bytes.1,
                u64::from(number - 1) * PART,
                "part {number} is of other bytes"
            );
            upload.parts.insert(number, bytes);
        }
        if reply == Reply::LostAnswer {
            return Err(SendError::Network);
        }
        Ok(Receipt {
            etag: (!self.hides_etag).then(|| format!("{bytes:?}")),
        })
    }
}
