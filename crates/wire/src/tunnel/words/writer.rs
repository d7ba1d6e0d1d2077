//! Writes messages as every peer does: one segment, each part behind the last.

use super::{Malformed, WORD};

/// Writes one message in one segment, each part behind the last.
pub(in crate::tunnel) struct Writer {
    segment: Vec<u8>,
}

impl Writer {
    /// Begins with the struct that the message is, of so many words of numbers and so many pointers.
    pub(in crate::tunnel) fn new(numbers: u16, pointers: u16) -> Self {
        let words = 1 + usize::from(numbers) + usize::from(pointers);
        let mut writer = Self { segment: vec![0; words * WORD] };
        writer.put(0, 0, u32::from(pointers) << 16 | u32::from(numbers));
        writer
    }

    /// Sets a whole word.
    pub(in crate::tunnel) fn put(&mut self, at: usize, low: u32, high: u32) {
        let halves = low.to_le_bytes().into_iter().chain(high.to_le_bytes());
        for (byte, new) in self.segment.iter_mut().skip(at * WORD).zip(halves) {
            *byte = new;
        }
    }

    /// Sets some bytes of a word, and of those behind it.
    pub(in crate::tunnel) fn set(&mut self, at: usize, byte: usize, bytes: &[u8]) {
        for (place, new) in self.segment.iter_mut().skip(at * WORD + byte).zip(bytes) {
            *place = *new;
        }
    }

    /// Points from a word to a struct behind all else, and says where that is.
    pub(in crate::tunnel) fn structure(
        &mut self,
        at: usize,
        numbers: u16,
        pointers: u16,
    ) -> Result<usize, Malformed> {
        let start = self.segment.len() / WORD;
        let offset = bounded(start - at - 1)?;
        self.put(at, offset << 2, u32::from(pointers) << 16 | u32::from(numbers));
        self.segment.resize((start + usize::from(numbers) + usize::from(pointers)) * WORD, 0);
        Ok(start)
    }

    /// Points from a word to a struct without fields.
    pub(in crate::tunnel) fn empty(&mut self, at: usize) {
        self.put(at, u32::MAX << 2, 0);
    }

    /// Points from a word to a capability of the message's table.
    pub(in crate::tunnel) fn capability(&mut self, at: usize, index: u32) {
        self.put(at, 3, index);
    }

    /// Points from a word to bytes behind all else; none are left out.
    pub(in crate::tunnel) fn data(&mut self, at: usize, bytes: &[u8]) -> Result<(), Malformed> {
        if !bytes.is_empty() {
            self.list(at, 2, bytes.len())?;
            self.segment.extend_from_slice(bytes);
            self.segment.resize(self.segment.len().next_multiple_of(WORD), 0);
        }
        Ok(())
    }

    /// Points from a word to a list of texts.
    pub(in crate::tunnel) fn texts(&mut self, at: usize, texts: &[String]) -> Result<(), Malformed> {
        if texts.is_empty() {
            return Ok(());
        }
        self.list(at, 6, texts.len())?;
        let first = self.segment.len() / WORD;
        self.segment.resize((first + texts.len()) * WORD, 0);
        texts.iter().enumerate().try_for_each(|(index, text)| self.text(first + index, text))
    }

    /// Points from a word to a text behind all else; an empty one is left out.
    pub(in crate::tunnel) fn text(&mut self, at: usize, text: &str) -> Result<(), Malformed> {
        if !text.is_empty() {
            let length = text.len() + 1;
            self.list(at, 2, length)?;
            self.segment.extend_from_slice(text.as_bytes());
            self.segment.resize((self.segment.len() + 1).next_multiple_of(WORD), 0);
        }
        Ok(())
    }

    /// Points from a word to a list of structs of two pointers, and says where the first is.
    pub(in crate::tunnel) fn pairs(&mut self, at: usize, length: usize) -> Result<usize, Malformed> {
        self.structs(at, length, 0, 2)
    }

    /// Points from a word to a list of structs, and says where the first is.
    pub(in crate::tunnel) fn structs(
        &mut self,
        at: usize,
        length: usize,
        numbers: u16,
        pointers: u16,
    ) -> Result<usize, Malformed> {
        let words = length * (usize::from(numbers) + usize::from(pointers));
        self.list(at, 7, words)?;
        let tag = self.segment.len() / WORD;
        self.segment.resize((tag + 1 + words) * WORD, 0);
        self.put(tag, bounded(length)? << 2, u32::from(pointers) << 16 | u32::from(numbers));
        Ok(tag + 1)
    }

    fn list(&mut self, at: usize, kind: u32, length: usize) -> Result<(), Malformed> {
        let offset = bounded(self.segment.len() / WORD - at - 1)?;
        self.put(at, offset << 2 | 1, bounded(length)? << 3 | kind);
        Ok(())
    }

    /// The framed message.
    pub(in crate::tunnel) fn finish(self) -> Result<Vec<u8>, Malformed> {
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
