//! Signatures in the form that SSH expects them.

use crate::bytes::{put_mpint, put_string};

/// The name of the algorithm, which is the key's name too.
const ALGORITHM: &[u8] = b"ecdsa-sha2-nistp256";

/// An ECDSA signature on P-256 (RFC 5656 section 3.1.2) from its two numbers, 32 bytes each.
#[must_use]
pub fn ecdsa_p256(numbers: &[u8; 64]) -> Vec<u8> {
    let (mut pair, mut blob) = (Vec::new(), Vec::new());
    let (r, s) = numbers.split_at(32);
    put_mpint(&mut pair, r);
    put_mpint(&mut pair, s);
    put_string(&mut blob, ALGORITHM);
    put_string(&mut blob, &pair);
    blob
}
