//! The bounds the engine keeps.

use super::Millis;
use crate::contract::ChecksumAlgorithm;

/// What the engine may do at once, and how long it waits. [`Config::default`] is what the browser runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The kind of checksum that goes with a file in one PUT; storage compares it. It also tells whether the very
    /// file is in its place already, so it should be one that no two files share.
    pub algorithm: ChecksumAlgorithm,
    /// The kind that goes with each part: every byte of a large file passes through it, so it should be quick.
    pub part_algorithm: ChecksumAlgorithm,
    /// PUTs and parts under way, over all files. Browsers open six connections to one host over HTTP/1.1; a
    /// seventh transfer would only wait inside the browser with its URL running out.
    pub transfers: usize,
    /// Of these, parts: one connection is left, so that a part's successor does not wait for its goodbye.
    pub parts: usize,
    /// Parts under way while single PUTs wait, so that one large file does not hold up a folder of small ones.
    pub parts_beside_puts: usize,
    /// Ranges being hashed at once.
    pub hashes: usize,
    /// Bytes being hashed at once: a range is held in memory while it is hashed. One range is always allowed.
    pub hash_bytes: u64,
    /// Bytes of one file whose parts are hashed and not yet under way; the signatures of so much are asked for
    /// together. Bounded, so that what was read for its checksum is still in the system's cache when it is sent.
    pub bytes_ahead: u64,
    /// Small files that are hashed and not yet under way.
    pub files_ahead: usize,
    /// API calls under way.
    pub calls: usize,
    /// API calls that may be made in a burst.
    pub call_burst: f64,
    /// API calls a minute after the burst. Burst and rate together stay below the 100 a minute that the server
    /// allows, and leave room for the pages' own requests.
    pub calls_per_minute: f64,
    /// Failures of one file, or of the API, in a row before it is given up until somebody retries.
    pub attempts: u32,
    /// The same, when the server says that something went wrong inside it.
    pub attempts_after_error: u32,
    /// The first pause after a failure; it doubles with each, and chance shortens it (full jitter).
    pub backoff: Millis,
    pub backoff_cap: Millis,
    /// A transfer without a byte of progress for so long is broken off and tried again: a connection that slept
    /// with the laptop may otherwise hang for minutes.
    pub stall: Millis,
    /// An API call, or the answer to a transfer whose bytes are all out, may take so long.
    pub patience: Millis,
    /// A signed URL is not used in the last moments of its life.
    pub expiry_margin: Millis,
    /// How often the uploads of one file may begin anew because storage no longer knows them.
    pub restarts: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            algorithm: ChecksumAlgorithm::Sha256,
            part_algorithm: ChecksumAlgorithm::Crc32C,
            transfers: 6,
            parts: 5,
            parts_beside_puts: 4,
            hashes: 4,
            hash_bytes: 96 * 1024 * 1024,
            bytes_ahead: 384 * 1024 * 1024,
            files_ahead: 1000,
            calls: 4,
            call_burst: 20.0,
            calls_per_minute: 40.0,
            attempts: 8,
            attempts_after_error: 3,
            backoff: 500,
            backoff_cap: 30_000,
            stall: 45_000,
            patience: 120_000,
            expiry_margin: 20_000,
            restarts: 3,
        }
    }
}
