//! Drawing: the brain's state at one moment as the values that page and tray show.
//!
//! Pure functions of model and clock. The clock hands back when the first of the texts drawn will read differently.

mod banner;
mod detail;
mod draft;
mod first_run;
mod foot;
mod groups;
mod import;
mod log_in;
mod lookup;
mod problem;
mod rows;
mod share;
mod share_list;
mod share_people;
mod share_running;
mod share_service;
mod share_steps;
mod share_troubles;
mod tray;

use crate::brain::{DraftState, Model};
use crate::clock::Clock;
use crate::{Button, ButtonAct, Foot, MenuItem, Now, Page, Request, Snapshot, Tray, TrayIcon, Words};

/// What stops waiting for a log-in, in the tray and in notifications.
pub(crate) const STOP_WAITING: &str = "Stop waiting";

/// Everything drawn from one state at one moment.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) snapshot: Snapshot,
    pub(crate) tray: Tray,
    /// Seconds since the Unix epoch at which some text changes.
    pub(crate) next: Option<i64>,
}

impl View {
    /// Before anything is known.
    pub(crate) fn nothing(words: &Words) -> Self {
        let foot = Foot { icon: TrayIcon::None, line1: String::new(), line2: String::new() };
        let snapshot = Snapshot {
            revision: 0,
            page: Page::Hosts,
            words: words.clone(),
            foot,
            banner: None,
            groups: Vec::new(),
            host_count: 0,
            loaded: false,
            first_run: None,
            draft: None,
            import: None,
            share: None,
            sharing: String::new(),
            question: None,
            log_in: None,
            detail: None,
            toast: None,
            spoken: String::new(),
        };
        let tray = Tray { icon: TrayIcon::None, tooltip: String::new(), menu: Vec::<MenuItem>::new() };
        Self { snapshot, tray, next: None }
    }

    pub(crate) fn draw(model: &Model, now: &Now) -> Self {
        let clock = Clock::new(now);
        let hosts = rows::draw(model, &clock);
        let count = hosts.len();
        let is_first_run = model.hosts.loaded && model.hosts.config.is_none() && count == 0;
        let tray = tray::draw(model, &clock, &hosts);
        let snapshot = Snapshot {
            revision: 0,
            page: model.page.clone(),
            words: model.words.clone(),
            foot: foot::draw(model, &clock, &hosts, tray.icon),
            banner: banner::draw(model),
            host_count: u32::try_from(count).unwrap_or(u32::MAX),
            loaded: model.hosts.loaded,
            first_run: is_first_run.then(|| first_run::draw(model)),
            draft: draft::draw(model, &clock),
            import: import::draw(model, &clock),
            share: share::draw(model, &clock),
            sharing: share_list::tail(model),
            question: model.question.as_ref().map(|asked| share_running::question(model, asked)),
            log_in: log_in::draw(model, &clock, &hosts),
            detail: detail::draw(model, &clock, &hosts),
            toast: model.toast.as_ref().map(|toast| toast.toast.clone()),
            spoken: model.spoken.clone(),
            groups: groups::draw(model, &clock, hosts),
        };
        Self { snapshot, tray, next: clock.next() }
    }
}

/// What the box under the hostname says, for a screen reader.
pub(crate) fn lookup_spoken(model: &Model, clock: &Clock<'_>, draft: &DraftState) -> Option<String> {
    let lookup = lookup::draw(model, clock, draft)?;
    Some(format!("{} {}", lookup.title, lookup.text).trim_end().to_owned())
}

pub(crate) use share_running::invitation;

/// A button that sends a request.
pub(crate) fn send(label: &str, request: Request) -> Button {
    Button { label: label.to_owned(), act: ButtonAct::Send { request } }
}

/// A button that copies a text.
pub(crate) fn copy(label: &str, text: String) -> Button {
    Button { label: label.to_owned(), act: ButtonAct::Copy { text } }
}

/// `acme`, `acme and northwind`, `acme, northwind and widgetcorp`.
pub(crate) fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 host`, `2 hosts`.
pub(crate) fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// The same, but for what begins with a name: addresses and hostnames stay as they are written.
pub(crate) fn sentence(text: &str) -> String {
    let is_name =
        text.split(' ').next().is_some_and(|word| word.contains(['@', '.']) || word.contains("://"));
    if is_name { text.to_owned() } else { capital(text) }
}

/// A sentence's first letter as a capital.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
