//! Figures of ours beside those of a peer, with what they should be.

use std::fmt::Write as _;

/// One figure of each.
pub(super) struct Row {
    label: String,
    ours: f64,
    theirs: Option<f64>,
    better: Better,
    aims: Vec<Aim>,
}

/// Which figure is the better one.
#[derive(Clone, Copy)]
pub(super) enum Better {
    Less,
    More,
}

/// What a figure of ours should be, and how that is said.
#[derive(Clone, Copy)]
pub(super) enum Aim {
    /// No more than this.
    Below(f64, &'static str),
    /// So many times better than the peer's.
    Times(f64, &'static str),
}

/// The first line of a table.
pub(super) fn heading(what: &str, peer: Option<&str>) -> String {
    line(what, "sallyport", peer.unwrap_or_default(), "ours is better")
}

impl Row {
    /// Ours comes first, and then the peer's, where there is one.
    pub(super) fn new(label: impl Into<String>, figures: &[f64], better: Better) -> Self {
        let [ours, theirs @ ..] = figures else { unreachable!("a figure of ours") };
        Self { label: label.into(), ours: *ours, theirs: theirs.first().copied(), better, aims: Vec::new() }
    }

    /// The same with something to reach.
    pub(super) fn aims(mut self, aims: &[Aim]) -> Self {
        self.aims.extend_from_slice(aims);
        self
    }

    /// The figures; with a peer, how many times better ours is; and behind it, what ours should be.
    pub(super) fn line(&self) -> String {
        let ratio = self.theirs.and_then(|theirs| self.better.times(self.ours, theirs));
        let shown = |figure: f64| format!("{figure:.2}");
        let mut text = line(
            &self.label,
            &shown(self.ours),
            &self.theirs.map(shown).unwrap_or_default(),
            &ratio.map(|ratio| format!("{ratio:.1} times")).unwrap_or_default(),
        );
        let verdicts: Vec<String> =
            self.aims.iter().filter_map(|aim| aim.verdict(self.ours, ratio)).collect();
        let _ = write!(text, "   {}", verdicts.join("; "));
        text.trim_end().to_owned()
    }
}

fn line(label: &str, ours: &str, theirs: &str, ratio: &str) -> String {
    format!("{label:<46}{ours:>11}{theirs:>13}{ratio:>16}")
}

impl Better {
    /// How many times better `mine` is, unless one of them was too small to be measured.
    fn times(self, mine: f64, other: f64) -> Option<f64> {
        let (more, less) = match self {
            Self::Less => (other, mine),
            Self::More => (mine, other),
        };
        (less > 0.0).then(|| more / less)
    }
}

impl Aim {
    /// Whether it is reached; nothing where there is nobody to compare with.
    fn verdict(&self, mine: f64, ratio: Option<f64>) -> Option<String> {
        let (reached, words) = match *self {
            Self::Below(most, words) => (mine <= most, words),
            Self::Times(least, words) => (ratio? >= least, words),
        };
        Some(format!("aim: {words}: {}", if reached { "ok" } else { "short" }))
    }
}

/// The one in the middle.
pub(super) fn median<T: PartialOrd>(mut figures: Vec<T>) -> T {
    figures.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let middle = figures.len() / 2;
    figures.swap_remove(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_says_whether_it_is_reached() {
        let fifth = Aim::Times(5.0, "a fifth");
        assert_eq!(fifth.verdict(8.0, Some(5.1)).as_deref(), Some("aim: a fifth: ok"));
        assert_eq!(fifth.verdict(8.0, Some(4.9)).as_deref(), Some("aim: a fifth: short"));
        assert_eq!(fifth.verdict(8.0, None), None, "there is nobody to compare with");
        let most = Aim::Below(8.0, "at most 8 MiB");
        assert_eq!(most.verdict(8.1, None).as_deref(), Some("aim: at most 8 MiB: short"));
        assert_eq!(Better::Less.times(2.0, 6.0), Some(3.0));
        assert_eq!(Better::More.times(6.0, 2.0), Some(3.0));
        assert_eq!(Better::Less.times(0.0, 6.0), None);
    }

    #[test]
    fn a_row_shows_both_and_what_ours_should_be() {
        let row = Row::new("size, MiB", &[2.0, 6.0], Better::Less).aims(&[Aim::Times(3.0, "a third")]);
        let words: Vec<_> = row.line().split_whitespace().map(str::to_owned).collect();
        assert_eq!(words.join(" "), "size, MiB 2.00 6.00 3.0 times aim: a third: ok");
        assert_eq!(median(vec![3, 1, 2]), 2);
    }
}
