//! `sallyport import`: takes over what a person made for `cloudflared`, and puts it back.
//!
//! Everything is shown before anything is written. The person's lines stay in their files as comments, so that
//! `import --undo` works at any later time and whatever else has changed meanwhile.

mod ask;
mod forwards;
mod others;
mod shown;
mod tokens;

use std::collections::BTreeSet;
use std::path::PathBuf;

use ssh_config::{Found, Import, SshConfigError, Takeover, Verdict};
use wire::Cause;

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::commands::{Failure, tell_desktop};
use crate::context::Context;
use crate::{say, tokens as token_ways};
use ask::Asked;
use forwards::{Back, Forwards};
use tokens::PlainTokens;

#[rustfmt::skip] // one flag a line, so that the list can be read as a table
pub(crate) static FLAGS: &[Flag] = &[
    Flag { name: "dry-run", aliases: &[], env: &[], takes: Takes::Nothing, help: "Show what would change, write nothing" },
    Flag { name: "yes", aliases: &["y"], env: &[], takes: Takes::Nothing, help: "Do not ask" },
    Flag { name: "delete-tokens", aliases: &[], env: &[], takes: Takes::Nothing, help: "Delete the plain files of logins afterwards" },
    Flag { name: "undo", aliases: &[], env: &[], takes: Takes::Nothing, help: "Put everything back that was imported" },
    Flag { name: "json", aliases: &[], env: &[], takes: Takes::Nothing, help: "For scripts; changes nothing without --yes" },
];

const ASK: &str = "add --yes to go on, or --dry-run to look";

/// Shows what there is, asks, takes it over.
pub(crate) async fn import(context: &Context, given: &Parsed) -> Result<(), Failure> {
    if given.on("undo") {
        return undo(context, given).await;
    }
    let import = read(context)?;
    let takeover = import.plan(&chosen(&import, &given.rest)?, &context.proxy_command()).map_err(cause)?;
    let mut tokens = PlainTokens::find(context)?;
    // Who names entries means those, and nothing beside them.
    let forwards = if given.rest.is_empty() { Forwards::find(context) } else { Forwards::default() };
    let acts = given.on("yes") && !given.on("dry-run");
    let is_json = given.on("json");
    if !is_json {
        say::data(&shown::text(context, &import, &takeover, &tokens, &forwards));
        others::unread(&import);
        if takeover.is_empty() && tokens.is_empty() && forwards.is_empty() {
            say::note("nothing here to import");
            return Ok(());
        }
    }
    if given.on("dry-run") || (is_json && !acts) {
        if is_json {
            say::data(&shown::json(&import, &takeover, &tokens, &forwards, false));
        }
        return Ok(());
    }
    if ask::whether(&question(&takeover, &tokens, &forwards), acts, ASK)? == Asked::No {
        say::note("nothing was changed");
        return Ok(());
    }
    let taken = takeover.clone();
    write(context, takeover).await?;
    forwards.take(context)?;
    if !forwards.is_empty() {
        let count = shown::counted(forwards.count(), "forward");
        say::note(&format!("imported {count}; run with: sallyport forwards"));
    }
    tokens.adopt(context).await?;
    if is_json {
        say::data(&shown::json(&import, &taken, &tokens, &forwards, true));
    }
    tokens.offer_deletion(context, given.on("delete-tokens"), acts)?;
    close(context, &import, &taken).await;
    Ok(())
}

async fn undo(context: &Context, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    let (path, home) = places(context)?;
    let agent = |hostname: &str| context.profile.agent_address(hostname).in_ssh_config();
    let takeover = Import::put_back(&path, &home, &agent, &context.proxy_command()).map_err(cause)?;
    let back = Back::plan(context);
    if takeover.is_empty() && back.is_none() {
        say::note("nothing is imported");
        return Ok(());
    }
    say::data(&shown::diffs(context, &takeover));
    if given.on("dry-run") {
        return Ok(());
    }
    let mut what = shown::counted(takeover.aliases().len(), "host");
    if let Some(back) = &back {
        what = format!("{what} and {}", shown::counted(back.count(), "forward"));
    }
    if ask::whether(&format!("Put back {what}?"), given.on("yes"), ASK)? == Asked::No {
        say::note("nothing was changed");
        return Ok(());
    }
    takeover.apply().map_err(cause)?;
    if let Some(back) = back {
        back.apply(context)?;
    }
    tell_desktop(context, ipc::Ask::HostsChanged).await;
    say::note(&format!("put back {what}; files of logins that were deleted stay deleted"));
    Ok(())
}

async fn write(context: &Context, takeover: Takeover) -> Result<(), Failure> {
    if takeover.is_empty() {
        return Ok(());
    }
    if let Some((path, check)) = takeover.check().map_err(cause)?
        && let Some(cause) = check.cause(path)
    {
        return Err(cause.into());
    }
    let count = takeover.aliases().len();
    takeover.apply().map_err(cause)?;
    tell_desktop(context, ipc::Ask::HostsChanged).await;
    say::note(&format!("imported {}; undo with: sallyport import --undo", shown::counted(count, "host")));
    Ok(())
}

/// What is good to know afterwards.
async fn close(context: &Context, import: &Import, taken: &Takeover) {
    let has_certificate = |found: &Found| match &found.verdict {
        Verdict::Taken { hosts, .. } => {
            hosts.iter().any(|host| host.agent.is_some() && taken.aliases().contains(&host.alias))
        }
        Verdict::Left(_) => false,
    };
    if import.found().iter().any(has_certificate) && token_ways::connect(context).await.is_none() {
        say::note("certificates are held by the window program, or by: sallyport agent");
    }
}

fn question(takeover: &Takeover, tokens: &PlainTokens, forwards: &Forwards) -> String {
    let mut parts = Vec::new();
    for (count, what) in [(takeover.aliases().len(), "host"), (forwards.count(), "forward")] {
        if count > 0 {
            parts.push(shown::counted(count, what));
        }
    }
    let logins = shown::counted(tokens.usable(), "login");
    match (parts.join(" and "), tokens.usable()) {
        (none, 0) if none.is_empty() => "Look at old files of logins?".to_owned(),
        (none, _) if none.is_empty() => format!("Copy {logins} to where Sallyport keeps them?"),
        (taken, 0) => format!("Import {taken}?"),
        (taken, _) => format!("Import {taken} and copy {logins} to where Sallyport keeps them?"),
    }
}

fn read(context: &Context) -> Result<Import, Cause> {
    let (path, home) = places(context)?;
    let agent = |hostname: &str| context.profile.agent_address(hostname).in_ssh_config();
    Import::read(&path, &home, &agent).map_err(cause)
}

fn places(context: &Context) -> Result<(PathBuf, PathBuf), Cause> {
    let home = context
        .profile
        .home()
        .ok_or_else(|| Cause::Unexpected { what: "no home folder is known".to_owned() })?;
    Ok((context.profile.ssh_config(), home.to_owned()))
}

/// The entries that were named, or all of them.
fn chosen(import: &Import, names: &[String]) -> Result<BTreeSet<usize>, Failure> {
    let all = import.found().iter().enumerate();
    if names.is_empty() {
        return Ok(all.map(|(at, _)| at).collect());
    }
    let known = |name: &String| import.found().iter().any(|found| found.names.contains(name));
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(Misuse::Unexpected(unknown.clone()).into());
    }
    Ok(all.filter(|(_, found)| found.names.iter().any(|it| names.contains(it))).map(|(at, _)| at).collect())
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn cause(error: SshConfigError) -> Cause {
    error.cause()
}
