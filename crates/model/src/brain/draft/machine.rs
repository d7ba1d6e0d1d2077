//! A host that this machine reaches by a service token, as the form describes it.

use super::super::{Model, Writing};
use super::DraftState;
use crate::{Effect, Field, FieldError, HostChange, HostEntry, Secret};

/// The service token to keep with this host; none where none is wanted, or one is kept already.
pub(super) fn wanted(draft: &DraftState, entry: &HostEntry) -> Option<(String, Secret)> {
    let typed = || (draft.fields.client_id.trim().to_owned(), draft.fields.client_secret.clone());
    (entry.machine && !is_kept(draft)).then(typed)
}

fn is_kept(draft: &DraftState) -> bool {
    draft.original.as_ref().is_some_and(|original| original.machine)
}

impl Model {
    pub(super) fn write_machine(&mut self, entry: HostEntry, change: HostChange, token: (String, Secret)) {
        let (serial, hostname) = (self.next_serial(), entry.hostname.clone());
        self.changes.insert(serial, Writing::Draft(entry));
        let (client_id, client_secret) = token;
        self.emit(Effect::ChangeMachine { serial, change, hostname, client_id, client_secret });
    }
}

/// What is wrong with the service token, if one is wanted. One that was saved before is not asked for again.
pub(super) fn faults(draft: &DraftState) -> impl Iterator<Item = FieldError> {
    let (id, secret) = (draft.fields.client_id.trim(), draft.fields.client_secret.reveal());
    let fault = |field, text: &str, missing: &str| {
        let is_text = text.bytes().all(|byte| byte.is_ascii_graphic());
        let what = if text.is_empty() { missing } else { "It has no spaces, and no letters but plain ones" };
        (text.is_empty() || !is_text).then(|| FieldError { field, text: what.to_owned() })
    };
    let faults = [
        fault(Field::ClientId, id, "Paste the client ID of the service token"),
        fault(Field::ClientSecret, secret, "Paste its client secret"),
    ];
    faults.into_iter().flatten().filter(move |_| draft.fields.machine && !is_kept(draft))
}
