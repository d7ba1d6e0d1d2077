//! What is mended without a question: nothing here can lose anything, and the ssh config keeps a copy beside it.

use std::io;
use std::path::Path;

use ssh_config::Check;
use wire::Cause;

use super::gather::{self, guarded};
use super::lines::Program;
use crate::commands::tell_desktop;
use crate::context::Context;

/// Mends, and says what.
pub(super) async fn mend(context: &Context) -> Result<Vec<String>, Cause> {
    let mut mended = permissions(context)?;
    mended.extend(fences(context)?);
    mended.extend(helper(context).await?);
    mended.extend(order(context)?);
    if !mended.is_empty() {
        tell_desktop(context, ipc::Ask::HostsChanged).await;
    }
    Ok(mended)
}

fn permissions(context: &Context) -> Result<Vec<String>, Cause> {
    let mut mended = Vec::new();
    for found in guarded(context).into_iter().filter(|found| found.mode & 0o077 != 0) {
        let path = found.path.display().to_string();
        let mode = if found.is_folder { 0o700 } else { 0o600 };
        set_mode(&found.path, mode)
            .map_err(|error| Cause::ConfigFailed { path: path.clone(), detail: error.to_string() })?;
        mended.push(format!("{path} is for its owner alone ({mode:o})"));
    }
    Ok(mended)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn fences(context: &Context) -> Result<Option<String>, Cause> {
    let config = context.ssh_config()?;
    if config.hosts().is_ok() {
        return Ok(None);
    }
    let change = config.repair(&context.proxy_command()).map_err(|error| error.cause())?;
    change.apply().map_err(|error| error.cause())?;
    Ok(Some(format!("the block in {} is whole again", config.path().display())))
}

async fn helper(context: &Context) -> Result<Option<String>, Cause> {
    let command = context.proxy_command();
    let ours = env!("CARGO_PKG_VERSION");
    let is_good = |found: &Program| matches!(found, Program::Starts(_, version) if version == ours);
    let found = gather::helper(context).await;
    if found == Program::Unused || is_good(&found) || !is_good(&gather::started(&command.helper).await) {
        return Ok(None);
    }
    let config = context.ssh_config()?;
    let hosts = config.hosts().map_err(|error| error.cause())?;
    let change = config.plan(&hosts, &command).map_err(|error| error.cause())?;
    if change.is_empty() {
        return Ok(None);
    }
    change.apply().map_err(|error| error.cause())?;
    Ok(Some(format!("{} runs {}", config.path().display(), command.helper.display())))
}

/// Moves the block before the entries that win over it, where ssh then follows it.
fn order(context: &Context) -> Result<Option<String>, Cause> {
    let config = context.ssh_config()?;
    let hosts = config.hosts().map_err(|error| error.cause())?;
    let command = gather::command_of_block(context, &config);
    let now = config.as_it_is(&command).map_err(|error| error.cause())?;
    let change = config.plan(&hosts, &command).map_err(|error| error.cause())?;
    let is_beaten = |alias: &str| matches!(now.check(alias), Ok(Check::OtherEntryWins { .. }));
    let Some(beaten) = hosts.iter().find(|host| is_beaten(&host.alias)) else { return Ok(None) };
    if change.is_empty() || !matches!(change.check(&beaten.alias), Ok(Check::Fine { .. })) {
        return Ok(None);
    }
    change.apply().map_err(|error| error.cause())?;
    Ok(Some(format!("the block in {} stands first", config.path().display())))
}
