//! The API token: from a file, a variable or the keyring, or from the person; never from the command line, which every
//! user of the machine can read.

use std::io::{BufRead as _, IsTerminal as _, Read as _};
use std::path::Path;

use api::{Api, ApiToken};
use command_line::Parsed;
use vault::Slot;
use wire::{Cause, Jwt, api_token_page};
use zeroize::Zeroizing;

use crate::commands::Failure;
use crate::opened::{Opened, unusable};
use crate::output::{Output, note};

/// The variable that other programs of Cloudflare's read as well.
pub(crate) const VARIABLE: &str = "CLOUDFLARE_API_TOKEN";
/// No token is longer, in bytes.
const LONGEST: u64 = 4096;

/// The API for whoever's token is found. With `may_ask`, a person at the terminal is asked for one.
pub(crate) async fn api(opened: &Opened, given: &Parsed, may_ask: bool) -> Result<Api, Failure> {
    let token = find(opened, given, may_ask).await?;
    let base = given.value("api-url");
    Api::of_token(opened.profile.realm(), &ApiToken::new(&token), base).map_err(|error| error.cause().into())
}

/// Keeps the token in the keyring from now on.
pub(crate) async fn remember(opened: &Opened, given: &Parsed, output: Output) -> Result<(), Failure> {
    let token = find(opened, given, false).await?;
    let kept = opened.vault.patient().write(&Slot::ApiToken, &Jwt::new(&token)).await;
    kept.map_err(|error| Failure::Cause(error.cause()))?;
    output.says("the API token is in the keyring from now on");
    Ok(())
}

async fn find(opened: &Opened, given: &Parsed, may_ask: bool) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = given.value("api-token-file").filter(|path| !path.is_empty()) {
        return in_file(Path::new(path));
    }
    if let Some(token) = std::env::var(VARIABLE).ok().filter(|token| !token.trim().is_empty()) {
        return Ok(Zeroizing::new(token.trim().to_owned()));
    }
    match opened.vault.read(&Slot::ApiToken).await {
        Ok(Some(token)) => return Ok(Zeroizing::new(token.reveal().to_owned())),
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, "the keyring has no API token for us"),
    }
    if may_ask && std::io::stdin().is_terminal() {
        return asked();
    }
    Err(Cause::ShareNoToken { link: api_token_page() }.into())
}

fn in_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map_err(|error| unusable(path, &error.to_string()))?;
    match text.trim() {
        "" => Err(unusable(path, "it is empty").into()),
        token => Ok(Zeroizing::new(token.to_owned())),
    }
}

fn asked() -> Result<Zeroizing<String>, Failure> {
    note(&format!("make an API token at {}", api_token_page()));
    note("paste it here (it is not shown), then press Enter:");
    let _unseen = Unseen::begin();
    let mut line = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().take(LONGEST).read_line(&mut line);
    read.map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    match line.trim() {
        "" => Err(Cause::ShareNoToken { link: api_token_page() }.into()),
        token => Ok(Zeroizing::new(token.to_owned())),
    }
}

/// As long as this lives, the terminal does not show what is typed.
struct Unseen {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

impl Unseen {
    #[cfg(unix)]
    fn begin() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = rustix::stdio::stdin();
        let before = tcgetattr(stdin).ok();
        if let Some(mut changed) = before.clone() {
            changed.local_modes.remove(LocalModes::ECHO);
            // A terminal that cannot do that shows what is typed.
            let _ = tcsetattr(stdin, OptionalActions::Now, &changed);
        }
        Self { before }
    }

    #[cfg(not(unix))]
    fn begin() -> Self {
        Self {}
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(rustix::stdio::stdin(), now, before);
        }
    }
}
