//! Taking a command line apart as a shell does, as far as words and quotes go.

/// The words of a command, or nothing when a shell would do more with it than split it.
///
/// A backslash counts as an escape only before what it is used to escape, so that a path of Windows survives.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        inner => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '`' => return None,
                        '$' if characters.peek() == Some(&'(') => return None,
                        '\\' if characters.peek().is_some_and(|it| "\"\\$`".contains(*it)) => {
                            word.extend(characters.next());
                        }
                        inner => word.push(inner),
                    }
                }
            }
            '\\' if characters.peek().is_some_and(|it| " \t\"'\\$`;&|".contains(*it)) => {
                word.get_or_insert_default().extend(characters.next());
            }
            '$' if characters.peek() == Some(&'(') => return None,
            '#' if word.is_none() => return None,
            ';' | '&' | '|' | '<' | '>' | '(' | ')' | '`' | '*' | '?' | '[' => return None,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_blanks_and_joins_by_quotes() {
        let expected = ["/opt/a b/cloudflared", "access", "x y", "", "it's"];
        let text = r#""/opt/a b/cloudflared"  access 'x y' "" it\'s"#;
        assert_eq!(words(text).unwrap(), expected);
        assert_eq!(words(r"C:\Users\ada\cloudflared.exe x").unwrap(), [r"C:\Users\ada\cloudflared.exe", "x"]);
        assert_eq!(words(r"/opt/a\ b/c").unwrap(), ["/opt/a b/c"]);
        assert_eq!(words("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_a_shell_would_run_is_no_list_of_words() {
        for text in [
            "a; b", "a && b", "a | b", "a > b", "$(a)", "\"$(a)\"", "`a`", "\"`a`\"", "'a", "\"a", "a # b",
            "a*",
        ] {
            assert_eq!(words(text), None, "{text}");
        }
    }
}
