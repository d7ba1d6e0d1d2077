//! The status at the foot of the sidebar: the tray in two lines.

use super::rows::Drawn;
use crate::brain::{Model, State};
use crate::clock::Clock;
use crate::view::{and, capital};
use crate::{Foot, TrayIcon};

pub(crate) fn draw(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>], icon: TrayIcon) -> Foot {
    let (line1, line2) = lines(model, clock, hosts);
    Foot { icon, line1, line2 }
}

fn lines(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> (String, String) {
    if !model.hosts.loaded {
        return ("Reading your hosts…".to_owned(), String::new());
    }
    if hosts.is_empty() {
        return ("No hosts yet".to_owned(), String::new());
    }
    let ready = hosts.iter().filter(|host| host.state.is_ready()).count();
    let line1 = format!("{ready} of {} ready", hosts.len());
    let line2 = if model.log_ins.running.is_some() {
        super::log_in::waiting_for(model)
    } else if let Some(until) = next_end(hosts) {
        format!("Next ends {}", clock.moment(until))
    } else if hosts.iter().any(|host| matches!(host.state, State::KeychainLocked { .. })) {
        format!("{} is locked", capital(&model.words.keychain))
    } else {
        log_in_to(hosts)
    };
    (line1, line2)
}

/// When the first of the logins that work ends.
pub(crate) fn next_end(hosts: &[Drawn<'_>]) -> Option<i64> {
    hosts.iter().filter_map(|host| host.state.ends()).min()
}

/// The teams that want a log-in, by name.
pub(crate) fn logged_out_teams<'a>(hosts: &[Drawn<'a>]) -> Vec<&'a str> {
    let mut teams: Vec<_> =
        hosts.iter().filter(|host| host.state.wants_log_in()).filter_map(|host| host.team).collect();
    teams.sort_unstable();
    teams.dedup();
    teams
}

fn log_in_to(hosts: &[Drawn<'_>]) -> String {
    let teams = logged_out_teams(hosts);
    if !teams.is_empty() {
        return format!("Log in to {}", and(&teams));
    }
    let unknown = hosts.iter().find(|host| host.state.wants_log_in());
    unknown.map_or_else(String::new, |host| format!("Log in to {}", host.entry.alias))
}
