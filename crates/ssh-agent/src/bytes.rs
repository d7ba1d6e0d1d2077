//! The few data types of RFC 4251 section 5 that messages are made of.

/// What is left of a message.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*head))
    }

    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }

    /// `Some` when nothing is left.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

pub(crate) fn put_number(out: &mut Vec<u8>, number: usize) {
    out.extend(u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
}

pub(crate) fn put_string(out: &mut Vec<u8>, string: &[u8]) {
    put_number(out, string.len());
    out.extend(string);
}

/// A number that is not negative, in as few bytes as hold it.
pub(crate) fn put_mpint(out: &mut Vec<u8>, number: &[u8]) {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let number = &number[start..];
    // A set first bit would make it negative.
    let pad = usize::from(number.first().is_some_and(|first| first & 0x80 != 0));
    put_number(out, number.len() + pad);
    out.extend(std::iter::repeat_n(0, pad));
    out.extend(number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_rfc_4251_shows() {
        let mpint = |number: &[u8]| {
            let mut out = Vec::new();
            put_mpint(&mut out, number);
            out
        };
        assert_eq!(mpint(&[0, 0]), [0, 0, 0, 0]);
        assert_eq!(mpint(&[0x80]), [0, 0, 0, 2, 0, 0x80]);
        let long = [0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7];
        assert_eq!(mpint(&long), [&[0, 0, 0, 8][..], &long].concat());
        assert_eq!(mpint(&[0, 0, 1, 2]), [0, 0, 0, 2, 1, 2]);
    }

    #[test]
    fn a_string_that_breaks_off_is_none() {
        assert_eq!(Reader(&[0, 0, 0, 2, 1]).string(), None);
        assert_eq!(Reader(&[0xff, 0xff, 0xff, 0xff]).string(), None);
        assert_eq!(Reader(&[0, 0]).string(), None);
    }
}
