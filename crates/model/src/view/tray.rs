//! The tray: which picture, which words, which menu.
//!
//! The menu has the same skeleton in every state: the state in words and what to do about it, hosts, the program.

use std::cmp::Reverse;

use super::rows::Drawn;
use super::{STOP_WAITING, and, foot};
use crate::brain::{Browser, Model, Run, State};
use crate::clock::Clock;
use crate::{MenuItem, Page, Request, Tray, TrayIcon};

/// No text of the menu is longer than this many letters.
const LONGEST: usize = 40;
/// Hosts that stand in the menu itself.
const NEAR: usize = 5;
/// Hosts of one team in `More hosts`.
const PER_TEAM: usize = 20;

/// The state in words, and what can be done about it.
struct Status {
    icon: TrayIcon,
    tooltip: String,
    words: Vec<String>,
    acts: Vec<(String, Request)>,
}

pub(crate) fn draw(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Tray {
    let status = status(model, clock, hosts);
    let mut menu: Vec<_> = status.words.iter().map(|words| MenuItem::Text(cut(words))).collect();
    menu.extend(status.acts.into_iter().map(|(label, request)| act(&label, request)));
    menu.push(MenuItem::Separator);
    menu.extend(near_hosts(model, clock, hosts));
    menu.extend(of_hosts("Log in to", hosts, State::wants_log_in, |alias| Request::LogIn { alias }));
    menu.extend(of_hosts("Log out of", hosts, State::is_ready, |alias| Request::LogOut { alias }));
    if hosts.is_empty() {
        menu.push(act("Add a host…", Request::OpenDraft { alias: None }));
    }
    menu.push(MenuItem::Separator);
    if !model.is_sharing() {
        menu.push(act(&format!("Share {}…", model.words.machine), Request::Go { page: Page::Share }));
    }
    menu.extend([act("Open Sallyport", Request::ShowWindow), act("Quit Sallyport", Request::Quit)]);
    Tray { icon: status.icon, tooltip: format!("Sallyport: {}", status.tooltip), menu }
}

fn act(label: &str, request: Request) -> MenuItem {
    MenuItem::Act { label: cut(label), request }
}

/// Order when several hold: logging in, sharing, ended, ending soon, valid, none.
fn status(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Status {
    if let Some(run) = &model.log_ins.running {
        return logging_in(model, run);
    }
    let logins = of_logins(model, clock, hosts);
    if model.is_sharing() { sharing(model, logins) } else { logins }
}

/// Sharing, over what is to be said of the logins.
fn sharing(model: &Model, logins: Status) -> Status {
    let needs = matches!(logins.icon, TrayIcon::Expired | TrayIcon::Expiring);
    let share = &model.share;
    let all = share.running().map(|(name, _)| name).chain(share.by_service().map(|(name, _)| name));
    let titles: Vec<(&String, String)> = all.map(|name| (name, share.title(name))).collect();
    let of_services: u64 = share.by_service().filter_map(|(_, service)| service.streams).sum();
    let names: Vec<&str> = titles.iter().map(|(_, title)| title.as_str()).collect();
    let lost = share.running().filter(|(_, live)| live.lost.is_some()).count();
    let here = share.running().map(|(_, live)| live.status.visitors.len() as u64).sum::<u64>();
    let connected = match here + of_services {
        _ if lost == names.len() => ", not reachable".to_owned(),
        0 => String::new(),
        some => format!(", {some} connected"),
    };
    let mut text = format!("shared as {}{connected}", and(&names));
    if text.chars().count() > LONGEST && names.len() > 1 {
        text = format!("shared under {} names{connected}", names.len());
    }
    let mut acts = Vec::new();
    for (name, title) in &titles {
        let name = (*name).clone();
        let of = if titles.len() == 1 { String::new() } else { format!(" {title}") };
        if share.facts.contains_key(&name) && titles.len() == 1 {
            acts.push(("Copy invitation".to_owned(), Request::CopyInvitation { name: name.clone() }));
        }
        acts.push((format!("Stop sharing{of}…"), Request::StopSharing { name }));
    }
    acts.extend(logins.acts);
    Status { acts, ..plain(if needs { TrayIcon::SharingAttention } else { TrayIcon::Sharing }, &text) }
}

fn of_logins(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Status {
    if hosts.is_empty() {
        return plain(TrayIcon::None, if model.hosts.loaded { "no hosts yet" } else { "reading your hosts" });
    }
    if hosts.iter().any(|host| matches!(host.state, State::KeychainLocked { .. })) {
        let text = format!("{} is locked", model.words.keychain);
        let acts = vec![("Unlock…".to_owned(), Request::Unlock)];
        return Status { acts, ..plain(TrayIcon::Expired, &text) };
    }
    let is_ready = hosts.iter().any(|host| host.state.is_ready());
    if !is_ready && hosts.iter().any(|host| host.state == State::Checking) {
        return plain(TrayIcon::None, "reading your logins");
    }
    let ending = hosts.iter().filter(|host| matches!(host.state, State::Ending { .. }));
    let first = ending.min_by_key(|host| host.state.ends());
    match (is_ready, first) {
        (false, _) => logged_out(hosts),
        (true, Some(host)) => ending_soon(clock, host),
        (true, None) => ready(clock, hosts),
    }
}

fn plain(icon: TrayIcon, text: &str) -> Status {
    Status { icon, tooltip: text.to_owned(), words: vec![super::capital(text)], acts: Vec::new() }
}

fn logging_in(model: &Model, run: &Run) -> Status {
    let name = model.hosts.name_of(&run.hostname);
    let text = format!("waiting for you to log in to {}", run.team.as_deref().unwrap_or(&name));
    let mut acts = Vec::new();
    if let Some(link) = run.link() {
        let again = if link.browser == Browser::Unasked { "" } else { " again" };
        acts.push((format!("Open the browser{again}"), Request::OpenBrowserAgain));
        acts.push(("Copy login link".to_owned(), Request::CopyLogInLink));
    }
    acts.push((STOP_WAITING.to_owned(), Request::CancelLogIn));
    Status { acts, ..plain(TrayIcon::LoggingIn, &text) }
}

fn logged_out(hosts: &[Drawn<'_>]) -> Status {
    let teams = foot::logged_out_teams(hosts);
    let tooltip =
        if teams.is_empty() { "not logged in".to_owned() } else { format!("logged out of {}", and(&teams)) };
    let log_in =
        |team: &&str| (format!("Log in to {team}"), Request::LogInToTeam { team: (*team).to_owned() });
    Status {
        icon: TrayIcon::Expired,
        tooltip,
        words: vec!["No login is valid".to_owned()],
        acts: teams.iter().map(log_in).collect(),
    }
}

fn ending_soon(clock: &Clock<'_>, host: &Drawn<'_>) -> Status {
    let until = host.state.ends().unwrap_or_default();
    let team = host.team.unwrap_or(&host.entry.alias);
    let text = format!("{team} login ends {}", clock.moment(until));
    let request = host.team.map_or_else(
        || Request::LogIn { alias: host.entry.alias.clone() },
        |team| Request::LogInToTeam { team: team.to_owned() },
    );
    Status {
        icon: TrayIcon::Expiring,
        tooltip: format!("{text}, in {}", clock.span_to(until)),
        words: vec![text],
        acts: vec![(format!("Log in to {team} again"), request)],
    }
}

fn ready(clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Status {
    let ready = hosts.iter().filter(|host| host.state.is_ready()).count();
    let next = hosts.iter().filter(|host| host.state.ends().is_some()).min_by_key(|host| host.state.ends());
    let mut words = vec![format!("{ready} of {} hosts ready", hosts.len())];
    let mut tooltip = format!("{ready} of {} ready", hosts.len());
    if let Some((until, host)) = next.and_then(|host| Some((host.state.ends()?, host))) {
        let moment = clock.moment(until);
        tooltip.push_str(&format!(", next login ends {moment}"));
        words.push(if let State::Valid { until, renews_until: Some(_), .. } = host.state {
            format!("Until {}, renews until {moment}", clock.moment(until))
        } else {
            format!("Next login ends {moment}, {}", host.team.unwrap_or(&host.entry.alias))
        });
    }
    Status { icon: TrayIcon::Valid, tooltip, words, acts: Vec::new() }
}

/// Up to five hosts, last used first; the others by team.
fn near_hosts(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Vec<MenuItem> {
    let mut by_use: Vec<_> = hosts.iter().collect();
    by_use.sort_by_key(|host| Reverse(model.hosts.last_used(&host.entry.hostname)));
    let (near, far) = by_use.split_at(NEAR.min(by_use.len()));
    let mut items: Vec<_> = near.iter().map(|host| host_item(clock, host)).collect();
    if !far.is_empty() {
        items.push(MenuItem::Submenu { label: "More hosts".to_owned(), items: far_hosts(clock, far) });
    }
    items
}

/// One act for each of the hosts that it fits.
fn of_hosts(
    label: &str,
    hosts: &[Drawn<'_>],
    fits: impl Fn(&State) -> bool,
    request: impl Fn(String) -> Request,
) -> Option<MenuItem> {
    let fitting = hosts.iter().filter(|host| fits(&host.state)).take(PER_TEAM);
    let items: Vec<_> =
        fitting.map(|host| act(&host.entry.alias, request(host.entry.alias.clone()))).collect();
    (!items.is_empty()).then(|| MenuItem::Submenu { label: label.to_owned(), items })
}

fn far_hosts(clock: &Clock<'_>, far: &[&Drawn<'_>]) -> Vec<MenuItem> {
    let mut teams: Vec<_> = far.iter().map(|host| (host.team.is_none(), host.team)).collect();
    teams.sort_unstable();
    teams.dedup();
    let of_team = |team: Option<&str>| -> Vec<MenuItem> {
        let mut hosts: Vec<_> = far.iter().filter(|host| host.team == team).collect();
        hosts.sort_by_key(|host| &host.entry.alias);
        hosts.into_iter().take(PER_TEAM).map(|host| host_item(clock, host)).collect()
    };
    match teams.as_slice() {
        [(_, only)] => of_team(*only),
        several => several
            .iter()
            .map(|(_, team)| MenuItem::Submenu {
                label: cut(team.unwrap_or("Not looked up yet")),
                items: of_team(*team),
            })
            .collect(),
    }
}

fn host_item(clock: &Clock<'_>, host: &Drawn<'_>) -> MenuItem {
    let alias = host.entry.alias.clone();
    let (tail, request) = match &host.state {
        State::Valid { until, renews_until: Some(_), .. } => {
            (format!("until {}, renews", clock.moment(*until)), Request::Connect { alias })
        }
        State::ServiceToken { until: None } => ("service token".to_owned(), Request::Connect { alias }),
        State::Valid { until, .. }
        | State::Ending { until, .. }
        | State::ServiceToken { until: Some(until) } => {
            (format!("until {}", clock.moment(*until)), Request::Connect { alias })
        }
        State::Ready { .. } => ("ready".to_owned(), Request::Connect { alias }),
        State::Checking | State::NotBehindAccess | State::KeychainLocked { .. } => {
            (host.row.line1.trim_end_matches('…').to_lowercase(), Request::Connect { alias })
        }
        State::LoggingIn => ("logging in…".to_owned(), Request::ShowLogIn),
        State::Blocked | State::Unreachable(_) => {
            let page = Page::Host { alias };
            (host.row.line1.to_lowercase(), Request::Go { page })
        }
        State::Ended { .. } | State::NotLoggedIn => {
            ("log in and connect".to_owned(), Request::LogInAndConnect { alias })
        }
    };
    // The name gives way, not the state.
    let room = LONGEST.saturating_sub(tail.chars().count() + 3);
    MenuItem::Act { label: format!("{} · {tail}", cut_to(&host.entry.alias, room)), request }
}

fn cut(text: &str) -> String {
    cut_to(text, LONGEST)
}

/// Beginning and end stay, the middle becomes `…`.
fn cut_to(text: &str, longest: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= longest {
        return text.to_owned();
    }
    let room = longest.saturating_sub(1);
    let (head, tail) = (room - room / 2, room / 2);
    let head = letters.iter().take(head);
    let tail = letters.iter().skip(letters.len() - tail);
    head.chain(&['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(cut("build-01"), "build-01");
        let cut = cut("a-very-long-hostname-in-a-deep-zone.eu-central.example.dev");
        assert_eq!(cut, "a-very-long-hostname…central.example.dev");
        assert_eq!(cut.chars().count(), LONGEST);
    }
}
