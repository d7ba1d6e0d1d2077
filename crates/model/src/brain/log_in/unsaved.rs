//! A login that the vault did not take. It works until the program ends, so nobody who waited for it waits longer.

use wire::Cause;

use super::{Failure, Wish};
use crate::Effect;
use crate::brain::Model;

/// What trying a failure again means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// To log in.
    LogIn(Wish),
    /// To save the login that there is.
    Save,
    /// It is being saved.
    Saving,
}

impl Model {
    pub(in crate::brain) fn login_unsaved(&mut self, hostname: String, cause: Cause) {
        if self.log_ins.running.is_some() {
            // The dialog belongs to the next one already.
            self.failed = Some(cause);
            return;
        }
        let team = self.hosts.team(&hostname).map(str::to_owned);
        self.log_ins.failed = Some(Failure { hostname, team, cause, at: self.seconds(), again: Again::Save });
    }

    pub(in crate::brain) fn retry_log_in(&mut self) {
        let Some(failure) = self.log_ins.failed.take() else { return };
        match failure.again {
            Again::LogIn(wish) => self.want(wish),
            Again::Save => {
                self.emit(Effect::SaveLogins);
                self.log_ins.failed = Some(Failure { again: Again::Saving, ..failure });
            }
            Again::Saving => self.log_ins.failed = Some(failure),
        }
    }

    /// What is in memory was saved after all, or again not. Whoever has put the question away is not asked again.
    pub(in crate::brain) fn logins_saved(&mut self, result: Result<(), Cause>) {
        let at = self.seconds();
        let Some(failure) = self.log_ins.failed.take_if(|failure| failure.again == Again::Saving) else {
            return;
        };
        match result {
            Ok(()) => self.say(format!("The login is saved in {}", self.words.keychain), None),
            Err(cause) => {
                self.log_ins.failed = Some(Failure { cause, at, again: Again::Save, ..failure });
            }
        }
    }
}
