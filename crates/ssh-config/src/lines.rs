//! A configuration file as bytes in lines, and what ssh reads in a line.
//!
//! A line keeps its own line ending, so joining the lines gives the file back, byte for byte. Meaning is worked out on
//! demand by the rules of OpenSSH's `ssh_config(5)`: keywords in any case, `keyword value` or `keyword=value`.

use std::ops::Range;

use crate::words::{Word, split};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A whole file: an optional byte order mark, then lines.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    bom: bool,
    pub(crate) lines: Vec<Line>,
}

impl Text {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let rest = bytes.strip_prefix(BOM);
        let lines = rest
            .unwrap_or(bytes)
            .split_inclusive(|byte| *byte == b'\n')
            .map(|it| Line(it.to_vec()))
            .collect();
        Self { bom: rest.is_some(), lines }
    }

    /// These lines in place of this file's, as the bytes of a file.
    pub(crate) fn with(&self, lines: Vec<Line>) -> Vec<u8> {
        let mark = if self.bom { BOM } else { &[] };
        mark.iter().copied().chain(lines.into_iter().flat_map(|line| line.0)).collect()
    }

    /// This file with other lines.
    pub(crate) fn replaced(&self, lines: Vec<Line>) -> Self {
        Self { bom: self.bom, lines }
    }

    /// The line ending that most lines have; a new file gets a bare line feed, which every ssh reads.
    pub(crate) fn ending(&self) -> &'static str {
        let with_return = self.lines.iter().filter(|line| line.0.ends_with(b"\r\n")).count();
        let with_feed = self.lines.iter().filter(|line| line.0.ends_with(b"\n")).count();
        if with_return * 2 > with_feed { "\r\n" } else { "\n" }
    }
}

/// One line with its ending, if it has one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line(pub(crate) Vec<u8>);

impl Line {
    pub(crate) fn new(content: &str, ending: &str) -> Self {
        Self([content.as_bytes(), ending.as_bytes()].concat())
    }

    /// Adds the ending that the last line of a file may lack, so that another line can follow.
    pub(crate) fn closed(mut self, ending: &str) -> Self {
        if !self.0.ends_with(b"\n") {
            self.0.extend_from_slice(ending.as_bytes());
        }
        self
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.content().is_empty()
    }

    /// The line for people, without indentation and ending.
    pub(crate) fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0[self.content()]).into_owned()
    }

    pub(crate) fn is_indented(&self) -> bool {
        self.0.first().is_some_and(|byte| is_space(*byte))
    }

    /// What a comment says after its `#`, or nothing for any other line.
    pub(crate) fn comment(&self) -> Option<&[u8]> {
        let text = &self.0[self.content()];
        text.strip_prefix(b"#").map(<[u8]>::trim_ascii)
    }

    /// The keyword and value that ssh reads here, or nothing for a blank line or a comment.
    pub(crate) fn directive(&self) -> Option<Directive<'_>> {
        let content = self.content();
        if content.is_empty() || self.0[content.start] == b'#' {
            return None;
        }
        let (keyword, after) = self.keyword(&content);
        let is_filler = |index: &usize| is_space(self.0[*index]);
        let mut value = (after..content.end).find(|index| !is_filler(index)).unwrap_or(content.end);
        if self.0[..content.end].get(value) == Some(&b'=') {
            value = (value + 1..content.end).find(|index| !is_filler(index)).unwrap_or(content.end);
        }
        Some(Directive { line: &self.0, keyword, value: value..content.end })
    }

    /// This line with `value` in the place of the bytes in `range`.
    pub(crate) fn replaced(&self, range: Range<usize>, value: &str) -> Self {
        Self([&self.0[..range.start], value.as_bytes(), &self.0[range.end..]].concat())
    }

    fn keyword(&self, content: &Range<usize>) -> (Range<usize>, usize) {
        let start = content.start;
        if self.0[start] == b'"' {
            let end = (start + 1..content.end).find(|index| self.0[*index] == b'"').unwrap_or(content.end);
            return (start + 1..end, (end + 1).min(content.end));
        }
        let ends = |index: &usize| is_space(self.0[*index]) || matches!(self.0[*index], b'=' | b'"');
        let end = (start..content.end).find(ends).unwrap_or(content.end);
        (start..end, end)
    }

    fn content(&self) -> Range<usize> {
        // ssh takes a form feed for a space only at the end of a line.
        let end =
            self.0.iter().rposition(|byte| !is_space(*byte) && *byte != b'\x0C').map_or(0, |last| last + 1);
        let start = self.0[..end].iter().position(|byte| !is_space(*byte)).unwrap_or(end);
        start..end
    }
}

/// A keyword with its value, as places in a line.
#[derive(Clone, Debug)]
pub(crate) struct Directive<'line> {
    line: &'line [u8],
    keyword: Range<usize>,
    value: Range<usize>,
}

impl<'line> Directive<'line> {
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.keyword().eq_ignore_ascii_case(keyword.as_bytes())
    }

    /// Whether a new section begins here, which ends the one before.
    pub(crate) fn is_header(&self) -> bool {
        self.is("Host") || self.is("Match")
    }

    pub(crate) fn is_match_all(&self) -> bool {
        let words = self.words();
        self.is("Match") && words.len() == 1 && words[0].text.eq_ignore_ascii_case(b"all")
    }

    pub(crate) fn proxy_command(&self) -> Option<&'line [u8]> {
        self.is("ProxyCommand").then_some(self.value())
    }

    pub(crate) fn keyword(&self) -> &'line [u8] {
        &self.line[self.keyword.clone()]
    }

    /// The value as it is written, quotes and comments included.
    pub(crate) fn value(&self) -> &'line [u8] {
        &self.line[self.value.clone()]
    }

    pub(crate) fn value_range(&self) -> Range<usize> {
        self.value.clone()
    }

    /// The value's words as ssh splits them; their ranges are places in the line.
    pub(crate) fn words(&self) -> Vec<Word> {
        split(self.line, self.value.clone())
    }

    /// The white space that the line begins with, for other lines to imitate.
    pub(crate) fn indent(&self) -> &'line [u8] {
        let end = self.line.iter().position(|byte| !is_space(*byte)).unwrap_or(0);
        &self.line[..end]
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Option<(String, String)> {
        let line = Line(line.as_bytes().to_vec());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        line.directive().map(|it| (text(it.keyword()), text(it.value())))
    }

    #[test]
    fn reads_every_way_to_write_a_directive() {
        let expected = Some(("HostName".into(), "a.b".into()));
        for line in [
            "HostName a.b",
            "  HostName\ta.b  \r\n",
            "HostName=a.b\n",
            "\tHostName = a.b",
            "\"HostName\" a.b\x0C\n",
        ] {
            assert_eq!(read(line), expected, "{line:?}");
        }
        assert_eq!(read("HostName"), Some(("HostName".into(), String::new())));
        assert_eq!(read("ProxyCommand a=b --x =\n"), Some(("ProxyCommand".into(), "a=b --x =".into())));
        assert_eq!(read("User =\n"), Some(("User".into(), String::new())));
    }

    #[test]
    fn comments_and_blanks_are_no_directives() {
        for line in ["", "\n", " \t\r\n", "# Host a\n", "   #Host a"] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }

    #[test]
    fn takes_the_line_ending_of_the_majority() {
        assert_eq!(Text::parse(b"a\r\nb\r\nc\n").ending(), "\r\n");
        assert_eq!(Text::parse(b"a\r\nb\nc\n").ending(), "\n");
        assert_eq!(Text::parse(b"a\r\nb").ending(), "\r\n");
        assert_eq!(Text::parse(b"a\rb\rc").ending(), "\n");
        assert_eq!(Text::parse(b"").ending(), "\n");
    }

    proptest! {
        #[test]
        fn parse_then_write_is_identity(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let text = Text::parse(&bytes);
            prop_assert_eq!(text.with(text.lines.clone()), bytes);
        }

        #[test]
        fn no_line_makes_the_reader_panic(bytes in proptest::collection::vec(prop_oneof![
            Just(b' '), Just(b'='), Just(b'"'), Just(b'\''), Just(b'\\'), Just(b'#'), Just(b'\r'), Just(b'H'), any::<u8>(),
        ], 0..40)) {
            let line = Line(bytes);
            if let Some(directive) = line.directive() {
                let _ = directive.words();
                prop_assert!(!directive.value().ends_with(b"\n"));
            }
        }
    }
}
