//! A person's line as a comment that can be taken back, byte for byte.

use crate::lines::Line;

const MARK: &[u8] = b"# imported by Sallyport: ";

/// The line as a comment.
pub(super) fn marked(line: &Line) -> Line {
    Line([MARK, &line.0].concat())
}

/// The line as it was, when it is one of those comments.
pub(super) fn unmarked(line: &Line) -> Option<Line> {
    line.0.strip_prefix(MARK).map(|rest| Line(rest.to_vec()))
}
