//! What a person asks for.

use wire::Cause;

use super::log_in::{By, Wish};
use super::toast::Restores;
use super::{Model, Purpose, Writing};
use crate::clock::Clock;
use crate::{Effect, HostChange, HostEntry, Notification, Page, Request, view};

impl Model {
    pub(super) fn request(&mut self, request: Request) {
        if request.turns_away() {
            self.failed = None;
            self.ran_into = None;
        }
        match request {
            Request::Go { page } => self.go(page),
            Request::LogIn { alias } => self.log_in(&alias, false),
            Request::LogInAndConnect { alias } => self.log_in_and_connect(&alias),
            Request::LogInToTeam { team } => self.log_in_to_team(&team),
            Request::CancelLogIn => self.cancel_log_in(),
            Request::HideLogIn => self.hide_log_in(),
            Request::ShowLogIn => self.show_log_in(),
            Request::OpenBrowserAgain => self.open_browser_again(),
            Request::CopyLogInLink => self.copy_log_in_link(),
            Request::KeepInMemory => self.log_ins.failed = None,
            Request::RetryLogIn => self.retry_log_in(),
            Request::LogOut { alias } => self.log_out(&alias),
            Request::Connect { alias } => self.connect(&alias),
            Request::OpenDraft { alias } => self.open_draft(alias),
            Request::EditDraft { draft } => self.edit_draft(draft),
            Request::LookUpAgain => self.look_up_again(),
            Request::SaveDraft => self.save_draft(),
            Request::CloseDraft => self.close_draft(),
            Request::ChooseImport { choice } => self.choose_import(choice),
            Request::Import => self.run_import(),
            Request::CloseImport => self.close_import(),
            Request::KeepApiToken { token } => self.keep_api_token(token),
            Request::OpenApiTokenPage => self.open_api_token_page(),
            Request::ChangeApiToken { change } => self.share.changes_token = change,
            Request::EditShare { form } => self.edit_share(form),
            Request::PlanShareAgain => self.plan_share(),
            Request::StartSharing => self.start_sharing(),
            Request::CallOffSharing => self.call_off_sharing(),
            Request::ContinueSharing { name } => self.continue_sharing(&name),
            Request::UndoSharing { name } => self.undo_sharing(&name),
            Request::UndoShareStep { name } => self.undo_share_step(&name),
            Request::CloseShareSteps => self.close_share_steps(),
            Request::OpenShare { name } => self.show_share(name),
            Request::ShareAnother => self.share_another(),
            Request::TakeTunnel { name } => self.take_tunnel(&name),
            Request::UseHttp2 { name } => self.use_http2(&name),
            Request::RulesSeen { name } => self.rules_seen(&name),
            Request::EditRules { name } => self.edit_rules(name),
            Request::SaveRules { rules } => self.save_rules(rules),
            Request::CloseRules => self.share.editing = None,
            Request::EditPeople { name } => self.edit_people(name),
            Request::DraftPeople { allow, session } => self.draft_people(allow, session),
            Request::SavePeople => self.save_people(),
            Request::ClosePeople => self.share.people = None,
            Request::PointHere { name } => self.point_here(name),
            Request::RunAsService { name, on } => self.run_as_service(&name, on),
            Request::StartServer => self.emit(Effect::StartServer),
            Request::Disconnect { name, visitor } => self.ask_to_disconnect(name, visitor),
            Request::AnswerAgain { name } => self.answer_again(&name),
            Request::AnswerAtStart { on } => self.answer_at_start(on),
            Request::KeepAwake { on } => self.keep_awake(on),
            Request::StopSharing { name } => self.ask_to_stop(name),
            Request::CopyInvitation { name } => self.copy_invitation(&name),
            Request::Answer { yes, also } => self.answer(yes, also),
            Request::RemoveHost { alias } => self.remove_host(&alias),
            Request::Undo => self.undo(),
            Request::HoldToast { held } => self.hold_toast(held),
            Request::DismissToast => self.toast = None,
            Request::Refresh => self.refresh(),
            Request::Unlock => self.unlock(),
            Request::Online { online } => self.offline = !online,
            Request::UseFileVault => self.emit(Effect::ChooseFileVault),
            Request::RepairConfig => _ = self.write(Writing::Repair, HostChange::Repair),
            Request::NotToday { team } => self.mute_until_midnight(team),
            Request::ShowWindow => self.emit(Effect::ShowWindow),
            Request::CloseWindow => self.emit(Effect::CloseWindow),
            Request::WindowClosed => self.window_closed(),
            Request::Quit => self.quit(),
        }
    }

    fn refresh(&mut self) {
        // Until the window says otherwise: its word may be wrong, and the person wants to try.
        self.offline = false;
        self.emit(Effect::ReadHosts);
    }

    fn unlock(&mut self) {
        let hostnames = self.hosts.hostnames();
        self.emit(Effect::Unlock { hostnames });
    }

    pub(super) fn write(&mut self, why: Writing, change: HostChange) -> u64 {
        let serial = self.next_serial();
        self.changes.insert(serial, why);
        self.emit(Effect::Change { serial, change });
        serial
    }

    pub(super) fn preview(&mut self, purpose: Purpose, change: HostChange) {
        let serial = self.next_serial();
        self.previews.retain(|_, other| std::mem::discriminant(other) != std::mem::discriminant(&purpose));
        self.previews.insert(serial, purpose);
        self.emit(Effect::Preview { serial, change });
    }

    /// A page was asked for from the tray or a notification: it needs a window.
    pub(super) fn need_window(&mut self) {
        if !self.is_in_front() {
            self.emit(Effect::ShowWindow);
        }
    }

    pub(super) fn go(&mut self, page: Page) {
        self.need_window();
        match &page {
            Page::Draft if self.draft.is_none() => return self.open_draft(None),
            Page::Host { alias } if self.host(alias).is_none() => return,
            Page::Host { alias } => self.read_lines(alias),
            Page::Import => return self.open_import(),
            Page::Share => self.open_share(),
            Page::Draft | Page::Hosts => {}
        }
        self.page = page;
    }

    pub(super) fn read_lines(&mut self, alias: &str) {
        if self.lines.as_ref().is_some_and(|(of, _)| of != alias) {
            self.lines = None;
        }
        let change = HostChange::Remove { alias: alias.to_owned() };
        self.preview(Purpose::Lines(alias.to_owned()), change);
    }

    pub(super) fn host(&mut self, alias: &str) -> Option<HostEntry> {
        let found = self.hosts.find(alias).cloned();
        if found.is_none() {
            self.failed = Some(Cause::UnknownHost { alias: alias.to_owned() });
        }
        found
    }

    fn log_in(&mut self, alias: &str, connect: bool) {
        // A machine's host has nobody to log in.
        if let Some(entry) = self.host(alias).filter(|entry| !entry.machine) {
            let connect = connect.then(|| entry.alias.clone());
            self.want(Wish {
                app: entry.hostname.clone(),
                hostname: entry.hostname,
                by: By::Person { connect },
            });
        }
    }

    fn log_in_and_connect(&mut self, alias: &str) {
        let Some(entry) = self.host(alias) else { return };
        let now = self.now.clone();
        if self.state(&Clock::new(&now), &entry).is_ready() {
            self.connect(alias);
        } else {
            self.log_in(alias, true);
        }
    }

    fn log_in_to_team(&mut self, team: &str) {
        let used = |entry: &&HostEntry| {
            let works = self.hosts.trouble_of(&entry.hostname).is_none();
            (works, self.hosts.last_used(&entry.hostname))
        };
        // Of hosts used equally long ago, the first by name.
        let hosts = self.hosts.of_team(team).filter(|entry| !entry.machine);
        let last = hosts.collect::<Vec<_>>().into_iter().rev().max_by_key(used);
        if let Some(alias) = last.map(|entry| entry.alias.clone()) {
            self.log_in(&alias, false);
        }
    }

    fn log_out(&mut self, alias: &str) {
        if let Some(entry) = self.host(alias) {
            self.emit(Effect::LogOut { hostname: entry.hostname });
        }
    }

    fn connect(&mut self, alias: &str) {
        if let Some(entry) = self.host(alias) {
            self.hosts.touch(&entry.hostname, self.seconds());
            self.emit(Effect::OpenTerminal { alias: entry.alias });
        }
    }

    fn remove_host(&mut self, alias: &str) {
        let Some(entry) = self.host(alias) else { return };
        let alias = entry.alias;
        if self.page == (Page::Host { alias: alias.clone() }) {
            self.page = Page::Hosts;
        }
        if self.draft.as_ref().is_some_and(|draft| draft.editing.as_ref() == Some(&alias)) {
            self.draft = None;
            self.page = Page::Hosts;
        }
        self.hosts.leaving.insert(alias.clone());
        let serial = self.write(Writing::Remove(alias.clone()), HostChange::Remove { alias: alias.clone() });
        let text = format!("{alias} removed");
        self.say_with_undo(
            text,
            view::send("Undo", Request::Undo),
            Restores { serial, removed: Some(alias) },
        );
    }

    fn window_closed(&mut self) {
        self.window(false);
        self.hide_log_in();
        self.hold_toast(false);
        if std::mem::replace(&mut self.told_of_closing, true) {
            return;
        }
        let notification = Notification {
            tag: "keeps-running".to_owned(),
            summary: format!("Sallyport keeps running in the {}", self.words.menubar),
            body: String::new(),
            default: Some(Request::ShowWindow),
            actions: Vec::new(),
        };
        self.emit(Effect::Notify(notification));
    }
}
