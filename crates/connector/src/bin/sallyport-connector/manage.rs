//! Commands that ask Cloudflare's API: a tunnel is made, looked at, given a hostname, and ended.

mod account;
mod asked;
mod create;
mod delete;
mod hostname;
mod info;
mod list;
mod log_in;
mod output;
mod token;

use std::future::Future;
use std::path::PathBuf;

use command_line::SubCommand;
use command_line::tunnel::{CLEANUP, CREATE, DELETE, INFO, LIST, LOGIN, ROUTE_DNS, TOKEN};
use wire::Cause;

use crate::chosen::Chosen;
use crate::failure::Failure;
use account::Account;
use asked::Asked;

/// The id of the tunnel that has this name at Cloudflare, and where its credentials lie if they were made here.
pub(crate) fn look_up(chosen: &Chosen, name: &str) -> Result<(String, PathBuf), Failure> {
    let account = Account::of(&|flag| chosen.value(flag))?;
    let id = block_on(account.id(name))?;
    let file = account.credentials_file(&id);
    Ok((id, file))
}

/// Runs one of these commands: flags stood `before` its words or follow as its `own`.
pub(crate) fn run(command: &SubCommand, before: &[String], own: &[String]) -> Result<(), Failure> {
    let asked = Asked::read(command, before, own)?;
    block_on(async {
        match command.words {
            words if words == LOGIN.words => log_in::log_in(&asked).await,
            words if words == CREATE.words => create::create(&asked).await,
            words if words == LIST.words => list::list(&asked).await,
            words if words == INFO.words => info::info(&asked).await,
            words if words == DELETE.words => delete::delete(&asked).await,
            words if words == CLEANUP.words => delete::clean(&asked).await,
            words if words == TOKEN.words => token::token(&asked).await,
            words if words == ROUTE_DNS.words => hostname::route(&asked).await,
            words => Err(Failure::Misuse(format!("unknown command `tunnel {}`", words.join(" ")))),
        }
    })
}

fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let done = runtime.block_on(work);
    // A look-up may still wait for a name server on a thread of its own.
    runtime.shutdown_background();
    done
}
