//! What is done with something that is shared already: its rules, and where its name leads.

use model::{Event, PeopleFact, Problem, RuleDraft, ShareTold};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::{Hands, PROGRAM, silent, spawn, told};

impl Hands {
    pub(in crate::hands) fn save_rules(&self, hostname: String, rules: Vec<RuleDraft>) {
        self.report("set rules", |hands| async move {
            let result = match hands.set_rules(&hostname, &rules).await {
                Ok(ShareTold::Rules(destinations)) => Ok(destinations),
                Ok(ShareTold::Failed(problem)) => Err(problem),
                Ok(_) => Err(told(&silent())),
                Err(cause) => Err(told(&cause)),
            };
            Event::RulesSaved { hostname, result }
        });
    }

    async fn set_rules(&self, hostname: &str, rules: &[RuleDraft]) -> Result<ShareTold, wire::Cause> {
        let words = ["share", "rules", hostname].map(str::to_owned);
        let (child, mut stdin, mut lines) = spawn(PROGRAM, self.command(PROGRAM, &words, &["--json"]))?;
        // A child that does not read says why.
        let _ = stdin.write_all(json!(rules).to_string().as_bytes()).await;
        drop(stdin);
        let mut last = None;
        while let Ok(Some(line)) = lines.next_line().await {
            last = ShareTold::read(&line).or(last);
        }
        drop(child);
        last.ok_or_else(silent)
    }

    pub(in crate::hands) fn read_people(&self, hostname: String) {
        self.report("read people", |hands| async move {
            let words = ["share", "people", &hostname].map(str::to_owned);
            let result = hands.people(&words).await;
            Event::PeopleRead { hostname, result }
        });
    }

    pub(in crate::hands) fn save_people(&self, hostname: String, allow: &[String], session: String) {
        let allow = allow.join(",");
        self.report("set people", |hands| async move {
            let words = ["share", "people", &hostname, "--allow", &allow, "--session", &session];
            let result = hands.people(&words.map(str::to_owned)).await;
            Event::PeopleSaved { hostname, result }
        });
    }

    async fn people(&self, words: &[String]) -> Result<PeopleFact, Problem> {
        match self.last_word(words).await {
            Ok(ShareTold::People(people)) => Ok(people),
            Ok(ShareTold::Failed(problem)) | Err(problem) => Err(problem),
            Ok(_) => Err(told(&silent())),
        }
    }

    pub(in crate::hands) fn check_name(&self, hostname: String) {
        self.quietly("check a name", |hands| async move {
            let words = ["share", "check", &hostname].map(str::to_owned);
            match hands.last_word(&words).await {
                Ok(ShareTold::Name(leads)) => hands.tell(Event::NameChecked { hostname, leads }),
                other => tracing::debug!(?other, "where the name leads is not known"),
            }
        });
    }

    pub(in crate::hands) fn switch_service(&self, hostname: String, on: bool) {
        self.report("switch a service", move |hands| async move {
            let words = ["share", "service", if on { "on" } else { "off" }, &hostname].map(str::to_owned);
            let result = match hands.last_word(&words).await {
                Ok(ShareTold::Service(service)) => Ok(service),
                Ok(ShareTold::Failed(problem)) | Err(problem) => Err(problem),
                Ok(_) => Err(told(&silent())),
            };
            Event::ServiceSwitched { hostname, result }
        });
    }

    pub(in crate::hands) fn read_services(&self) {
        self.quietly("ask how services are", |hands| async move {
            match hands.last_word(&["share", "list"].map(str::to_owned)).await {
                Ok(ShareTold::List(shares)) => hands.tell(Event::Services(shares)),
                other => tracing::debug!(?other, "how services are is not known"),
            }
        });
    }

    pub(in crate::hands) fn point_here(&self, hostname: String) {
        self.report("point a name", |hands| async move {
            let words = ["share", "point", &hostname].map(str::to_owned);
            let result = match hands.last_word(&words).await {
                Ok(ShareTold::Name(leads)) => Ok(leads),
                Ok(ShareTold::Failed(problem)) | Err(problem) => Err(problem),
                Ok(_) => Err(told(&silent())),
            };
            Event::NamePointed { hostname, result }
        });
    }
}
