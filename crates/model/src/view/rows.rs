//! One row a host: mark, two lines, colour and button, as the table of states has them.

use crate::brain::{Model, State, Trouble};
use crate::clock::Clock;
use crate::view::send;
use crate::{Button, HostEntry, Mark, MarkKind, Page, Request, Row, Tone};

const DAY: i64 = 24 * 60 * 60;

/// A host with what was made of it.
#[derive(Clone, Debug)]
pub(crate) struct Drawn<'a> {
    pub(crate) entry: &'a HostEntry,
    pub(crate) team: Option<&'a str>,
    pub(crate) state: State,
    pub(crate) row: Row,
}

/// All hosts, by name.
pub(crate) fn draw<'a>(model: &'a Model, clock: &Clock<'_>) -> Vec<Drawn<'a>> {
    model.hosts.all().map(|entry| one(model, clock, entry)).collect()
}

fn one<'a>(model: &'a Model, clock: &Clock<'_>, entry: &'a HostEntry) -> Drawn<'a> {
    let state = model.state(clock, entry);
    let team = model.hosts.team(&entry.hostname);
    let (line1, line2) = lines(model, clock, entry, &state);
    let line2 = note(model, entry, &state).map_or(line2, str::to_owned);
    let open = model.hosts.open_count(&entry.hostname);
    let row = Row {
        alias: entry.alias.clone(),
        hostname: entry.hostname.clone(),
        mark: mark(clock, &state),
        tone: tone(clock, &state),
        button: button(model, entry, &state),
        open,
        tag: model.facts.practice.then(|| "Practice".to_owned()),
        command: model.command(&entry.alias),
        can_log_out: state.is_ready() && !entry.machine,
        spoken: spoken(clock, entry, &state, (&line1, &line2), open),
        line1,
        line2,
    };
    Drawn { entry, team, state, row }
}

fn lines(model: &Model, clock: &Clock<'_>, entry: &HostEntry, state: &State) -> (String, String) {
    let pair = |line1: &str, line2: &str| (line1.to_owned(), line2.to_owned());
    match state {
        State::KeychainLocked { until: Some(until) } => {
            ("Keychain locked".to_owned(), format!("Until {} when last read", clock.moment(*until)))
        }
        State::KeychainLocked { until: None } => pair("Keychain locked", ""),
        State::Blocked => ("Blocked by policy".to_owned(), ask_admin(model.hosts.team(&entry.hostname))),
        State::Unreachable(why) => pair("Cannot be reached", why),
        State::NotBehindAccess => pair("Not behind Access", "Plain ssh, no login"),
        State::LoggingIn => ("Logging in…".to_owned(), waiting_for(model, entry)),
        State::Ending { until, .. } => (format!("Ends {}", clock.moment(*until)), clock.left(*until)),
        State::ServiceToken { until: None } => pair("Service token", "Nobody logs in"),
        State::ServiceToken { until: Some(until) } => {
            let word = if ends_in_14_days(clock, *until) { "Ends" } else { "Until" };
            ("Service token".to_owned(), format!("{word} {}", clock.moment(*until)))
        }
        State::Valid { until, renews_until: Some(end), .. } => {
            (format!("Until {}", clock.moment(*until)), format!("Renews until {}", clock.moment(*end)))
        }
        State::Valid { until, .. } => (format!("Until {}", clock.moment(*until)), clock.left(*until)),
        State::Ready { .. } => pair("Ready", "Logs in as you connect"),
        State::Checking => pair("Checking…", ""),
        State::Ended { until } => (format!("Ended {}", clock.moment(*until)), clock.ago(*until)),
        State::NotLoggedIn => ("Not logged in".to_owned(), last_used(model, clock, entry)),
    }
}

/// What the last `ssh` ran into, where that is no state of the host's own.
fn note(model: &Model, entry: &HostEntry, state: &State) -> Option<&'static str> {
    let (cause, _) = model.hosts.trouble_of(&entry.hostname).filter(|_| *state != State::LoggingIn)?;
    match Trouble::of(cause) {
        Trouble::Noted(words) => Some(words),
        Trouble::Blocked
        | Trouble::NotBehindAccess
        | Trouble::Unreachable(_)
        | Trouble::Vault
        | Trouble::Clock
        | Trouble::LogIn
        | Trouble::Elsewhere => None,
    }
}

fn waiting_for(model: &Model, entry: &HostEntry) -> String {
    let running = model.log_ins.running.as_ref();
    match running.filter(|_| !model.is_served(&entry.hostname)) {
        Some(run) => {
            let name = model.hosts.name_of(&run.hostname);
            format!("After the login to {}", run.team.as_deref().unwrap_or(&name))
        }
        None => super::log_in::waiting_for(model),
    }
}

fn ask_admin(team: Option<&str>) -> String {
    let Some(team) = team else { return "Ask an admin of the team".to_owned() };
    let article = if team.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("Ask {article} {team} admin")
}

fn last_used(model: &Model, clock: &Clock<'_>, entry: &HostEntry) -> String {
    let used = model.hosts.last_used(&entry.hostname);
    used.map_or_else(|| "Never used".to_owned(), |at| format!("Last used {}", clock.moment(at)))
}

fn mark(clock: &Clock<'_>, state: &State) -> Mark {
    let plain = |kind| Mark { kind, left: None };
    match state {
        State::KeychainLocked { .. } => plain(MarkKind::KeychainLocked),
        State::Blocked => plain(MarkKind::Blocked),
        State::Unreachable(_) => plain(MarkKind::Unreachable),
        State::NotBehindAccess => plain(MarkKind::NotBehindAccess),
        State::LoggingIn => plain(MarkKind::LoggingIn),
        State::Ending { since, until } => {
            Mark { kind: MarkKind::Ending, left: Some(clock.share_left(*since, *until)) }
        }
        State::Valid { since, until, .. } => {
            Mark { kind: MarkKind::Valid, left: Some(clock.share_left(*since, *until)) }
        }
        State::ServiceToken { .. } => plain(MarkKind::ServiceToken),
        State::Ready { .. } => plain(MarkKind::Ready),
        State::Checking => plain(MarkKind::Checking),
        State::Ended { .. } => plain(MarkKind::Ended),
        State::NotLoggedIn => plain(MarkKind::NotLoggedIn),
    }
}

fn tone(clock: &Clock<'_>, state: &State) -> Tone {
    match state {
        State::Blocked | State::Unreachable(_) => Tone::Danger,
        State::NotBehindAccess | State::Ending { .. } => Tone::Warn,
        State::ServiceToken { until: Some(until) } if ends_in_14_days(clock, *until) => Tone::Warn,
        State::ServiceToken { .. } | State::Valid { .. } | State::Ready { .. } => Tone::Plain,
        State::KeychainLocked { .. }
        | State::LoggingIn
        | State::Checking
        | State::Ended { .. }
        | State::NotLoggedIn => Tone::Idle,
    }
}

fn button(model: &Model, entry: &HostEntry, state: &State) -> Button {
    let alias = entry.alias.clone();
    match state {
        State::KeychainLocked { .. } => send("Unlock", Request::Unlock),
        State::Blocked | State::Unreachable(_) | State::NotBehindAccess => {
            send("Details", Request::Go { page: Page::Host { alias } })
        }
        // What runs is another team's log-in, and not this row's to cancel.
        State::LoggingIn if !model.is_served(&entry.hostname) => send("Show", Request::ShowLogIn),
        State::LoggingIn => send("Cancel", Request::CancelLogIn),
        State::Ending { .. }
        | State::ServiceToken { .. }
        | State::Valid { .. }
        | State::Ready { .. }
        | State::Checking => send("Connect", Request::Connect { alias }),
        State::Ended { .. } | State::NotLoggedIn => send("Log in", Request::LogIn { alias }),
    }
}

/// `build-01, build-01.acme.dev, logged in until 17:42, 5 hours 12 minutes left, 2 sessions open.`
fn spoken(
    clock: &Clock<'_>,
    entry: &HostEntry,
    state: &State,
    (line1, line2): (&str, &str),
    open: u32,
) -> String {
    let words = match state {
        State::Valid { until, renews_until: Some(end), .. } => {
            format!("logged in until {}, renews by itself until {}", clock.moment(*until), clock.moment(*end))
        }
        State::Ending { until, .. } | State::Valid { until, .. } => {
            format!("logged in until {}, {} left", clock.moment(*until), clock.span_spoken(*until))
        }
        State::KeychainLocked { .. }
        | State::Blocked
        | State::Unreachable(_)
        | State::NotBehindAccess
        | State::LoggingIn
        | State::ServiceToken { .. }
        | State::Ready { .. }
        | State::Checking
        | State::Ended { .. }
        | State::NotLoggedIn => {
            let lines = [line1, line2].into_iter().filter(|line| !line.is_empty());
            lines.map(|line| line.trim_end_matches('…').to_lowercase()).collect::<Vec<_>>().join(", ")
        }
    };
    let sessions = match open {
        0 => String::new(),
        1 => ", 1 session open".to_owned(),
        open => format!(", {open} sessions open"),
    };
    format!("{}, {}, {words}{sessions}.", entry.alias, entry.hostname)
}

fn ends_in_14_days(clock: &Clock<'_>, until: i64) -> bool {
    clock.has_passed(until.saturating_sub(14 * DAY))
}
