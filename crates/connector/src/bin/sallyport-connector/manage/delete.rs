//! `tunnel delete` and `tunnel cleanup`.

use std::path::Path;

use wire::Cause;
use wire::tunnel::Credentials;
use zeroize::Zeroizing;

use super::account::{Account, failed};
use super::asked::Asked;
use crate::chosen::folders;
use crate::failure::Failure;
use crate::say;

/// How the year 1 begins, which stands where a tunnel was never deleted.
const NEVER: &str = "0001-";

/// Ends tunnels, and takes their files away.
pub(super) async fn delete(asked: &Asked) -> Result<(), Failure> {
    let named = asked.some_arguments("name a tunnel or more, or give their ids")?;
    let account = Account::open(asked)?;
    for named in named {
        let id = account.id(named).await?;
        let tunnel = account.api.tunnel(&id).await.map_err(failed)?;
        if !tunnel.deleted_at.starts_with(NEVER) {
            return Err(Failure::Unusable(format!("Tunnel {id} has already been deleted")));
        }
        account
            .api
            .delete_tunnel(&id, asked.on("force"))
            .await
            .map_err(|error| in_use(failed(error), &id))?;
        let beside = std::iter::once(account.folder.clone()).chain(folders());
        let beside = beside.map(|folder| folder.join(format!("{id}.json")));
        let Some(file) = asked.credentials_file().into_iter().chain(beside).find(|file| is_of(file, &id))
        else {
            continue;
        };
        if let Err(error) = std::fs::remove_file(&file) {
            say::note(&format!(
                "tunnel {id} was deleted; its file {} is still there: {error}",
                file.display()
            ));
        }
    }
    Ok(())
}

/// Whether a file holds the credentials of this tunnel, and not of another one that can still be run with them.
fn is_of(file: &Path, id: &str) -> bool {
    let read = std::fs::read(file).ok().map(Zeroizing::new);
    let read = read.and_then(|json| Credentials::from_file(&json).ok());
    read.and_then(|credentials| credentials.tunnel).is_some_and(|tunnel| tunnel.to_string() == id)
}

/// Lets go of the connections of tunnels.
pub(super) async fn clean(asked: &Asked) -> Result<(), Failure> {
    let named = asked.some_arguments("name a tunnel or more, or give their ids")?;
    let account = Account::open(asked)?;
    for named in named {
        let id = account.id(named).await?;
        account.api.clean_connections(&id, asked.own("connector-id")).await.map_err(failed)?;
        say::note(&format!("let go of the connections of tunnel {id}"));
    }
    Ok(())
}

/// A refusal for connections that stand, with what can be done.
fn in_use(failure: Failure, id: &str) -> Failure {
    let Failure::Cause(Cause::ApiRefused { said }) = failure else { return failure };
    Failure::Unusable(format!(
        "tunnel {id} is not deleted: {said}; stop its connectors first, or add --force"
    ))
}
