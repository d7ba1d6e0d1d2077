//! The right to run a tunnel: a token, credentials, or the file that was made with the tunnel.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use wire::tunnel::{Credentials, TunnelId};
use zeroize::Zeroizing;

use crate::chosen::{Chosen, folders};
use crate::failure::Failure;
use crate::{manage, unit};

/// No token and no file of credentials is longer.
const LONGEST: u64 = 64 * 1024;
/// What to do when there is nothing to run a tunnel with.
const GIVE: &str = "give the tunnel's token with --token-file FILE or in TUNNEL_TOKEN, or its credentials with \
                    --credentials-file FILE";

/// Finds them: a token counts before credentials, those before a file of theirs.
pub(crate) fn find(chosen: &Chosen) -> Result<Credentials, Failure> {
    if let Some(token) = token(chosen)? {
        return Credentials::from_token(&token).map_err(|_| {
            Failure::Misuse("Provided Tunnel token is not valid: take it whole from the dashboard".to_owned())
        });
    }
    let named = chosen.tunnel()?;
    let id = named.as_deref().and_then(|name| name.parse::<TunnelId>().ok());
    let credentials = match chosen.value("credentials-contents") {
        Some(json) => read("the credentials", Zeroizing::new(json).as_bytes())?,
        None => {
            let file = file(chosen, named.as_deref(), id)?;
            let json = text_of(&file).map_err(|error| unusable(&file, &error.to_string()))?;
            read(&file.display().to_string(), json.as_bytes())?
        }
    };
    match (credentials.tunnel, id) {
        (Some(own), Some(other)) if own != other => Err(Failure::Misuse(format!(
            "the credentials are for tunnel {own}, and the one to run is {other}"
        ))),
        (None, None) => {
            Err(Failure::Misuse("these credentials name no tunnel; name it by its id".to_owned()))
        }
        _ => Ok(Credentials { tunnel: credentials.tunnel.or(id), ..credentials }),
    }
}

fn token(chosen: &Chosen) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(token) = chosen.value("token") {
        return Ok(Some(Zeroizing::new(token)));
    }
    if let Some(unit) = chosen.path("unit") {
        let token = unit::token(&unit).transpose().map_err(|error| unusable(&unit, &error.to_string()))?;
        let none = || Failure::Unusable(format!("{} runs no tunnel by a token", unit.display()));
        return token.ok_or_else(none).map(Some);
    }
    let Some(file) = chosen.path("token-file") else { return Ok(None) };
    text_of(&file).map(Some).map_err(|error| unusable(&file, &error.to_string()))
}

/// The credentials file that was named, or the one under the tunnel's id where cloudflared keeps them.
fn file(chosen: &Chosen, named: Option<&str>, id: Option<TunnelId>) -> Result<PathBuf, Failure> {
    if let Some(file) = chosen.path("credentials-file") {
        return Ok(file);
    }
    let Some(named) = named else {
        return Err(Failure::Misuse(format!("nothing says which tunnel to run: {GIVE}")));
    };
    // Only Cloudflare knows which tunnel has a name.
    let (id, beside) = match id {
        Some(id) => {
            let beside = chosen.path("origincert").and_then(|cert| cert.parent().map(Path::to_owned));
            (id.to_string(), beside.map(|folder| folder.join(format!("{id}.json"))))
        }
        None => manage::look_up(chosen, named).map(|(id, file)| (id, Some(file)))?,
    };
    let places = folders().into_iter().map(|folder| folder.join(format!("{id}.json")));
    let mut places: Vec<PathBuf> = beside.into_iter().chain(places).collect();
    match places.iter().position(|file| file.is_file()) {
        Some(at) => Ok(places.swap_remove(at)),
        None => Err(Failure::Unusable(format!(
            "no credentials of tunnel {id} in {}: {GIVE}",
            folders().iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
        ))),
    }
}

fn read(place: &str, json: &[u8]) -> Result<Credentials, Failure> {
    Credentials::from_file(json)
        .map_err(|error| Failure::Unusable(format!("{place} cannot be used: {error}")))
}

fn text_of(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

fn unusable(path: &Path, what: &str) -> Failure {
    Failure::Unusable(format!("{} cannot be read: {what}", path.display()))
}
