//! How large the window was when it was last closed, and where.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Inner size of the window, in logical pixels, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// None where the system places windows itself, as Wayland does.
    #[serde(default)]
    pub(crate) place: Option<Place>,
}

/// Where the upper left corner of the window's frame is, in pixels of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A screen, in pixels of all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) corner: Place,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Frame {
    /// Smaller than this the page cannot be used.
    pub(crate) const LEAST: (u32, u32) = (640, 440);
    const FIRST: Self = Self { width: 960, height: 640, place: None };
    /// More than any screen; a larger number is no size that a window had.
    const MOST: u32 = 16_384;

    /// What `path` remembers; the first frame when it remembers nothing usable, for nobody should be told of that.
    pub(crate) fn load(path: &Path) -> Self {
        let remembered = fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        remembered.map_or(Self::FIRST, Self::bounded)
    }

    /// Remembers it in `path`. A frame that cannot be remembered is no trouble for anyone.
    pub(crate) fn save(self, path: &Path) {
        let written = serde_json::to_vec(&self)
            .map_err(Into::into)
            .and_then(|bytes| profile::write_atomically(path, &bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "the window's frame is not remembered");
        }
    }

    fn bounded(self) -> Self {
        Self {
            width: self.width.clamp(Self::LEAST.0, Self::MOST),
            height: self.height.clamp(Self::LEAST.1, Self::MOST),
            place: self.place,
        }
    }
}

impl Place {
    /// Whether a window there can be taken hold of by its upper edge, on any of `screens`.
    pub(crate) fn is_within_reach(self, screens: &[Screen]) -> bool {
        screens.iter().any(|screen| {
            let within = |at: i32, start: i32, length: u32, before: i64, after: i64| {
                let (at, start) = (i64::from(at), i64::from(start));
                at >= start - before && at <= start + i64::from(length) - after
            };
            within(self.x, screen.corner.x, screen.width, 200, 200)
                && within(self.y, screen.corner.y, screen.height, 0, 100)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("window.json");
        assert_eq!(Frame::load(&path), Frame::FIRST);
        let frame = Frame { width: 1200, height: 700, place: Some(Place { x: -40, y: 12 }) };
        frame.save(&path);
        assert_eq!(Frame::load(&path), frame);
    }

    #[test]
    fn a_size_without_a_place_is_understood() {
        let file = tempfile::NamedTempFile::new().unwrap();
        profile::write_atomically(file.path(), br#"{"width":1200,"height":700}"#).unwrap();
        assert_eq!(Frame::load(file.path()), Frame { width: 1200, height: 700, place: None });
    }

    #[test]
    fn nonsense_is_not_a_frame() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(Frame::load(file.path()), Frame::FIRST);
        Frame { width: 1, height: u32::MAX, place: None }.save(file.path());
        assert_eq!(Frame::load(file.path()), Frame { width: 640, height: 16_384, place: None });
    }

    #[test]
    fn a_window_is_never_put_where_nobody_reaches_it() {
        let left = Screen { corner: Place { x: -1920, y: 100 }, width: 1920, height: 1080 };
        let right = Screen { corner: Place { x: 0, y: 0 }, width: 1280, height: 800 };
        for (x, y, reached) in [
            (100, 100, true),
            (-100, 20, true),
            (1200, 100, false),
            (100, -1, false),
            (100, 750, false),
            (-1000, 99, false),
            (-1000, 100, true),
            (i32::MIN, i32::MAX, false),
        ] {
            assert_eq!(Place { x, y }.is_within_reach(&[left, right]), reached, "{x}, {y}");
        }
        assert!(!Place { x: 0, y: 0 }.is_within_reach(&[]));
    }
}
