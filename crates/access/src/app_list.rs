//! What is known about applications, in a file that every process of this person shares. No secrets.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wire::AppUrl;

use crate::{AccessError, App, file};

/// Most applications kept; the ones discovered longest ago go first.
const KEPT: usize = 500;

#[derive(Clone)]
pub(crate) struct AppList {
    path: Arc<PathBuf>,
}

#[derive(Default, Serialize, Deserialize)]
struct Contents {
    #[serde(default)]
    apps: Vec<App>,
}

impl AppList {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path: Arc::new(path) }
    }

    /// The app that covers `url` best, as if discovered by that URL.
    pub(crate) fn find(&self, url: &AppUrl) -> Option<App> {
        let apps = self.read().apps;
        let found = apps.into_iter().filter_map(|app| Some((app.fit(url)?, app.discovered_at, app)));
        let (_, _, app) = found.max_by_key(|(fit, when, _)| (*fit, *when))?;
        Some(App { url: url.clone(), ..app })
    }

    /// Every app that is known.
    pub(crate) fn all(&self) -> Vec<App> {
        self.read().apps
    }

    /// Keeps `app` in place of what was known under its URL.
    pub(crate) fn keep(&self, app: &App) -> Result<(), AccessError> {
        let mut contents = self.read();
        contents.apps.retain(|known| known.url != app.url);
        contents.apps.push(app.clone());
        let surplus = contents.apps.len().saturating_sub(KEPT);
        contents.apps.drain(..surplus);
        file::replace(&self.path, &contents)
    }

    /// An unreadable list is an empty one: everything in it can be discovered again.
    fn read(&self) -> Contents {
        let text = std::fs::read(&*self.path).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(url: &str, hostname: &str, audience: &str) -> App {
        App {
            url: url.parse().unwrap(),
            hostname: hostname.to_owned(),
            audience: audience.to_owned(),
            team: wire::Realm::production().team_domain("t.cloudflareaccess.com").unwrap(),
            discovered_at: 7,
        }
    }

    #[test]
    fn all_hosts_of_a_wildcard_app_are_one_app() {
        let folder = tempfile::tempdir().unwrap();
        let list = AppList::new(folder.path().join("apps.json"));
        list.keep(&app("a.sim.test", "*.sim.test", "wild")).unwrap();
        let url = "b.sim.test".parse().unwrap();
        let found = list.find(&url).unwrap();
        assert_eq!((found.audience.as_str(), &found.url), ("wild", &url));
        list.keep(&app("b.sim.test", "b.sim.test", "own")).unwrap();
        assert_eq!(list.find(&url).unwrap().audience, "own");
    }

    #[test]
    fn a_second_discovery_replaces_the_first_and_damage_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/apps.json");
        let list = AppList::new(path.clone());
        list.keep(&app("a.sim.test", "a.sim.test", "old")).unwrap();
        list.keep(&app("a.sim.test", "a.sim.test", "new")).unwrap();
        assert_eq!(list.all().len(), 1);
        file::replace(&path, &"nonsense").unwrap();
        assert!(list.find(&"a.sim.test".parse().unwrap()).is_none());
    }
}
