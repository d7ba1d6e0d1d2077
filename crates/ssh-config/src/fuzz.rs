//! What must hold for any bytes that a person's ssh config consists of. The fuzz targets in `fuzz/` and the tests below call
//! the same function, which tells whether it held.

use std::path::Path;

use crate::file::Snapshot;
use crate::lines::Text;
use crate::{Host, Import, ProxyCommand, SshConfig};

/// A folder in which nothing is.
const NOWHERE: &str = "/nonexistent/sallyport";

/// Reading and writing is identity; so is adding a host and removing it, and taking entries over and putting them back.
#[must_use]
pub fn config(bytes: &[u8]) -> bool {
    let Some(config) = held(bytes) else { return false };
    let command = ProxyCommand { helper: "/usr/bin/sallyport".into(), profile: None };
    if config.text.with(config.text.lines.clone()) != bytes {
        return false;
    }
    let Ok(hosts) = config.hosts() else {
        let repaired = config.repair(&command).ok().and_then(|it| held(it.after()));
        return repaired.is_some_and(|it| it.hosts().is_ok());
    };
    let is_fresh = hosts.is_empty() && !String::from_utf8_lossy(bytes).contains("allyport");
    !is_fresh || (added_and_removed(&config, bytes, &command) && taken_and_put_back(&config, bytes, &command))
}

fn added_and_removed(config: &SshConfig, bytes: &[u8], command: &ProxyCommand) -> bool {
    let added = Host::new("gpu", "gpu.acme.dev").ok().and_then(|host| config.plan(&[host], command).ok());
    let removed = added.and_then(|it| held(it.after())).and_then(|it| it.plan(&[], command).ok());
    removed.is_some_and(|it| it.after() == bytes)
}

fn taken_and_put_back(config: &SshConfig, bytes: &[u8], command: &ProxyCommand) -> bool {
    let home = Path::new(NOWHERE);
    let agent = |hostname: &str| format!("/run/sallyport-agent/{hostname}.sock");
    let Ok(import) = Import::of(config.clone(), home, &agent) else { return false };
    let all = (0..import.found().len()).collect();
    let Ok(taken) = import.plan(&all, command) else { return false };
    let Some(change) = taken.changes().first() else { return taken.aliases().is_empty() };
    let back = held(change.after()).and_then(|it| Import::back(it, home, &agent, command).ok());
    back.is_some_and(|it| it.changes().first().is_some_and(|change| change.after() == bytes))
}

/// A file that is held in memory alone.
fn held(bytes: &[u8]) -> Option<SshConfig> {
    let path = Path::new(NOWHERE).join("config");
    Some(SshConfig { snapshot: Snapshot::take(&path).ok()?, path, text: Text::parse(bytes) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>, text in "(Host |Match |all|a|b.dev|\\*|!|\"|exec |host |ProxyCommand |cloudflared |access ssh |--hostname %h|=|\n|\r\n|  |#|sallyport >>>|sallyport <<<){0,40}") {
            prop_assert!(config(&bytes) && config(text.as_bytes()), "{}", text);
        }
    }
}
