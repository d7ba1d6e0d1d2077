//! Unguessable names: cookies, mailboxes, request ids.

use crate::plan::hex;

/// `N` random bytes; zeros only on a machine without a generator.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "no random numbers");
    }
    bytes
}

/// A random UUID in its form, RFC 9562 5.4.
pub(crate) fn uuid() -> [u8; 16] {
    as_uuid(bytes())
}

/// These bytes with the marks of a random UUID.
pub(crate) fn as_uuid(mut bytes: [u8; 16]) -> [u8; 16] {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// A random name of 32 hex digits.
pub(crate) fn name() -> String {
    hex(&bytes::<16>())
}
