//! How much is read from an origin at once: little from one that says little, so that short pieces on their way to a slow
//! edge do not hold long buffers, and more from one that has more.

/// Bytes to ask for next, which follow what there was.
#[derive(Debug)]
pub(crate) struct ReadSize {
    now: usize,
    most: usize,
}

impl ReadSize {
    const LEAST: usize = 4 * 1024;

    /// Grows from 4 KiB to `most` bytes.
    pub(crate) const fn up_to(most: usize) -> Self {
        Self { now: Self::LEAST, most }
    }

    pub(crate) const fn get(&self) -> usize {
        self.now
    }

    /// So many bytes were there.
    pub(crate) fn got(&mut self, length: usize) {
        if length >= self.now {
            self.now = (self.now * 4).min(self.most);
        } else if length < self.now / 4 {
            self.now = (self.now / 2).max(Self::LEAST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_there_is() {
        let mut size = ReadSize::up_to(256 * 1024);
        for expected in [4, 16, 64, 256, 256] {
            assert_eq!(size.get(), expected * 1024);
            size.got(size.get());
        }
        size.got(100_000);
        assert_eq!(size.get(), 256 * 1024, "that is not little");
        (0..20).for_each(|_| size.got(100));
        assert_eq!(size.get(), 4 * 1024);
    }
}
