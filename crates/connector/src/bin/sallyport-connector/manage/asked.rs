//! What was asked for: flags behind the command's words stand over those before them, and those over the file.

use std::path::PathBuf;

use command_line::tunnel::FLAGS;
use command_line::{Parsed, SubCommand, parse};

use crate::chosen::{Found, in_home};
use crate::failure::Failure;

/// A command line of one of these commands.
pub(super) struct Asked {
    before: Parsed,
    own: Parsed,
    file: Option<Found>,
}

impl Asked {
    pub(super) fn read(command: &SubCommand, before: &[String], own: &[String]) -> Result<Self, Failure> {
        let env = |name: &str| std::env::var(name).ok();
        let (before, own) = (parse(before, FLAGS, &env)?, parse(own, command.flags, &env)?);
        let file = Found::read(own.value("config").or_else(|| before.value("config")))?;
        Ok(Self { before, own, file })
    }

    /// A flag of the command itself.
    pub(super) fn own(&self, name: &str) -> Option<&str> {
        self.own.value(name).filter(|value| !value.is_empty())
    }

    /// A switch of the command itself.
    pub(super) fn on(&self, name: &str) -> bool {
        self.own.on(name)
    }

    /// A flag that may stand anywhere, in the file too.
    pub(super) fn anywhere(&self, name: &str) -> Option<String> {
        let given = self.own.value(name).or_else(|| self.before.value(name)).map(str::to_owned);
        let in_file =
            || self.file.as_ref().and_then(|file| file.config.flag(name)).and_then(|mut all| all.pop());
        given.or_else(in_file).filter(|value| !value.is_empty())
    }

    /// The credentials file that this command is to use. What a configuration file names is another tunnel's.
    pub(super) fn credentials_file(&self) -> Option<PathBuf> {
        self.own("credentials-file").map(in_home)
    }

    /// Exactly so many arguments.
    pub(super) fn arguments<const N: usize>(&self, missing: &str) -> Result<[&str; N], Failure> {
        let all: Vec<&str> = self.own.rest.iter().map(String::as_str).collect();
        match all.get(N) {
            Some(unexpected) => Err(Failure::Misuse(format!("unexpected argument `{unexpected}`"))),
            None => all.try_into().map_err(|_| Failure::Misuse(missing.to_owned())),
        }
    }

    /// One argument or more.
    pub(super) fn some_arguments(&self, missing: &str) -> Result<&[String], Failure> {
        match self.own.rest.as_slice() {
            [] => Err(Failure::Misuse(missing.to_owned())),
            all => Ok(all),
        }
    }
}
