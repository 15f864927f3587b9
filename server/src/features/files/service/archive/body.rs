//! Writes the archive from its first byte to its last.

use std::io;

use async_stream::try_stream;
use bytes::Bytes;
use futures::Stream;

use super::{
    contents::{Origin, Reader},
    plan::Plan,
};
use crate::features::files::zip::write::{Member, write_end};

/// What is sent at once where there are many small pieces.
const CHUNK: usize = 64 * 1024;

/// Yields exactly the bytes that the plan counted, or an error. Nobody takes an archive that ends too soon for a whole
/// one, because its length was announced.
pub(super) fn body(plan: Plan, origin: Origin) -> impl Stream<Item = io::Result<Bytes>> {
    try_stream! {
        let Plan { inventory, left_out, length, memory } = plan;
        let mut written = 0_u64;
        let mut out = Vec::with_capacity(CHUNK);
        let mut crcs = Vec::with_capacity(inventory.len());
        let mut reader = Reader::new(origin);
        while let Some((item, opened)) = reader.next(&inventory).await? {
            item.member().write_local(&mut out);
            let mut crc = crc32fast::Hasher::new();
            let mut left = item.size;
            if let Some(mut opened) = opened {
                while let Some(bytes) = opened.next().await? {
                    crc.update(&bytes);
                    left = left.saturating_sub(bytes.len() as u64);
                    reader.open_ahead(&inventory, left);
                    if out.len() + bytes.len() <= CHUNK {
                        out.extend_from_slice(&bytes);
                        continue;
                    }
                    for chunk in [flushed(&mut out), bytes] {
                        written += chunk.len() as u64;
                        if !chunk.is_empty() {
                            yield chunk;
                        }
                    }
                }
            }
            let crc = crc.finalize();
            item.member().write_descriptor(crc, &mut out);
            crcs.push(crc);
        }
        let mut left_out_crc = 0;
        if let Some(left_out) = &left_out {
            left_out_crc = crc32fast::hash(&left_out.text);
            left_out.member().write_local(&mut out);
            out.extend_from_slice(&left_out.text);
            left_out.member().write_descriptor(left_out_crc, &mut out);
        }

        let directory = written + out.len() as u64;
        let mut offset = 0_u64;
        let mut entries = 0_u64;
        let items = inventory.iter().zip(crcs);
        for (item, crc) in items {
            offset = enter(item.member(), crc, offset, &mut out);
            entries += 1;
            if out.len() >= CHUNK {
                let chunk = flushed(&mut out);
                written += chunk.len() as u64;
                yield chunk;
            }
        }
        if let Some(left_out) = &left_out {
            offset = enter(left_out.member(), left_out_crc, offset, &mut out);
            entries += 1;
        }
        debug_assert_eq!(offset, directory, "the directory begins where the files end");
        let size = written + out.len() as u64 - directory;
        write_end(entries, directory, size, &mut out);
        let chunk = flushed(&mut out);
        written += chunk.len() as u64;
        debug_assert_eq!(written, length, "the length was promised");
        yield chunk;
        drop(memory);
    }
}

fn flushed(out: &mut Vec<u8>) -> Bytes {
    std::mem::replace(out, Vec::with_capacity(CHUNK)).into()
}

/// Writes the directory entry of the item that begins at `offset`, and answers where the item ends.
fn enter(member: Member<'_>, crc: u32, offset: u64, out: &mut Vec<u8>) -> u64 {
    member.write_central(crc, offset, out);
    let mut around = Vec::new();
    member.write_local(&mut around);
    member.write_descriptor(crc, &mut around);
    offset + around.len() as u64 + member.size
}
