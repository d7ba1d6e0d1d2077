//! What a line of a person's ssh config asks of `cloudflared`.

use wire::LeftAlone;

use super::shell;

/// What a command comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Meant {
    /// Nothing of cloudflared's.
    Foreign,
    /// Carries ssh to an app.
    Carry(Carry),
    /// Fetches a short-lived certificate for a hostname.
    Sign(String),
    /// Fetches a certificate, then runs a second ssh to this name, which carries: how it was done in 2021.
    SignThenPipe(String),
    /// Something of cloudflared's that cannot be taken over.
    Left(LeftAlone),
}

/// Where to carry, with the `%` sequences that ssh fills in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Carry {
    pub(super) hostname: String,
    pub(super) destination: Option<String>,
}

/// Shells that a command may be wrapped in.
const SHELLS: [&str; 4] = ["sh", "bash", "zsh", "dash"];
/// What the second block of the old way is called at its beginning.
const PIPE: &str = "cfpipe-";
/// Flags that take a value which means nothing to us.
const LOGGING: [&str; 5] = ["logfile", "log-directory", "log-level", "loglevel", "debug-stream"];

/// Reads the value of a `ProxyCommand`, or the command of a `Match exec`.
pub(super) fn meant(value: &str) -> Meant {
    if !value.to_ascii_lowercase().contains("cloudflared") {
        return Meant::Foreign;
    }
    script(value, 0).unwrap_or_else(Meant::Left)
}

/// A command is one call, or the two calls of the old way; either may be wrapped in a shell.
fn script(text: &str, depth: usize) -> Result<Meant, LeftAlone> {
    if let Some((first, second)) = text.split_once("&&").or_else(|| text.split_once(';'))
        && depth > 0
        && let Some(pipe) = piped(second)
        && let Ok(Meant::Sign(_)) = script(first, depth)
    {
        return Ok(Meant::SignThenPipe(pipe));
    }
    let words = shell::words(text).ok_or(LeftAlone::OtherCommand)?;
    let words: Vec<&str> = words.iter().map(String::as_str).skip_while(|word| *word == "exec").collect();
    match words.as_slice() {
        [shell, "-c" | "-lc", inner] if depth < 2 && SHELLS.contains(&last_part(shell)) => {
            script(inner, depth + 1)
        }
        [program, rest @ ..] if last_part(program).to_ascii_lowercase().starts_with("cloudflared") => {
            call(rest)
        }
        _ => Err(LeftAlone::OtherCommand),
    }
}

/// The name that `ssh -tt user@cfpipe-… >&2 <&1` connects to.
fn piped(text: &str) -> Option<String> {
    let mut words = text.split_ascii_whitespace().skip_while(|word| *word == "exec");
    let is_ssh = words.next().is_some_and(|it| last_part(it) == "ssh");
    let mut names = words.filter(|word| !word.starts_with(['-', '>', '<']) && word.contains(PIPE));
    let name = names.next()?;
    let name = name.rsplit_once('@').map_or(name, |(_, host)| host);
    (is_ssh && names.next().is_none() && name.starts_with(PIPE)).then(|| name.to_owned())
}

fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What follows the program's name.
fn call(words: &[&str]) -> Result<Meant, LeftAlone> {
    let (words, mut found) = flags(words)?;
    let [group, rest @ ..] = words else { return Err(LeftAlone::OtherCommand) };
    let (rest, more) = flags(rest)?;
    found.extend(more);
    let [command, rest @ ..] = rest else { return Err(LeftAlone::OtherCommand) };
    let (rest, more) = flags(rest)?;
    found.extend(more);
    if !["access", "forward"].contains(group) || !rest.is_empty() {
        return Err(LeftAlone::OtherCommand);
    }
    let value = |names: &[&str]| found.iter().find(|(name, _)| names.contains(name)).map(|(_, value)| *value);
    if value(&["fedramp"]).is_some() {
        return Err(LeftAlone::Government);
    }
    if value(&["id", "service-token-id", "secret", "service-token-secret"]).is_some() {
        return Err(LeftAlone::ServiceToken);
    }
    if value(&["header", "H"]).is_some() {
        return Err(LeftAlone::Headers);
    }
    let hostname = value(&["hostname", "tunnel-host", "T"]).filter(|it| !it.is_empty());
    let hostname = hostname.ok_or(LeftAlone::OtherCommand)?.to_owned();
    let destination = value(&["destination"]).filter(|it| !it.is_empty()).map(str::to_owned);
    match *command {
        "ssh" | "tcp" | "rdp" | "smb" => Ok(Meant::Carry(Carry { hostname, destination })),
        "ssh-gen" if destination.is_none() => Ok(Meant::Sign(hostname)),
        _ => Err(LeftAlone::OtherCommand),
    }
}

type Flags<'a> = Vec<(&'a str, &'a str)>;

/// The flags that `words` begin with, and what follows them.
fn flags<'a, 'w>(mut words: &'w [&'a str]) -> Result<(&'w [&'a str], Flags<'a>), LeftAlone> {
    let mut found = Vec::new();
    while let Some((first, rest)) = words.split_first()
        && let Some(bare) = first.strip_prefix("--").or_else(|| first.strip_prefix('-'))
    {
        words = rest;
        let (name, inline) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value)));
        match (name, inline) {
            ("fedramp", None | Some("true")) => found.push((name, "")),
            ("fedramp", Some("false")) | ("no-autoupdate", _) => {}
            (_, Some(value)) => found.push((known(name)?, value)),
            (_, None) => {
                let (value, rest) = words.split_first().ok_or(LeftAlone::OtherCommand)?;
                found.push((known(name)?, *value));
                words = rest;
            }
        }
    }
    Ok((words, found))
}

/// A flag that takes a value and that does not change what the command is.
fn known(name: &str) -> Result<&str, LeftAlone> {
    const CARRYING: [&str; 9] =
        ["hostname", "tunnel-host", "T", "destination", "header", "H", "id", "service-token-id", "secret"];
    let is_known = CARRYING.contains(&name) || name == "service-token-secret" || LOGGING.contains(&name);
    is_known.then_some(name).ok_or(LeftAlone::OtherCommand)
}

/// Fills in what ssh would; nothing for a sequence whose value only ssh knows.
pub(super) fn expanded(text: &str, hostname: &str, alias: &str, port: u16) -> Option<String> {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => match characters.next()? {
                '%' => out.push('%'),
                'h' => out.push_str(hostname),
                'n' => out.push_str(alias),
                'p' => out.push_str(&port.to_string()),
                _ => return None,
            },
            '$' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carry(hostname: &str, destination: Option<&str>) -> Meant {
        Meant::Carry(Carry { hostname: hostname.to_owned(), destination: destination.map(str::to_owned) })
    }

    #[test]
    fn every_spelling_of_the_plain_command() {
        for value in [
            "cloudflared access ssh --hostname %h",
            "/usr/local/bin/cloudflared access ssh --hostname %h",
            "\"/opt/my tools/cloudflared\" access ssh -hostname=%h",
            "'/opt/my tools/cloudflared' access tcp --tunnel-host %h",
            r"C:\Tools\cloudflared.exe access ssh -T %h",
            r#""C:\Program Files\cloudflared\cloudflared.exe" access ssh --hostname %h"#,
            "exec cloudflared access ssh --hostname %h",
            "bash -c 'cloudflared access ssh --hostname %h'",
            "/bin/sh -c \"exec cloudflared access ssh --hostname %h\"",
            "cloudflared --loglevel debug access ssh --hostname %h --logfile /tmp/x",
            "cloudflared forward ssh --hostname \"%h\"",
            "cloudflared-linux-amd64 access ssh --log-level=debug --hostname %h",
            "~/bin/cloudflared access ssh --hostname %h",
            "$HOME/bin/cloudflared access ssh --hostname %h",
        ] {
            assert_eq!(meant(value), carry("%h", None), "{value}");
        }
        let bastion = "cloudflared access ssh --hostname bastion.acme.dev --destination %h:%p";
        assert_eq!(meant(bastion), carry("bastion.acme.dev", Some("%h:%p")));
    }

    #[test]
    fn the_two_ways_to_a_certificate() {
        assert_eq!(meant("cloudflared access ssh-gen --hostname %h"), Meant::Sign("%h".into()));
        for value in [
            "bash -c 'cloudflared access ssh-gen --hostname %h; ssh -tt %r@cfpipe-vm.acme.dev >&2 <&1'",
            "bash -c '/usr/local/bin/cloudflared access ssh-gen --hostname %h && ssh -tt cfpipe-vm.acme.dev >&2 <&1'",
        ] {
            assert_eq!(meant(value), Meant::SignThenPipe("cfpipe-vm.acme.dev".into()), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_taken_over_says_why() {
        for (value, why) in [
            ("cloudflared access ssh --hostname %h --id a --secret b", LeftAlone::ServiceToken),
            ("cloudflared access ssh --hostname %h --service-token-secret=b", LeftAlone::ServiceToken),
            ("cloudflared access ssh --hostname %h -H 'X: y'", LeftAlone::Headers),
            ("cloudflared access --fedramp ssh --hostname %h", LeftAlone::Government),
            ("cloudflared access ssh", LeftAlone::OtherCommand),
            ("cloudflared access ssh --hostname %h --url localhost:1", LeftAlone::OtherCommand),
            ("cloudflared access ssh --hostname %h localhost:1", LeftAlone::OtherCommand),
            ("cloudflared tunnel run x", LeftAlone::OtherCommand),
            ("cloudflared access ssh --hostname %h | tee log", LeftAlone::OtherCommand),
            ("env A=b cloudflared access ssh --hostname %h", LeftAlone::OtherCommand),
            ("ssh -W %h:%p jump # not cloudflared", LeftAlone::OtherCommand),
            ("cloudflared access ssh-gen --hostname %h; ssh cfpipe-x", LeftAlone::OtherCommand),
        ] {
            assert_eq!(meant(value), Meant::Left(why), "{value}");
        }
        assert_eq!(meant("ssh -W %h:%p jump"), Meant::Foreign);
    }

    #[test]
    fn sequences_are_filled_in_as_ssh_does() {
        assert_eq!(expanded("%h:%p %n%%", "h", "n", 22).as_deref(), Some("h:22 n%"));
        for unknown in ["%r", "%", "$HOME"] {
            assert_eq!(expanded(unknown, "h", "n", 22), None);
        }
    }
}
