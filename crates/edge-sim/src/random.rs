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

/// A random name of 32 hex digits.
pub(crate) fn name() -> String {
    hex(&bytes::<16>())
}
