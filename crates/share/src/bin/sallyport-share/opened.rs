//! What every command opens: the person's profile, the keyring, and the file of what is shared.

use std::path::PathBuf;

use command_line::Parsed;
use profile::Profile;
use share::{Made, Shares};
use vault::Vault;
use wire::Cause;

use crate::commands::Failure;

/// A person's things.
pub(crate) struct Opened {
    pub(crate) profile: Profile,
    pub(crate) vault: Vault,
    pub(crate) shares: Shares,
}

impl Opened {
    pub(crate) fn open(given: &Parsed) -> Result<Self, Failure> {
        let folder = given.value("profile").map(PathBuf::from);
        let env = |name: &str| std::env::var_os(name);
        let profile = Profile::open(folder, &env).map_err(|error| error.cause())?;
        let (vault, shares) = (Vault::open(&profile), Shares::of(&profile));
        Ok(Self { profile, vault, shares })
    }

    /// What is noted of the hostname that was named, or of the only one there is.
    pub(crate) fn noted(&self, hostname: Option<&str>) -> Result<Option<Made>, Failure> {
        let mut all = self.shares.all()?;
        match (hostname, all.len()) {
            (Some(hostname), _) => Ok(all.remove(hostname)),
            (None, 1) => Ok(all.pop_first().map(|(_, made)| made)),
            (None, 0) => Err(Failure::Unusable("nothing is shared from here; name a hostname".to_owned())),
            (None, _) => {
                let names = all.into_keys().collect::<Vec<_>>().join(", ");
                Err(Failure::Unusable(format!("say which one: {names}")))
            }
        }
    }
}

/// The hostname behind the command's words, or that of the flag.
pub(crate) fn hostname(given: &Parsed) -> Result<Option<String>, Failure> {
    let lower = |name: &str| name.trim_end_matches('.').to_lowercase();
    match given.rest.as_slice() {
        [] => Ok(given.value("hostname").map(lower)),
        [one] => Ok(Some(lower(one))),
        [_, second, ..] => Err(Failure::Misuse(format!("unexpected argument `{second}`"))),
    }
}

/// A file of this machine that cannot be used.
pub(crate) fn unusable(path: &std::path::Path, what: &str) -> Cause {
    Cause::Unexpected { what: format!("{}: {what}", path.display()) }
}
