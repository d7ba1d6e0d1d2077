//! WebSocket frames as a server reads and writes them (RFC 6455 5.2). Payload is unmasked where it lies, and passed on
//! as it arrives: a message may be of any length.

/// Room for the header of a frame to a client.
pub(crate) const HEADER: usize = 10;
/// Longest payload of a control frame.
const CONTROL: usize = 125;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Some bytes of a message.
    Bytes(&'a [u8]),
    /// Wants the same back.
    Ping(Vec<u8>),
    /// The client's last word; the payload goes back as it is.
    Close(Vec<u8>),
}

/// The client broke the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client's frames break the rules of WebSockets")]
pub(crate) struct Violation;

/// Reads a client's frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// Bytes of a header that has not wholly arrived.
    head: Vec<u8>,
    frame: Option<Frame>,
    /// Payload of a control frame that has not wholly arrived.
    control: Vec<u8>,
    /// Whether the message under way is text, if one is.
    text: Option<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    end: bool,
    code: u8,
    left: u64,
    mask: [u8; 4],
}

impl Frames {
    /// Takes the next part off `input`; nothing when all of it is taken. Text messages are passed over, as stock
    /// connectors do.
    pub(crate) fn next<'a>(&mut self, input: &mut &'a mut [u8]) -> Result<Option<Part<'a>>, Violation> {
        loop {
            let Some(mut frame) = self.frame.take() else {
                if !self.gather(input)? {
                    return Ok(None);
                }
                continue;
            };
            let taken = frame.take(input);
            if frame.code >= CLOSE {
                self.control.extend_from_slice(taken);
                if frame.left > 0 {
                    self.frame = Some(frame);
                    return Ok(None);
                }
                let payload = std::mem::take(&mut self.control);
                match frame.code {
                    PING => return Ok(Some(Part::Ping(payload))),
                    CLOSE => return Ok(Some(Part::Close(payload))),
                    PONG => continue,
                    _ => return Err(Violation),
                }
            }
            let is_text = self.text == Some(true);
            if frame.left > 0 {
                self.frame = Some(frame);
            } else if frame.end {
                self.text = None;
            }
            if !taken.is_empty() && !is_text {
                return Ok(Some(Part::Bytes(taken)));
            }
            if input.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Gathers a header; true once there is one.
    fn gather(&mut self, input: &mut &mut [u8]) -> Result<bool, Violation> {
        while let Some((first, rest)) = std::mem::take(input).split_first_mut() {
            self.head.push(*first);
            *input = rest;
            if let Some(frame) = header(&self.head) {
                self.head.clear();
                self.begin(frame)?;
                self.frame = Some(frame);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn begin(&mut self, frame: Frame) -> Result<(), Violation> {
        let is_sound = match frame.code {
            CONTINUATION => self.text.is_some(),
            TEXT | BINARY => self.text.is_none(),
            CLOSE | PING | PONG => frame.end && frame.left <= CONTROL as u64,
            _ => false,
        };
        if frame.code == TEXT || frame.code == BINARY {
            self.text = Some(frame.code == TEXT);
        }
        if is_sound { Ok(()) } else { Err(Violation) }
    }
}

impl Frame {
    /// Takes off and unmasks what there is of its payload.
    fn take<'a>(&mut self, input: &mut &'a mut [u8]) -> &'a mut [u8] {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len());
        let (taken, rest) = std::mem::take(input).split_at_mut(length);
        *input = rest;
        unmask(taken, self.mask);
        self.mask.rotate_left(length % 4);
        self.left -= length as u64;
        taken
    }
}

/// A whole header; a client that does not mask, or uses reserved bits, has a code that nobody knows.
fn header(head: &[u8]) -> Option<Frame> {
    let [first, second, rest @ ..] = head else { return None };
    let (left, rest) = match second & 0x7f {
        126 => {
            rest.split_first_chunk().map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?
        }
        127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
        short => (u64::from(short), rest),
    };
    let mask = *rest.first_chunk()?;
    let is_plain = first & 0x70 == 0 && second & 0x80 != 0;
    let code = if is_plain { first & 0x0f } else { u8::MAX };
    Some(Frame { end: first & 0x80 != 0, code, left, mask })
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

/// Writes the header of a whole binary message before its payload, which begins at `buffer[HEADER]`; says where the
/// frame begins.
pub(crate) fn put_header(buffer: &mut [u8], length: usize) -> usize {
    let (header, size) = header_of(BINARY, length);
    let start = HEADER - size;
    for (place, byte) in buffer.iter_mut().skip(start).zip(header.iter().take(size)) {
        *place = *byte;
    }
    start
}

/// A pong with the payload of the ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    control(PONG, payload)
}

/// A ping, as connectors send it from time to time.
pub(crate) fn ping() -> Vec<u8> {
    control(PING, &[])
}

/// The last word.
pub(crate) fn close(payload: &[u8]) -> Vec<u8> {
    control(CLOSE, payload)
}

fn control(code: u8, payload: &[u8]) -> Vec<u8> {
    let (header, size) = header_of(code, payload.len());
    [header.get(..size).unwrap_or_default(), payload].concat()
}

fn header_of(code: u8, length: usize) -> ([u8; HEADER], usize) {
    let mut header = [0; HEADER];
    header[0] = 0x80 | code;
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short <= 125 => {
            header[1] = short;
            (header, 2)
        }
        (_, Ok(medium)) => {
            header[1] = 126;
            header[2..4].copy_from_slice(&medium.to_be_bytes());
            (header, 4)
        }
        _ => {
            header[1] = 127;
            header[2..].copy_from_slice(&(length as u64).to_be_bytes());
            (header, 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader makes of bytes that arrive in chunks of this size: payload, and what else was said.
    fn read(bytes: &[u8], chunk: usize) -> Result<(Vec<u8>, Vec<String>), Violation> {
        let (mut frames, mut payload, mut said) = (Frames::default(), Vec::new(), Vec::new());
        for chunk in bytes.chunks(chunk) {
            let mut owned = chunk.to_vec();
            let mut input = &mut owned[..];
            while let Some(part) = frames.next(&mut input)? {
                match part {
                    Part::Bytes(bytes) => payload.extend_from_slice(bytes),
                    other @ (Part::Ping(_) | Part::Close(_)) => said.push(format!("{other:?}")),
                }
            }
        }
        Ok((payload, said))
    }

    fn masked(code: u8, end: bool, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
        let (mut header, size) = header_of(code, payload.len());
        header[0] = code | u8::from(end) << 7;
        header[1] |= 0x80;
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        header[..size].iter().copied().chain(mask).chain(masked).collect()
    }

    #[test]
    fn the_examples_of_the_standard_are_read() {
        // RFC 6455 5.7: a masked "Hello", which is text, and a masked pong; neither is passed on.
        let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let binary = [0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(read(&[hello, pong].concat(), 3), Ok((vec![], vec![])));
        assert_eq!(read(&binary, 1), Ok((b"Hello".to_vec(), vec![])));
    }

    #[test]
    fn control_frames_stand_between_fragments() {
        let mask = [1, 2, 3, 4];
        let bytes = [
            masked(BINARY, false, b"ab", mask),
            masked(PING, true, b"?", mask),
            masked(CONTINUATION, true, b"cd", mask),
            masked(CLOSE, true, &[3, 232], mask),
        ];
        let said = vec!["Ping([63])".to_owned(), "Close([3, 232])".to_owned()];
        assert_eq!(read(&bytes.concat(), 5), Ok((b"abcd".to_vec(), said)));
    }

    #[test]
    fn rule_breakers_are_told_apart() {
        for bytes in [
            &[0x82, 0x01, b'x', 0, 0, 0, 0][..], // not masked
            &[0xc2, 0x80, 0, 0, 0, 0],           // a reserved bit
            &[0x80, 0x80, 0, 0, 0, 0],           // continues nothing
            &[0x85, 0x80, 0, 0, 0, 0],           // unknown code
            &[0x09, 0x80, 0, 0, 0, 0],           // a ping in pieces
        ] {
            assert_eq!(read(bytes, 64), Err(Violation), "{bytes:x?}");
        }
    }

    #[test]
    fn frames_are_written_as_the_standard_shows_them() {
        // 256 bytes of binary data: 82 7E 01 00; 64 KiB: 82 7F 00 00 00 00 00 01 00 00 (RFC 6455 5.7).
        let mut buffer = [0; HEADER];
        let start = put_header(&mut buffer, 256);
        assert_eq!(&buffer[start..], [0x82, 0x7e, 0x01, 0x00]);
        let start = put_header(&mut buffer, 65_536);
        assert_eq!(&buffer[start..], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!((close(&[3, 232]), ping()), (vec![0x88, 0x02, 0x03, 0xe8], vec![0x89, 0x00]));
    }

    proptest! {
        #[test]
        fn messages_of_any_size_in_chunks_of_any_size_are_whole(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 1..5),
            mask: [u8; 4],
            chunk in 1_usize..900,
        ) {
            let bytes: Vec<u8> =
                payloads.iter().flat_map(|payload| masked(BINARY, true, payload, mask)).collect();
            prop_assert_eq!(read(&bytes, chunk), Ok((payloads.concat(), vec![])));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, chunk in 1_usize..40) {
            if let Ok((payload, _)) = read(&bytes, chunk) {
                prop_assert!(payload.len() <= bytes.len());
            }
        }
    }
}
