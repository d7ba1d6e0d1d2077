//! `tunnel login`: the person chooses a domain in the dashboard, and its file is written.

use std::path::{Path, PathBuf};

use api::LogIn;
use wire::Realm;

use super::account::{CERT, failed, realm};
use super::asked::Asked;
use crate::chosen::{folders, in_home};
use crate::failure::Failure;
use crate::say;

/// Gets the file.
pub(super) async fn log_in(asked: &Asked) -> Result<(), Failure> {
    let [] = asked.arguments("")?;
    let path = place(asked)?;
    if std::fs::metadata(&path).is_ok_and(|found| found.len() > 0) {
        return Err(Failure::Unusable(format!(
            "{} is there already; move it away to log in to another account or domain",
            path.display()
        )));
    }
    let realm = if asked.on("fedramp") { Realm::fedramp() } else { realm(&|name| asked.anywhere(name))? };
    let log_in = LogIn::new(&realm, asked.own("loginURL"), asked.own("callbackURL")).map_err(failed)?;
    say::note(&format!(
        "Please open the following URL and log in with your Cloudflare account:\n\n{}\n\nLeave sallyport running to \
         download the cert automatically.",
        log_in.link
    ));
    // Where no browser is, the link can be opened anywhere.
    let link = log_in.link.clone();
    // A browser in the terminal stays until it is left; nobody waits for that.
    let opening = tokio::task::spawn_blocking(move || webbrowser::open(&link).is_ok());
    let (_, text) = log_in.wait().await.map_err(failed)?;
    opening.abort();
    save(&path, text.as_bytes())?;
    say::note(&format!("You have successfully logged in. The credentials were saved to: {}", path.display()));
    Ok(())
}

fn place(asked: &Asked) -> Result<PathBuf, Failure> {
    let first = || folders().into_iter().next().map(|folder| folder.join(CERT));
    asked
        .anywhere("origincert")
        .map(|path| in_home(&path))
        .or_else(first)
        .ok_or_else(|| Failure::Unusable("no home folder is known: name a file with --origincert".to_owned()))
}

fn save(path: &Path, text: &[u8]) -> Result<(), Failure> {
    profile::write_atomically(path, text)
        .map_err(|error| Failure::Unusable(format!("{} cannot be written: {error}", path.display())))
}
