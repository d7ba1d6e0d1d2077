//! Logins that cloudflared left in plain files: into the vault, and then, if the person wants it, gone.

use access::{Adoption, PlainKind, PlainToken};
use serde_json::{Value, json};
use wire::Cause;

use super::ask::{self, Asked};
use super::shown::counted;
use crate::commands::status::local_time;
use crate::commands::{Failure, tell_desktop};
use crate::context::Context;
use crate::say;

/// The plain files, each with what became of it.
pub(super) struct PlainTokens {
    all: Vec<(PlainToken, Option<Adoption>)>,
    now: i64,
}

impl PlainTokens {
    pub(super) fn find(context: &Context) -> Result<Self, Cause> {
        let folder = context.profile.cloudflared_dir();
        let access = context.access()?;
        let found = folder.map(|folder| access.plain_tokens(&folder)).unwrap_or_default();
        let all = found.into_iter().map(|token| (token, None)).collect();
        Ok(Self { all, now: jiff::Timestamp::now().as_second() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many may be of use.
    pub(super) fn usable(&self) -> usize {
        self.all.iter().filter(|(token, _)| token.is_usable(self.now)).count()
    }

    /// Verifies each that has not ended and keeps it where the profile keeps secrets.
    pub(super) async fn adopt(&mut self, context: &Context) -> Result<(), Cause> {
        let access = context.access()?;
        let mut kept = 0;
        for (token, outcome) in &mut self.all {
            match access.adopt(token).await {
                Ok(adoption) => {
                    *outcome = Some(adoption);
                    tell(token, adoption);
                    kept += usize::from(matches!(adoption, Adoption::Kept { .. }));
                }
                Err(error) => {
                    say::note(&format!("the login for {} stays where it is", name(token)));
                    say::problem(&error.cause());
                }
            }
        }
        if kept > 0 {
            tell_desktop(context, ipc::Ask::TokensChanged).await;
        }
        Ok(())
    }

    /// Deletes the files that are of no more use, when the person says so. A refusal is no failure.
    pub(super) fn offer_deletion(
        &self,
        context: &Context,
        wanted: bool,
        unasked: bool,
    ) -> Result<(), Failure> {
        let is_spent = |outcome: &Option<Adoption>| outcome.is_some_and(Adoption::is_spent);
        let spent: Vec<&PlainToken> =
            self.all.iter().filter(|(_, outcome)| is_spent(outcome)).map(|(token, _)| token).collect();
        if spent.is_empty() || (unasked && !wanted) {
            return Ok(());
        }
        let question = format!(
            "Delete {} in {}? This cannot be undone, and cloudflared would ask you to log in again.",
            counted(spent.len(), "plain file of a login"),
            context.profile.cloudflared_dir().unwrap_or_default().display(),
        );
        if ask::whether(&question, wanted, "add --delete-tokens")? == Asked::No {
            return Ok(());
        }
        for token in &spent {
            token.delete().map_err(|error| error.cause())?;
        }
        say::note(&format!("deleted {}", counted(spent.len(), "plain file of a login")));
        Ok(())
    }

    /// A line for each, without anything secret.
    pub(super) fn text(&self) -> String {
        self.all
            .iter()
            .map(|(token, _)| format!("  login for {}: {}\n", name(token), self.state(token)))
            .collect()
    }

    pub(super) fn json(&self) -> Value {
        self.all
            .iter()
            .map(|(token, outcome)| {
                json!({
                    "file": token.path().display().to_string(), "for": name(token), "until": token.ends(),
                    "state": self.word(token), "outcome": outcome.map(word_of),
                })
            })
            .collect()
    }

    fn state(&self, token: &PlainToken) -> String {
        match (self.word(token), token.ends()) {
            ("usable", Some(end)) => format!("until {}, would be copied", local_time(end, self.now)),
            ("expired", Some(end)) => format!("ended {}", local_time(end, self.now)),
            _ => "Left alone: not a login of this Cloudflare".to_owned(),
        }
    }

    fn word(&self, token: &PlainToken) -> &'static str {
        match (token.team(), token.has_ended(self.now)) {
            (_, true) => "expired",
            (Some(_), false) => "usable",
            (None, false) => "foreign",
        }
    }
}

fn tell(token: &PlainToken, adoption: Adoption) {
    let name = name(token);
    match adoption {
        Adoption::Kept { until } => {
            say::note(&format!(
                "copied the login for {name}, valid until {}",
                local_time(until, jiff::Timestamp::now().as_second())
            ));
        }
        Adoption::Untrusted => {
            say::note(&format!("the login for {name} is not signed by its team; it stays where it is"))
        }
        Adoption::KnownBetter | Adoption::Expired | Adoption::Foreign => {}
    }
}

fn word_of(adoption: Adoption) -> &'static str {
    match adoption {
        Adoption::Kept { .. } => "kept",
        Adoption::KnownBetter => "known-better",
        Adoption::Expired => "expired",
        Adoption::Foreign => "foreign",
        Adoption::Untrusted => "untrusted",
    }
}

fn name(token: &PlainToken) -> String {
    match (token.kind(), token.team()) {
        (PlainKind::Org, Some(team)) => format!("the team {}", team.team()),
        (PlainKind::Org, None) => "a team".to_owned(),
        (PlainKind::App { hostname }, _) => hostname.clone(),
    }
}
