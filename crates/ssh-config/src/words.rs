//! Splitting a value into words as ssh does: at white space, with quotes of both kinds and a few escapes, up to a comment.

use std::ops::Range;

/// One word of a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Word {
    /// Without quotes and escapes.
    pub(crate) text: Vec<u8>,
    /// Where it stands in its line, quotes included.
    pub(crate) range: Range<usize>,
}

impl Word {
    pub(crate) fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

/// The words of `line[range]`. A quote that is never closed runs to the end; ssh refuses such a line, we only keep it.
pub(crate) fn split(line: &[u8], range: Range<usize>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = range.start;
    while at < range.end {
        match line[at] {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => break,
            _ => {
                let word = one(line, at..range.end);
                at = word.range.end;
                words.push(word);
            }
        }
    }
    words
}

fn one(line: &[u8], range: Range<usize>) -> Word {
    let mut text = Vec::new();
    let mut quote = None;
    let mut at = range.start;
    while at < range.end {
        let byte = line[at];
        let next = line[..range.end].get(at + 1).copied();
        match (byte, quote) {
            (b'\\', _) if next.is_some_and(|next| is_escaped(next, quote)) => {
                text.extend(next);
                at += 1;
            }
            (b' ' | b'\t' | b'\r' | b'\n', None) => break,
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            _ => text.push(byte),
        }
        at += 1;
    }
    Word { text, range: range.start..at }
}

fn is_escaped(next: u8, quote: Option<u8>) -> bool {
    matches!(next, b'"' | b'\'' | b'\\') || (next == b' ' && quote.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(value: &str) -> Vec<String> {
        split(value.as_bytes(), 0..value.len()).iter().map(Word::to_text).collect()
    }

    #[test]
    fn splits_as_ssh_does() {
        assert_eq!(words("a  b\tc"), ["a", "b", "c"]);
        assert_eq!(words(r#""a b" 'c "d' e"f g"h"#), ["a b", "c \"d", "ef gh"]);
        assert_eq!(words(r#"a\ b "c\"d" ACME\ada \\x"#), ["a b", "c\"d", r"ACME\ada", r"\x"]);
        assert_eq!(words("a # b"), ["a"]);
        assert_eq!(words("a#b"), ["a#b"]);
        assert_eq!(words("\"open end"), ["open end"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn ranges_cover_the_quotes() {
        assert_eq!(split(b"Host \"a b\" c", 5..12)[0].range, 5..10);
    }
}
