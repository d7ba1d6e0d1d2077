//! Command lines that are another program's: the helper only finds out whose, and hands them over.
//!
//! It knows no flag of theirs, as each would add to what ssh has to load.

use crate::tunnel::SECRETS;
use crate::{Flag, Takes};

const TUNNEL: &str = "tunnel";
const SERVICE: &str = "service";

/// Variables and what they are to hold.
pub type Variables = Vec<(&'static str, String)>;

/// What another program is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name; it lies beside the helper.
    pub program: &'static str,
    /// Its command line.
    pub words: Vec<String>,
    /// What is secret, each with the variable that stands in for its flag.
    pub secrets: Variables,
}

/// Whose command line this is, where it is not the helper's own. `known` are flags that may stand before any command;
/// others before the command's word are those of what follows.
#[must_use]
pub fn beside(words: &[String], known: &[Flag]) -> Option<Beside> {
    if let [help, group, about @ ..] = words
        && help == "help"
        && let Some(program) = program_of(group)
    {
        let group = [group.clone()];
        let group = if group[0] == TUNNEL { &[][..] } else { &group[..] };
        let words = [group, about, &["--help".to_owned()]].concat();
        return Some(Beside { program, words, secrets: Variables::new() });
    }
    let at = place_of_command(words, known)?;
    let program = program_of(words.get(at)?)?;
    // The connector takes every word for one about a tunnel.
    let from = if words.get(at)? == TUNNEL { at + 1 } else { at };
    let (words, mut secrets) = without_secrets([words.get(..at)?, words.get(from..)?].concat());
    let words = without_token(words, &mut secrets);
    Some(Beside { program, words, secrets })
}

/// The program that knows what follows a word.
fn program_of(word: &str) -> Option<&'static str> {
    match word {
        TUNNEL | SERVICE => Some("sallyport-connector"),
        "share" | "unshare" => Some("sallyport-share"),
        _ => None,
    }
}

/// Where the word of the command stands.
fn place_of_command(words: &[String], known: &[Flag]) -> Option<usize> {
    let mut at = 0;
    while let Some((name, inline)) = words.get(at).and_then(|word| crate::split_flag(word)) {
        let flag = known.iter().find(|flag| flag.name == name || flag.aliases.contains(&name));
        let next_is_command = words.get(at + 1).is_some_and(|next| program_of(next).is_some());
        let next_is_value = match flag {
            Some(flag) => flag.takes != Takes::Nothing,
            // Whether a flag of a tunnel takes a value is the connector's to know.
            None => !next_is_command && words.get(at + 1).is_some_and(|next| !next.starts_with('-')),
        };
        at += if inline.is_none() && next_is_value { 2 } else { 1 };
    }
    (at < words.len()).then_some(at)
}

/// `service install TOKEN` without its last word, as that is the right to run the tunnel.
fn without_token(words: Vec<String>, secrets: &mut Variables) -> Vec<String> {
    let at = words
        .iter()
        .position(|word| word == SERVICE)
        .filter(|at| words.get(at + 1).is_some_and(|next| next == "install"));
    let Some(at) = at else { return words };
    let (mut left, mut after) = (words[..at + 2].to_vec(), words[at + 2..].iter().peekable());
    while let Some(word) = after.next() {
        match crate::split_flag(word) {
            None => secrets.push(("TUNNEL_TOKEN", word.clone())),
            Some((name, inline)) => {
                left.push(word.clone());
                let flag = crate::service::INSTALL.flags.iter().find(|flag| flag.name == name);
                if inline.is_none() && flag.is_some_and(|flag| flag.takes != Takes::Nothing) {
                    left.extend(after.next().cloned());
                }
            }
        }
    }
    left
}

/// Secrets apart from the rest; of each the last one counts.
fn without_secrets(words: Vec<String>) -> (Vec<String>, Variables) {
    let (mut left, mut secrets) = (Vec::new(), Variables::new());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let named = crate::split_flag(&word);
        let secret = named.and_then(|(name, value)| Some((SECRETS.iter().find(|it| it.0 == name)?, value)));
        match secret {
            Some(((_, variable), Some(value))) => secrets.push((variable, value.to_owned())),
            Some(((_, variable), None)) => match words.next() {
                Some(value) => secrets.push((variable, value)),
                None => left.push(word),
            },
            None => left.push(word),
        }
    }
    (left, secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::{switch, value};
    use crate::tunnel::CONFIG;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    const KNOWN: &[Flag] = &[CONFIG, switch("no-login", &[], ""), value("logfile", &[], "")];

    fn told(line: &str) -> Option<(String, Variables)> {
        beside(&words(line), KNOWN).map(|it| (it.words.join(" "), it.secrets))
    }

    #[test]
    fn a_secret_leaves_the_command_line() {
        let token = vec![("TUNNEL_TOKEN", "abc".to_owned())];
        for line in ["tunnel run --token abc x", "tunnel -token=abc run x", "--token abc tunnel run x"] {
            assert_eq!(told(line), Some(("run x".to_owned(), token.clone())), "{line}");
        }
        let (left, secrets) =
            told("--config tunnel tunnel -no-autoupdate run --edge=a:1 --credentials-contents {}").unwrap();
        assert_eq!(left, "--config tunnel -no-autoupdate run --edge=a:1");
        assert_eq!(secrets, [("TUNNEL_CRED_CONTENTS", "{}".to_owned())]);
    }

    #[test]
    fn flags_of_a_tunnel_may_stand_before_it() {
        for line in
            ["--no-tls-verify tunnel run", "--edge a:1 tunnel run", "--post-quantum --edge=a:1 tunnel run"]
        {
            assert!(told(line).is_some_and(|(left, _)| left.ends_with(" run")), "{line}");
        }
        assert_eq!(told("help tunnel ingress rule").unwrap().0, "ingress rule --help");
    }

    #[test]
    fn what_shares_goes_to_the_program_that_shares() {
        for line in ["share ssh --hostname h", "--config c share ssh --hostname h", "unshare"] {
            let it = beside(&words(line), KNOWN).unwrap();
            assert_eq!((it.program, it.words.join(" ").as_str()), ("sallyport-share", line));
        }
        assert_eq!(beside(&words("help share ssh"), KNOWN).unwrap().words, words("share ssh --help"));
    }

    #[test]
    fn the_token_of_a_service_leaves_the_command_line() {
        let token = vec![("TUNNEL_TOKEN", "eyJ".to_owned())];
        for line in
            ["service install eyJ --user", "service install --user eyJ", "service install --token eyJ --user"]
        {
            assert_eq!(told(line), Some(("service install --user".to_owned(), token.clone())), "{line}");
        }
        let (left, secrets) = told("service install --name office --config c").unwrap();
        assert_eq!((left.as_str(), secrets), ("service install --name office --config c", Variables::new()));
    }

    #[test]
    fn other_commands_are_none_of_its_business() {
        for line in [
            "",
            "access ssh --hostname tunnel",
            "--logfile tunnel status",
            "--no-login status tunnel",
            "status tunnel",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
