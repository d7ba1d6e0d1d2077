//! The id of a tunnel: a UUID, sixteen bytes on the wire and hyphenated hexadecimal in files.

use std::fmt;
use std::str::FromStr;

/// Where the hyphens are in the written form.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Names one tunnel; not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TunnelId(pub [u8; 16]);

/// The text is not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tunnel's id looks like 6ff42ae2-765d-4adf-8112-31c55c1551ef")]
pub struct InvalidTunnelId;

impl FromStr for TunnelId {
    type Err = InvalidTunnelId;

    fn from_str(text: &str) -> Result<Self, InvalidTunnelId> {
        if text.len() != 36 {
            return Err(InvalidTunnelId);
        }
        let mut digits = Vec::with_capacity(32);
        for (at, letter) in text.bytes().enumerate() {
            match (HYPHENS.contains(&at), char::from(letter).to_digit(16)) {
                (true, _) if letter == b'-' => {}
                (false, Some(digit)) => digits.push(u8::try_from(digit).map_err(|_| InvalidTunnelId)?),
                (true | false, _) => return Err(InvalidTunnelId),
            }
        }
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Self(id))
    }
}

impl fmt::Display for TunnelId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let hyphen = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(out, "{hyphen}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text(bytes: [u8; 16]) {
            let id = TunnelId(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn any_text_is_an_id_or_refused(text in "\\PC{0,40}|[0-9a-f-]{36}") {
            if let Ok(id) = text.parse::<TunnelId>() {
                prop_assert_eq!(id.to_string(), text.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn hyphens_have_their_places() {
        assert!("fe1449a1-cee1-4fb7-8d82-479f05a77a24".parse::<TunnelId>().is_ok());
        assert_eq!("fe1449a1cee1-4fb7-8d82-479f-05a77a24".parse::<TunnelId>(), Err(InvalidTunnelId));
        assert_eq!("fe1449a1cee14fb78d82479f05a77a24".parse::<TunnelId>(), Err(InvalidTunnelId));
    }
}
