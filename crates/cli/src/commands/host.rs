//! `sallyport host add|list|remove`: the managed block, from a terminal.

use access::{Access, AccessError, ServiceToken};
use ssh_config::{Change, DiffLineKind, Host, InvalidHost};
use wire::{AppUrl, Cause};

use crate::args::{self, Flag, Misuse, Parsed, Takes};
use crate::commands::{Failure, tell_desktop};
use crate::context::{Context, app_url};
use crate::{machine, say, tokens};

pub(crate) static ADD: &[Flag] = &[
    Flag {
        name: "name",
        aliases: &["n"],
        env: &[],
        takes: Takes::Value,
        help: "What you will type after ssh",
    },
    Flag { name: "user", aliases: &["u"], env: &[], takes: Takes::Value, help: "Remote user" },
    Flag {
        name: "port",
        aliases: &["p"],
        env: &[],
        takes: Takes::Value,
        help: "Remote port, for the server's own use",
    },
    Flag {
        name: "certificate",
        aliases: &["c"],
        env: &[],
        takes: Takes::Nothing,
        help: "Log in by a short-lived certificate, which an agent holds in memory",
    },
    Flag {
        name: "machine",
        aliases: &["m"],
        env: &[],
        takes: Takes::Nothing,
        help: "Log in by a service token: id and secret from stdin, two lines, or the environment",
    },
    Flag {
        name: "credentials",
        aliases: &[],
        env: &[],
        takes: Takes::Value,
        help: "A file with client id and secret, for --machine",
    },
    Flag {
        name: "dry-run",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Show the lines, write nothing",
    },
    Flag {
        name: "no-check",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Add it without asking the edge",
    },
];

pub(crate) static REMOVE: &[Flag] = &[Flag {
    name: "dry-run",
    aliases: &[],
    env: &[],
    takes: Takes::Nothing,
    help: "Show the lines, write nothing",
}];

pub(crate) static LIST: &[Flag] =
    &[Flag { name: "json", aliases: &[], env: &[], takes: Takes::Nothing, help: "For scripts" }];

/// Adds a host: looks it up, shows the lines, writes them.
pub(crate) async fn add(context: &Context, given: &Parsed) -> Result<(), Failure> {
    // What stands there too much is a secret, most likely: it is not repeated.
    if given.on("machine") && given.rest.len() > 1 {
        let place = "client id and secret are no arguments, which others can see; give them with `--credentials`, \
                     by TUNNEL_SERVICE_TOKEN_ID and TUNNEL_SERVICE_TOKEN_SECRET, or on stdin";
        return Err(Misuse::Missing(place).into());
    }
    let app = context.app(given.one("name the hostname to add, such as build-01.acme.dev")?)?;
    let alias = given.value("name").map_or_else(|| first_label(app.host()), str::to_owned);
    let mut hosts = context.hosts()?;
    if hosts.iter().any(|host| host.alias == alias) {
        return Err(Cause::NameTaken { alias }.into());
    }
    let access = context.access()?;
    let service = match given.on("machine") {
        true => Some(machine::given(given.value("credentials"), &|name| std::env::var(name).ok())?),
        false if given.value("credentials").is_some() => {
            return Err(Misuse::Missing("flag `--credentials` goes with `--machine`").into());
        }
        false => None,
    };
    if !given.on("no-check") {
        check(&access, &app, service.as_ref()).await?;
    }
    hosts.push(described(context, &alias, app.host(), given)?);
    let change = planned(context, &hosts)?;
    say::data(&shown(&change));
    if given.on("dry-run") {
        return Ok(());
    }
    checked(&change, &alias)?;
    if let Some(service) = &service {
        access.keep_service_token(&app, service).await.map_err(|error| error.cause())?;
    }
    // A host that is added anew without one is a person's again.
    mark(context, &app, service.is_some())?;
    change.apply().map_err(|error| error.cause())?;
    tell_desktop(context, ipc::Ask::HostsChanged).await;
    say::note(&format!("added; now run: {}", context.ssh_command(&alias)));
    if given.on("certificate") && tokens::connect(context).await.is_none() {
        say::note("its certificate is held by the window program, or by: sallyport agent");
    }
    Ok(())
}

/// Takes a host away.
pub(crate) async fn remove(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let alias = given.one("name the host to remove")?;
    let mut hosts = context.hosts()?;
    let Some(at) = hosts.iter().position(|host| host.alias == alias) else {
        return Err(Cause::UnknownHost { alias: args::beginning(alias) }.into());
    };
    let removed = hosts.remove(at);
    let change = planned(context, &hosts)?;
    say::data(&shown(&change));
    if given.on("dry-run") {
        return Ok(());
    }
    change.apply().map_err(|error| error.cause())?;
    let app = app_url(&removed.hostname)?;
    if context.is_machine(&app) && hosts.iter().all(|host| host.hostname != removed.hostname) {
        mark(context, &app, false)?;
        context.access()?.forget_service_token(&app).await.map_err(|error| error.cause())?;
    }
    tell_desktop(context, ipc::Ask::HostsChanged).await;
    say::note(&format!("removed {alias}"));
    Ok(())
}

/// Lists the hosts.
pub(crate) fn list(context: &Context, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    let hosts = context.hosts()?;
    if given.on("json") {
        let machines = &context.profile.settings().machines;
        let rows: Vec<serde_json::Value> =
            hosts.iter().map(|host| as_json(host, machines.contains(&host.hostname))).collect();
        say::data(&format!("{:#}\n", serde_json::Value::from(rows)));
        return Ok(());
    }
    if hosts.is_empty() {
        say::note("no hosts yet; add one with: sallyport host add HOSTNAME");
    }
    let width = hosts.iter().map(|host| host.alias.chars().count()).max().unwrap_or_default();
    let machines = &context.profile.settings().machines;
    let by = |host: &Host| if machines.contains(&host.hostname) { "  (service token)" } else { "" };
    let lines: String =
        hosts.iter().map(|host| format!("{:width$}  {}{}\n", host.alias, host.hostname, by(host))).collect();
    say::data(&lines);
    Ok(())
}

/// Asks the edge what stands before the host, and whether it takes the service token.
async fn check(access: &Access, app: &AppUrl, service: Option<&ServiceToken>) -> Result<(), Cause> {
    match access.discover(app).await {
        Ok(found) => {
            say::note(&format!("{} is behind Cloudflare Access, team {}", app.host(), found.team.team()));
        }
        Err(AccessError::ServiceTokensOnly { .. }) if service.is_some() => {}
        Err(error) => return Err(error.cause()),
    }
    let Some(service) = service else { return Ok(()) };
    match access.admits(app, service).await.map_err(|error| error.cause())? {
        true => Ok(()),
        false => Err(Cause::ServiceTokenRefused { host: app.host().to_owned() }),
    }
}

/// Notes whether this machine reaches the app by a service token.
fn mark(context: &Context, app: &AppUrl, machine: bool) -> Result<(), Cause> {
    if context.is_machine(app) == machine {
        return Ok(());
    }
    let changed = context.profile.change_settings(|settings| {
        if machine {
            settings.machines.insert(app.host().to_owned());
        } else {
            settings.machines.remove(app.host());
        }
    });
    changed.map(drop).map_err(|error| error.cause())
}

fn described(context: &Context, alias: &str, hostname: &str, given: &Parsed) -> Result<Host, Cause> {
    let invalid = |error: InvalidHost| error.cause();
    let mut host = Host::new(alias, hostname).map_err(invalid)?;
    if let Some(user) = given.value("user") {
        host = host.with_user(user).map_err(invalid)?;
    }
    if let Some(port) = given.value("port") {
        let number = port.parse().ok().filter(|number| *number > 0);
        let what = format!("`{port}` is not a port; use a number from 1 to 65535");
        host = host.with_port(number.ok_or(Cause::InvalidHost { what })?);
    }
    if given.on("certificate") {
        let address = context.profile.agent_address(hostname);
        host = host.with_agent(&address.in_ssh_config()).map_err(invalid)?;
    }
    Ok(host)
}

fn planned(context: &Context, hosts: &[Host]) -> Result<Change, Cause> {
    context.ssh_config()?.plan(hosts, &context.proxy_command()).map_err(|error| error.cause())
}

fn checked(change: &Change, alias: &str) -> Result<(), Cause> {
    let check = change.check(alias).map_err(|error| error.cause())?;
    check.cause(change.path()).map_or(Ok(()), Err)
}

fn shown(change: &Change) -> String {
    let lines = change.diff().lines.into_iter().map(|line| {
        let mark = match line.kind {
            DiffLineKind::Added => '+',
            DiffLineKind::Removed => '-',
            DiffLineKind::Context => ' ',
        };
        format!("{mark} {}\n", line.text)
    });
    lines.collect()
}

fn as_json(host: &Host, machine: bool) -> serde_json::Value {
    serde_json::json!({
        "name": host.alias, "hostname": host.hostname, "user": host.user, "port": host.port,
        "certificate": host.agent.is_some(), "machine": machine,
    })
}

fn first_label(hostname: &str) -> String {
    hostname.split('.').next().unwrap_or(hostname).to_owned()
}
