//! What is signed for others to send.

use std::{collections::BTreeMap, fmt, time::Duration};

use app::contract::Checksum;

use super::{ObjectHeaders, Precondition};

/// The headers that a presigned GET is answered with, whatever the object's own headers are: on most servers, whoever
/// writes by a URL can add headers to the object.
#[derive(Clone, Copy, Debug)]
pub struct GetAnswer<'a> {
    pub version: Option<&'a str>,
    pub content_type: &'a str,
    pub content_disposition: &'a str,
    /// As they were stored when the URL was made; storage's own answer where there was none.
    pub content_encoding: Option<&'a str>,
    pub content_language: Option<&'a str>,
}

#[derive(Clone, Copy, Debug)]
pub struct PutToSign<'a> {
    pub headers: &'a ObjectHeaders,
    pub size: u64,
    pub checksum: Option<&'a Checksum>,
    pub precondition: &'a Precondition,
}

#[derive(Clone, Copy, Debug)]
pub struct PartToPresign<'a> {
    pub upload_id: &'a str,
    pub part_number: u16,
    pub size: u64,
    pub checksum: Option<&'a Checksum>,
}

/// A signed request. Whoever holds it can do it until it expires, so it does not show in logs.
#[derive(Clone)]
pub struct Presigned {
    pub url: String,
    /// To be sent exactly so. `host` and `content-length` are signed as well but left out here: every client
    /// sends them by itself, and a browser may not set them.
    pub headers: BTreeMap<String, String>,
    /// No longer than was asked for, nor than the credentials that signed it.
    pub lifetime: Duration,
}

impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presigned(…)")
    }
}
