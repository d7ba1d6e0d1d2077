//! Warm connections: to hosts that were used in the last minutes, so that the next ssh to them begins sooner.
//!
//! Few, for a while, and never on battery saver; a person may do without them altogether.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Model;
use crate::{Effect, times};

/// How long a host counts as used in the last minutes, in seconds.
const LATELY: i64 = 10 * 60;
/// The most connections that nobody uses yet.
const MOST: usize = 3;

/// What is kept now, and what speaks against keeping anything.
#[derive(Debug, Default)]
pub(crate) struct Warmth {
    kept: Vec<String>,
    saves_power: bool,
}

impl Model {
    pub(super) fn power(&mut self, saves: bool) {
        self.warmth.saves_power = saves;
    }

    /// Says which hosts to keep a connection to, when that has changed.
    pub(super) fn settle_warmth(&mut self) {
        let wanted = self.wanted();
        if wanted != self.warmth.kept {
            self.warmth.kept.clone_from(&wanted);
            self.emit(Effect::KeepWarm { hostnames: wanted });
        }
    }

    /// When the first of them has not been used for too long.
    pub(super) fn next_cooling(&self) -> Option<Timestamp> {
        let used = self.warmth.kept.iter().filter_map(|hostname| self.hosts.last_used(hostname));
        used.min().map(|at| times::stamp(at.saturating_add(LATELY)))
    }

    /// The hosts that were used last, by name; none that cannot be reached just now.
    fn wanted(&self) -> Vec<String> {
        if !self.facts.keep_warm || self.warmth.saves_power || self.offline {
            return Vec::new();
        }
        let (now, mut used) = (self.seconds(), BTreeMap::new());
        for entry in self.hosts.all().filter(|entry| self.hosts.trouble_of(&entry.hostname).is_none()) {
            if let Some(at) = self.hosts.last_used(&entry.hostname)
                && now.saturating_sub(at) < LATELY
            {
                used.insert(entry.hostname.clone(), at);
            }
        }
        let mut used: Vec<(String, i64)> = used.into_iter().collect();
        used.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        used.truncate(MOST);
        let mut wanted: Vec<String> = used.into_iter().map(|(hostname, _)| hostname).collect();
        wanted.sort_unstable();
        wanted
    }
}
