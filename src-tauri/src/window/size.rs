//! How large the window was when it was last closed.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Inner size of the window, in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Size {
    /// Smaller than this the page cannot be used.
    pub(crate) const LEAST: Self = Self { width: 640, height: 440 };
    const FIRST: Self = Self { width: 960, height: 640 };
    /// More than any screen; a larger number is no size that a window had.
    const MOST: u32 = 16_384;

    /// What `path` remembers; the first size when it remembers nothing usable, for nobody should be told of that.
    pub(crate) fn load(path: &Path) -> Self {
        let remembered = fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        remembered.map_or(Self::FIRST, Self::bounded)
    }

    /// Remembers it in `path`. A size that cannot be remembered is no trouble for anyone.
    pub(crate) fn save(self, path: &Path) {
        let written = serde_json::to_vec(&self)
            .map_err(Into::into)
            .and_then(|bytes| profile::write_atomically(path, &bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "the window's size is not remembered");
        }
    }

    fn bounded(self) -> Self {
        Self {
            width: self.width.clamp(Self::LEAST.width, Self::MOST),
            height: self.height.clamp(Self::LEAST.height, Self::MOST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("window.json");
        assert_eq!(Size::load(&path), Size::FIRST);
        let size = Size { width: 1200, height: 700 };
        size.save(&path);
        assert_eq!(Size::load(&path), size);
    }

    #[test]
    fn nonsense_is_not_a_size() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(Size::load(file.path()), Size::FIRST);
        Size { width: 1, height: u32::MAX }.save(file.path());
        assert_eq!(Size::load(file.path()), Size { width: 640, height: 16_384 });
    }
}
