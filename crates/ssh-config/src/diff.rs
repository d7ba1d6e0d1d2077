//! What a change does to the file, line by line, for a window and for a terminal.

use std::fmt::Write as _;

use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, group_diff_ops};

use crate::lines::{Line, Text};

/// Unchanged lines that are shown around a change.
const CONTEXT: usize = 3;

/// The lines that change, with a few around them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diff {
    /// In the order of the file; a removed line stands before the line that replaces it.
    pub lines: Vec<DiffLine>,
    /// How many lines are added.
    pub added: usize,
    /// How many lines are removed.
    pub removed: usize,
}

/// One line of a [`Diff`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DiffLine {
    /// What happens to the line.
    pub kind: DiffLineKind,
    /// The line without its ending; bytes that are no UTF-8 are replaced.
    pub text: String,
    /// Its number in the file as it is, from 1.
    pub before: Option<usize>,
    /// Its number in the file as it will be, from 1.
    pub after: Option<usize>,
}

/// What happens to a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DiffLineKind {
    /// It comes into the file.
    Added,
    /// It stays, and is shown for orientation.
    Context,
    /// It leaves the file.
    Removed,
}

impl Diff {
    pub(crate) fn between(before: &[u8], after: &[u8]) -> Self {
        let (before, after) = (Text::parse(before).lines, Text::parse(after).lines);
        let bytes = |lines: &[Line]| lines.iter().map(|line| line.0.clone()).collect::<Vec<_>>();
        let ops = capture_diff_slices(Algorithm::Myers, &bytes(&before), &bytes(&after));
        let groups = group_diff_ops(ops, CONTEXT);
        let lines: Vec<_> = groups.iter().flatten().flat_map(|op| lines(op, &before, &after)).collect();
        let count = |kind| lines.iter().filter(|line| line.kind == kind).count();
        Self { added: count(DiffLineKind::Added), removed: count(DiffLineKind::Removed), lines }
    }

    /// The diff as text in the unified format, with `name` in its head. Nothing when nothing changes.
    #[must_use]
    pub fn unified(&self, name: &str) -> String {
        let mut out = String::new();
        for (at, hunk) in self.hunks().enumerate() {
            if at == 0 {
                let _ = writeln!(out, "--- {name}\n+++ {name}");
            }
            let before = range(hunk.iter().filter_map(|line| line.before));
            let after = range(hunk.iter().filter_map(|line| line.after));
            let _ = writeln!(out, "@@ -{before} +{after} @@");
            for line in hunk {
                let _ = writeln!(out, "{}{}", line.kind.sign(), line.text);
            }
        }
        out
    }

    /// Runs of lines that follow one another in both files.
    fn hunks(&self) -> impl Iterator<Item = &[DiffLine]> {
        self.lines.chunk_by(|one, next| {
            let follows = |one: Option<usize>, next: Option<usize>| match (one, next) {
                (Some(one), Some(next)) => next == one + 1,
                (None, _) | (_, None) => true,
            };
            follows(one.before, next.before) && follows(one.after, next.after)
        })
    }
}

impl DiffLineKind {
    /// The character that stands before such a line in a unified diff.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Context => ' ',
            Self::Removed => '-',
        }
    }
}

fn lines(op: &DiffOp, before: &[Line], after: &[Line]) -> Vec<DiffLine> {
    let changes =
        op.iter_slices(before, after).flat_map(|(tag, lines)| lines.iter().map(move |line| (tag, line)));
    let (mut old, mut new) = (op.old_range().start, op.new_range().start);
    let mut number = |kind| match kind {
        DiffLineKind::Added => (None, Some(next(&mut new))),
        DiffLineKind::Context => (Some(next(&mut old)), Some(next(&mut new))),
        DiffLineKind::Removed => (Some(next(&mut old)), None),
    };
    changes
        .map(|(tag, line)| {
            let kind = kind(tag);
            let (before, after) = number(kind);
            DiffLine { kind, text: text(line), before, after }
        })
        .collect()
}

fn next(count: &mut usize) -> usize {
    *count += 1;
    *count
}

fn kind(tag: ChangeTag) -> DiffLineKind {
    match tag {
        ChangeTag::Delete => DiffLineKind::Removed,
        ChangeTag::Equal => DiffLineKind::Context,
        ChangeTag::Insert => DiffLineKind::Added,
    }
}

fn text(line: &Line) -> String {
    let bytes = line.0.strip_suffix(b"\n").unwrap_or(&line.0);
    without_secret(String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(bytes)).into_owned())
}

/// What introduces a secret in the command lines of cloudflared and of ours.
const INTRODUCE: [&str; 5] = ["secret", "service-token-secret", "header", "H", "TUNNEL_SERVICE_TOKEN_SECRET"];

/// A line for people, cut before a secret that a person wrote into it.
fn without_secret(mut text: String) -> String {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("cloudflared") && !lower.contains("sallyport") {
        return text;
    }
    let is_start = |at: &usize| !text[..*at].ends_with(char::is_alphanumeric);
    let starts = text.match_indices(['-', 'T']).map(|(at, _)| at).filter(is_start);
    let ends = starts.filter_map(|at| {
        let bare = text[at..].trim_start_matches('-');
        let after = INTRODUCE.iter().find_map(|it| bare.strip_prefix(it))?;
        after.starts_with(['=', ' ', '\t']).then(|| text.len() - after.len() + 1)
    });
    if let Some(end) = ends.min() {
        text.truncate(end);
        text.push_str("[hidden]");
    }
    text
}

fn range(mut numbers: impl Iterator<Item = usize>) -> String {
    match (numbers.next(), numbers.count()) {
        (None, _) => "0,0".into(),
        (Some(first), 0) => first.to_string(),
        (Some(first), more) => format!("{first},{}", more + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_replaced_line_with_its_surroundings() {
        let diff = Diff::between(b"1\n2\n3\n4\n5\n6\n7\n8\n9\n", b"1\n2\n3\n4\nX\r\n6\n7\n8\n9\n");
        assert_eq!((diff.added, diff.removed), (1, 1));
        let expected = "--- c\n+++ c\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n";
        assert_eq!(diff.unified("c"), expected);
    }

    #[test]
    fn distant_changes_are_hunks_of_their_own() {
        let before: String = (1..=20).map(|it| format!("{it}\n")).collect();
        let after = before.replace("2\n3\n", "3\n").replace("18\n", "18\nnew\n");
        let unified = Diff::between(before.as_bytes(), after.as_bytes()).unified("c");
        assert_eq!(unified.matches("@@ -").count(), 2, "{unified}");
        assert!(unified.contains("@@ -16,5 +15,6 @@"), "{unified}");
    }

    #[test]
    fn secrets_are_not_shown() {
        for (line, shown) in [
            (
                "ProxyCommand cloudflared access ssh --id a --secret b --x",
                "cloudflared access ssh --id a --secret [hidden]",
            ),
            (
                "P /x/cloudflared access ssh -service-token-secret=b",
                "cloudflared access ssh -service-token-secret=[hidden]",
            ),
            (
                "P cloudflared access ssh -H 'Cf-Access-Client-Secret: b'",
                "cloudflared access ssh -H [hidden]",
            ),
            ("P TUNNEL_SERVICE_TOKEN_SECRET=b cloudflared", "P TUNNEL_SERVICE_TOKEN_SECRET=[hidden]"),
        ] {
            let diff = Diff::between(format!("{line}\n").as_bytes(), b"");
            assert!(diff.lines[0].text.ends_with(shown), "{}", diff.lines[0].text);
        }
        let plain = "P sallyport access ssh --hostname Host-secret-H x";
        assert_eq!(Diff::between(plain.as_bytes(), b"").lines[0].text, plain);
    }

    #[test]
    fn a_new_file_is_all_added_and_no_change_is_nothing() {
        let diff = Diff::between(b"", b"a\n\xff\n");
        assert_eq!(diff.unified("c"), "--- c\n+++ c\n@@ -0,0 +1,2 @@\n+a\n+\u{fffd}\n");
        assert_eq!(Diff::between(b"a\n", b"a\n"), Diff::default());
        assert_eq!(Diff::default().unified("c"), "");
    }
}
