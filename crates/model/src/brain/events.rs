//! What the effects came to.

use wire::Cause;

use super::{Model, Purpose, Writing};
use crate::{Effect, Event, HostEntry, LoginFact, Page, PreviewFact};

impl Model {
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Helper(missing) => self.hosts.helper = missing,
            Event::Hosts(result) => self.hosts_read(result),
            Event::Logins(result) => self.logins_read(result),
            Event::Certificates(facts) => self.hosts.certify(facts),
            Event::LookedUp { serial, lookup } => self.looked_up(serial, lookup),
            Event::Previewed { serial, preview } => self.previewed(serial, preview),
            Event::Changed { serial, result } => self.changed(serial, result),
            Event::Surroundings(around) => self.around = Some(around),
            Event::ImportRead(found) => self.import_read(found),
            Event::ImportPlanned { serial, plan } => self.import_planned(serial, plan),
            Event::Imported { serial, result } => self.imported(serial, result),
            Event::Undone(result) => self.undone(result),
            Event::LogIn { attempt, step } => self.log_in_step(attempt, step),
            Event::LogInEnded { attempt, result } => self.log_in_ended(attempt, result),
            Event::LoginUnsaved { hostname, cause } => self.login_unsaved(hostname, cause),
            Event::LoginsSaved(result) => self.logins_saved(result),
            Event::Renewed { hostname, result } => self.renewed(&hostname, result),
            Event::LoggedOut { hostname, result } => self.logged_out(&hostname, result),
            Event::Shares { shares, found, has_token } => self.shares_read(shares, found, has_token),
            Event::Groups(groups) => self.share.groups = Some(groups),
            Event::ApiTokenKept(result) => self.api_token_kept(result),
            Event::SharePlanned { serial, plan } => self.share_planned(serial, plan),
            Event::ShareTold { serial, told } => self.share_told(serial, told),
            Event::ShareEnded { serial } => self.share_ended(serial),
            Event::RulesSaved { hostname, result } => self.rules_saved(&hostname, result),
            Event::PeopleRead { hostname, result } => self.people_read(&hostname, result),
            Event::PeopleSaved { hostname, result } => self.people_saved(&hostname, result),
            Event::NameChecked { hostname, leads } => self.name_checked(&hostname, leads),
            Event::NamePointed { hostname, result } => self.name_pointed(hostname, result),
            Event::ServiceSwitched { hostname, result } => self.service_switched(hostname, result),
            Event::ServerStarted(result) => self.share.problem = result.err(),
            Event::Services(shares) => self.services_read(shares),
            Event::StaysAwake(agreed) => self.stays_awake(agreed),
            Event::TerminalOpened(result) => self.failed = result.err(),
            Event::VaultChosen(result) => self.vault_chosen(result),
            Event::NotificationPressed { request } => self.request(request),
            Event::Window(there) => self.window(there),
            Event::Focus(focus) => self.focus(focus),
            Event::SavesPower(saves) => self.power(saves),
            Event::LinkOpened { link, opened } => self.link_opened(&link, opened),
        }
    }

    fn hosts_read(&mut self, result: Result<Vec<HostEntry>, Cause>) {
        match result {
            Ok(entries) => {
                self.hosts.replace(entries);
                self.read_logins();
                self.draft_hosts_changed();
                self.look_for_import();
                match self.page.clone() {
                    Page::Host { alias } if self.hosts.find(&alias).is_some() => self.read_lines(&alias),
                    Page::Host { .. } => self.page = Page::Hosts,
                    Page::Hosts | Page::Draft | Page::Import | Page::Share => {}
                }
            }
            Err(cause) => {
                self.hosts.loaded = true;
                self.hosts.config = Some(cause);
            }
        }
    }

    fn logins_read(&mut self, result: Result<Vec<LoginFact>, Cause>) {
        match result {
            Ok(facts) => {
                self.hosts.vault = None;
                facts.into_iter().for_each(|fact| self.hosts.learn(fact));
            }
            Err(cause) => self.hosts.vault = Some(cause),
        }
    }

    fn previewed(&mut self, serial: u64, preview: Result<PreviewFact, Cause>) {
        match self.previews.remove(&serial) {
            Some(Purpose::Draft) => self.draft_previewed(preview),
            Some(Purpose::Lines(alias)) => self.lines = preview.ok().map(|preview| (alias, preview)),
            None => {}
        }
    }

    fn changed(&mut self, serial: u64, result: Result<(), Cause>) {
        self.has_written |= result.is_ok();
        match (self.changes.remove(&serial), result) {
            (Some(Writing::Draft(entry)), Ok(())) => self.draft_saved(&entry, serial),
            (Some(Writing::Draft(_)), Err(cause)) => self.draft_not_saved(cause),
            (Some(Writing::Remove(alias)), Err(cause)) => {
                self.hosts.leaving.remove(&alias);
                self.toast = None;
                self.failed = Some(cause);
            }
            // Nothing was written, so nothing is to be undone.
            (Some(Writing::TakenBack), Err(_)) => {}
            (Some(Writing::TakenBack), Ok(())) => return self.emit(Effect::UndoChange { serial }),
            (_, Err(cause)) => self.failed = Some(cause),
            (_, Ok(())) => {}
        }
        self.emit(Effect::ReadHosts);
    }

    fn undone(&mut self, result: Result<(), Cause>) {
        self.failed = result.err();
        self.emit(Effect::ReadHosts);
    }

    fn logged_out(&mut self, hostname: &str, result: Result<(), Cause>) {
        match result {
            Ok(()) => {
                self.say(format!("Logged out of {}", self.hosts.name_of(hostname)), None);
                self.read_logins();
            }
            Err(cause) => self.failed = Some(cause),
        }
    }

    fn vault_chosen(&mut self, result: Result<(), Cause>) {
        match result {
            Ok(()) => {
                self.read_logins();
                if self.hosts.all().next().is_none() {
                    self.emit(Effect::LookAround);
                }
            }
            Err(cause) => self.failed = Some(cause),
        }
    }
}
