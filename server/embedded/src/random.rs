//! The one door to randomness: the operating system's generator.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;

/// `N` unpredictable bytes.
pub(crate) fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut out = [0; N];
    OsRng.try_fill_bytes(&mut out).map_err(io::Error::other)?;
    Ok(out)
}

/// A positive 63-bit number, the unguessable half of a version or upload id.
pub(crate) fn nonce() -> io::Result<i64> {
    Ok(i64::from_be_bytes(bytes()?) & i64::MAX)
}

/// `STOW` and 16 characters of Crockford's base 32: 80 bits, in the shape of an AWS access key id.
pub(crate) fn access_key_id() -> io::Result<String> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let random: [u8; 16] = bytes()?;
    Ok("STOW"
        .chars()
        .chain(random.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])))
        .collect())
}

/// 40 characters, 240 bits, without `+` and `/`, which shells and URLs mangle.
pub(crate) fn secret() -> io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<30>()?))
}

/// 64 characters, 384 bits.
pub(crate) fn session_token() -> io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<48>()?))
}
