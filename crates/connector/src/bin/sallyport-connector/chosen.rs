//! What was chosen: flags, which stand over variables, which stand over the configuration file.

mod file;

use std::path::PathBuf;
use std::time::Duration;

use command_line::Parsed;
use connector::duration;

pub(crate) use file::{Found, folders, home, in_home};

use crate::failure::Failure;

/// Everything that was chosen.
pub(crate) struct Chosen {
    flags: Parsed,
    /// The configuration file, where there is one.
    pub(crate) file: Option<Found>,
}

impl Chosen {
    /// Reads the configuration file that the flags name, or the first one found. Where that file cannot be
    /// used, the flags alone, and why.
    pub(crate) fn read(flags: Parsed) -> (Self, Result<(), Failure>) {
        match Found::read(flags.value("config")) {
            Ok(file) => (Self { flags, file }, Ok(())),
            Err(failure) => (Self { flags, file: None }, Err(failure)),
        }
    }

    /// The same as if there were no configuration file.
    pub(crate) fn without_file(self) -> Self {
        Self { file: None, ..self }
    }

    /// The last word on a flag that takes one value.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.flags.value(name).map(str::to_owned).or_else(|| self.in_file(name)?.pop())
    }

    /// All values of a flag that may be repeated; a variable holds them with commas between.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let given = self.flags.values(name);
        let all = if given.is_empty() { self.in_file(name).unwrap_or_default() } else { given.to_vec() };
        let parts = all.iter().flat_map(|value| value.split(',')).map(str::trim);
        parts.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }

    /// Whether a switch is on.
    pub(crate) fn on(&self, name: &str) -> bool {
        match self.flags.value(name) {
            Some(_) => self.flags.on(name),
            None => self.in_file(name).is_some_and(|values| values == ["true"]),
        }
    }

    /// Whether a flag was given in any of the three places.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.flags.value(name).is_some() || self.in_file(name).is_some()
    }

    /// A file that a flag names, with `~` for the home folder.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).filter(|path| !path.is_empty()).map(|path| in_home(&path))
    }

    /// A time such as `30s`.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Duration>, Failure> {
        self.understood(name, duration, "a time with its unit, such as 30s or 1m30s")
    }

    /// A value that has to be understood.
    pub(crate) fn understood<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
        wants: &str,
    ) -> Result<Option<T>, Failure> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match read(&value) {
            Some(understood) => Ok(Some(understood)),
            None => Err(Failure::Misuse(format!("`--{name} {value}`: it wants {wants}"))),
        }
    }

    /// The tunnel that the command line names behind its flags, else the file.
    pub(crate) fn tunnel(&self) -> Result<Option<String>, Failure> {
        match self.flags.rest.as_slice() {
            [] => Ok(self.file.as_ref().and_then(|file| file.config.tunnel()).map(str::to_owned)),
            [one] => Ok(Some(one.clone())),
            [_, second, ..] => Err(Failure::Misuse(format!("unexpected argument `{second}`"))),
        }
    }

    fn in_file(&self, name: &str) -> Option<Vec<String>> {
        self.file.as_ref()?.config.flag(name)
    }
}

#[cfg(test)]
mod tests {
    use command_line::parse;
    use command_line::tunnel::FLAGS;

    use super::*;

    pub(crate) fn chosen(line: &str, env: &[(&str, &str)]) -> Chosen {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let env =
            |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let (chosen, read) = Chosen::read(parse(&words, FLAGS, &env).unwrap());
        read.unwrap_or_else(|failure| panic!("{failure:?}"));
        chosen
    }

    #[test]
    fn flags_stand_over_variables_and_those_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yml");
        let text = "tunnel: office\nedge: [a:1, b:2]\ngrace-period: 5s\nprotocol: quic\nhello-world: true\n";
        std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes()).unwrap();
        let line = format!("--config {} --protocol http2", file.display());
        let env = [("TUNNEL_TRANSPORT_PROTOCOL", "auto"), ("TUNNEL_GRACE_PERIOD", "7s")];
        let all = chosen(&line, &env);
        assert_eq!(all.value("protocol").as_deref(), Some("http2"));
        assert_eq!(all.time("grace-period").unwrap(), Some(Duration::from_secs(7)));
        assert_eq!(all.values("edge"), ["a:1", "b:2"]);
        assert!(all.on("hello-world") && !all.on("bastion") && !all.has("label"));
        assert_eq!(all.tunnel().unwrap().as_deref(), Some("office"));
        let named = chosen(&format!("{line} home"), &[("TUNNEL_EDGE", "c:3, d:4")]);
        assert_eq!(named.tunnel().unwrap().as_deref(), Some("home"));
        assert_eq!(named.values("edge"), ["c:3", "d:4"]);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yml");
        std::fs::File::create(&file).unwrap();
        let all = chosen(&format!("--config {} --grace-period soon a b", file.display()), &[]);
        let Err(Failure::Misuse(sentence)) = all.time("grace-period") else { panic!() };
        assert!(sentence.contains("`--grace-period soon`"), "{sentence}");
        let Err(Failure::Misuse(sentence)) = all.tunnel() else { panic!() };
        assert!(sentence.contains("`b`"), "{sentence}");
    }
}
