//! `sallyport agent`: holds short-lived certificates for ssh where no desktop does.

use std::time::Duration;

use access::{Agents, Certificate, Served};
use profile::DesktopAddress;
use wire::{AppUrl, Cause};

use crate::args::Parsed;
use crate::certificate::{Tokens, in_words};
use crate::commands::Failure;
use crate::context::{Context, app_url};
use crate::say;
use command_line::Stop;

/// How often to look for hosts that have come or gone, and for addresses that another program has let go.
const LOOK: Duration = Duration::from_secs(2);

type Wanted = (AppUrl, DesktopAddress);

/// Answers ssh until told to stop. The keys end with the process.
pub(crate) async fn agent(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let mut stop = Stop::listen().map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let named = given.rest.iter().map(|named| context.app(named)).collect::<Result<Vec<_>, _>>()?;
    let access = context.access()?;
    let mut wanted = wanted(context, &named)?;
    if wanted.is_empty() {
        say::note(
            "no host logs in by a certificate yet; add one with: sallyport host add HOSTNAME --certificate",
        );
    }
    let mut agents = Agents::new(access.clone(), Tokens { context: context.clone(), access });
    let mut changes = agents.changes();
    let (mut told, mut shown) = (Vec::new(), Vec::new());
    loop {
        let served = agents.answer_for(&wanted);
        let news: Vec<(Wanted, Served)> = wanted.iter().cloned().zip(served).collect();
        news.iter().filter(|one| !told.contains(*one)).for_each(tell);
        told = news;
        tokio::select! {
            _ = stop.asked() => return Ok(()),
            Ok(()) = changes.changed() => {
                let certificates = agents.certificates();
                certificates.iter().filter(|one| !shown.contains(*one)).for_each(show);
                shown = certificates;
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        // A file that is being edited says nothing: those that are there stay.
        if let Ok(hosts) = self::wanted(context, &named) {
            wanted = hosts;
        }
    }
}

/// The hosts of the block that log in by a certificate, at the addresses that ssh reads there, and those named.
fn wanted(context: &Context, named: &[AppUrl]) -> Result<Vec<Wanted>, Cause> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for host in context.hosts()? {
        if let Some(address) = &host.agent {
            wanted.push((app_url(&host.hostname)?, DesktopAddress::of_ssh_config(address)));
        }
    }
    let address = |app: &AppUrl| context.profile.agent_address(app.host());
    wanted.extend(named.iter().map(|app| (app.clone(), address(app))));
    let mut seen = Vec::new();
    wanted.retain(|(_, address)| {
        !seen.contains(address) && {
            seen.push(address.clone());
            true
        }
    });
    Ok(wanted)
}

fn tell(((app, address), served): &(Wanted, Served)) {
    let host = app.host();
    match served {
        Served::Here => say::note(&format!("answers for {host} at {}", address.in_ssh_config())),
        Served::Elsewhere => say::note(&format!("another Sallyport answers for {host}; this one waits")),
        Served::Nobody(cause) => say::problem(cause),
    }
}

fn show((app, certificate): &(AppUrl, Certificate)) {
    say::note(&format!("{}: {}", app.host(), in_words(certificate)));
}
