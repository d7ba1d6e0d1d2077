//! The `ProxyCommand` line that takes ssh through Sallyport's helper, written so that a path of any kind survives.
//!
//! Three readers stand between the file and the helper: ssh, which expands `%h` and turns `%%` into `%`; on Unix the person's
//! shell, in which `"`, `$`, `` ` `` and `\` mean something between double quotes; on Windows only the quotes count, and
//! forward slashes suit the OpenSSH of Windows and the one of Git alike.

use std::path::{Path, PathBuf};

const TAIL: &str = "access ssh --hostname %h";

/// The helper as ssh shall run it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProxyCommand {
    /// The path of the program `sallyport`, absolute in practice.
    pub helper: PathBuf,
    /// The profile, when it is not the standard one.
    pub profile: Option<PathBuf>,
}

impl ProxyCommand {
    /// The line as it stands in an entry of the managed block, without indentation; `None` when a path has characters
    /// that no quoting carries (control characters, or no Unicode).
    #[must_use]
    pub fn line(&self) -> Option<String> {
        self.value().map(|value| format!("ProxyCommand {value}"))
    }

    pub(crate) fn value(&self) -> Option<String> {
        self.value_for(Reader::NATIVE)
    }

    /// Reads a value that [`value`](Self::value) has written, perhaps with a [`towards`] behind it; nothing for any
    /// other command.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        Self::read_for(Reader::NATIVE, std::str::from_utf8(value).ok()?).map(|(command, _)| command)
    }

    fn value_for(&self, reader: Reader) -> Option<String> {
        let helper = reader.quoted(&self.helper)?;
        match &self.profile {
            Some(profile) => Some(format!("{helper} --profile {} {TAIL}", reader.quoted(profile)?)),
            None => Some(format!("{helper} {TAIL}")),
        }
    }

    fn read_for(reader: Reader, value: &str) -> Option<(Self, Option<String>)> {
        let (helper, rest) = reader.unquoted(value)?;
        let (profile, rest) = match rest.strip_prefix("--profile ") {
            Some(rest) => reader.unquoted(rest.trim_start()).map(|(profile, rest)| (Some(profile), rest))?,
            None => (None, rest),
        };
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        let (tail, further) = words.split_at(words.len().min(TAIL.split(' ').count()));
        let destination = match further {
            [] => None,
            ["--destination", quoted] => {
                let bare = quoted.strip_prefix('"')?.strip_suffix('"')?;
                Some(bare.to_owned()).filter(|it| is_destination(it))
            }
            _ => return None,
        };
        let is_whole =
            tail.iter().copied().eq(TAIL.split(' ')) && destination.is_some() != further.is_empty();
        is_whole.then_some((Self { helper, profile }, destination))
    }
}

/// The command for a host behind a bastion app: with the destination, which the carrier hands on.
pub(crate) fn towards(command: &str, destination: Option<&str>) -> String {
    match destination {
        Some(destination) => format!("{command} --destination \"{destination}\""),
        None => command.to_owned(),
    }
}

/// Where a command of ours goes behind its app.
pub(crate) fn destination(value: &[u8]) -> Option<String> {
    ProxyCommand::read_for(Reader::NATIVE, std::str::from_utf8(value).ok()?)?.1
}

/// Whether a text can stand for a destination: host and port, in characters that mean nothing to ssh or a shell.
pub(crate) fn is_destination(text: &str) -> bool {
    let admits = |it: char| it.is_ascii_alphanumeric() || "._-:[]/".contains(it);
    !text.is_empty() && text.len() <= 300 && !text.starts_with('-') && text.chars().all(admits)
}

/// Who takes the command line apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
    PosixShell,
    Windows,
}

impl Reader {
    const NATIVE: Self = if cfg!(windows) { Self::Windows } else { Self::PosixShell };

    fn quoted(self, path: &Path) -> Option<String> {
        let mut out = String::from('"');
        for character in path.to_str().filter(|it| !it.is_empty())?.chars() {
            match (character, self) {
                ('%', _) => out.push_str("%%"),
                ('\\', Self::Windows) => out.push('/'),
                ('"', Self::Windows) => return None,
                ('"' | '$' | '`' | '\\', Self::PosixShell) => out.extend(['\\', character]),
                _ if character.is_control() => return None,
                _ => out.push(character),
            }
        }
        out.push('"');
        Some(out)
    }

    /// The path that `text` begins with, in quotes or not, and what follows it.
    fn unquoted(self, text: &str) -> Option<(PathBuf, &str)> {
        let (open, text) = text.strip_prefix('"').map_or((' ', text), |rest| ('"', rest));
        let mut path = String::new();
        let mut characters = text.char_indices();
        while let Some((at, character)) = characters.next() {
            match (character, self) {
                _ if character == open => {
                    return (at > 0).then(|| (path.into(), text[at + 1..].trim_start()));
                }
                ('%', _) => path.push(characters.next().filter(|(_, next)| *next == '%')?.1),
                ('\\', Self::PosixShell) => path.push(characters.next()?.1),
                _ => path.push(character),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn command(helper: &str) -> ProxyCommand {
        ProxyCommand { helper: helper.into(), profile: None }
    }

    #[test]
    fn writes_what_the_contract_says() {
        let plain = command("/usr/bin/sallyport");
        let expected = r#""/usr/bin/sallyport" access ssh --hostname %h"#;
        assert_eq!(plain.value_for(Reader::PosixShell).as_deref(), Some(expected));
        let other = ProxyCommand { profile: Some("/tmp/a b".into()), ..plain };
        let expected = r#""/usr/bin/sallyport" --profile "/tmp/a b" access ssh --hostname %h"#;
        assert_eq!(other.value_for(Reader::PosixShell).as_deref(), Some(expected));
    }

    #[test]
    fn quotes_for_the_reader_of_each_system() {
        let unix = command("/opt/50% \"off\"/$HOME/`id`/a\\b");
        let expected = r#""/opt/50%% \"off\"/\$HOME/\`id\`/a\\b" access ssh --hostname %h"#;
        assert_eq!(unix.value_for(Reader::PosixShell).as_deref(), Some(expected));
        let windows = command("C:\\Program Files\\100% Sallyport\\sallyport.exe");
        let expected = r#""C:/Program Files/100%% Sallyport/sallyport.exe" access ssh --hostname %h"#;
        assert_eq!(windows.value_for(Reader::Windows).as_deref(), Some(expected));
    }

    #[test]
    fn refuses_paths_that_would_break_the_line() {
        for reader in [Reader::PosixShell, Reader::Windows] {
            assert_eq!(command("/a\nProxyCommand x").value_for(reader), None);
            assert_eq!(command("").value_for(reader), None);
        }
        assert_eq!(command("C:\\a\"b").value_for(Reader::Windows), None);
    }

    #[test]
    fn other_commands_are_not_ours() {
        for value in [
            "none",
            "",
            "\"",
            "\"/usr/bin/sallyport",
            "\"\" access ssh --hostname %h",
            "cloudflared access ssh --hostname %h --id x",
            "\"/usr/bin/sallyport\" access tcp --hostname %h",
            "\"/usr/bin/%x\" access ssh --hostname %h",
            "\"/usr/bin/sallyport\" --profile \"/x access ssh --hostname %h",
        ] {
            assert_eq!(ProxyCommand::read_for(Reader::PosixShell, value), None, "{value}");
        }
        let bare = ProxyCommand::read_for(Reader::PosixShell, "/usr/bin/sallyport access  ssh --hostname %h");
        assert_eq!(bare, Some((command("/usr/bin/sallyport"), None)));
    }

    #[test]
    fn a_destination_stands_behind_the_command() {
        let plain = command("/usr/bin/sallyport").value_for(Reader::PosixShell).unwrap();
        let value = towards(&plain, Some("10.0.4.12:22"));
        assert_eq!(value, format!("{plain} --destination \"10.0.4.12:22\""));
        let read = ProxyCommand::read_for(Reader::PosixShell, &value);
        assert_eq!(read, Some((command("/usr/bin/sallyport"), Some("10.0.4.12:22".to_owned()))));
        for tail in ["--destination", "--destination x", "--destination \"$(x)\"", "--id \"x\""] {
            let value = format!("{plain} {tail}");
            assert_eq!(ProxyCommand::read_for(Reader::PosixShell, &value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(helper in "[^\\p{C}]{1,30}", profile in proptest::option::of("[^\\p{C}]{1,30}")) {
            let command = ProxyCommand { helper: helper.into(), profile: profile.map(Into::into) };
            let value = command.value_for(Reader::PosixShell).unwrap();
            prop_assert_eq!(ProxyCommand::read_for(Reader::PosixShell, &value), Some((command, None)));
        }
    }
}
