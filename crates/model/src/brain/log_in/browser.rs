//! When the browser opens for a log-in: at once for who sits here, and for programs that nobody watches only when asked.

use wire::Cause;

use super::{By, Link, Run, Stage, Wish};
use crate::brain::{LogInForPrograms, Model};
use crate::{Effect, HelperReply};

/// What became of the browser that is to open a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// Nobody who sits here has asked for it yet.
    Unasked,
    /// It is being started.
    Starting,
    /// It was started.
    Opened,
    /// None could be started.
    Missing,
}

impl Run {
    /// Whether somebody who waits is here, and expects a browser.
    fn wants_browser(&self, choice: LogInForPrograms) -> bool {
        let typed = |wish: &Wish| matches!(wish.by, By::Program { terminal: true, .. });
        self.is_by_person() || (choice == LogInForPrograms::Open && self.wishes.iter().any(typed))
    }
}

impl Model {
    pub(in crate::brain) fn open_browser_again(&mut self) {
        let Some(run) = &mut self.log_ins.running else { return };
        run.pressed = true;
        match run.link().cloned() {
            Some(link) if matches!(link.browser, Browser::Opened | Browser::Missing) => {
                self.emit(Effect::OpenLink { team: link.team, link: link.link });
            }
            Some(_) => self.open_browser_if_wanted(),
            None => {}
        }
    }

    /// A browser was started for this link, or could not be.
    pub(in crate::brain) fn link_opened(&mut self, of: &str, opened: bool) {
        let Some(run) = &mut self.log_ins.running else { return };
        let by_person = run.is_by_person();
        let Stage::Waiting(link) = &mut run.stage else { return };
        if link.link != of {
            return;
        }
        link.browser = if opened { Browser::Opened } else { Browser::Missing };
        let link = link.clone();
        self.reply_waiting_to_all(&link);
        if !opened && by_person {
            // Only the dialog has the link now.
            self.show_log_in();
        }
    }

    /// Opens the browser as soon as somebody is there for it.
    pub(super) fn open_browser_if_wanted(&mut self) {
        let choice = self.facts.log_in_for_programs;
        let Some(run) = self.log_ins.running.as_mut().filter(|run| run.wants_browser(choice)) else { return };
        let Stage::Waiting(link) = &mut run.stage else { return };
        if link.browser == Browser::Unasked {
            link.browser = Browser::Starting;
            let (team, link) = (link.team.clone(), link.link.clone());
            self.emit(Effect::OpenLink { team, link });
            self.withdraw_waiting();
        }
    }

    /// Where only programs wait that nobody watches, no browser jumps up: the person is asked, or the programs refused.
    pub(super) fn ask_first(&mut self) {
        let link = self.log_ins.running.as_ref().and_then(Run::link);
        let Some(link) = link.filter(|link| link.browser == Browser::Unasked).cloned() else { return };
        if self.facts.log_in_for_programs == LogInForPrograms::Never {
            self.end_log_in(|host| Cause::LogInNeeded { host });
        } else {
            self.reply_waiting_to_all(&link);
            self.notify_of_waiting();
        }
    }

    pub(super) fn reply_waiting(&mut self, ticket: u64, link: &Link) {
        let reply = HelperReply::Waiting {
            link: link.link.clone(),
            browser_opened: link.browser == Browser::Opened,
            asks_first: link.browser == Browser::Unasked,
        };
        self.emit(Effect::Reply { ticket, reply });
    }

    fn reply_waiting_to_all(&mut self, link: &Link) {
        let wishes = self.log_ins.running.iter().flat_map(|run| &run.wishes);
        let tickets: Vec<_> = wishes.filter_map(|wish| wish.by.ticket()).collect();
        tickets.into_iter().for_each(|ticket| self.reply_waiting(ticket, link));
    }
}
