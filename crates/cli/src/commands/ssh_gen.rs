//! `access ssh-gen`: a short-lived SSH certificate in files, for `Match … exec` and `CertificateFile` (`access.md` 6.6).

use access::{Access, AccessError, App, Certificate, CertificateKey, Renewal, TokenSource as _};
use vault::Turn;
use wire::{AppToken, AppUrl, Cause};

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::certificate::Tokens;
use crate::certificate_files::CertificateFiles;
use crate::commands::Failure;
use crate::context::{Context, NO_LOGIN, app_url};
use crate::log;

pub(crate) static FLAGS: &[Flag] = &[
    Flag {
        name: "hostname",
        aliases: &[],
        env: &[],
        takes: Takes::Value,
        help: "The app's hostname; %h in an ssh config",
    },
    NO_LOGIN,
    log::OF_COMMAND[0],
    log::OF_COMMAND[1],
    log::OF_COMMAND[2],
];

/// Leaves a key and a certificate for it that are good for the next connection.
pub(crate) async fn generate(context: &Context, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    let hostname = given.value("hostname").filter(|hostname| !hostname.is_empty());
    let app = app_of(hostname.ok_or(Misuse::Missing("flag `--hostname` is needed"))?)?;
    let files = CertificateFiles::of(&context.profile, &app)?;
    let access = context.access()?;
    if is_done(&access, &files)? {
        return Ok(());
    }
    // Before the turn, not within it: a log-in may take minutes, and has a turn of its own.
    let tokens = Tokens { context: context.clone(), access: access.clone() };
    let token = tokens.token(&app, None).await?;
    let name = format!("certificate/{}", files.name());
    let _turn = Turn::take(&context.profile, &name).await.map_err(|error| error.cause())?;
    let key = files.key_or_new()?;
    if is_done(&access, &files)? {
        return Ok(());
    }
    let certificate = certified(&tokens, token, &key).await?;
    files.keep(&certificate)?;
    Ok(())
}

/// Whether the files hold a whole pair and a certificate that will still be valid when the connection is made.
fn is_done(access: &Access, files: &CertificateFiles) -> Result<bool, Cause> {
    let Some(key) = files.key()? else { return Ok(false) };
    let certificate = files.certificate()?;
    Ok(certificate.is_some_and(|certificate| certificate.is_for(&key) && access.is_fresh(&certificate)))
}

/// Asks for the certificate; once more with another token when the authority does not accept the one at hand.
async fn certified(
    tokens: &Tokens,
    (app, token): (App, AppToken),
    key: &CertificateKey,
) -> Result<Certificate, Cause> {
    let access = &tokens.access;
    match access.certify(&app, &token, key).await {
        Err(AccessError::CertificateRefused { status: 401 | 403, .. })
            if !access.accepts(&app.url, &token).await.map_err(|error| error.cause())? =>
        {
            let (app, token) =
                tokens.token(&app.url, Some(Renewal { app: app.clone(), rejected: Some(token) })).await?;
            access.certify(&app, &token, key).await.map_err(|error| error.cause())
        }
        settled => settled.map_err(|error| error.cause()),
    }
}

/// A hostname with a colon is a URL or has a port, and is reduced to its host (`access.md` 6.0): the files are named by
/// what ssh calls `%h`.
fn app_of(hostname: &str) -> Result<AppUrl, Cause> {
    let app = app_url(hostname)?;
    if hostname.contains(':') { app_url(app.host()) } else { Ok(app) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_reduced_to_its_host_and_a_plain_path_stays() {
        let app = |text| app_of(text).unwrap().to_string();
        assert_eq!(app("https://app.sim.test:8443/x"), "https://app.sim.test/");
        assert_eq!(app("app.sim.test:443"), "https://app.sim.test/");
        assert_eq!(app("app.sim.test/some"), "https://app.sim.test/some");
    }
}
