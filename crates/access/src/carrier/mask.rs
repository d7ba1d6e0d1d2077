//! Masking of outgoing payload (RFC 6455 5.3).

use std::io;

/// Mask keys drawn from the operating system's generator, many at a time: a system call for each frame would cost more
/// than the masking, and the standard wants keys that nobody can predict.
pub(super) struct Keys {
    drawn: [[u8; 4]; Self::BATCH],
    next: usize,
}

impl Keys {
    const BATCH: usize = 256;

    pub(super) const fn new() -> Self {
        Self { drawn: [[0; 4]; Self::BATCH], next: Self::BATCH }
    }

    pub(super) fn draw(&mut self) -> io::Result<[u8; 4]> {
        if self.next == Self::BATCH {
            getrandom::fill(self.drawn.as_flattened_mut())
                .map_err(|error| io::Error::other(error.to_string()))?;
            self.next = 0;
        }
        let key = self.drawn[self.next];
        self.next += 1;
        Ok(key)
    }
}

/// Masks or unmasks `payload` in place, by the largest words there are: fast however little the compiler does about it.
pub(super) fn apply(key: [u8; 4], payload: &mut [u8]) {
    let mut wide = [0; size_of::<u128>()];
    wide.as_chunks_mut().0.fill(key);
    let mask = u128::from_ne_bytes(wide);
    let (words, rest) = payload.as_chunks_mut();
    for word in words {
        *word = (u128::from_ne_bytes(*word) ^ mask).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(wide) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // RFC 6455 5.7: "Hello" masked with 0x37fa213d.
    #[test]
    fn the_example_of_the_rfc() {
        let mut payload = *b"Hello";
        apply([0x37, 0xfa, 0x21, 0x3d], &mut payload);
        assert_eq!(payload, [0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn keys_differ_across_batches() {
        let mut keys = Keys::new();
        let drawn: std::collections::BTreeSet<_> = (0..600).map(|_| keys.draw().unwrap()).collect();
        assert!(drawn.len() > 590);
    }

    proptest! {
        #[test]
        fn every_byte_is_masked_with_its_own_octet(key: [u8; 4], payload: Vec<u8>) {
            let mut masked = payload.clone();
            apply(key, &mut masked);
            for (at, byte) in payload.iter().enumerate() {
                prop_assert_eq!(masked[at], byte ^ key[at % 4]);
            }
        }
    }
}
