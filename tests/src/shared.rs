//! A person with a domain at Cloudflare, an API token, and an SSH server that is to be published.

use std::process::Command;

use edge_sim::{AccountPlan, AppPlan, Plan, Right};
use serde_json::Value;

use crate::reach::{PERSON, Said, TEAM};
use crate::{Part, Reach, Sshd, wait};

/// The domain.
pub const ZONE: &str = "acme.test";
/// The hostname under which the machine is published.
pub const SHARED: &str = "studio.acme.test";
/// An API token that may do all that it takes.
pub const TOKEN: &str = "publishes-machines-0123456789";

/// One person, one edge, one SSH server.
pub struct Sharing {
    /// The person and the edge.
    pub reach: Reach,
    /// The SSH server.
    pub server: Sshd,
}

impl Sharing {
    /// A person whose API token has these rights.
    #[must_use]
    pub fn with(rights: &[Right], change: impl FnOnce(AccountPlan) -> AccountPlan) -> Self {
        let account = AccountPlan::default().zone(ZONE).token(TOKEN, rights);
        Self::before(Plan::default().team(TEAM).account(change(account)))
    }

    /// A person who may do all that it takes, where this application stands before the hostname in any case.
    #[must_use]
    pub fn behind(app: AppPlan) -> Self {
        let account = AccountPlan::default().zone(ZONE).token(TOKEN, &Right::SHARE);
        Self::before(Plan::default().team(TEAM).account(account).app(app))
    }

    fn before(plan: Plan) -> Self {
        Self { reach: Reach::of(plan), server: Sshd::start() }
    }

    /// A person whose API token may do all that it takes.
    #[must_use]
    pub fn new() -> Self {
        Self::with(&Right::SHARE, |account| account)
    }

    /// A command of the helper, with the API token in its variable.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.reach.helper(words);
        command.env("CLOUDFLARE_API_TOKEN", TOKEN);
        command
    }

    /// `share ssh` for that hostname and the person who logs in here, with these words behind it.
    #[must_use]
    pub fn share(&self, words: &[&str]) -> Command {
        self.share_for(PERSON, words)
    }

    /// The same for others.
    #[must_use]
    pub fn share_for(&self, allow: &str, words: &[&str]) -> Command {
        let port = self.server.address().port().to_string();
        let mut command = self.command(&["share", "ssh", "--hostname", SHARED, "--port", &port]);
        command.args(["--allow", allow]).args(words);
        command
    }

    /// Shares, and waits until it says that it does.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn shared(&self, words: &[&str]) -> Part {
        let mut part = Part::start("share", &mut self.share(words), &self.reach.home.logs());
        part.says("that it is shared", |log| log.contains("is shared.").then_some(()));
        part
    }

    /// Runs a command to its end.
    #[must_use]
    pub fn said(&self, words: &[&str]) -> Said {
        Said::of(&mut self.command(words))
    }

    /// Waits until the account has exactly this.
    ///
    /// # Panics
    /// When it has something else in the end.
    #[track_caller]
    pub fn until_account_is(&self, expected: &[String]) {
        let is = || (self.reach.edge.account() == expected).then_some(());
        wait::until(&format!("an account with {expected:?}"), wait::SOON, is);
    }

    /// The commands that have changed something at Cloudflare's API so far: method, the last words of the path, status.
    #[must_use]
    pub fn changes(&self) -> Vec<String> {
        let log = self.reach.edge.log();
        let calls = log.iter().filter(|seen| seen.host == "api.cloudflare.com" && seen.method != "GET");
        calls.map(|seen| format!("{} {}", seen.method, kind_of(seen.path()))).collect()
    }
}

impl Default for Sharing {
    fn default() -> Self {
        Self::new()
    }
}

/// Every line of a program's JSON.
///
/// # Panics
/// When a line is something else.
#[must_use]
pub fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

/// What a path of the API is about.
fn kind_of(path: &str) -> &'static str {
    let kinds =
        ["/configurations", "/connections", "/ca", "/dns_records", "/apps", "/policies", "/cfd_tunnel"];
    let named = ["rules", "connections", "authority", "record", "app", "policy", "tunnel"];
    let found = kinds.iter().position(|kind| path.contains(kind));
    found.and_then(|at| named.get(at)).copied().unwrap_or("other")
}
