//! The directory of an archive that somebody else may have made: every number in it is checked against what is there,
//! and nothing is reserved for what it only claims.

use std::borrow::Cow;

use app::contract::Timestamp;

use super::{
    CENTRAL, DEFLATED, END, END_64, END_64_LOCATOR, EXTRA_TIMES, EXTRA_UNICODE_PATH, EXTRA_ZIP64,
    FLAG_ENCRYPTED, FLAG_STRONGLY_ENCRYPTED, FLAG_UTF8, IN_EXTRA_32, LOCAL, STORED,
};

const END_BYTES: usize = 22;
const END_64_BYTES: usize = 56;
const END_64_LOCATOR_BYTES: usize = 20;
const CENTRAL_BYTES: usize = 46;
/// Of a local header, without name and extra fields.
pub(in super::super) const LOCAL_BYTES: u64 = 30;
/// As much of an archive's end as holds the records that say where its directory is.
pub(in super::super) const TAIL_BYTES: u64 =
    (END_64_BYTES + END_64_LOCATOR_BYTES + END_BYTES + u16::MAX as usize) as u64;
/// 100 ns since 1601, as NTFS counts, at the epoch of Unix.
const NTFS_EPOCH: u64 = 116_444_736_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZipError {
    #[error("is not a ZIP archive")]
    NotZip,
    #[error("is a damaged ZIP archive: {0}")]
    Damaged(&'static str),
    #[error("it is one part of an archive that was split")]
    Split,
    #[error("the file is encrypted")]
    Encrypted,
    /// The number is APPNOTE's (4.4.5).
    #[error("the file is compressed by a method that this server does not read (number {0})")]
    Method(u16),
}

/// Where the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct End {
    pub(in super::super) offset: u64,
    /// Bytes.
    pub(in super::super) size: u64,
    pub(in super::super) entries: u64,
    /// Whether `entries` counts modulo 65,536, as writers without ZIP64 do.
    wraps: bool,
    /// What stands before the archive, as in one that extracts itself; offsets in the directory do not count it.
    pub(in super::super) shift: u64,
}

impl End {
    /// `tail` are the last bytes of the object, [`TAIL_BYTES`] or all, and begin at `tail_at`.
    pub(in super::super) fn find(tail: &[u8], tail_at: u64) -> Result<Self, ZipError> {
        let at = position(tail).ok_or(ZipError::NotZip)?;
        let mut end = Fields(&tail[at + 4..]);
        let disks = [end.u16()?, end.u16()?];
        let here = end.u16()?;
        let entries = end.u16()?;
        let size = end.u32()?;
        let offset = end.u32()?;
        let (at, offset, size, entries, wraps) = match zip64(tail, tail_at, at)? {
            Some((at, found)) => (at, found.offset, found.size, found.entries, false),
            None if disks.iter().any(|disk| *disk != 0) || here != entries => return Err(ZipError::Split),
            None => (at, offset.into(), size.into(), entries.into(), true),
        };
        // The directory ends where the record about it begins, whatever stands before the archive.
        let ends = tail_at + at as u64;
        let begins = ends
            .checked_sub(size)
            .ok_or(ZipError::Damaged("its directory is larger than itself"))?;
        let shift = begins
            .checked_sub(offset)
            .ok_or(ZipError::Damaged("its directory is not where it should be"))?;
        Ok(Self {
            offset: begins,
            size,
            entries,
            wraps,
            shift,
        })
    }

    /// Whether this many entries are those that the archive should have.
    pub(in super::super) fn counts(&self, found: u64) -> bool {
        if self.wraps {
            found % (u64::from(u16::MAX) + 1) == self.entries
        } else {
            found == self.entries
        }
    }
}

/// Where the last record begins. One whose comment ends with the object is preferred: a comment may hold anything.
fn position(tail: &[u8]) -> Option<usize> {
    let ends_at = |at: usize| {
        let mut fields = Fields(tail.get(at..)?);
        if fields.u32().ok()? != END {
            return None;
        }
        let comment = Fields(tail.get(at + END_BYTES - 2..)?).u16().ok()?;
        let end = at + END_BYTES + usize::from(comment);
        (end <= tail.len()).then_some(end)
    };
    let last = tail.len().checked_sub(END_BYTES)?;
    let found = || (0..=last).rev().filter_map(|at| Some((at, ends_at(at)?)));
    let exact = found().find(|(_, end)| *end == tail.len());
    exact.or_else(|| found().next()).map(|(at, _)| at)
}

struct End64 {
    offset: u64,
    size: u64,
    entries: u64,
}

/// The record of ZIP64, and where in `tail` it begins. It stands before its locator; where it has data of its own behind it,
/// the locator tells.
fn zip64(tail: &[u8], tail_at: u64, end: usize) -> Result<Option<(usize, End64)>, ZipError> {
    const MISSING: ZipError = ZipError::Damaged("its ZIP64 record is not where it should be");
    let Some(locator_at) = end.checked_sub(END_64_LOCATOR_BYTES) else {
        return Ok(None);
    };
    let mut locator = Fields(&tail[locator_at..]);
    if locator.u32()? != END_64_LOCATOR {
        return Ok(None);
    }
    locator.u32()?;
    let named = locator.u64()?;
    let before = locator_at.checked_sub(END_64_BYTES);
    let named = named.checked_sub(tail_at).and_then(|at| usize::try_from(at).ok());
    let begins = |at: &usize| {
        let record = tail.get(*at..locator_at);
        record.is_some_and(|bytes| bytes.len() >= END_64_BYTES && Fields(bytes).u32() == Ok(END_64))
    };
    let at = before.into_iter().chain(named).find(begins).ok_or(MISSING)?;
    let mut record = Fields(&tail[at + 4..]);
    // Length and versions.
    record.u64()?;
    record.u32()?;
    let disks = [record.u32()?, record.u32()?];
    let here = record.u64()?;
    let entries = record.u64()?;
    let size = record.u64()?;
    let offset = record.u64()?;
    if disks.iter().any(|disk| *disk != 0) || here != entries {
        return Err(ZipError::Split);
    }
    Ok(Some((
        at,
        End64 {
            offset,
            size,
            entries,
        },
    )))
}

/// An entry of the directory.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Record<'a> {
    raw_name: &'a [u8],
    extra: &'a [u8],
    flags: u16,
    method: u16,
    dos: (u16, u16),
    pub(in super::super) crc: u32,
    pub(in super::super) compressed_size: u64,
    pub(in super::super) size: u64,
    /// Where the local header begins, without [`End::shift`].
    pub(in super::super) offset: u64,
}

/// How the bytes of an entry are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Method {
    Stored,
    Deflated,
}

impl<'a> Record<'a> {
    /// The entries that these bytes of a directory hold, up to the first that is damaged.
    pub(in super::super) fn all(directory: &'a [u8]) -> impl Iterator<Item = Result<Self, ZipError>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let record = Self::next(directory, &mut at)?;
            if record.is_err() {
                at = directory.len();
            }
            Some(record)
        })
    }

    /// The entry that begins at `at`, which moves behind it.
    pub(in super::super) fn next(directory: &'a [u8], at: &mut usize) -> Option<Result<Self, ZipError>> {
        let mut rest = Fields(directory.get(*at..)?);
        // A signature of the whole directory may follow the entries.
        if { rest }.u32() != Ok(CENTRAL) {
            return None;
        }
        let record = Self::read(&mut rest);
        *at = directory.len() - rest.0.len();
        Some(record)
    }

    fn read(fields: &mut Fields<'a>) -> Result<Self, ZipError> {
        if fields.0.len() < CENTRAL_BYTES {
            return Err(SHORT);
        }
        // Signature and versions.
        fields.u32()?;
        fields.u32()?;
        let flags = fields.u16()?;
        let method = fields.u16()?;
        let time = fields.u16()?;
        let date = fields.u16()?;
        let crc = fields.u32()?;
        let compressed_size = fields.u32()?;
        let size = fields.u32()?;
        let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
        // Disk and attributes.
        fields.u32()?;
        fields.u32()?;
        let offset = fields.u32()?;
        let raw_name = fields.take(name.into())?;
        let extra = fields.take(extra.into())?;
        fields.take(comment.into())?;
        let mut wide = extra_field(extra, EXTRA_ZIP64).map(Fields);
        let mut widened = |narrow: u32| match &mut wide {
            _ if narrow != IN_EXTRA_32 => Ok(u64::from(narrow)),
            Some(wide) => wide.u64(),
            // Just as large as that.
            None => Ok(u64::from(narrow)),
        };
        Ok(Self {
            raw_name,
            extra,
            flags,
            method,
            dos: (date, time),
            crc,
            size: widened(size)?,
            compressed_size: widened(compressed_size)?,
            offset: widened(offset)?,
        })
    }

    /// In UTF-8 where the entry says so, or a field that goes with it, or its bytes look like it; else in code page 437.
    pub(in super::super) fn name(&self) -> Cow<'a, str> {
        if self.flags & FLAG_UTF8 != 0 {
            return String::from_utf8_lossy(self.raw_name);
        }
        // Version, CRC of the plain name, name (APPNOTE 4.6.9). Of another CRC it is another name's.
        if let Some([1, a, b, c, d, name @ ..]) = extra_field(self.extra, EXTRA_UNICODE_PATH)
            && u32::from_le_bytes([*a, *b, *c, *d]) == crc32fast::hash(self.raw_name)
            && let Ok(name) = std::str::from_utf8(name)
        {
            return name.into();
        }
        match std::str::from_utf8(self.raw_name) {
            Ok(name) => name.into(),
            Err(_) => self.raw_name.iter().copied().map(code_page_437).collect(),
        }
    }

    pub(in super::super) fn is_folder(&self) -> bool {
        self.raw_name.ends_with(b"/")
    }

    /// In UTC where the entry has a field for it; else what the clock showed where the archive was made.
    pub(in super::super) fn modified(&self) -> Option<Timestamp> {
        if let Some([flags, a, b, c, d, ..]) = extra_field(self.extra, EXTRA_TIMES)
            && flags & 1 != 0
        {
            return Timestamp::from_unix(i32::from_le_bytes([*a, *b, *c, *d]).into());
        }
        self.ntfs_time().or_else(|| {
            let (date, time) = self.dos;
            let (year, month, day) = (1980 + (date >> 9), date >> 5 & 15, date & 31);
            let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31) * 2);
            Timestamp::parse(&format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
            ))
        })
    }

    /// As 7-Zip writes it (APPNOTE 4.5.5).
    fn ntfs_time(&self) -> Option<Timestamp> {
        const NTFS: u16 = 0x000a;
        const TIMES: u16 = 1;
        let attributes = extra_field(self.extra, NTFS)?.get(4..)?;
        let ticks = Fields(extra_field(attributes, TIMES)?).u64().ok()?;
        let seconds = ticks.checked_sub(NTFS_EPOCH)? / 10_000_000;
        Timestamp::from_unix(i64::try_from(seconds).ok()?)
    }

    /// How to read the bytes, where this server can.
    pub(in super::super) fn method(&self) -> Result<Method, ZipError> {
        if self.flags & (FLAG_ENCRYPTED | FLAG_STRONGLY_ENCRYPTED) != 0 {
            return Err(ZipError::Encrypted);
        }
        match self.method {
            STORED if self.size != self.compressed_size => {
                Err(ZipError::Damaged("a stored file has two sizes"))
            }
            STORED => Ok(Method::Stored),
            DEFLATED => Ok(Method::Deflated),
            other => Err(ZipError::Method(other)),
        }
    }
}

/// How long a local header is in all, of which these are the first [`LOCAL_BYTES`].
pub(in super::super) fn local_length(header: &[u8]) -> Result<u64, ZipError> {
    let mut fields = Fields(header);
    if fields.u32()? != LOCAL {
        return Err(ZipError::Damaged("a file is not where it should be"));
    }
    fields.take(22)?;
    Ok(LOCAL_BYTES + u64::from(fields.u16()?) + u64::from(fields.u16()?))
}

const SHORT: ZipError = ZipError::Damaged("its directory ends too soon");

/// Numbers, the lowest byte first.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ZipError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ZipError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u16(&mut self) -> Result<u16, ZipError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, ZipError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, ZipError> {
        self.array().map(u64::from_le_bytes)
    }
}

/// The first extra field of this kind. Fields that are cut short end the search, as in every reader: some tools pad with
/// zeros.
fn extra_field(extra: &[u8], kind: u16) -> Option<&[u8]> {
    let mut fields = Fields(extra);
    loop {
        let found = fields.u16().ok()?;
        let length = fields.u16().ok()?;
        let data = fields.take(length.into()).ok()?;
        if found == kind {
            return Some(data);
        }
    }
}

/// <https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/PC/CP437.TXT>
fn code_page_437(byte: u8) -> char {
    const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
                        └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    match byte.checked_sub(128) {
        None => byte.into(),
        Some(high) => HIGH
            .chars()
            .nth(high.into())
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}
