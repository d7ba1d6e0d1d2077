//! Mending damaged fences without knowing who damaged them, or how.
//!
//! A fence that is gone leaves it open which lines were inside. So the lines themselves decide: an entry that runs our
//! command is ours, everything else is the person's. Only fence lines are dropped.

use crate::block::{BEGIN, END, fence};
use crate::edit::Inside;
use crate::entry::{self, Way, sections};
use crate::lines::Line;

/// The file with one whole block, or with none when no entry is ours.
pub(crate) fn mended(lines: &[Line], ending: &'static str) -> Vec<Line> {
    let kept: Vec<Line> = lines.iter().filter(|line| fence(line).is_none()).cloned().collect();
    let (ours, mut rest) = sorted(kept);
    if ours.is_empty() {
        return rest;
    }
    let closing = rest.drain(..closing(&rest));
    let lines = ours.into_iter().chain(closing).map(|line| line.closed(ending)).collect();
    let mut inside = Inside { lines, ending };
    inside.close();
    let (begin, end) = (Line::new(BEGIN, ending), Line::new(END, ending));
    [begin].into_iter().chain(inside.lines).chain([end]).chain(rest).collect()
}

/// Our entries, each with the blank lines behind it, and all other lines.
fn sorted(lines: Vec<Line>) -> (Vec<Line>, Vec<Line>) {
    let mut is_ours = vec![false; lines.len()];
    for section in sections(&lines) {
        let entry = &lines[section.lines.clone()];
        if entry::host(entry).is_some() && matches!(entry::way(entry), Way::Ours(_)) {
            let gap = lines[section.lines.end..section.end].iter().take_while(|line| line.is_blank()).count();
            is_ours[section.lines.start..section.lines.end + gap].fill(true);
        }
    }
    let (ours, rest): (Vec<_>, Vec<_>) = lines.into_iter().zip(is_ours).partition(|(_, is_ours)| *is_ours);
    let bare = |lines: Vec<(Line, bool)>| lines.into_iter().map(|(line, _)| line).collect();
    (bare(ours), bare(rest))
}

/// How many lines the old block's closing `Match all` takes, when the rest begins with it.
fn closing(rest: &[Line]) -> usize {
    let first = rest.iter().position(|line| !line.is_blank());
    first.filter(|at| rest[*at].directive().is_some_and(|it| it.is_match_all())).map_or(0, |at| at + 1)
}
