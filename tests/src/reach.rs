//! A person before the simulated edge: a profile, the helper as it was built, ssh, and a browser that follows a script.
//!
//! The edge lives in the test's own process, so that a test can spoil its answers and read its log; everything that the
//! person starts is a real program in a home of its own.

mod said;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use edge_sim::{AppPlan, EdgeSim, Plan, Seen};
use serde_json::{Value, json};

use crate::homes::put;
use crate::{Home, built, process, wait};
pub use said::{Running, Said};

/// The team whose hosts are published.
pub const TEAM: &str = "acme";
/// Its first host.
pub const HOST: &str = "build-01.acme.test";
/// Its second host.
pub const OTHER: &str = "gpu-lab.acme.test";
/// Who logs in.
pub const PERSON: &str = "ada@acme.test";

/// What the person does when a browser opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// Clicks "Cancel".
    Cancels,
    /// Leaves the page alone, or closes the tab.
    Leaves,
    /// Logs in at once.
    LogsIn,
    /// Logs in once [`Reach::let_in`] was called.
    LogsInWhenTold,
}

/// One person, one edge.
pub struct Reach {
    /// Cloudflare, here.
    pub edge: EdgeSim,
    /// The person's folders.
    pub home: Home,
}

impl Reach {
    /// Two hosts of one team before `origin`, and a person who logs in when asked and keeps tokens in a file.
    ///
    /// # Panics
    /// When the edge does not start.
    #[must_use]
    pub fn to(origin: SocketAddr) -> Self {
        Self::of(plan(origin))
    }

    /// The same before an edge of one's own plan.
    ///
    /// # Panics
    /// When the edge does not start.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        let reach = Self { edge: EdgeSim::launch(plan).expect("a simulated edge"), home: Home::new() };
        let realm = serde_json::to_vec(&reach.edge.realm()).expect("a realm in JSON");
        put(reach.home.profile().join("realm.json"), realm);
        reach.settings(&json!({}));
        reach.visits(Visit::LogsIn);
        reach
    }

    /// Writes the settings: tokens in a file and the built helper, unless `chosen` says otherwise.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn settings(&self, chosen: &Value) {
        let mut settings = json!({ "vault": "file", "helper": built::program("sallyport") });
        for (name, value) in chosen.as_object().expect("settings by name") {
            settings[name] = value.clone();
        }
        put(self.home.profile().join("settings.json"), settings.to_string());
    }

    /// What happens when a browser opens from now on.
    ///
    /// # Panics
    /// When the browser cannot be written.
    pub fn visits(&self, visit: Visit) {
        let sim = built::program("sallyport-sim");
        let browse = format!("exec '{}' browse", sim.display());
        let then = match visit {
            Visit::Cancels => format!("{browse} --cancel \"$1\""),
            Visit::Leaves => String::new(),
            Visit::LogsIn => format!("{browse} --email {PERSON} \"$1\""),
            Visit::LogsInWhenTold => {
                let told = self.home.join("told");
                format!(
                    "until [ -e '{}' ]; do sleep 0.02; done\n{browse} --email {PERSON} \"$1\"",
                    told.display()
                )
            }
        };
        self.browser(&then);
    }

    /// The person who logs in at once from now on is this one.
    ///
    /// # Panics
    /// When the browser cannot be written.
    pub fn logs_in_as(&self, email: &str) {
        let sim = built::program("sallyport-sim");
        self.browser(&format!("exec '{}' browse --email {email} \"$1\"", sim.display()));
    }

    fn browser(&self, then: &str) {
        let opened = self.home.join("opened");
        let script =
            format!("#!/bin/sh\nexec >/dev/null 2>&1\necho \"$1\" >>'{}'\n{then}\n", opened.display());
        // Moved into its place: one that still runs must not be written to.
        let (draft, place) = (self.home.join("browser.draft"), self.home.join("browser"));
        put(&draft, script);
        std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o700)).expect("a program");
        std::fs::rename(&draft, &place).expect("a browser");
    }

    /// Lets everyone in who waits for [`Visit::LogsInWhenTold`].
    ///
    /// # Panics
    /// When nothing can be written.
    pub fn let_in(&self) {
        put(self.home.join("told"), "");
    }

    /// The links that browsers were opened with.
    #[must_use]
    pub fn browsers(&self) -> Vec<String> {
        let opened = std::fs::read_to_string(self.home.join("opened")).unwrap_or_default();
        opened.lines().map(str::to_owned).collect()
    }

    /// The helper on this profile.
    #[must_use]
    pub fn helper(&self, words: &[&str]) -> Command {
        let mut command = self.program(built::program("sallyport"));
        command.arg("--profile").arg(self.home.profile()).args(words);
        command
    }

    /// The same, which logs all that it can to a file, unless `words` say something else about that.
    #[must_use]
    pub fn logging(&self, words: &[&str]) -> Command {
        let file = self.home.logs().join("helper.log").display().to_string();
        let says_otherwise = words.iter().any(|word| word.starts_with("--log"));
        let log: &[&str] = if says_otherwise { &[] } else { &["--loglevel", "debug", "--logfile", &file] };
        self.helper(&[log, words].concat())
    }

    /// Every command that the help shows, in all of its parts.
    ///
    /// # Panics
    /// When there is no help.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let text = self.run(&["help"]).well().text();
        let (commands, _) = text.split_once("\nFlags:\n").expect("commands before flags");
        let names = commands.lines().filter_map(|line| line.strip_prefix("   ")?.split("  ").next());
        names.map(str::to_owned).collect()
    }

    /// Runs the helper to its end, with nothing to read.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn run(&self, words: &[&str]) -> Said {
        Said::of(&mut self.logging(words))
    }

    /// Runs the helper as ssh does, to its end, with nothing to carry.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn carry(&self, host: &str) -> Said {
        self.run(&["access", "ssh", "--hostname", host])
    }

    /// Logs in to `host` and leaves the log of browsers empty.
    ///
    /// # Panics
    /// When that fails.
    pub fn log_in(&self, host: &str) {
        let said = self.run(&["login", host]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        put(self.home.join("opened"), "");
    }

    /// The ssh config that carries the managed block.
    #[must_use]
    pub fn ssh_config(&self) -> PathBuf {
        self.home.join(".ssh/config")
    }

    /// A program of OpenSSH (`ssh`, `scp`, `sftp`) on that config.
    #[must_use]
    pub fn client(&self, program: &str) -> Command {
        let mut command = self.program(program);
        command.arg("-F").arg(self.ssh_config());
        command
    }

    /// git, over ssh on that config.
    #[must_use]
    pub fn git(&self) -> Command {
        let mut command = self.program("git");
        command.env("GIT_SSH_COMMAND", format!("ssh -F '{}'", self.ssh_config().display()));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        command
    }

    /// The requests that the helper made, in order; those of browsers apart.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.edge.log().into_iter().filter(|seen| seen.tls.is_some()).collect()
    }

    /// Waits until so many browsers were opened.
    ///
    /// # Panics
    /// When they were not in time.
    #[track_caller]
    pub fn until_browsers(&self, count: usize) {
        let opened = || (self.browsers().len() >= count).then_some(());
        wait::until(&format!("{count} browsers"), wait::SOON, opened);
    }

    /// Waits until so many helpers have learned from the edge that they need a log-in.
    ///
    /// # Panics
    /// When they did not in time.
    #[track_caller]
    pub fn until_asked(&self, count: usize) {
        let asked =
            || self.requests().iter().filter(|seen| seen.method == "HEAD" && seen.path() == "/").count();
        wait::until(&format!("{count} that need a log-in"), wait::SOON, || (asked() >= count).then_some(()));
    }

    /// Kills whoever has the turn to log in, without a chance to clean up.
    ///
    /// # Panics
    /// When nobody has it.
    pub fn kill_who_logs_in(&self) {
        let turns = std::fs::read_dir(self.home.profile().join("turns")).expect("turns").flatten();
        let is_owner = |path: &PathBuf| path.extension().is_some_and(|end| end == "owner");
        let owner = turns.map(|file| file.path()).find(is_owner).expect("an owner of the turn");
        let pid = std::fs::read_to_string(owner).expect("its process");
        process::kill(pid.trim().parse().expect("a number"));
    }

    fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.home.command(program);
        command.env("BROWSER", self.home.join("browser")).stdin(Stdio::null());
        command
    }
}

impl Drop for Reach {
    fn drop(&mut self) {
        process::clear(self.home.path());
    }
}

/// [`HOST`] and [`OTHER`] of [`TEAM`], both before `origin`.
#[must_use]
pub fn plan(origin: SocketAddr) -> Plan {
    let app = |host, name| AppPlan::new(TEAM, host, origin).named(name);
    Plan::default().team(TEAM).app(app(HOST, "Build box")).app(app(OTHER, "GPU lab"))
}
