//! The part of Cap'n Proto that tunnels use: unpacked framing, structs, texts, lists of structs. Written by hand,
//! because it is small, and because every step of the reader is bounded by what arrived.

use std::cell::Cell;

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
    /// The first number of the struct, sixteen bits wide; zero when it is left out.
    pub(super) fn first_u16(&self) -> Result<u16, Malformed> {
        if self.numbers == 0 {
            return Ok(0);
        }
        let [a, b, ..] = self.message.word(self.at)?.0.to_le_bytes();
        Ok(u16::from_le_bytes([a, b]))
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
        let Some((at, low, high)) = self.pointer(index)? else { return Ok("") };
        if low & 3 != 1 || high & 7 != 2 {
            return Err(Malformed::Pointer);
        }
        let length = count(high >> 3)?;
        let start = self.message.target(at, low, length.div_ceil(WORD))? * WORD;
        let bytes = self.message.segment.get(start..start + length).ok_or(Malformed::Pointer)?;
        let (end, text) = bytes.split_last().ok_or(Malformed::Text)?;
        if *end != 0 {
            return Err(Malformed::Text);
        }
        std::str::from_utf8(text).map_err(|_| Malformed::Text)
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

/// Writes one message in one segment, each part behind the last.
pub(super) struct Writer {
    segment: Vec<u8>,
}

impl Writer {
    /// Begins with the struct that the message is, of so many words of numbers and so many pointers.
    pub(super) fn new(numbers: u16, pointers: u16) -> Self {
        let words = 1 + usize::from(numbers) + usize::from(pointers);
        let mut writer = Self { segment: vec![0; words * WORD] };
        writer.put(0, 0, u32::from(pointers) << 16 | u32::from(numbers));
        writer
    }

    /// Sets a whole word.
    pub(super) fn put(&mut self, at: usize, low: u32, high: u32) {
        let halves = low.to_le_bytes().into_iter().chain(high.to_le_bytes());
        for (byte, new) in self.segment.iter_mut().skip(at * WORD).zip(halves) {
            *byte = new;
        }
    }

    /// Points from a word to a text behind all else; an empty one is left out.
    pub(super) fn text(&mut self, at: usize, text: &str) -> Result<(), Malformed> {
        if !text.is_empty() {
            let length = text.len() + 1;
            self.list(at, 2, length)?;
            self.segment.extend_from_slice(text.as_bytes());
            self.segment.resize((self.segment.len() + 1).next_multiple_of(WORD), 0);
        }
        Ok(())
    }

    /// Points from a word to a list of structs of two pointers, and says where the first is.
    pub(super) fn pairs(&mut self, at: usize, length: usize) -> Result<usize, Malformed> {
        self.list(at, 7, length * 2)?;
        let tag = self.segment.len() / WORD;
        self.segment.resize((tag + 1 + length * 2) * WORD, 0);
        self.put(tag, bounded(length)? << 2, 2 << 16);
        Ok(tag + 1)
    }

    fn list(&mut self, at: usize, kind: u32, length: usize) -> Result<(), Malformed> {
        let offset = bounded(self.segment.len() / WORD - at - 1)?;
        self.put(at, offset << 2 | 1, bounded(length)? << 3 | kind);
        Ok(())
    }

    /// The framed message.
    pub(super) fn finish(self) -> Result<Vec<u8>, Malformed> {
        let mut framed = vec![0; 4];
        framed.extend_from_slice(&bounded(self.segment.len() / WORD)?.to_le_bytes());
        framed.extend_from_slice(&self.segment);
        Ok(framed)
    }
}

/// A number that fits where lengths and offsets are written.
fn bounded(number: usize) -> Result<u32, Malformed> {
    u32::try_from(number).ok().filter(|n| *n < 1 << 28).ok_or(Malformed::TooLarge)
}
