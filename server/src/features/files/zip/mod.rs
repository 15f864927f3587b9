//! The ZIP format (PKWARE's APPNOTE.TXT 6.3.10, <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>), as far as
//! archives need it: records written so that their length is known before the first byte, and a directory read without
//! trusting a number in it. Knows nothing of storage and of people.
//!
//! Our own and no crate's: those that write (`zip`, `async_zip`) do not say beforehand how long an archive becomes. Of
//! those that read, `async_zip` reserves memory for as many entries as the archive claims to have, and `rc-zip` keeps
//! ten bytes for each that it reads, overflows on offsets of 2^63, and gives an archive up for one odd extra field.

pub(super) mod inflate;
pub(super) mod read;
#[cfg(test)]
mod tests;
pub(super) mod write;

const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;

/// Bits of the general purpose flag.
const FLAG_ENCRYPTED: u16 = 1;
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_STRONGLY_ENCRYPTED: u16 = 1 << 6;
const FLAG_UTF8: u16 = 1 << 11;

/// Extra fields.
const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_TIMES: u16 = 0x5455;
const EXTRA_UNICODE_PATH: u16 = 0x7075;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// What stands in a field of 32 bits whose value is in the ZIP64 extra field.
const IN_EXTRA_32: u32 = u32::MAX;
/// The same of 16 bits.
const IN_EXTRA_16: u16 = u16::MAX;
