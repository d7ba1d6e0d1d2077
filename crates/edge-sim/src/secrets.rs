//! A list of everything secret that the edge hands out or knows, for whoever looks whether it stands anywhere else.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::plan::Plan;
use crate::random;

/// A shorter one would be found everywhere.
const SHORTEST: usize = 6;

/// The list, a file of its own for each edge; nowhere when nobody wants one.
#[derive(Default)]
pub(crate) struct Secrets(Option<Mutex<File>>);

impl Secrets {
    /// Begins the list in a folder with what the plan holds.
    pub(crate) fn of(plan: &Plan) -> io::Result<Self> {
        let Some(folder) = &plan.secrets else { return Ok(Self::default()) };
        let secrets = Self(Some(Mutex::new(begin(folder)?)));
        plan.apps.iter().flat_map(|app| &app.service_tokens).for_each(|(_, secret)| secrets.note(secret));
        plan.tunnels.iter().for_each(|tunnel| secrets.note(&tunnel.token()));
        plan.account.tokens.iter().for_each(|token| secrets.note(&token.token));
        Ok(secrets)
    }

    /// Puts one on the list. Of a token the claims and the signature alone give it away as well.
    pub(crate) fn note(&self, secret: &str) {
        let Some(file) = &self.0 else { return };
        let parts = secret.split('.').skip(1).chain([secret]).filter(|part| part.len() >= SHORTEST);
        let lines: String = parts.map(|part| format!("{part}\n")).collect();
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(lines.as_bytes()) {
            tracing::error!(%error, "the list of secrets is not complete");
        }
    }
}

fn begin(folder: &Path) -> io::Result<File> {
    let (mut folders, mut file) = (DirBuilder::new(), OpenOptions::new());
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    }
    folders.recursive(true).create(folder)?;
    file.append(true).create_new(true).open(folder.join(random::name()))
}
