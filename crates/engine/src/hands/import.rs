//! What cloudflared has left on this machine, and taking it over.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use access::{Access, Adoption, PlainKind, PlainToken};
use model::{ImportEntry, ImportFact, Imported, PlainLogin, PlainLogins, PreviewFact};
use ssh_config::{Found, Import, SshConfigError, Verdict};
use wire::Cause;

use super::hosts::{HostFile, preview_of, shown, told};
use crate::terminal::home_relative;

/// What was read last: choices name its entries by their places. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Imports {
    read: Arc<Mutex<Option<Import>>>,
}

impl Imports {
    /// Reads the files; nobody is asked.
    pub(crate) fn read(&self, hosts: &HostFile, access: &Access) -> Result<ImportFact, Cause> {
        let home = hosts.profile().home().ok_or_else(no_home)?;
        let agent = |hostname: &str| hosts.profile().agent_address(hostname).in_ssh_config();
        let import = Import::read(hosts.path(), home, &agent).map_err(told)?;
        let now = jiff::Timestamp::now().as_second();
        let fact = ImportFact {
            entries: import.found().iter().map(entry).collect(),
            logins: plain_tokens(hosts, access).iter().filter_map(|token| login(token, now)).collect(),
            logins_label: folder(hosts).map(|folder| home_relative(&folder)).unwrap_or_default(),
            unread: import.unread().iter().map(SshConfigError::cause).map(shown).collect(),
        };
        *self.lock() = Some(import);
        Ok(fact)
    }

    /// What taking these entries over would change.
    pub(crate) fn plan(
        &self,
        hosts: &HostFile,
        entries: &BTreeSet<usize>,
    ) -> Result<Vec<PreviewFact>, Cause> {
        let read = self.lock();
        let import = read.as_ref().ok_or_else(not_read)?;
        let takeover = import.plan(entries, hosts.command()).map_err(told)?;
        Ok(takeover.diffs().map(|(path, diff)| preview_of(path, &diff, String::new())).collect())
    }

    /// Takes the entries over, all or none; tells how many hosts they became.
    pub(crate) fn take(
        &self,
        hosts: &HostFile,
        serial: u64,
        entries: &BTreeSet<usize>,
    ) -> Result<usize, Cause> {
        let mut read = self.lock();
        let import = read.as_ref().ok_or_else(not_read)?;
        let takeover = import.plan(entries, hosts.command()).map_err(told)?;
        if takeover.is_empty() {
            return Ok(0);
        }
        if let Some((path, check)) = takeover.check().map_err(told)?
            && let Some(cause) = check.cause(path)
        {
            return Err(shown(cause));
        }
        let count = takeover.aliases().len();
        hosts.keep(serial, || takeover.apply().map_err(told))?;
        *read = None;
        Ok(count)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Import>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies the logins that still work into the vault, and deletes the files that are of no more use if that is wanted.
/// The first thing that goes wrong is told; the others go on.
pub(crate) async fn adopt(hosts: &HostFile, access: &Access, logins: PlainLogins, done: &mut Imported) {
    if logins == PlainLogins::Leave {
        return;
    }
    for token in plain_tokens(hosts, access) {
        let result = adopt_one(access, &token, logins == PlainLogins::Move).await;
        match result {
            Ok((kept, deleted)) => {
                done.logins += usize::from(kept);
                done.deleted += usize::from(deleted);
            }
            Err(cause) => done.trouble = done.trouble.take().or(Some(cause)),
        }
    }
}

async fn adopt_one(access: &Access, token: &PlainToken, delete: bool) -> Result<(bool, bool), Cause> {
    let adoption = access.adopt(token).await.map_err(|error| error.cause())?;
    let goes = delete && adoption.is_spent();
    if goes {
        token.delete().map_err(|error| error.cause())?;
    }
    Ok((matches!(adoption, Adoption::Kept { .. }), goes))
}

fn folder(hosts: &HostFile) -> Option<PathBuf> {
    hosts.profile().cloudflared_dir()
}

fn plain_tokens(hosts: &HostFile, access: &Access) -> Vec<PlainToken> {
    folder(hosts).map(|folder| access.plain_tokens(&folder)).unwrap_or_default()
}

fn login(token: &PlainToken, now: i64) -> Option<PlainLogin> {
    let team = token.team().filter(|_| token.is_usable(now))?;
    let name = match token.kind() {
        PlainKind::Org => team.team().to_owned(),
        PlainKind::App { hostname } => hostname.clone(),
    };
    Some(PlainLogin { name, until: token.ends()? })
}

fn entry(found: &Found) -> ImportEntry {
    let (hostname, verdict) = match &found.verdict {
        Verdict::Taken { hosts, replaced } => {
            (hosts.first().map(|host| host.hostname.clone()), Ok(*replaced))
        }
        Verdict::Left(why) => (None, Err(why.clone())),
    };
    ImportEntry {
        names: found.names.clone(),
        hostname,
        file: home_relative(&found.file),
        line: found.line,
        verdict,
    }
}

fn no_home() -> Cause {
    Cause::Unexpected { what: "no home folder is known".to_owned() }
}

fn not_read() -> Cause {
    Cause::Unexpected { what: "what there is to import was not read".to_owned() }
}
