//! `tunnel create`: a tunnel at Cloudflare, and the file with which this machine runs it.

use std::io;
use std::path::Path;

use api::Tunnel;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;
use wire::Cause;
use wire::tunnel::TunnelId;
use zeroize::Zeroizing;

use super::account::{Account, failed};
use super::asked::Asked;
use super::output::Form;
use crate::failure::Failure;
use crate::say;

/// Least length of a tunnel's secret, in bytes.
const SECRET: usize = 32;

/// What is told to scripts: the right to run the tunnel is a part of it, as with cloudflared.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    tunnel: &'a Tunnel,
    token: &'a str,
}

/// Makes a tunnel.
pub(super) async fn create(asked: &Asked) -> Result<(), Failure> {
    let [name] = asked.arguments("name the tunnel, such as: sallyport tunnel create office")?;
    if name.parse::<TunnelId>().is_ok() {
        return Err(Failure::Misuse(format!("`{name}` looks like an id; give the tunnel a name for people")));
    }
    let form = Form::asked(asked)?;
    let secret = secret(asked.own("secret"))?;
    let account = Account::open(asked)?;
    let made = account.api.create_tunnel(name, &secret).await.map_err(failed)?;
    let chosen = asked.credentials_file();
    let file = chosen.clone().unwrap_or_else(|| account.credentials_file(&made.tunnel.id));
    if let Err(error) =
        write(&file, &account.cert.account, account.cert.endpoint.as_deref(), &made.tunnel.id, &secret)
    {
        // Without its file nobody could run it.
        let undone = account.api.delete_tunnel(&made.tunnel.id, true).await;
        let then = match undone {
            Ok(()) => "the tunnel was deleted again".to_owned(),
            Err(_) => {
                format!(
                    "the tunnel is there all the same; end it with: sallyport tunnel delete {}",
                    made.tunnel.id
                )
            }
        };
        return Err(Failure::Unusable(format!("{} cannot be written: {error}; {then}", file.display())));
    }
    let token = made.token.as_ref().map(|token| token.as_str()).unwrap_or_default();
    let made = made.tunnel;
    let shown = match form {
        Form::Yaml => form.writes(&json!({ "tunnel": made, "token": token }))?,
        Form::Json | Form::Text => form.writes(&Shown { tunnel: &made, token })?,
    };
    if shown {
        return Ok(());
    }
    let why = if chosen.is_some() { "" } else { " It lies beside cert.pem." };
    say::data(&format!(
        "Tunnel credentials written to {}.{why} Keep this file secret. To revoke these credentials, delete the \
         tunnel.\n\nCreated tunnel {} with id {}\n",
        file.display(),
        made.name,
        made.id
    ));
    Ok(())
}

/// The secret that was given, or a new one; in base64.
fn secret(given: Option<&str>) -> Result<Zeroizing<String>, Failure> {
    if let Some(given) = given {
        let bytes = STANDARD.decode(given).map(Zeroizing::new);
        return match bytes {
            Ok(bytes) if bytes.len() >= SECRET => Ok(Zeroizing::new(given.to_owned())),
            Ok(_) | Err(_) => {
                Err(Failure::Misuse("`--secret`: it wants 32 bytes or more in base64".to_owned()))
            }
        };
    }
    let mut bytes = Zeroizing::new([0; SECRET]);
    getrandom::fill(&mut *bytes).map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    Ok(Zeroizing::new(STANDARD.encode(*bytes)))
}

/// Writes the credentials of a tunnel for their owner alone; a file that is there stays.
pub(super) fn write(
    path: &Path,
    account: &str,
    endpoint: Option<&str>,
    id: &str,
    secret: &str,
) -> io::Result<()> {
    if path.exists() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it exists already"));
    }
    let json = json!({
        "AccountTag": account, "TunnelSecret": secret, "TunnelID": id, "Endpoint": endpoint.unwrap_or_default(),
    });
    profile::write_atomically(path, Zeroizing::new(json.to_string()).as_bytes())?;
    read_only(path)
}

#[cfg(unix)]
fn read_only(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o400))
}

#[cfg(not(unix))]
fn read_only(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_enough_or_refused() {
        let made = secret(None).unwrap();
        assert_eq!(STANDARD.decode(&*made).unwrap().len(), SECRET);
        assert_ne!(made, secret(None).unwrap());
        assert_eq!(*secret(Some(&STANDARD.encode([1; 40]))).unwrap(), STANDARD.encode([1; 40]));
        for bad in ["short", "AAAA", "not base64 at all, and long enough to be so"] {
            assert!(secret(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_that_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write(&path, "acc", None, "id", "s").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(write(&path, "acc", None, "id", "t").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert!(text.contains("\"AccountTag\":\"acc\"") && text.contains("\"Endpoint\":\"\""), "{text}");
    }
}
