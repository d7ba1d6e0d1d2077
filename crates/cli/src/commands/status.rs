//! `sallyport status`: which logins are valid, for people and for scripts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize as _;
use vault::{Slot, Vault};
use wire::{AppUrl, Cause, Claims};

use access::Access;
use profile::VaultChoice;
use ssh_config::Host;

use crate::args::{Flag, Parsed, Takes};
use crate::certificate;
use crate::commands::Failure;
use crate::context::Context;
use crate::{say, tokens};

pub(crate) static FLAGS: &[Flag] =
    &[Flag { name: "json", aliases: &[], env: &[], takes: Takes::Nothing, help: "For scripts" }];

/// What is known about one host's login.
struct Standing {
    host: Host,
    /// Whether it is reached by a service token.
    machine: bool,
    team: Option<String>,
    login: Option<Claims>,
    renews_until: Option<i64>,
    /// Why it does not renew by itself, where the edge has refused that to a desktop that runs.
    refused: Option<Cause>,
    /// Why it was not reached, or its stream ended, the last time that a desktop that runs was told.
    problem: Option<Cause>,
    /// For a host that logs in by one.
    certificate: Option<certificate::Standing>,
}

/// What a running desktop knows of a host.
#[derive(Default)]
struct Told {
    /// What the edge said when the desktop wanted to renew its login.
    refused: Option<Cause>,
    /// What the last `ssh` ran into.
    problem: Option<Cause>,
}

/// Prints how every host stands.
pub(crate) async fn status(context: &Context, given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    let (access, vault) = (context.access()?, context.vault());
    let mut told = told(context).await;
    let mut standings = Vec::new();
    for host in context.hosts()? {
        let Told { refused, problem } = told.remove(&host.hostname).unwrap_or_default();
        let machine = context.profile.settings().machines.contains(&host.hostname);
        standings.push(Standing { refused, problem, machine, ..standing(&access, &vault, host).await? });
    }
    let now = Timestamp::now().as_second();
    if given.on("json") {
        let rows: Vec<serde_json::Value> = standings.iter().map(|standing| standing.as_json(now)).collect();
        let vault = context.profile.settings().vault;
        say::data(&format!("{:#}\n", serde_json::json!({ "hosts": rows, "vault": vault })));
        return Ok(());
    }
    if standings.is_empty() {
        say::note("no hosts yet; add one with: sallyport host add HOSTNAME");
    }
    let width =
        standings.iter().map(|standing| standing.host.alias.chars().count()).max().unwrap_or_default();
    let lines = standings
        .iter()
        .map(|standing| format!("{:width$}  {}\n", standing.host.alias, standing.in_words(now)));
    say::data(&lines.collect::<String>());
    match context.profile.settings().vault {
        VaultChoice::Keychain => {}
        VaultChoice::File => say::note("logins rest in a private file, as chosen in settings.json"),
        VaultChoice::Memory => say::note("logins rest in memory only, as chosen in settings.json"),
    }
    Ok(())
}

async fn standing(access: &Access, vault: &Vault, host: Host) -> Result<Standing, Cause> {
    let app = host.hostname.parse::<AppUrl>().ok().and_then(|url| access.known_app(&url));
    let certificate = certificate::standing(&host).await;
    let Some(app) = app else {
        let (team, login, renews_until, refused, problem, machine) = (None, None, None, None, None, false);
        return Ok(Standing { host, machine, team, login, renews_until, refused, problem, certificate });
    };
    let claims = |slot: Slot| async move {
        let token = vault.read(&slot).await.map_err(|error| error.cause())?;
        Ok::<_, Cause>(token.and_then(|token| token.claims().ok()))
    };
    let login = claims(Slot::App { audience: app.audience.clone() }).await?;
    let org = claims(Slot::Org { team: app.team.clone() }).await?;
    Ok(Standing {
        host,
        machine: false,
        team: Some(app.team.team().to_owned()),
        login,
        renews_until: org.map(|claims| claims.exp),
        refused: None,
        problem: None,
        certificate,
    })
}

/// What a running desktop knows of its hosts beyond the vault, by hostname.
async fn told(context: &Context) -> BTreeMap<String, Told> {
    let Some(mut desktop) = tokens::connect(context).await else { return BTreeMap::new() };
    let Ok(ipc::Answer::Status { json }) = desktop.ask(&ipc::Ask::Status).await else {
        return BTreeMap::new();
    };
    let of_host = |host: &serde_json::Value| {
        let cause = |name| Cause::deserialize(&host[name]).ok();
        let told = Told { refused: cause("renewalRefused"), problem: cause("problem") };
        Some((host["hostname"].as_str()?.to_owned(), told))
    };
    json["hosts"].as_array().into_iter().flatten().filter_map(of_host).collect()
}

impl Standing {
    /// The stable word of this state, as scripts see it.
    fn state(&self, now: i64) -> &'static str {
        if self.machine {
            return "service-token";
        }
        match (&self.login, self.renews_until) {
            (Some(login), _) if login.exp >= now => "valid",
            (_, Some(until)) if until >= now && self.refused.is_none() => "ready",
            (Some(_), _) => "ended",
            (None, _) => "not-logged-in",
        }
    }

    fn in_words(&self, now: i64) -> String {
        match &self.certificate {
            Some(certificate) => format!("{}; {}", self.login_in_words(now), certificate.in_words()),
            None => self.login_in_words(now),
        }
    }

    fn login_in_words(&self, now: i64) -> String {
        let until = |seconds: i64| local_time(seconds, now);
        match (self.state(now), &self.login) {
            ("valid", Some(login)) => {
                format!("logged in until {}{}", until(login.exp), self.renewal_in_words(login, now))
            }
            ("service-token", _) => "reached by a service token".to_owned(),
            ("ready", _) => "ready, logs in as you connect".to_owned(),
            ("ended", Some(login)) => format!("login ended {}", until(login.exp)),
            _ => "not logged in".to_owned(),
        }
    }

    /// The second clock: how long the team's login buys the next one, or why it does not.
    fn renewal_in_words(&self, login: &Claims, now: i64) -> String {
        match (&self.refused, self.renews_until) {
            (Some(cause), _) => {
                let why = say::words_of(cause).title;
                format!("; does not renew by itself: {}", why.trim_end_matches('.'))
            }
            (None, Some(end)) if end > login.exp => {
                format!("; renews by itself until {}", local_time(end, now))
            }
            (None, _) => String::new(),
        }
    }

    fn as_json(&self, now: i64) -> serde_json::Value {
        let time = |seconds: i64| Timestamp::from_second(seconds).map(|at| at.to_string()).ok();
        serde_json::json!({
            "name": self.host.alias,
            "hostname": self.host.hostname,
            "team": self.team,
            "email": self.login.as_ref().map(|login| &login.email),
            "state": self.state(now),
            "machine": self.machine,
            "until": self.login.as_ref().and_then(|login| time(login.exp)),
            "renewsUntil": self.renews_until.and_then(time),
            "renewalRefused": self.refused.as_ref().map(Cause::kind),
            "problem": self.problem.as_ref().map(Cause::kind),
            "certificate": self.certificate.as_ref().map(certificate::Standing::as_json),
        })
    }
}

/// A moment as a person reads it: the time alone today, with its date on other days.
pub(crate) fn local_time(seconds: i64, now: i64) -> String {
    let local = |seconds| Some(Timestamp::from_second(seconds).ok()?.to_zoned(jiff::tz::TimeZone::system()));
    match (local(seconds), local(now)) {
        (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%H:%M").to_string(),
        (Some(at), _) => at.strftime("%a %-d %b %H:%M").to_string(),
        (None, _) => "an unknown time".to_owned(),
    }
}
