//! The records of an archive that is written from its beginning to its end, without going back: the CRC of a file
//! follows its bytes, in a data descriptor.
//!
//! How long a record is depends on the name, the size and the offset alone. So the length of an archive is found by
//! writing its records without CRCs.

use app::contract::Timestamp;

use super::{
    CENTRAL, DESCRIPTOR, END, END_64, END_64_LOCATOR, EXTRA_TIMES, EXTRA_ZIP64, FLAG_DESCRIPTOR, FLAG_UTF8,
    IN_EXTRA_16, IN_EXTRA_32, LOCAL, STORED,
};

const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Made on Unix: readers then take the mode out of the external attributes.
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;
const MODE_FILE: u32 = 0o100_644 << 16;
/// With the bit by which DOS tells a folder.
const MODE_FOLDER: u32 = 0o040_755 << 16 | 1 << 4;

/// A file or folder of the archive; a folder's name ends in `/`.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Member<'a> {
    pub(in super::super) name: &'a str,
    /// Bytes.
    pub(in super::super) size: u64,
    pub(in super::super) modified: Option<Timestamp>,
}

impl Member<'_> {
    /// What stands before the bytes.
    pub(in super::super) fn write_local(&self, out: &mut Vec<u8>) {
        let (date, time) = self.dos_time();
        // Sizes that a descriptor tells are zero here, as the CRC is (APPNOTE 4.4.4, bit 3).
        let size = if self.is_large() { IN_EXTRA_32 } else { 0 };
        let mut extra = Vec::new();
        if self.is_large() {
            // It says by being there that the descriptor's sizes have 64 bits (4.3.9.2).
            put_u16(&mut extra, EXTRA_ZIP64);
            put_u16(&mut extra, 16);
            put_u64(&mut extra, 0);
            put_u64(&mut extra, 0);
        }
        self.put_times(&mut extra);
        put_u32(out, LOCAL);
        put_u16(out, self.version(self.is_large()));
        put_u16(out, self.flags());
        put_u16(out, STORED);
        put_u16(out, time);
        put_u16(out, date);
        put_u32(out, 0);
        put_u32(out, size);
        put_u32(out, size);
        put_u16(out, narrow_16(self.name.len()));
        put_u16(out, narrow_16(extra.len()));
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
    }

    /// What stands behind the bytes: nothing where there are none.
    pub(in super::super) fn write_descriptor(&self, crc: u32, out: &mut Vec<u8>) {
        if self.size == 0 {
            return;
        }
        put_u32(out, DESCRIPTOR);
        put_u32(out, crc);
        for _ in 0..2 {
            if self.is_large() {
                put_u64(out, self.size);
            } else {
                put_u32(out, narrow_32(self.size));
            }
        }
    }

    /// The entry of the directory. `offset` is where the local header begins.
    pub(in super::super) fn write_central(&self, crc: u32, offset: u64, out: &mut Vec<u8>) {
        let (date, time) = self.dos_time();
        let is_far = offset >= u64::from(IN_EXTRA_32);
        let mut extra = Vec::new();
        if self.is_large() || is_far {
            put_u16(&mut extra, EXTRA_ZIP64);
            put_u16(
                &mut extra,
                if self.is_large() { 16 } else { 0 } + if is_far { 8 } else { 0 },
            );
            if self.is_large() {
                put_u64(&mut extra, self.size);
                put_u64(&mut extra, self.size);
            }
            if is_far {
                put_u64(&mut extra, offset);
            }
        }
        self.put_times(&mut extra);
        put_u32(out, CENTRAL);
        put_u16(out, MADE_BY);
        put_u16(out, self.version(self.is_large() || is_far));
        put_u16(out, self.flags());
        put_u16(out, STORED);
        put_u16(out, time);
        put_u16(out, date);
        put_u32(out, crc);
        put_u32(out, narrow_32(self.size));
        put_u32(out, narrow_32(self.size));
        put_u16(out, narrow_16(self.name.len()));
        put_u16(out, narrow_16(extra.len()));
        // Comment, disk, internal attributes.
        put_u16(out, 0);
        put_u16(out, 0);
        put_u16(out, 0);
        put_u32(out, if self.is_folder() { MODE_FOLDER } else { MODE_FILE });
        put_u32(out, narrow_32(offset));
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
    }

    fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Whether its size needs ZIP64.
    fn is_large(&self) -> bool {
        self.size >= u64::from(IN_EXTRA_32)
    }

    fn flags(&self) -> u16 {
        if self.size == 0 {
            FLAG_UTF8
        } else {
            FLAG_UTF8 | FLAG_DESCRIPTOR
        }
    }

    fn version(&self, zip64: bool) -> u16 {
        if zip64 { VERSION_ZIP64 } else { VERSION }
    }

    /// The extended timestamp of Info-ZIP: seconds in UTC, in 32 bits with a sign.
    fn put_times(&self, extra: &mut Vec<u8>) {
        const MODIFIED: u8 = 1;
        let Some(seconds) = self.modified.and_then(|at| i32::try_from(at.unix()).ok()) else {
            return;
        };
        put_u16(extra, EXTRA_TIMES);
        put_u16(extra, 5);
        extra.push(MODIFIED);
        extra.extend_from_slice(&seconds.to_le_bytes());
    }

    /// Date and time of MS-DOS, in UTC, for readers that know no extra fields: 1980 to 2107, in steps of two seconds.
    fn dos_time(&self) -> (u16, u16) {
        const FIRST: (u16, u16) = (1 << 5 | 1, 0);
        const LAST: (u16, u16) = (127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29);
        let Some(at) = self.modified.map(Timestamp::civil) else {
            return FIRST;
        };
        let packed = |high: i64, middle: i64, low: i64, shifts: (u32, u32)| {
            u16::try_from(high << shifts.0 | middle << shifts.1 | low).ok()
        };
        match at.year {
            ..1980 => FIRST,
            2108.. => LAST,
            year => packed(year - 1980, at.month, at.day, (9, 5))
                .zip(packed(at.hour, at.minute, at.second / 2, (11, 5)))
                .unwrap_or(FIRST),
        }
    }
}

/// What an archive ends with: where its directory is, which has `entries` entries and `size` bytes.
pub(in super::super) fn write_end(entries: u64, offset: u64, size: u64, out: &mut Vec<u8>) {
    let limit = u64::from(IN_EXTRA_32);
    if entries >= u64::from(IN_EXTRA_16) || offset >= limit || size >= limit {
        put_u32(out, END_64);
        // Of the rest of this record.
        put_u64(out, 44);
        put_u16(out, MADE_BY);
        put_u16(out, VERSION_ZIP64);
        put_u32(out, 0);
        put_u32(out, 0);
        put_u64(out, entries);
        put_u64(out, entries);
        put_u64(out, size);
        put_u64(out, offset);
        put_u32(out, END_64_LOCATOR);
        put_u32(out, 0);
        put_u64(out, offset + size);
        put_u32(out, 1);
    }
    put_u32(out, END);
    put_u16(out, 0);
    put_u16(out, 0);
    put_u16(out, u16::try_from(entries).unwrap_or(IN_EXTRA_16));
    put_u16(out, u16::try_from(entries).unwrap_or(IN_EXTRA_16));
    put_u32(out, narrow_32(size));
    put_u32(out, narrow_32(offset));
    put_u16(out, 0);
}

/// The value, or the one that refers to the ZIP64 extra field.
fn narrow_32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(IN_EXTRA_32)
}

/// Of a length that is far below the limit: keys have 1,024 bytes.
fn narrow_16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}
