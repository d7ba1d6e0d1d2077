//! What every command works with: the profile, the environment, and the two ways to a token.

use std::ffi::OsString;
use std::path::PathBuf;

use access::Access;
use profile::Profile;
use ssh_config::{Host, ProxyCommand, SshConfig};
use vault::Vault;
use wire::{AppUrl, Cause};

use crate::args::{Flag, Takes};

/// One run of the program.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) profile: Profile,
    /// Cloudflare for Government, for this run alone: a desktop that runs is not asked, as it knows nothing of that.
    pub(crate) government: bool,
    /// Whether a person may be asked to log in.
    pub(crate) may_ask: bool,
}

/// Never asks a person; as much as the variable `SALLYPORT_LOGIN=never`.
pub(crate) const NO_LOGIN: Flag = Flag {
    name: "no-login",
    aliases: &[],
    env: &[],
    takes: Takes::Nothing,
    help: "Fail at once where a person would have to log in",
};

impl Context {
    pub(crate) fn open(dir: Option<&str>, government: bool, no_login: bool) -> Result<Self, Cause> {
        let env = |name: &str| -> Option<OsString> { std::env::var_os(name) };
        let profile = Profile::open(dir.map(PathBuf::from), &env).map_err(|error| error.cause())?;
        let profile = if government { profile.in_government() } else { profile };
        let never = env("SALLYPORT_LOGIN").is_some_and(|when| when == "never");
        Ok(Self { profile, government, may_ask: !no_login && !never })
    }

    /// The same for a command that was typed to ask.
    pub(crate) fn asking(&self) -> Self {
        Self { may_ask: true, ..self.clone() }
    }

    /// The same for an app of Cloudflare for Government.
    pub(crate) fn of_government(&self) -> Self {
        Self { government: true, profile: self.profile.in_government(), ..self.clone() }
    }

    pub(crate) fn vault(&self) -> Vault {
        Vault::open(&self.profile)
    }

    pub(crate) fn access(&self) -> Result<Access, Cause> {
        Access::new(&self.profile, self.vault()).map_err(|error| error.cause())
    }

    /// How the ssh config calls this very program.
    pub(crate) fn proxy_command(&self) -> ProxyCommand {
        let configured = self.profile.settings().helper.clone();
        ProxyCommand {
            helper: configured.unwrap_or_else(own_path),
            profile: (!self.profile.is_standard()).then(|| self.profile.dir().to_path_buf()),
        }
    }

    pub(crate) fn ssh_config(&self) -> Result<SshConfig, Cause> {
        SshConfig::read(&self.profile.ssh_config()).map_err(|error| error.cause())
    }

    pub(crate) fn hosts(&self) -> Result<Vec<Host>, Cause> {
        self.ssh_config()?.hosts().map_err(|error| error.cause())
    }

    /// The app that a person means: by alias, by hostname, or by URL.
    pub(crate) fn app(&self, named: &str) -> Result<AppUrl, Cause> {
        let known = self.hosts().unwrap_or_default().into_iter().find(|host| host.alias == named);
        app_url(known.as_ref().map_or(named, |host| &host.hostname))
    }

    /// Whether this machine reaches the app by a service token.
    pub(crate) fn is_machine(&self, app: &AppUrl) -> bool {
        self.profile.settings().machines.contains(app.host())
    }

    /// The command that reaches an alias from any terminal.
    pub(crate) fn ssh_command(&self, alias: &str) -> String {
        match &self.profile.settings().ssh_config {
            Some(_) => format!("ssh -F {} {alias}", self.profile.ssh_config().display()),
            None => format!("ssh {alias}"),
        }
    }
}

/// Parses a hostname or URL.
pub(crate) fn app_url(text: &str) -> Result<AppUrl, Cause> {
    text.parse().map_err(|error: wire::InvalidAppUrl| Cause::InvalidHost { what: error.to_string() })
}

/// Where this program lies, for lines that call it again later.
pub(crate) fn own_path() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("sallyport"))
}
