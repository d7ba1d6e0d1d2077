//! A brain, a clock that is set by hand, and shorthands for what happens to them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::*;

/// Tuesday 10 March 2026, 12:30 in Berlin.
pub(super) const NOON: &str = "2026-03-10T11:30:00Z";

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;

pub(super) struct Stage {
    pub(super) model: Model,
    pub(super) now: Now,
}

impl Stage {
    /// Nothing was read yet.
    pub(super) fn bare() -> Self {
        let facts = Facts {
            helper_command: "ssh".to_owned(),
            local_user: Some("ada".to_owned()),
            ssh_config_label: "~/.ssh/config".to_owned(),
            practice: false,
            log_in_for_programs: LogInForPrograms::default(),
            keep_warm: false,
            answer_at_start: false,
            keep_awake: false,
            services: Whose::Person,
            token_page: "https://dash.cloudflare.com/make".to_owned(),
        };
        let now = Now { at: NOON.parse().unwrap(), zone: TimeZone::get("Europe/Berlin").unwrap() };
        Self { model: Model::new(Words::of(Platform::Linux, Some("Firefox")), facts), now }
    }

    /// These hosts were read, and this is what the vault holds.
    pub(super) fn with(hosts: &[&str], facts: Vec<LoginFact>) -> Self {
        let mut stage = Self::bare();
        stage.give(Input::Started);
        stage.event(Event::Hosts(Ok(hosts.iter().map(|alias| entry(alias)).collect())));
        stage.event(Event::Logins(Ok(facts)));
        stage
    }

    pub(super) fn give(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.model.handle(&self.now, input);
        if let Some((wake, _)) = self.model.next_wake() {
            assert!(wake > self.now.at, "a wake-up in the past");
        }
        effects
    }

    pub(super) fn event(&mut self, event: Event) -> Vec<Effect> {
        self.give(Input::Event(event))
    }

    pub(super) fn ask(&mut self, request: Request) -> Vec<Effect> {
        self.give(Input::Request(request))
    }

    pub(super) fn helper(&mut self, ticket: u64, ask: HelperAsk) -> Vec<Effect> {
        self.give(Input::Asked { ticket, ask })
    }

    /// Lets the time pass, waking the brain whenever it wants to be woken.
    pub(super) fn wait(&mut self, milliseconds: i64) -> Vec<Effect> {
        let end = self.now.at + milliseconds.milliseconds();
        let mut effects = Vec::new();
        while let Some((wake, _)) = self.model.next_wake().filter(|(wake, _)| *wake <= end) {
            self.now.at = wake;
            effects.extend(self.give(Input::Woke));
        }
        self.now.at = end;
        effects
    }

    pub(super) fn wait_seconds(&mut self, seconds: i64) -> Vec<Effect> {
        self.wait(seconds * 1000)
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.model.snapshot(&self.now)
    }

    pub(super) fn tray(&self) -> Tray {
        self.model.tray(&self.now)
    }

    pub(super) fn row(&self, alias: &str) -> Row {
        let rows = self.snapshot().groups.into_iter().flat_map(|group| group.rows);
        rows.into_iter().find(|row| row.alias == alias).unwrap()
    }

    pub(super) fn lines(&self, alias: &str) -> (String, String) {
        let row = self.row(alias);
        (row.line1, row.line2)
    }
}

pub(super) fn entry(alias: &str) -> HostEntry {
    HostEntry {
        alias: alias.to_owned(),
        hostname: format!("{alias}.acme.dev"),
        user: None,
        port: None,
        certificate: false,
        machine: false,
    }
}

pub(super) fn noon() -> i64 {
    NOON.parse::<Timestamp>().unwrap().as_second()
}

/// What the vault knows of a host of team acme: a login from `since` to `until` and the team's, in seconds from noon.
pub(super) fn login(alias: &str, since: i64, until: i64, renews_until: Option<i64>) -> LoginFact {
    LoginFact {
        hostname: format!("{alias}.acme.dev"),
        app: Some(app("acme")),
        login: Some(SavedLogin {
            email: "ada.park@acme.dev".to_owned(),
            since: noon() + since,
            until: noon() + until,
        }),
        renews_until: renews_until.map(|end| noon() + end),
    }
}

pub(super) fn app(team: &str) -> AppFact {
    AppFact { hostname: format!("*.{team}.dev"), audience: format!("aud-{team}"), team: team.to_owned() }
}

pub(super) fn of_team(team: &str, fact: LoginFact) -> LoginFact {
    LoginFact { app: Some(app(team)), ..fact }
}

/// A host whose team is known and that has no login.
pub(super) fn unused(alias: &str) -> LoginFact {
    LoginFact {
        hostname: format!("{alias}.acme.dev"),
        app: Some(app("acme")),
        login: None,
        renews_until: None,
    }
}

/// A link that works for so many seconds from noon.
pub(super) fn link(works: i64) -> LogInStep {
    LogInStep::Link {
        team: None,
        link: "https://build-01.acme.dev/cdn-cgi/access/cli".to_owned(),
        works_until: noon() + works,
        code: "<svg/>".to_owned(),
    }
}

/// The link of [`link`] was opened, or not.
pub(super) fn opened(opened: bool) -> Event {
    let LogInStep::Link { link, .. } = link(0) else { unreachable!() };
    Event::LinkOpened { link, opened }
}

/// Two lines that a host adds.
pub(super) fn preview(alias: &str) -> PreviewFact {
    let lines = [format!("Host {alias}"), format!("  HostName {alias}.acme.dev")];
    PreviewFact {
        file: "~/.ssh/config".to_owned(),
        lines: lines.into_iter().map(|text| DiffLine { kind: DiffKind::Added, text }).collect(),
        added: 2,
        removed: 0,
        command: format!("ssh {alias}"),
    }
}
