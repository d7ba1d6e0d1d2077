//! Forwards of `config.yml`: they become entries of the settings, and their lines comments, which `--undo` makes lines again.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use profile::SavedForward;
use serde_json::{Value, json};
use wire::config_yml::{ConfigYml, Forward, Listed};
use wire::{Cause, LeftAlone};

use super::shown::short;
use crate::config_file;
use crate::context::{Context, app_url};
use crate::local_address::LocalAddress;

/// What a line begins with that was taken over; the same as in an ssh config.
const MARK: &str = "# imported by Sallyport: ";

/// What there is, and what may become of each.
#[derive(Default)]
pub(super) struct Forwards {
    path: PathBuf,
    text: String,
    found: Vec<(Forward, Result<Range<usize>, LeftAlone>)>,
}

impl Forwards {
    /// Reads the file; one that cannot be read has none.
    pub(super) fn find(context: &Context) -> Self {
        let Some(path) = config_file::place(context) else { return Self::default() };
        let Ok(text) = config_file::text(&path) else { return Self::default() };
        let listed = ConfigYml::listed(&text).unwrap_or_default();
        let saved = &context.profile.settings().forwards;
        let found = listed.into_iter().map(|one| judged(&path, saved, one)).collect();
        Self { path, text, found }.checked()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many can be taken over.
    pub(super) fn count(&self) -> usize {
        self.taken().count()
    }

    fn taken(&self) -> impl Iterator<Item = (&Forward, &Range<usize>)> {
        self.found.iter().filter_map(|(forward, verdict)| Some((forward, verdict.as_ref().ok()?)))
    }

    /// The file with the lines of those that are taken over as comments.
    fn commented(&self) -> String {
        let is_taken = |at: usize| self.taken().any(|(_, lines)| lines.contains(&at));
        let lines = self.text.split_inclusive('\n').enumerate();
        lines.map(|(at, line)| if is_taken(at) { format!("{MARK}{line}") } else { line.to_owned() }).collect()
    }

    /// Nothing is taken over where anything but the entries themselves would change.
    fn checked(mut self) -> Self {
        let left: Vec<&Forward> =
            self.found.iter().filter(|(_, verdict)| verdict.is_err()).map(|(forward, _)| forward).collect();
        let expected = ConfigYml::parse(&self.text)
            .map(|config| ConfigYml { forwards: left.into_iter().cloned().collect(), ..config });
        if ConfigYml::parse(&self.commented()) != expected {
            let what = || LeftAlone::Unwritable { what: "how it is written".to_owned() };
            self.found.iter_mut().for_each(|(_, verdict)| *verdict = Err(what()));
        }
        self
    }

    /// A line for each.
    pub(super) fn text(&self, context: &Context) -> String {
        let place = short(context, &self.path);
        let words = |verdict: &Result<_, LeftAlone>| match verdict {
            Ok(_) => "would be run by: sallyport forwards".to_owned(),
            Err(why) => model::import::left_alone(why),
        };
        let line = |(forward, verdict): &(Forward, Result<_, _>)| {
            format!("  forward {} to {}: {}  {place}\n", forward.listener, forward.url, words(verdict))
        };
        self.found.iter().map(line).collect()
    }

    pub(super) fn json(&self) -> Value {
        let one = |(forward, verdict): &(Forward, Result<_, LeftAlone>)| {
            json!({
                "url": forward.url, "listener": forward.listener, "destination": forward.destination,
                "left": verdict.as_ref().err(),
            })
        };
        self.found.iter().map(one).collect()
    }

    /// Takes them over: first the settings, so that none is ever in neither place.
    pub(super) fn take(&self, context: &Context) -> Result<(), Cause> {
        if self.is_empty() {
            return Ok(());
        }
        let taken: Vec<SavedForward> = self.taken().map(|(forward, _)| saved(forward)).collect();
        let before = context.profile.reread().map_err(|error| error.cause())?.settings().forwards.clone();
        set(context, [before.clone(), taken].concat())?;
        if let Err(error) = replace(&self.path, &self.commented()) {
            set(context, before)?;
            return Err(unwritable(&self.path, &error));
        }
        Ok(())
    }
}

/// What putting back would change: the file as it was, and the settings without what came from it.
pub(super) struct Back {
    path: PathBuf,
    text: String,
    kept: Vec<SavedForward>,
    count: usize,
}

impl Back {
    /// `None` when nothing was taken over.
    pub(super) fn plan(context: &Context) -> Option<Self> {
        let path = config_file::place(context)?;
        let now = config_file::text(&path).ok()?;
        let text: String =
            now.split_inclusive('\n').map(|line| line.strip_prefix(MARK).unwrap_or(line)).collect();
        if text == now {
            return None;
        }
        let back: Vec<SavedForward> = ConfigYml::parse(&text).ok()?.forwards.iter().map(saved).collect();
        let all = &context.profile.settings().forwards;
        let kept: Vec<SavedForward> = all.iter().filter(|it| !back.contains(it)).cloned().collect();
        let count = all.len() - kept.len();
        Some(Self { path, text, kept, count })
    }

    /// How many leave the settings.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) fn apply(self, context: &Context) -> Result<(), Cause> {
        replace(&self.path, &self.text).map_err(|error| unwritable(&self.path, &error))?;
        set(context, self.kept)
    }
}

fn judged(
    path: &Path,
    saved: &[SavedForward],
    (forward, lines): Listed,
) -> (Forward, Result<Range<usize>, LeftAlone>) {
    let unwritable = |what: &str| LeftAlone::Unwritable { what: what.to_owned() };
    let verdict = if forward.government {
        Err(LeftAlone::Government)
    } else if forward.service_token.is_some() {
        Err(LeftAlone::ServiceToken)
    } else if app_url(&forward.url).is_err() || LocalAddress::parse(&forward.listener).is_err() {
        Err(unwritable("its address"))
    } else if saved.iter().any(|known| known.listener == forward.listener) {
        Err(LeftAlone::AlreadyHere)
    } else if fs::OpenOptions::new().append(true).open(path).is_err() {
        Err(LeftAlone::ReadOnly { path: path.display().to_string() })
    } else {
        lines.ok_or_else(|| unwritable("how it is written"))
    };
    (forward, verdict)
}

fn saved(forward: &Forward) -> SavedForward {
    SavedForward {
        url: forward.url.clone(),
        listener: forward.listener.clone(),
        destination: forward.destination.clone(),
    }
}

fn set(context: &Context, forwards: Vec<SavedForward>) -> Result<(), Cause> {
    let changed = context.profile.change_settings(|settings| settings.forwards = forwards);
    changed.map(drop).map_err(|error| error.cause())
}

/// Replaces the file at once; who may read it stays as it was.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let rights = fs::metadata(path)?.permissions();
    profile::write_atomically(path, text.as_bytes())?;
    fs::set_permissions(path, rights)
}

fn unwritable(path: &Path, error: &io::Error) -> Cause {
    Cause::Unexpected { what: format!("{} cannot be written: {error}", path.display()) }
}
