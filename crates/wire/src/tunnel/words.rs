//! The part of Cap'n Proto that tunnels use: unpacked framing, structs, texts, bytes, lists. Written by hand, because it
//! is small, and because every step of the reader is bounded by what arrived.

mod writer;

use std::cell::Cell;

pub(super) use writer::Writer;

const WORD: usize = 8;
/// Segments that a message may have; writers here and at the edge make one.
const SEGMENTS: usize = 512;

/// Not a message, or one beyond the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends before it should.
    #[error("the message is cut short")]
    Short,
    /// More segments, bytes or parts than any honest peer sends.
    #[error("the message is too large")]
    TooLarge,
    /// A pointer leads out of the message, or to something of another kind.
    #[error("a pointer of the message leads nowhere")]
    Pointer,
    /// A text is not UTF-8 ended by a zero.
    #[error("a text of the message is not text")]
    Text,
    /// The bytes begin with another signature, or a number is not one of its kind.
    #[error("the message is of an unknown kind")]
    Kind,
}

/// Length of the framed message that begins here, or `None` while its head has not wholly arrived.
pub(super) fn framed_length(start: &[u8], limit: usize) -> Result<Option<usize>, Malformed> {
    let Some(first) = number(start, 0) else { return Ok(None) };
    let count = usize::try_from(first).map_err(|_| Malformed::TooLarge)?.saturating_add(1);
    if count > SEGMENTS {
        return Err(Malformed::TooLarge);
    }
    let mut length = (4 + 4 * count).next_multiple_of(WORD);
    for segment in 0..count {
        let Some(words) = number(start, 4 + 4 * segment) else { return Ok(None) };
        let words = usize::try_from(words).map_err(|_| Malformed::TooLarge)?;
        length = length.saturating_add(words.saturating_mul(WORD));
        if length > limit {
            return Err(Malformed::TooLarge);
        }
    }
    Ok(Some(length))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

/// A message of one segment, as every peer writes it.
pub(super) struct Message<'a> {
    segment: &'a [u8],
    /// Words that may still be looked at: many pointers to one place must not make a small message a large one.
    budget: Cell<usize>,
}

/// Where a struct lies; a null pointer gives an empty one, whose fields all have their defaults.
#[derive(Clone, Copy)]
pub(super) struct Struct<'m, 'a> {
    message: &'m Message<'a>,
    at: usize,
    numbers: usize,
    pointers: usize,
}

impl<'a> Message<'a> {
    /// Takes one whole framed message.
    pub(super) fn new(framed: &'a [u8]) -> Result<Self, Malformed> {
        let length = framed_length(framed, framed.len()).map_err(|_| Malformed::Short)?;
        if number(framed, 0) != Some(0) {
            return Err(Malformed::TooLarge);
        }
        let segment = framed.get(WORD..length.ok_or(Malformed::Short)?).ok_or(Malformed::Short)?;
        Ok(Self { segment, budget: Cell::new(segment.len() / WORD * 2 + 16) })
    }

    /// The struct that the message is.
    pub(super) fn root(&self) -> Result<Struct<'_, 'a>, Malformed> {
        self.structure(0)
    }

    fn structure(&self, at: usize) -> Result<Struct<'_, 'a>, Malformed> {
        let (low, high) = self.word(at)?;
        if (low, high) == (0, 0) {
            return Ok(Struct { message: self, at: 0, numbers: 0, pointers: 0 });
        }
        if low & 3 != 0 {
            return Err(Malformed::Pointer);
        }
        let (numbers, pointers) = sizes(high);
        let target = self.target(at, low, numbers + pointers)?;
        Ok(Struct { message: self, at: target, numbers, pointers })
    }

    /// Where a pointer leads, when as many words are there and the budget has them.
    fn target(&self, at: usize, low: u32, words: usize) -> Result<usize, Malformed> {
        let offset = isize::try_from(low.cast_signed() >> 2).map_err(|_| Malformed::Pointer)?;
        let target = (at + 1).checked_add_signed(offset).ok_or(Malformed::Pointer)?;
        let end = target.checked_add(words).ok_or(Malformed::Pointer)?;
        if end > self.segment.len() / WORD {
            return Err(Malformed::Pointer);
        }
        let left = self.budget.get().checked_sub(words + 1).ok_or(Malformed::TooLarge)?;
        self.budget.set(left);
        Ok(target)
    }

    fn bytes(&self, (at, low, high): (usize, u32, u32)) -> Result<&'a [u8], Malformed> {
        if low & 3 != 1 || high & 7 != 2 {
            return Err(Malformed::Pointer);
        }
        let length = count(high >> 3)?;
        let start = self.target(at, low, length.div_ceil(WORD))? * WORD;
        self.segment.get(start..start + length).ok_or(Malformed::Pointer)
    }

    fn text(&self, pointer: (usize, u32, u32)) -> Result<&'a str, Malformed> {
        let (end, text) = self.bytes(pointer)?.split_last().ok_or(Malformed::Text)?;
        if *end != 0 {
            return Err(Malformed::Text);
        }
        std::str::from_utf8(text).map_err(|_| Malformed::Text)
    }

    fn word(&self, at: usize) -> Result<(u32, u32), Malformed> {
        let start = at.checked_mul(WORD).ok_or(Malformed::Pointer)?;
        number(self.segment, start).zip(number(self.segment, start + 4)).ok_or(Malformed::Pointer)
    }
}

fn sizes(high: u32) -> (usize, usize) {
    let [a, b, c, d] = high.to_le_bytes();
    (usize::from(u16::from_le_bytes([a, b])), usize::from(u16::from_le_bytes([c, d])))
}

fn count(number: u32) -> Result<usize, Malformed> {
    usize::try_from(number).map_err(|_| Malformed::TooLarge)
}

impl<'m, 'a> Struct<'m, 'a> {
    /// The number of `N` bytes at this byte of the struct; zero when it is left out.
    fn number<const N: usize>(&self, byte: usize) -> [u8; N] {
        let start = self.at * WORD + byte;
        let bytes =
            if byte + N <= self.numbers * WORD { self.message.segment.get(start..start + N) } else { None };
        bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }

    /// A number of eight bits.
    pub(super) fn u8(&self, byte: usize) -> u8 {
        u8::from_le_bytes(self.number(byte))
    }

    /// A number of sixteen bits.
    pub(super) fn u16(&self, byte: usize) -> u16 {
        u16::from_le_bytes(self.number(byte))
    }

    /// A number of thirty-two bits.
    pub(super) fn u32(&self, byte: usize) -> u32 {
        u32::from_le_bytes(self.number(byte))
    }

    /// A number of sixty-four bits.
    pub(super) fn u64(&self, byte: usize) -> u64 {
        u64::from_le_bytes(self.number(byte))
    }

    /// The struct that a pointer leads to.
    pub(super) fn structure(&self, index: usize) -> Result<Self, Malformed> {
        match self.pointer(index)? {
            Some((at, ..)) => self.message.structure(at),
            None => Ok(Self { message: self.message, at: 0, numbers: 0, pointers: 0 }),
        }
    }

    fn pointer(&self, index: usize) -> Result<Option<(usize, u32, u32)>, Malformed> {
        if index >= self.pointers {
            return Ok(None);
        }
        let at = self.at + self.numbers + index;
        let (low, high) = self.message.word(at)?;
        Ok(((low, high) != (0, 0)).then_some((at, low, high)))
    }

    /// A text; empty when it is left out.
    pub(super) fn text(&self, index: usize) -> Result<&'a str, Malformed> {
        match self.pointer(index)? {
            Some(pointer) => self.message.text(pointer),
            None => Ok(""),
        }
    }

    /// A text that came from elsewhere, such as the value of a header: where it is none, its bytes are read as Latin-1.
    pub(super) fn foreign_text(&self, index: usize) -> Result<String, Malformed> {
        let Some(pointer) = self.pointer(index)? else { return Ok(String::new()) };
        let (end, text) = self.message.bytes(pointer)?.split_last().ok_or(Malformed::Text)?;
        if *end != 0 {
            return Err(Malformed::Text);
        }
        let latin = || text.iter().copied().map(char::from).collect();
        Ok(std::str::from_utf8(text).map_or_else(|_| latin(), str::to_owned))
    }

    /// Bytes; none when they are left out.
    pub(super) fn data(&self, index: usize) -> Result<&'a [u8], Malformed> {
        match self.pointer(index)? {
            Some(pointer) => self.message.bytes(pointer),
            None => Ok(&[]),
        }
    }

    /// A list of texts; empty when it is left out.
    pub(super) fn texts(&self, index: usize) -> Result<Vec<&'a str>, Malformed> {
        let Some((at, low, high)) = self.pointer(index)? else { return Ok(Vec::new()) };
        if low & 3 != 1 || high & 7 != 6 {
            return Err(Malformed::Pointer);
        }
        let length = count(high >> 3)?;
        let first = self.message.target(at, low, length)?;
        (first..first + length)
            .map(|at| match self.message.word(at)? {
                (0, 0) => Ok(""),
                (low, high) => self.message.text((at, low, high)),
            })
            .collect()
    }

    /// A list of structs; empty when it is left out.
    pub(super) fn structs(&self, index: usize) -> Result<Vec<Self>, Malformed> {
        let Some((at, low, high)) = self.pointer(index)? else { return Ok(Vec::new()) };
        if low & 3 != 1 || high & 7 != 7 {
            return Err(Malformed::Pointer);
        }
        let words = count(high >> 3)?;
        let tag = self.message.target(at, low, words.saturating_add(1))?;
        let (length, shape) = self.message.word(tag)?;
        let (numbers, pointers) = sizes(shape);
        let (length, each) = (count(length >> 2)?, numbers + pointers);
        if each == 0 || length.saturating_mul(each) > words {
            return if length == 0 { Ok(Vec::new()) } else { Err(Malformed::Pointer) };
        }
        let places = (0..length).map(|one| tag + 1 + one * each);
        Ok(places.map(|at| Self { message: self.message, at, numbers, pointers }).collect())
    }
}
