//! Our records against another implementation, and against bytes that nobody meant as an archive.

use std::io::{Cursor, Read, Write};

use app::contract::Timestamp;
use bytes::Bytes;
use proptest::prelude::*;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    inflate::{Damaged, Unpacking},
    read::{End, LOCAL_BYTES, Method, Record, TAIL_BYTES, ZipError, local_length},
    write::{Member, write_end},
};

/// 2024-02-29T12:34:56Z
const MOMENT: i64 = 1_709_210_096;

fn written(files: &[(String, Vec<u8>)], modified: Option<Timestamp>) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let member = Member {
            name,
            size: bytes.len() as u64,
            modified,
        };
        let crc = crc32fast::hash(bytes);
        member.write_central(crc, out.len() as u64, &mut directory);
        member.write_local(&mut out);
        out.extend_from_slice(bytes);
        member.write_descriptor(crc, &mut out);
    }
    let offset = out.len() as u64;
    out.extend_from_slice(&directory);
    write_end(files.len() as u64, offset, directory.len() as u64, &mut out);
    out
}

fn tail(archive: &[u8]) -> (&[u8], u64) {
    let at = archive.len().saturating_sub(usize::try_from(TAIL_BYTES).unwrap());
    (&archive[at..], at as u64)
}

fn directory(archive: &[u8]) -> Result<(End, &[u8]), ZipError> {
    let (tail, at) = tail(archive);
    let end = End::find(tail, at)?;
    let offset = usize::try_from(end.offset).unwrap();
    Ok((end, &archive[offset..offset + usize::try_from(end.size).unwrap()]))
}

/// All files by our own reader.
fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (end, directory) = directory(archive).unwrap();
    let records: Vec<_> = Record::all(directory).map(Result::unwrap).collect();
    assert!(end.counts(records.len() as u64));
    let unpacked = |record: &Record<'_>| {
        let header = usize::try_from(record.offset + end.shift).unwrap();
        let local = local_length(&archive[header..header + usize::try_from(LOCAL_BYTES).unwrap()]).unwrap();
        let begins = header + usize::try_from(local).unwrap();
        let packed = &archive[begins..begins + usize::try_from(record.compressed_size).unwrap()];
        let bytes = inflated(record.method().unwrap(), record.size, record.crc, packed).unwrap();
        (record.name().into_owned(), bytes)
    };
    records.iter().map(unpacked).collect()
}

/// Fed in pieces, as they come from storage.
fn inflated(method: Method, size: u64, crc: u32, packed: &[u8]) -> Result<Vec<u8>, Damaged> {
    let mut unpacking = Unpacking::new(method, size, crc);
    let mut bytes = Vec::new();
    for piece in packed.chunks(1000) {
        let mut piece = Bytes::copy_from_slice(piece);
        loop {
            let unpacked = unpacking.take(&mut piece)?;
            if unpacked.is_empty() {
                break;
            }
            bytes.extend_from_slice(&unpacked);
        }
    }
    unpacking.finish()?;
    Ok(bytes)
}

fn by_another(files: &[(String, Vec<u8>)], options: SimpleFileOptions) -> ZipWriter<Cursor<Vec<u8>>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer
}

fn some_files() -> Vec<(String, Vec<u8>)> {
    let noise = (0..300_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]);
    vec![
        ("a.txt".to_owned(), b"hello".to_vec()),
        ("empty".to_owned(), Vec::new()),
        ("folder/zeros".to_owned(), vec![0; 1 << 20]),
        ("folder/noise \u{1f389} e\u{301}".to_owned(), noise.collect()),
    ]
}

proptest! {
    #[test]
    fn another_program_reads_what_we_write(
        files in prop::collection::btree_map("[a-zé🎉 ]{1,12}(/[a-z]{1,3})?", prop::collection::vec(any::<u8>(), 0..200), 0..12),
        at in prop::option::of(-10_000_000_000_i64..10_000_000_000),
    ) {
        let files: Vec<_> = files.into_iter().collect();
        let modified = at.and_then(Timestamp::from_unix);
        let archive = written(&files, modified);
        let mut read = ZipArchive::new(Cursor::new(&archive)).unwrap();
        prop_assert_eq!(read.len(), files.len());
        for (n, (name, bytes)) in files.iter().enumerate() {
            let mut file = read.by_index(n).unwrap();
            prop_assert_eq!(&file.name().unwrap(), name);
            let mut found = Vec::new();
            file.read_to_end(&mut found).unwrap();
            prop_assert_eq!(&found, bytes);
        }
        prop_assert_eq!(unpacked(&archive), files);
    }

    #[test]
    fn damaged_archives_are_refused_and_nothing_worse(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        zip64 in any::<bool>(),
    ) {
        let options = SimpleFileOptions::default().large_file(zip64);
        let files = [("a".to_owned(), b"hello hello hello".to_vec()), ("b/".to_owned(), Vec::new())];
        let mut archive = by_another(&files, options).finish().unwrap().into_inner();
        for (at, byte) in changes {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        archive.truncate(archive.len() - cut.index(3));
        let (tail, at) = tail(&archive);
        let Ok(end) = End::find(tail, at) else { return Ok(()) };
        prop_assert!(end.offset + end.size <= archive.len() as u64);
        let begin = usize::try_from(end.offset).unwrap();
        for record in Record::all(&archive[begin..]) {
            let Ok(record) = record else { break };
            let _ = (record.name(), record.modified(), record.is_folder());
            let Ok(method) = record.method() else { continue };
            let _ = inflated(method, record.size, record.crc, &archive);
        }
    }

    #[test]
    fn noise_is_no_archive(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = directory(&bytes);
        for record in Record::all(&bytes) {
            prop_assert!(record.is_err());
        }
        let _ = inflated(Method::Deflated, 100, 0, &bytes);
    }
}

#[test]
fn we_read_what_another_program_writes() {
    let files = some_files();
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for zip64 in [false, true] {
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .large_file(zip64);
            let mut writer = by_another(&files, options);
            writer
                .set_comment("PK\u{5}\u{6} is no end, but a comment that says so")
                .unwrap();
            let archive = writer.finish().unwrap().into_inner();
            assert_eq!(unpacked(&archive), files, "{method:?} {zip64}");
            // One that extracts itself has a program before it.
            let mut shifted = vec![b'#'; 777];
            shifted.extend_from_slice(&archive);
            assert_eq!(unpacked(&shifted), files, "{method:?} {zip64}");
        }
    }
    assert_eq!(unpacked(&written(&[], None)), []);
    assert_eq!(written(&[], None).len(), 22);
}

#[test]
fn what_is_beyond_32_bits_is_written_in_64() {
    const LARGE: u64 = 5 << 30;
    for (size, offset) in [
        (LARGE, 0),
        (u64::from(u32::MAX), 0),
        (u64::from(u32::MAX) - 1, u64::from(u32::MAX) - 1),
        (7, LARGE),
        (LARGE, LARGE),
        (0, u64::from(u32::MAX)),
    ] {
        let member = Member {
            name: "large",
            size,
            modified: Timestamp::from_unix(MOMENT),
        };
        let mut central = Vec::new();
        member.write_central(42, offset, &mut central);
        let record = Record::all(&central).next().unwrap().unwrap();
        assert_eq!(
            (record.size, record.compressed_size, record.offset),
            (size, size, offset)
        );
        assert_eq!(record.modified().map(Timestamp::unix), Some(MOMENT));
        let (mut local, mut descriptor) = (Vec::new(), Vec::new());
        member.write_local(&mut local);
        member.write_descriptor(42, &mut descriptor);
        assert_eq!(local_length(&local).unwrap(), local.len() as u64);
        let expected = match size {
            0 => 0,
            size if size < u64::from(u32::MAX) => 16,
            _ => 24,
        };
        assert_eq!(descriptor.len(), expected, "{size}");
    }
    for (entries, is_64) in [(65_534, false), (65_535, true), (70_000, true)] {
        let mut end = Vec::new();
        write_end(entries, 0, 0, &mut end);
        assert_eq!(end.len() > 22, is_64, "{entries}");
        assert_eq!(End::find(&end, 0).unwrap().entries, entries);
    }
}

#[test]
fn moments_come_back_and_old_readers_get_what_they_can_read() {
    let dos = |seconds: Option<i64>| {
        let member = Member {
            name: "a",
            size: 0,
            modified: seconds.and_then(Timestamp::from_unix),
        };
        let mut central = Vec::new();
        member.write_central(0, 0, &mut central);
        // Time and date.
        let fields = [[central[12], central[13]], [central[14], central[15]]].map(u16::from_le_bytes);
        let read = Record::all(&central).next().unwrap().unwrap().modified();
        (fields[1], fields[0], read.map(Timestamp::unix))
    };
    let date = |year: u16, month: u16, day: u16| (year - 1980) << 9 | month << 5 | day;
    assert_eq!(
        dos(Some(MOMENT)),
        (date(2024, 2, 29), 12 << 11 | 34 << 5 | 28, Some(MOMENT))
    );
    assert_eq!(dos(Some(0)), (date(1980, 1, 1), 0, Some(0)));
    // 1980-01-01, which is all that is told where nothing is known.
    assert_eq!(dos(None), (date(1980, 1, 1), 0, Some(315_532_800)));
    // 2200: beyond 32 bits, and beyond DOS.
    let last = 23 << 11 | 59 << 5 | 29;
    assert_eq!(
        dos(Some(7_258_118_400)),
        (date(2107, 12, 31), last, Some(4_354_819_198))
    );
}

#[test]
fn security_31_an_entry_is_never_longer_than_its_archive_says() {
    let zeros = vec![0; 8 << 20];
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&zeros).unwrap();
    let packed = packed.finish().unwrap();
    let crc = crc32fast::hash(&zeros);
    let size = zeros.len() as u64;
    assert_eq!(inflated(Method::Deflated, size, crc, &packed).unwrap(), zeros);

    let mut unpacking = Unpacking::new(Method::Deflated, 1000, crc);
    let mut input = Bytes::from(packed.clone());
    assert_eq!(
        unpacking.take(&mut input),
        Err(Damaged),
        "at the first chunk that is too long"
    );
    for (size, crc, packed) in [
        (size - 1, crc, &packed[..]),
        (size + 1, crc, &packed),
        (size, crc ^ 1, &packed),
        (size, crc, &packed[..packed.len() - 1]),
    ] {
        assert_eq!(inflated(Method::Deflated, size, crc, packed), Err(Damaged));
    }
    let mut trailing = packed.clone();
    trailing.push(0);
    assert_eq!(inflated(Method::Deflated, size, crc, &trailing), Err(Damaged));
    assert_eq!(
        inflated(Method::Stored, 3, crc32fast::hash(b"abc"), b"abc").unwrap(),
        b"abc"
    );
    assert_eq!(
        inflated(Method::Stored, 2, crc32fast::hash(b"abc"), b"abc"),
        Err(Damaged)
    );
}

#[test]
fn names_in_old_encodings_are_read() {
    let name = |raw: &[u8], flags: u16, extra: &[u8]| {
        let mut central = Vec::new();
        Member {
            name: "",
            size: 0,
            modified: None,
        }
        .write_central(0, 0, &mut central);
        central[8..10].copy_from_slice(&flags.to_le_bytes());
        central[28..30].copy_from_slice(&u16::try_from(raw.len()).unwrap().to_le_bytes());
        central[30..32].copy_from_slice(&u16::try_from(extra.len()).unwrap().to_le_bytes());
        central.extend_from_slice(raw);
        central.extend_from_slice(extra);
        let record = Record::all(&central).next().unwrap().unwrap();
        record.name().into_owned()
    };
    assert_eq!(name("é".as_bytes(), 1 << 11, &[]), "é");
    assert_eq!(name("é".as_bytes(), 0, &[]), "é");
    assert_eq!(name(b"\x82.txt", 0, &[]), "é.txt");
    assert_eq!(name(b"\xff", 0, &[]), "\u{a0}");
    assert_eq!(name(b"\xff", 1 << 11, &[]), "\u{fffd}");
    let mut unicode = vec![0x75, 0x70, 8, 0, 1];
    unicode.extend_from_slice(&crc32fast::hash(b"\x82").to_le_bytes());
    unicode.extend_from_slice("日".as_bytes());
    assert_eq!(name(b"\x82", 0, &unicode), "日");
    assert_eq!(name(b"\x83", 0, &unicode), "â", "of another name");
    // Extra fields that are cut short hide nothing else.
    assert_eq!(name(b"a", 0, &[0, 0, 0]), "a");
}

#[test]
fn other_methods_are_named() {
    for (flags, method, size, expected) in [
        (0, 8, 1, Ok(Method::Deflated)),
        (0, 0, 0, Ok(Method::Stored)),
        (1, 8, 1, Err(ZipError::Encrypted)),
        (0, 12, 1, Err(ZipError::Method(12))),
        (0, 0, 1, Err(ZipError::Damaged("a stored file has two sizes"))),
    ] {
        let mut central = Vec::new();
        Member {
            name: "a",
            size: 0,
            modified: None,
        }
        .write_central(0, 0, &mut central);
        central[8..10].copy_from_slice(&u16::to_le_bytes(flags));
        central[10..12].copy_from_slice(&u16::to_le_bytes(method));
        central[24..28].copy_from_slice(&u32::to_le_bytes(size));
        assert_eq!(Record::all(&central).next().unwrap().unwrap().method(), expected);
    }
}
