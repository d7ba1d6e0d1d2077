//! WebSocket frames as a server reads and writes them (RFC 6455 5.2), without waiting for whole messages.

use bytes::{Buf as _, Bytes, BytesMut};

/// Room that [`header`] needs at most.
pub(crate) const HEADER: usize = 10;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Code of a close frame that has none (RFC 6455 7.4.1).
pub(crate) const NO_CODE: u16 = 1005;

/// Something that a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Some bytes of a message; `end` with its last ones, which may be none.
    Message { text: bool, bytes: Bytes, end: bool },
    /// A ping and its payload.
    Ping(Bytes),
    /// A pong.
    Pong,
    /// The client's last word; 1005 when it gave no code.
    Close(u16),
}

/// The client broke the rules; the code to close with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Violation(pub(crate) u16);

/// Reads a client's frames.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// What the message under way is, if one is.
    text: Option<bool>,
    frame: Option<Frame>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    end: bool,
    code: u8,
    left: u64,
    mask: [u8; 4],
}

impl Reader {
    /// Takes the next part out of `input`; nothing when more bytes are needed.
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Part>, Violation> {
        let frame = match self.frame.take() {
            Some(frame) => frame,
            None => match read_header(input)? {
                Some(frame) => frame,
                None => return Ok(None),
            },
        };
        if frame.code >= CLOSE { self.control(frame, input) } else { self.data(frame, input) }
    }

    fn data(&mut self, mut frame: Frame, input: &mut BytesMut) -> Result<Option<Part>, Violation> {
        let text = match (frame.code, self.text) {
            (CONTINUATION, Some(text)) => text,
            (TEXT | BINARY, None) => frame.code == TEXT,
            _ => return Err(Violation(1002)),
        };
        self.text = Some(text);
        let length = usize::try_from(frame.left).unwrap_or(usize::MAX).min(input.len());
        if length == 0 && frame.left > 0 {
            frame.code = CONTINUATION;
            self.frame = Some(frame);
            return Ok(None);
        }
        let mut bytes = input.split_to(length);
        unmask(&mut bytes, frame.mask);
        frame.left -= length as u64;
        frame.mask.rotate_left(length % 4);
        let end = frame.left == 0 && frame.end;
        if frame.left > 0 {
            frame.code = CONTINUATION;
            self.frame = Some(frame);
        } else if end {
            self.text = None;
        }
        Ok(Some(Part::Message { text, bytes: bytes.freeze(), end }))
    }

    fn control(&mut self, frame: Frame, input: &mut BytesMut) -> Result<Option<Part>, Violation> {
        if !frame.end || frame.left > 125 {
            return Err(Violation(1002));
        }
        let length = usize::try_from(frame.left).map_err(|_| Violation(1002))?;
        if input.len() < length {
            self.frame = Some(frame);
            return Ok(None);
        }
        let mut bytes = input.split_to(length);
        unmask(&mut bytes, frame.mask);
        match frame.code {
            CLOSE if bytes.len() >= 2 => Ok(Some(Part::Close(bytes.get_u16()))),
            CLOSE => Ok(Some(Part::Close(NO_CODE))),
            PING => Ok(Some(Part::Ping(bytes.freeze()))),
            PONG => Ok(Some(Part::Pong)),
            _ => Err(Violation(1002)),
        }
    }
}

fn read_header(input: &mut BytesMut) -> Result<Option<Frame>, Violation> {
    let [first, second, ..] = **input else { return Ok(None) };
    if first & 0x70 != 0 || second & 0x80 == 0 {
        // Reserved bits without an extension, or a client that does not mask.
        return Err(Violation(1002));
    }
    let extended: usize = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if input.len() < 2 + extended + 4 {
        return Ok(None);
    }
    input.advance(2);
    let left = match extended {
        2 => u64::from(input.get_u16()),
        8 => input.get_u64(),
        _ => u64::from(second & 0x7f),
    };
    let mut mask = [0; 4];
    input.copy_to_slice(&mut mask);
    Ok(Some(Frame { end: first & 0x80 != 0, code: first & 0x0f, left, mask }))
}

fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

/// Writes the header of a whole binary message of `length` bytes so that it ends where the payload begins, at
/// `buffer[HEADER]`; returns where it starts.
pub(crate) fn header(buffer: &mut [u8], length: usize) -> usize {
    let header = frame_header(BINARY, length);
    let start = HEADER - header.len();
    buffer[start..HEADER].copy_from_slice(&header);
    start
}

/// A pong with the payload of the ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    control(PONG, payload)
}

/// A ping without payload, as connectors send it.
pub(crate) fn ping() -> Vec<u8> {
    control(PING, &[])
}

/// A close frame; 1005 makes one without a code.
pub(crate) fn close(code: u16) -> Vec<u8> {
    if code == NO_CODE { control(CLOSE, &[]) } else { control(CLOSE, &code.to_be_bytes()) }
}

/// A frame with a code that the protocol does not know.
pub(crate) fn forbidden() -> Vec<u8> {
    control(5, b"?")
}

/// A ping with more than a control frame may hold (RFC 6455 5.5).
pub(crate) fn long_ping() -> Vec<u8> {
    control(9, &[b'?'; 126])
}

/// The beginning of a frame that claims to be as long as any can be.
pub(crate) fn endless() -> Vec<u8> {
    let mut frame = vec![0x82, 127];
    frame.extend(i64::MAX.to_be_bytes());
    frame.extend(b"the beginning of it");
    frame
}

fn control(code: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = frame_header(code, payload.len());
    frame.extend_from_slice(payload);
    frame
}

fn frame_header(code: u8, length: usize) -> Vec<u8> {
    let mut header = vec![0x80 | code];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => header.push(short),
        (_, Ok(medium)) => {
            header.push(126);
            header.extend(medium.to_be_bytes());
        }
        _ => {
            header.push(127);
            header.extend((length as u64).to_be_bytes());
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Part>, Violation> {
        let (mut reader, mut input, mut parts) = (Reader::default(), BytesMut::from(bytes), Vec::new());
        while let Some(part) = reader.next(&mut input)? {
            parts.push(part);
        }
        Ok(parts)
    }

    // The masked examples of RFC 6455 5.7.
    const HELLO: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    const PONG_HELLO: [u8; 11] = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];

    #[test]
    fn the_examples_of_the_standard_are_read() {
        let text = Part::Message { text: true, bytes: Bytes::from_static(b"Hello"), end: true };
        assert_eq!(read(&HELLO).unwrap(), [text]);
        assert_eq!(read(&PONG_HELLO).unwrap(), [Part::Pong]);
    }

    #[test]
    fn bytes_may_arrive_one_at_a_time() {
        let (mut reader, mut input, mut text) = (Reader::default(), BytesMut::new(), Vec::new());
        for byte in HELLO {
            input.extend_from_slice(&[byte]);
            while let Some(part) = reader.next(&mut input).unwrap() {
                let Part::Message { bytes, .. } = part else { panic!("{part:?}") };
                text.extend_from_slice(&bytes);
            }
        }
        assert_eq!(text, b"Hello");
    }

    #[test]
    fn fragments_stay_one_message_around_a_ping() {
        let zero = [0, 0, 0, 0];
        let mut bytes = vec![0x02, 0x81];
        bytes.extend(zero);
        bytes.push(b'a');
        bytes.extend([0x89, 0x80]);
        bytes.extend(zero);
        bytes.extend([0x80, 0x81]);
        bytes.extend(zero);
        bytes.push(b'b');
        let message = |byte, end| Part::Message { text: false, bytes: Bytes::from_static(byte), end };
        let expected = [message(b"a", false), Part::Ping(Bytes::new()), message(b"b", true)];
        assert_eq!(read(&bytes).unwrap(), expected);
    }

    #[test]
    fn rule_breakers_are_told_so() {
        for bytes in [
            &[0x82, 0x01, b'x'][..],   // not masked
            &[0xc2, 0x80, 0, 0, 0, 0], // a reserved bit
            &[0x80, 0x80, 0, 0, 0, 0], // continues nothing
            &[0x85, 0x80, 0, 0, 0, 0], // unknown code
            &[0x09, 0x80, 0, 0, 0, 0], // a ping in pieces
        ] {
            assert_eq!(read(bytes), Err(Violation(1002)), "{bytes:x?}");
        }
    }

    #[test]
    fn frames_are_written_as_the_standard_shows_them() {
        // 256 bytes of binary data: 82 7E 01 00; 64 KiB: 82 7F 00 00 00 00 00 01 00 00 (RFC 6455 5.7).
        let mut buffer = [0; HEADER];
        let start = header(&mut buffer, 256);
        assert_eq!(&buffer[start..], [0x82, 0x7e, 0x01, 0x00]);
        let start = header(&mut buffer, 65_536);
        assert_eq!(&buffer[start..], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(close(1000), [0x88, 0x02, 0x03, 0xe8]);
        assert_eq!(close(NO_CODE), [0x88, 0x00]);
        assert_eq!(ping(), [0x89, 0x00]);
    }
}
