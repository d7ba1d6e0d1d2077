//! Headers of WebSocket frames (RFC 6455 5.2): written masked, read unmasked.

use super::mask;

/// Largest header of a frame of ours: two bytes, a 16-bit length, the mask key.
pub(super) const OWN_HEADER: usize = 8;
/// Largest payload of a control frame.
pub(super) const CONTROL: usize = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// The header of a frame from the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) last: bool,
    pub(super) length: u64,
}

/// What the beginning of some bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Too few bytes to tell.
    Short,
    /// A header, and how many bytes it takes.
    Header(Header, usize),
    /// A breach of the protocol.
    Breach(&'static str),
}

/// Writes the header of a whole, final, masked message or control frame; returns its length.
pub(super) fn write(kind: Kind, length: u16, key: [u8; 4], into: &mut [u8; OWN_HEADER]) -> usize {
    into[0] = FIN | kind.opcode();
    let before_key = match u8::try_from(length) {
        Ok(short) if usize::from(short) <= CONTROL => {
            into[1] = MASKED | short;
            2
        }
        _ => {
            into[1] = MASKED | 126;
            into[2..4].copy_from_slice(&length.to_be_bytes());
            4
        }
    };
    into[before_key..before_key + 4].copy_from_slice(&key);
    before_key + 4
}

/// A whole control frame with at most [`CONTROL`] bytes of payload.
pub(super) fn control(kind: Kind, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let payload = &payload[..payload.len().min(CONTROL)];
    let mut header = [0; OWN_HEADER];
    let length = write(kind, u16::try_from(payload.len()).unwrap_or(0), key, &mut header);
    let mut frame = Vec::with_capacity(length + payload.len());
    frame.extend_from_slice(&header[..length]);
    frame.extend_from_slice(payload);
    mask::apply(key, &mut frame[length..]);
    frame
}

/// Reads the header at the beginning of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let [first, second, rest @ ..] = bytes else { return Parsed::Short };
    let Some(kind) = Kind::of(first & 0x0f) else { return Parsed::Breach("unknown opcode") };
    if first & RESERVED != 0 {
        return Parsed::Breach("a reserved bit is set");
    }
    if second & MASKED != 0 {
        return Parsed::Breach("a masked frame");
    }
    let (length, taken) = match second {
        126 => match rest.first_chunk() {
            Some(length) => (u64::from(u16::from_be_bytes(*length)), 4),
            None => return Parsed::Short,
        },
        127 => match rest.first_chunk() {
            Some(length) => (u64::from_be_bytes(*length), 10),
            None => return Parsed::Short,
        },
        short => (u64::from(*short), 2),
    };
    let last = first & FIN != 0;
    if kind.is_control() && (!last || length > CONTROL as u64) {
        return Parsed::Breach("a control frame is cut up or too long");
    }
    if length > i64::MAX as u64 {
        return Parsed::Breach("an impossible length");
    }
    Parsed::Header(Header { kind, last, length }, taken)
}

impl Kind {
    const fn of(opcode: u8) -> Option<Self> {
        Some(match opcode {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn opcode(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    pub(super) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// What [`crate::fuzz`] asks of a frame's header.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn holds(bytes: &[u8]) -> bool {
    match parse(bytes) {
        Parsed::Header(_, taken) => (2..=bytes.len()).contains(&taken),
        Parsed::Short => bytes.len() < 10,
        Parsed::Breach(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: Kind, last: bool, length: u64, taken: usize) -> Parsed {
        Parsed::Header(Header { kind, last, length }, taken)
    }

    // RFC 6455 5.7.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        assert_eq!(parse(&[0x81, 0x05, 0x48]), header(Kind::Text, true, 5, 2));
        assert_eq!(parse(&[0x01, 0x03]), header(Kind::Text, false, 3, 2));
        assert_eq!(parse(&[0x80, 0x02]), header(Kind::Continuation, true, 2, 2));
        assert_eq!(parse(&[0x89, 0x05]), header(Kind::Ping, true, 5, 2));
        assert_eq!(parse(&[0x82, 0x7e, 0x01, 0x00]), header(Kind::Binary, true, 256, 4));
        assert_eq!(parse(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]), header(Kind::Binary, true, 65536, 10));
    }

    #[test]
    fn the_masked_pong_of_the_rfc_is_written() {
        let frame = control(Kind::Pong, b"Hello", [0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(frame, [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn lengths_change_their_form_at_126() {
        let mut into = [0; OWN_HEADER];
        assert_eq!(write(Kind::Binary, 125, [1, 2, 3, 4], &mut into), 6);
        assert_eq!(into[..6], [0x82, 0x80 | 125, 1, 2, 3, 4]);
        assert_eq!(write(Kind::Binary, 126, [1, 2, 3, 4], &mut into), 8);
        assert_eq!(into, [0x82, 0xfe, 0, 126, 1, 2, 3, 4]);
        assert_eq!(write(Kind::Binary, 16_384, [1, 2, 3, 4], &mut into), 8);
        assert_eq!(into[..4], [0x82, 0xfe, 0x40, 0]);
    }

    #[test]
    fn breaches_are_named_and_short_headers_wait() {
        assert_eq!(parse(&[0x85, 0]), Parsed::Breach("unknown opcode"));
        assert_eq!(parse(&[0xc2, 0]), Parsed::Breach("a reserved bit is set"));
        assert_eq!(parse(&[0x82, 0x85]), Parsed::Breach("a masked frame"));
        assert!(matches!(parse(&[0x09, 0]), Parsed::Breach(_)));
        assert!(matches!(parse(&[0x89, 126, 0, 126]), Parsed::Breach(_)));
        assert!(matches!(parse(&[0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0]), Parsed::Breach(_)));
        for short in [&[][..], &[0x82], &[0x82, 126, 0], &[0x82, 127, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(parse(short), Parsed::Short);
        }
    }
}
