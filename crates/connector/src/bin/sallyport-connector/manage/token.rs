//! `tunnel token`: the right to run a tunnel, in one line or as a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wire::Cause;
use wire::tunnel::Credentials;

use super::account::{Account, failed};
use super::asked::Asked;
use super::create;
use crate::failure::Failure;
use crate::say;

/// Prints the token of a tunnel, or writes its credentials.
pub(super) async fn token(asked: &Asked) -> Result<(), Failure> {
    let [named] = asked.arguments("name a tunnel, or give its id")?;
    let account = Account::open(asked)?;
    let id = account.id(named).await?;
    let token = account.api.tunnel_token(&id).await.map_err(failed)?;
    let Some(file) = asked.credentials_file() else {
        say::data(&format!("{}\n", *token));
        return Ok(());
    };
    let read = Credentials::from_token(&token);
    let read = read.map_err(|error| Cause::Unexpected { what: format!("the API's token: {error}") })?;
    let secret = zeroize::Zeroizing::new(STANDARD.encode(read.secret.expose()));
    create::write(&file, &read.account, read.endpoint.as_deref(), &id, &secret)
        .map_err(|error| Failure::Unusable(format!("{} cannot be written: {error}", file.display())))
}
