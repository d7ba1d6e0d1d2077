//! The first page, shown while there are no hosts.

use wire::Cause;

use super::{banner, capital, import};
use crate::brain::Model;
use crate::{FirstRun, FirstRunCheck, ImportFact, KeptIn, Platform, Surroundings};

pub(crate) fn draw(model: &Model) -> FirstRun {
    let takes = |fact: &ImportFact| fact.entries.iter().filter(|entry| entry.verdict.is_ok()).count();
    let found = model.import.found.as_ref().map(|found| found.as_ref().map_or(0, takes));
    FirstRun {
        import: format!("From {} entries that use cloudflared", import::config(model)),
        found: found.map(|found| if found == 0 { "None found".to_owned() } else { format!("{found} found") }),
        import_first: found.is_some_and(|found| found > 0),
        checks: model.around.as_ref().map(|around| checks(model, around)).unwrap_or_default(),
        foot: if model.has_written {
            String::new()
        } else {
            format!("Nothing on {} has been changed yet.", model.words.machine)
        },
    }
}

fn checks(model: &Model, around: &Surroundings) -> Vec<FirstRunCheck> {
    vec![
        ssh(model.words.platform, around.ssh.as_deref()),
        vault(model, &around.vault),
        browser(model, around),
    ]
}

fn ssh(platform: Platform, said: Option<&str>) -> FirstRunCheck {
    let install = match platform {
        Platform::Linux => "Install the package openssh-client.",
        Platform::Macos => "Restore /usr/bin/ssh.",
        Platform::Windows => "Turn on the optional feature OpenSSH Client.",
    };
    match said {
        // `OpenSSH_9.2p1`, `OpenSSH_for_Windows_9.5p1`
        Some(said) => {
            let name = said.replace("_for_Windows", "").replace('_', " ");
            // Which patch of it is nobody's concern here.
            plain(
                true,
                name.rsplit_once('p')
                    .filter(|(_, patch)| patch.parse::<u32>().is_ok())
                    .map_or(name.clone(), |(name, _)| name.to_owned()),
            )
        }
        None => plain(false, format!("No ssh found. {install}")),
    }
}

fn vault(model: &Model, vault: &Result<KeptIn, Cause>) -> FirstRunCheck {
    let words = model.words.keychain.as_str();
    let name = capital(words.strip_prefix("your ").unwrap_or(words));
    match vault {
        Ok(KeptIn::Keychain) => plain(true, format!("{name} ready")),
        Ok(KeptIn::File) => plain(true, "Private file ready".to_owned()),
        Ok(KeptIn::Memory) => plain(true, "Logins stay in memory".to_owned()),
        Err(cause) => {
            let label = if *cause == Cause::KeychainLocked {
                format!("{name} locked")
            } else if matches!(cause, Cause::NoKeychain { .. }) {
                format!("No {} is running", name.to_lowercase())
            } else {
                format!("{name} not ready")
            };
            FirstRunCheck { fine: false, label, button: banner::buttons(cause).into_iter().next() }
        }
    }
}

fn browser(model: &Model, around: &Surroundings) -> FirstRunCheck {
    if around.browser {
        plain(true, format!("{} opens for logins", capital(&model.words.browser)))
    } else {
        plain(false, "No browser found. Logins will use a link.".to_owned())
    }
}

const fn plain(fine: bool, label: String) -> FirstRunCheck {
    FirstRunCheck { fine, label, button: None }
}
