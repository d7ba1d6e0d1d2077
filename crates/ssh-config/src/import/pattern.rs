//! The patterns of a `Host` line, as `ssh_config(5)` has them.

use crate::words::Word;

/// Whether a word of a `Host` line is more than a name.
pub(super) fn is_pattern(word: &str) -> bool {
    word.is_empty() || word.contains(['*', '?', '!', ','])
}

/// Whether a list of patterns admits a name: one must match, and none that is negated.
pub(super) fn admits(words: &[Word], name: &[u8]) -> bool {
    let mut admitted = false;
    for word in words {
        match word.text.strip_prefix(b"!") {
            Some(pattern) if matches(pattern, name) => return false,
            Some(_) => {}
            None => admitted |= matches(&word.text, name),
        }
    }
    admitted
}

/// `*` is any run of characters, `?` any one. Goes back to the last star only, so that time stays bounded.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[seen] => {
                at += 1;
                seen += 1;
            }
            Some(_) | None => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, seen) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::split;

    fn admitted(list: &str, name: &str) -> bool {
        admits(&split(list.as_bytes(), 0..list.len()), name.as_bytes())
    }

    #[test]
    fn one_must_match_and_no_negated_one() {
        assert!(
            admitted("a *.dev", "x.dev")
                && admitted("b?", "b1")
                && admitted("*", "")
                && admitted("a*b*c", "aXbbYc")
        );
        assert!(
            !admitted("a *.dev !x.dev", "x.dev")
                && !admitted("!a", "b")
                && !admitted("b?", "b")
                && !admitted("", "a")
        );
    }
}
