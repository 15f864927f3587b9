//! CRC-32C (Castagnoli), sixteen bytes a step: over two gigabytes a second in WASM. The crates that do it are larger and
//! half as fast there (`docs/performance.md`).

const POLYNOMIAL: u32 = 0x82f6_3b78;

/// `TABLES[k][byte]`: what `byte` adds when `k` bytes follow it.
type Tables = [[u32; 256]; 16];

thread_local! {
    /// Made when first needed: as data they would be 16 KiB of the download that do not compress.
    static TABLES: Box<Tables> = tables();
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Crc32c(u32);

impl Default for Crc32c {
    fn default() -> Self {
        Self(!0)
    }
}

impl Crc32c {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0 = TABLES.with(|tables| run(tables, self.0, bytes));
    }

    /// In network order, as S3 writes it.
    #[must_use]
    pub(super) const fn finish(self) -> [u8; 4] {
        (!self.0).to_be_bytes()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
fn run(tables: &Tables, mut crc: u32, bytes: &[u8]) -> u32 {
    let (chunks, rest) = bytes.as_chunks::<16>();
    for chunk in chunks {
        let word = u128::from_le_bytes(*chunk) ^ u128::from(crc);
        let (low, high) = (word as u64, (word >> 64) as u64);
        let at = |following: usize, word: u64, bit: u32| tables[following][(word >> bit) as usize & 0xff];
        // Written out: a loop takes twice as long.
        crc = at(15, low, 0)
            ^ at(14, low, 8)
            ^ at(13, low, 16)
            ^ at(12, low, 24)
            ^ at(11, low, 32)
            ^ at(10, low, 40)
            ^ at(9, low, 48)
            ^ at(8, low, 56)
            ^ at(7, high, 0)
            ^ at(6, high, 8)
            ^ at(5, high, 16)
            ^ at(4, high, 24)
            ^ at(3, high, 32)
            ^ at(2, high, 40)
            ^ at(1, high, 48)
            ^ at(0, high, 56);
    }
    for byte in rest {
        crc = (crc >> 8) ^ tables[0][usize::from(crc.to_le_bytes()[0] ^ byte)];
    }
    crc
}

fn tables() -> Box<Tables> {
    let mut tables = Box::new([[0_u32; 256]; 16]);
    for (byte, entry) in (0_u32..).zip(&mut tables[0]) {
        *entry = (0..8).fold(byte, |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 }
        });
    }
    for following in 1..tables.len() {
        for byte in 0..256 {
            let before = tables[following - 1][byte];
            tables[following][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = Crc32c::default();
        crc.update(bytes);
        u32::from_be_bytes(crc.finish())
    }

    #[test]
    fn the_check_values_of_rfc_3720() {
        assert_eq!(crc(b"123456789"), 0xe306_9283);
        assert_eq!(crc(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc(b""), 0);
    }

    #[test]
    fn chunks_make_no_difference() {
        let bytes: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        for cut in [0, 1, 15, 16, 17, 500, 999] {
            let mut parts = Crc32c::default();
            parts.update(&bytes[..cut]);
            parts.update(&bytes[cut..]);
            assert_eq!(u32::from_be_bytes(parts.finish()), crc(&bytes));
        }
    }
}
