//! Where the managed block stands in a file: between two fence lines, of which there must be exactly one pair.

use std::ops::Range;

use crate::error::{Damage, DamagedLine};
use crate::lines::Line;

pub(crate) const BEGIN: &str =
    "# >>> sallyport >>>  Written by Sallyport. Change hosts in its window or with `sallyport host`.";
pub(crate) const END: &str = "# <<< sallyport <<<";
pub(crate) const CLOSING: &str = "Match all";

/// A file taken apart at its fences.
#[derive(Clone, Debug)]
pub(crate) struct Parts<'file> {
    pub(crate) before: &'file [Line],
    /// The two fences as they are written; nothing when there is no block.
    pub(crate) fences: Option<(&'file Line, &'file Line)>,
    pub(crate) inside: Vec<Line>,
    pub(crate) behind: &'file [Line],
}

impl<'file> Parts<'file> {
    pub(crate) fn split(lines: &'file [Line]) -> Result<Self, DamagedLine> {
        let Some(range) = Self::range(lines)? else {
            return Ok(Self { before: &[], fences: None, inside: Vec::new(), behind: lines });
        };
        let last = range.end - 1;
        Ok(Self {
            before: &lines[..range.start],
            fences: Some((&lines[range.start], &lines[last])),
            inside: lines[range.start + 1..last].to_vec(),
            behind: &lines[range.end..],
        })
    }

    /// The lines of the block with both fences, counted from 0.
    pub(crate) fn range(lines: &[Line]) -> Result<Option<Range<usize>>, DamagedLine> {
        let damaged = |at: usize, what| Err(DamagedLine { line: at + 1, what });
        let mut begin = None;
        let mut whole = None;
        for (at, line) in lines.iter().enumerate() {
            match (fence(line), begin, &whole) {
                (None, _, _) => {}
                (Some(Fence::Begin), None, None) => begin = Some(at),
                (Some(Fence::Begin), Some(_), _) => return damaged(at, Damage::Nested),
                (Some(Fence::Begin), None, Some(_)) => return damaged(at, Damage::Duplicated),
                (Some(Fence::End), None, _) => return damaged(at, Damage::BeginMissing),
                (Some(Fence::End), Some(first), _) => {
                    whole = Some(first..at + 1);
                    begin = None;
                }
            }
        }
        match begin {
            Some(at) => damaged(at, Damage::EndMissing),
            None => Ok(whole),
        }
    }
}

/// A line that marks an edge of the block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fence {
    Begin,
    End,
}

/// What fence a line is; words after the mark are free, so that a later version may say something else there.
pub(crate) fn fence(line: &Line) -> Option<Fence> {
    let comment = line.comment()?;
    if comment.starts_with(b">>> sallyport >>>") {
        Some(Fence::Begin)
    } else if comment.starts_with(b"<<< sallyport <<<") {
        Some(Fence::End)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Text;

    fn range(marks: &str) -> Result<Option<Range<usize>>, DamagedLine> {
        let line = |mark| match mark {
            'b' => "# >>> sallyport >>> words\n",
            'e' => "  #<<< sallyport <<<\r\n",
            _ => "Host x\n",
        };
        Parts::range(&Text::parse(marks.chars().map(line).collect::<String>().as_bytes()).lines)
    }

    #[test]
    fn finds_one_block_anywhere() {
        assert_eq!(range(""), Ok(None));
        assert_eq!(range("..."), Ok(None));
        assert_eq!(range("be"), Ok(Some(0..2)));
        assert_eq!(range("..b..e."), Ok(Some(2..6)));
    }

    #[test]
    fn names_the_first_wrong_fence() {
        assert_eq!(range(".b.."), Err(DamagedLine { line: 2, what: Damage::EndMissing }));
        assert_eq!(range(".e.be"), Err(DamagedLine { line: 2, what: Damage::BeginMissing }));
        assert_eq!(range("b.b.e"), Err(DamagedLine { line: 3, what: Damage::Nested }));
        assert_eq!(range("be.be"), Err(DamagedLine { line: 4, what: Damage::Duplicated }));
        assert_eq!(range("be.e"), Err(DamagedLine { line: 4, what: Damage::BeginMissing }));
    }
}
