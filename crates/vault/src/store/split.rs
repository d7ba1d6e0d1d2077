//! Large blobs in a store of small ones.
//!
//! A blob that fits is stored as it is. A larger one becomes numbered parts and a header under its own name that tells
//! their count, length and checksum:
//!
//! ```text
//! app/AUD                    "sallyport parts 3 6100 9f86d081884c7d65"
//! app/AUD 9f86d081884c7d65/0 "eyJhbGci…"
//! app/AUD 9f86d081884c7d65/1 …
//! ```
//!
//! Parts are named after the checksum and written before the header, so that the header always leads to whole parts:
//! setting it is the moment at which the blob changes. Old parts go last.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Blobs, Secret};
use crate::VaultError;
use crate::error::Fault;
use crate::turn::Lock;

const MARK: &str = "sallyport parts ";

pub(super) struct Split<B> {
    pub(super) blobs: B,
    /// The largest blob that one entry takes, in bytes.
    pub(super) largest: usize,
    /// What keeps two writers from leaving each other's parts behind.
    pub(super) lock: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Header {
    count: usize,
    length: usize,
    checksum: u64,
}

impl Header {
    fn of(blob: &[u8], largest: usize) -> Self {
        Self { count: blob.len().div_ceil(largest), length: blob.len(), checksum: checksum(blob) }
    }

    /// `None` when the blob is no header, `Some(None)` when it is a broken one.
    fn parse(blob: &[u8]) -> Option<Option<Self>> {
        let fields = str::from_utf8(blob).ok()?.strip_prefix(MARK)?;
        let mut fields = fields.split(' ');
        let mut next = || fields.next();
        let parsed = (|| {
            let (count, length) = (next()?.parse().ok()?, next()?.parse().ok()?);
            let checksum = u64::from_str_radix(next()?, 16).ok()?;
            (next().is_none() && count <= length).then_some(Self { count, length, checksum })
        })();
        Some(parsed)
    }

    fn text(self) -> String {
        let Self { count, length, checksum } = self;
        format!("{MARK}{count} {length} {checksum:016x}")
    }

    fn part(self, name: &str, index: usize) -> String {
        let mut part = String::from(name);
        // Writing to a string cannot fail.
        let _ = write!(part, " {:016x}/{index}", self.checksum);
        part
    }
}

impl<B: Blobs> Split<B> {
    fn lock(&self) -> Result<Option<Lock>, VaultError> {
        let Some(path) = &self.lock else { return Ok(None) };
        Lock::wait(path).map(Some).map_err(|source| VaultError::Io { path: path.clone(), source })
    }

    fn header(&self, name: &str) -> Result<Option<Header>, Fault> {
        Ok(self.blobs.read(name)?.and_then(|blob| Header::parse(&blob)).flatten())
    }

    fn join(&self, name: &str, header: Header) -> Result<Option<Secret>, Fault> {
        let mut whole = Secret::new(Vec::with_capacity(header.length));
        for index in 0..header.count {
            let Some(part) = self.blobs.read(&header.part(name, index))? else { return Ok(None) };
            if whole.len() + part.len() > header.length {
                return Ok(None);
            }
            whole.extend_from_slice(&part);
        }
        let sound = whole.len() == header.length && checksum(&whole) == header.checksum;
        Ok(sound.then_some(whole))
    }

    fn remove_parts(&self, name: &str, header: Header) -> Result<(), Fault> {
        (0..header.count).try_for_each(|index| self.blobs.remove(&header.part(name, index)).map(drop))
    }
}

impl<B: Blobs> Blobs for Split<B> {
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        let mut seen = None;
        loop {
            let Some(blob) = self.blobs.read(name)? else { return Ok(None) };
            let Some(parsed) = Header::parse(&blob) else { return Ok(Some(blob)) };
            let header = parsed.ok_or_else(|| damaged(name))?;
            if header.length > crate::vault::LARGEST || seen == Some(header) {
                return Err(damaged(name).into());
            }
            if let Some(whole) = self.join(name, header)? {
                return Ok(Some(whole));
            }
            // A writer may have changed it between header and parts; the same header twice means damage.
            seen = Some(header);
        }
    }

    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault> {
        let _lock = self.lock()?;
        let old = self.header(name)?;
        let new = Header::of(blob, self.largest);
        if blob.len() <= self.largest && Header::parse(blob).is_none() {
            self.blobs.write(name, blob)?;
        } else {
            for (index, part) in blob.chunks(self.largest).enumerate() {
                self.blobs.write(&new.part(name, index), part)?;
            }
            self.blobs.write(name, new.text().as_bytes())?;
            if old == Some(new) {
                return Ok(());
            }
        }
        old.map_or(Ok(()), |old| self.remove_parts(name, old))
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        let _lock = self.lock()?;
        let old = self.header(name)?;
        let there = self.blobs.remove(name)?;
        old.map_or(Ok(there), |old| self.remove_parts(name, old).map(|()| there))
    }
}

fn damaged(name: &str) -> VaultError {
    let what = "its parts do not fit together".into();
    VaultError::Damaged { place: format!("the keychain entry {name}"), what }
}

/// FNV-1a: against damage, not against attack; whoever can change parts can change the header.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
