//! The list of an archive's files, in as little memory as possible: fifty thousand files take a few megabytes. The keys
//! are in order and mostly begin alike, so each is stored as its difference from the one before.

use app::contract::Timestamp;

const BLOCK: usize = 64 * 1024;

/// An entry of the archive: an object, or the marker of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The path below the folder that is packed.
    pub(super) path: String,
    /// The name in the archive; a folder's ends in `/`.
    pub(super) name: String,
    /// Bytes.
    pub(super) size: u64,
    pub(super) modified: Option<Timestamp>,
    /// Without quotes; empty where storage names none.
    pub(super) etag: String,
}

/// Items in the order in which they were added.
#[derive(Default)]
pub(super) struct Inventory {
    blocks: Vec<Vec<u8>>,
    len: usize,
    last: String,
}

/// The position of a reader.
#[derive(Clone, Default)]
pub(super) struct Position {
    block: usize,
    at: usize,
    path: String,
}

/// Bits of an item's first byte.
const RENAMED: u8 = 1;
const DATED: u8 = 1 << 1;
/// The ETag is 16 bytes in hex, and stored as bytes.
const DIGEST: u8 = 1 << 2;
/// The same, then `-` and a number of parts.
const PARTS: u8 = 1 << 3;

impl Inventory {
    pub(super) fn push(&mut self, item: &Item) {
        let record = record(&self.last, item);
        if self
            .blocks
            .last()
            .is_none_or(|block| block.capacity() - block.len() < record.len())
        {
            self.blocks.push(Vec::with_capacity(BLOCK.max(record.len())));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend_from_slice(&record);
        }
        self.last.clone_from(&item.path);
        self.len += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes.
    pub(super) fn memory(&self) -> usize {
        self.blocks.iter().map(Vec::capacity).sum()
    }

    /// The item at the position, which then moves on.
    pub(super) fn next(&self, position: &mut Position) -> Option<Item> {
        loop {
            let block = self.blocks.get(position.block)?;
            if position.at < block.len() {
                let mut rest = block.get(position.at..)?;
                let item = item(&mut rest, &position.path)?;
                position.at = block.len() - rest.len();
                position.path.clone_from(&item.path);
                return Some(item);
            }
            position.block += 1;
            position.at = 0;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Item> {
        let mut position = Position::default();
        std::iter::from_fn(move || self.next(&mut position))
    }
}

fn record(before: &str, item: &Item) -> Vec<u8> {
    let shared = before
        .bytes()
        .zip(item.path.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    // Not in the middle of a character.
    let shared = item.path.floor_char_boundary(shared);
    let digest = digest(&item.etag);
    let mut flags = 0;
    flags |= if item.name == item.path { 0 } else { RENAMED };
    flags |= if item.modified.is_some() { DATED } else { 0 };
    flags |= match digest {
        None => 0,
        Some((_, None)) => DIGEST,
        Some((_, Some(_))) => DIGEST | PARTS,
    };
    let mut record = vec![flags];
    put(&mut record, shared as u64);
    put_text(&mut record, &item.path[shared..]);
    if item.name != item.path {
        put_text(&mut record, &item.name);
    }
    put(&mut record, item.size);
    if let Some(modified) = item.modified {
        put(&mut record, zigzag(modified.unix()));
    }
    match digest {
        None => put_text(&mut record, &item.etag),
        Some((bytes, parts)) => {
            record.extend_from_slice(&bytes);
            if let Some(parts) = parts {
                put(&mut record, parts);
            }
        }
    }
    record
}

fn item(rest: &mut &[u8], before: &str) -> Option<Item> {
    let flags = take(rest, 1)?[0];
    let shared = usize::try_from(get(rest)?).ok()?;
    let path = format!("{}{}", before.get(..shared)?, get_text(rest)?);
    let name = if flags & RENAMED == 0 {
        path.clone()
    } else {
        get_text(rest)?.to_owned()
    };
    let size = get(rest)?;
    let modified = if flags & DATED == 0 {
        None
    } else {
        Timestamp::from_unix(unzigzag(get(rest)?))
    };
    let etag = if flags & DIGEST == 0 {
        get_text(rest)?.to_owned()
    } else {
        let digest = hex::encode(take(rest, 16)?);
        match flags & PARTS {
            0 => digest,
            _ => format!("{digest}-{}", get(rest)?),
        }
    };
    Some(Item {
        path,
        name,
        size,
        modified,
        etag,
    })
}

/// The bytes of an ETag that is 32 digits of hex in small letters, and the number of parts behind it. `None` for one
/// that would not come back as it is.
fn digest(etag: &str) -> Option<([u8; 16], Option<u64>)> {
    let (digits, parts) = match etag.split_once('-') {
        Some((digits, parts)) => (digits, Some(parts)),
        None => (etag, None),
    };
    let mut bytes = [0; 16];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    let number = parts.map(str::parse).transpose().ok()?;
    let comes_back = hex::encode(bytes) == digits && number.map(|n: u64| n.to_string()).as_deref() == parts;
    comes_back.then_some((bytes, number))
}

/// Seven bits a byte, the lowest first.
fn put(record: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            record.push(low);
            return;
        }
        record.push(low | 0x80);
    }
}

fn get(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_text(record: &mut Vec<u8>, text: &str) {
    put(record, text.len() as u64);
    record.extend_from_slice(text.as_bytes());
}

fn get_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::try_from(get(rest)?).ok()?;
    std::str::from_utf8(take(rest, len)?).ok()
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// Maps small numbers of either sign to small unsigned ones.
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn etag() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9a-f]{32}",
            "[0-9a-f]{32}-[1-9][0-9]{0,4}",
            "[0-9A-F]{32}",
            "[0-9a-f]{32}-0[0-9]",
            "[0-9a-f]{31}-",
            "\\PC{0,40}",
        ]
    }

    fn an_item() -> impl Strategy<Value = Item> {
        (
            "[aé🎉/]{0,6}",
            prop::option::of("\\PC{0,6}"),
            any::<u64>(),
            prop::option::of(any::<i32>()),
            etag(),
        )
            .prop_map(|(path, name, size, modified, etag)| Item {
                name: name.unwrap_or_else(|| path.clone()),
                path,
                size,
                modified: modified.and_then(|at| Timestamp::from_unix(at.into())),
                etag,
            })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(items in prop::collection::vec(an_item(), 0..60)) {
            let mut inventory = Inventory::default();
            for item in &items {
                inventory.push(item);
            }
            prop_assert_eq!(inventory.len(), items.len());
            prop_assert_eq!(inventory.iter().collect::<Vec<_>>(), items);
        }
    }

    #[test]
    fn fifty_thousand_files_take_less_than_200_bytes_each_with_their_names() {
        let mut inventory = Inventory::default();
        let mut names = super::super::names::Names::default();
        const FILES: usize = 50_000;
        for n in 0..FILES {
            let path = format!(
                "Photographs of the summer/{:03} a day at the sea/IMG_{n:06} an evening with friends ({}).jpeg",
                n / 100,
                n.wrapping_mul(2_654_435_761) % 1_000_003
            );
            let digest = format!(
                "{:032x}",
                (n as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            );
            inventory.push(&Item {
                name: names.file(&path),
                path,
                size: 3_000_000 + n as u64 * 977,
                modified: Timestamp::from_unix(1_704_067_200 + n as i64),
                etag: format!("{digest}-7"),
            });
        }
        // With the CRC of each, which is kept from its bytes to the directory.
        let memory = inventory.memory() + names.memory() + 4 * FILES;
        assert!(memory <= 200 * FILES, "{} bytes a file", memory / FILES);
        assert!(
            inventory.memory() <= 80 * FILES,
            "{} bytes a file",
            inventory.memory() / FILES
        );
    }
}
