//! The managed block of the ssh config: the only list of hosts there is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::{DiffKind, DiffLine, HostChange, HostEntry, PreviewFact};
use profile::{DesktopAddress, Profile};
use ssh_config::{Applied, Change, Diff, DiffLineKind, Host, ProxyCommand, SshConfig, SshConfigError};
use tokio::sync::watch;
use wire::{AppUrl, Cause};

use crate::terminal;

/// An app whose hosts log in by a certificate, and where ssh asks for it.
pub(crate) type Certified = (AppUrl, DesktopAddress);

/// A change that was written, by its serial number; what belongs together is taken back together.
type Written = (u64, Vec<Applied>);

/// The file, how its entries call the helper, and the last change for taking it back. Cheap to clone.
#[derive(Clone)]
pub(crate) struct HostFile {
    path: PathBuf,
    private: bool,
    command: ProxyCommand,
    profile: Profile,
    certified: Arc<watch::Sender<Vec<Certified>>>,
    last: Arc<Mutex<Option<Written>>>,
}

impl HostFile {
    pub(crate) fn new(profile: &Profile) -> Self {
        let command = ProxyCommand {
            helper: profile.settings().helper.clone().unwrap_or_else(bundled_helper),
            profile: (!profile.is_standard()).then(|| profile.dir().to_path_buf()),
        };
        let private = profile.settings().ssh_config.is_some();
        let (path, profile) = (profile.ssh_config(), profile.clone());
        Self { path, private, command, profile, certified: Arc::default(), last: Arc::default() }
    }

    /// The file to hand to `ssh -F`, when it is not the one that ssh reads by itself.
    pub(crate) fn private_config(&self) -> Option<&Path> {
        self.private.then_some(self.path.as_path())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn command(&self) -> &ProxyCommand {
        &self.command
    }

    pub(crate) const fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(crate) fn read(&self) -> Result<Vec<HostEntry>, Cause> {
        let hosts = self.config()?.hosts().map_err(told)?;
        self.certified.send_replace(certified(&hosts));
        let profile = self.profile.reread().map_err(|error| error.cause())?;
        let machines = &profile.settings().machines;
        Ok(hosts.iter().map(|host| entry_of(host, machines.contains(&host.hostname))).collect())
    }

    /// Why ssh cannot start the helper that the block names, if so.
    pub(crate) fn missing_helper(&self) -> Option<Cause> {
        let named = self.config().ok()?.helper().filter(|helper| helper.is_absolute() && !helper.exists())?;
        let now = Some(&self.command.helper).filter(|helper| helper.exists());
        Some(Cause::HelperMissing {
            path: terminal::home_relative(&named),
            now: now.map(|helper| terminal::home_relative(helper)),
        })
    }

    /// The apps whose hosts log in by a certificate, as of the last time that the file was read.
    pub(crate) fn certified(&self) -> watch::Receiver<Vec<Certified>> {
        self.certified.subscribe()
    }

    pub(crate) fn preview(&self, change: &HostChange) -> Result<PreviewFact, Cause> {
        let plan = self.plan(change)?;
        let diff = plan.diff();
        let alias = alias_after(change).unwrap_or_default();
        let command = match self.private_config() {
            Some(config) => format!("ssh -F {} {alias}", terminal::quoted(config)),
            None => format!("ssh {alias}"),
        };
        Ok(preview_of(&self.path, &diff, command))
    }

    /// Writes one change after the other: each is planned on what the one before it has left. Tells the hostname that
    /// no host has any more.
    pub(crate) fn change(&self, serial: u64, change: &HostChange) -> Result<Option<String>, Cause> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.hostname_of(change);
        let plan = self.plan(change)?;
        if let Some(alias) = alias_after(change) {
            let check = plan.check(alias).map_err(told)?;
            if let Some(cause) = check.cause(&self.path) {
                return Err(shown(cause));
            }
        }
        let applied = plan.apply().map_err(told)?;
        *last = Some((serial, vec![applied]));
        let after = self.config()?.hosts().map_err(told)?;
        Ok(before.filter(|gone| after.iter().all(|host| host.hostname != *gone)))
    }

    /// The hostname of the host that a change takes away or replaces.
    fn hostname_of(&self, change: &HostChange) -> Option<String> {
        let (HostChange::Remove { alias } | HostChange::Replace { alias, .. }) = change else { return None };
        let hosts = self.config().ok()?.hosts().ok()?;
        hosts.into_iter().find(|host| host.alias == *alias).map(|host| host.hostname)
    }

    /// Makes changes that belong together, and keeps what is needed to take them back.
    pub(crate) fn keep(
        &self,
        serial: u64,
        make: impl FnOnce() -> Result<Vec<Applied>, Cause>,
    ) -> Result<(), Cause> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((serial, make()?));
        Ok(())
    }

    /// Takes a change back, if no other has been written since.
    pub(crate) fn undo(&self, serial: u64) -> Result<(), Cause> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.take_if(|(written, _)| *written == serial) {
            Some((_, applied)) => ssh_config::undo_all(applied).map_err(told),
            None => Err(Cause::ConfigChanged { path: terminal::home_relative(&self.path) }),
        }
    }

    fn config(&self) -> Result<SshConfig, Cause> {
        SshConfig::read(&self.path).map_err(told)
    }

    fn plan(&self, change: &HostChange) -> Result<Change, Cause> {
        let config = self.config()?;
        let hosts = match (change, config.hosts()) {
            (HostChange::Repair, Ok(hosts)) => hosts,
            (HostChange::Repair, Err(_)) => return config.repair(&self.command).map_err(told),
            (_, hosts) => self.changed(hosts.map_err(told)?, change)?,
        };
        config.plan(&hosts, &self.command).map_err(told)
    }

    fn changed(&self, mut hosts: Vec<Host>, change: &HostChange) -> Result<Vec<Host>, Cause> {
        let position = |hosts: &[Host], alias: &str| hosts.iter().position(|host| host.alias == alias);
        let unknown = |alias: &str| Cause::UnknownHost { alias: alias.to_owned() };
        match change {
            HostChange::Add(entry) if position(&hosts, &entry.alias).is_some() => {
                return Err(Cause::NameTaken { alias: entry.alias.clone() });
            }
            HostChange::Add(entry) => hosts.push(self.host_of(entry, None)?),
            HostChange::Replace { alias, entry } => {
                let at = position(&hosts, alias).ok_or_else(|| unknown(alias))?;
                hosts[at] = self.host_of(entry, Some(&hosts[at]))?;
            }
            HostChange::Remove { alias } => {
                let at = position(&hosts, alias).ok_or_else(|| unknown(alias))?;
                hosts.remove(at);
            }
            HostChange::Repair => {}
        }
        Ok(hosts)
    }

    /// What an entry becomes; what the form does not show stays as it was.
    fn host_of(&self, entry: &HostEntry, old: Option<&Host>) -> Result<Host, Cause> {
        let same = old.filter(|old| old.hostname == entry.hostname);
        let kept = same.and_then(|old| old.agent.clone());
        let address = || kept.unwrap_or_else(|| self.profile.agent_address(&entry.hostname).in_ssh_config());
        let host = Host {
            alias: entry.alias.clone(),
            hostname: entry.hostname.clone(),
            user: entry.user.clone(),
            port: entry.port,
            destination: same.and_then(|old| old.destination.clone()),
            agent: entry.certificate.then(address),
            options: old.map(|old| old.options.clone()).unwrap_or_default(),
        };
        host.validate().map_err(|error| error.cause())?;
        Ok(host)
    }
}

/// What went wrong, with the path as a person writes it.
#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(super) fn told(error: SshConfigError) -> Cause {
    shown(error.cause())
}

pub(super) fn shown(cause: Cause) -> Cause {
    cause.with_path(|path| terminal::home_relative(Path::new(path)))
}

fn certified(hosts: &[Host]) -> Vec<Certified> {
    let mut certified: Vec<Certified> = Vec::new();
    for host in hosts {
        let address = host.agent.as_deref().map(DesktopAddress::of_ssh_config);
        if let (Some(address), Ok(url)) = (address, host.hostname.parse::<AppUrl>())
            && !certified.iter().any(|(_, taken)| *taken == address)
        {
            certified.push((url, address));
        }
    }
    certified
}

fn alias_after(change: &HostChange) -> Option<&str> {
    match change {
        HostChange::Add(entry) | HostChange::Replace { entry, .. } => Some(&entry.alias),
        HostChange::Remove { .. } | HostChange::Repair => None,
    }
}

fn entry_of(host: &Host, machine: bool) -> HostEntry {
    HostEntry {
        alias: host.alias.clone(),
        hostname: host.hostname.clone(),
        user: host.user.clone(),
        port: host.port,
        certificate: host.agent.is_some(),
        machine,
    }
}

pub(super) fn preview_of(path: &Path, diff: &Diff, command: String) -> PreviewFact {
    PreviewFact {
        file: terminal::home_relative(path),
        lines: diff.lines.iter().map(line_of).collect(),
        added: diff.added,
        removed: diff.removed,
        command,
    }
}

fn line_of(line: &ssh_config::DiffLine) -> DiffLine {
    let kind = match line.kind {
        DiffLineKind::Added => DiffKind::Added,
        DiffLineKind::Removed => DiffKind::Removed,
        DiffLineKind::Context => DiffKind::Context,
    };
    DiffLine { kind, text: line.text.clone() }
}

/// The helper that was installed beside this program.
fn bundled_helper() -> PathBuf {
    let name = format!("sallyport{}", std::env::consts::EXE_SUFFIX);
    match std::env::current_exe() {
        Ok(program) => program.with_file_name(name),
        Err(_) => PathBuf::from(name),
    }
}
