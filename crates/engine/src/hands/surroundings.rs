//! What a first host needs, and whether it is here.

use std::process::{Command, Stdio};

use model::{KeptIn, Surroundings};
use profile::{Profile, VaultChoice};
use vault::Vault;

pub(super) async fn look(vault: &Vault, profile: &Profile) -> Surroundings {
    let chosen = profile.settings().browser.clone();
    let programs = tokio::task::spawn_blocking(move || (ssh(), access::has_browser(chosen.as_deref())));
    // It may have been chosen since this program started.
    let chosen = profile.reread().map_or(profile.settings().vault, |profile| profile.settings().vault);
    let kept_in = match chosen {
        VaultChoice::File => KeptIn::File,
        VaultChoice::Keychain => KeptIn::Keychain,
        VaultChoice::Memory => KeptIn::Memory,
    };
    let vault = vault.probe().await.map(|()| kept_in).map_err(|error| error.cause());
    let (ssh, browser) = programs.await.unwrap_or_default();
    Surroundings { ssh, vault, browser }
}

/// How ssh names itself: the first word of what `ssh -V` says on stderr.
fn ssh() -> Option<String> {
    let said = Command::new("ssh").arg("-V").stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&said.stderr);
    said.split([',', ' ']).next().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}
