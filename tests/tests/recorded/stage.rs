//! Where the record is played: a person's home for each program, and an edge where one is needed.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use edge_sim::{AppPlan, EdgeSim, Plan};
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, PERSON, Running, Said, TEAM, plan};
use journeys::{Home, built, origin, wait};
use serde_json::json;

use crate::row::{Ends, Names, Row};

/// An app that takes machines.
pub(crate) const ROBOTS: &str = "robots.acme.test";
/// An app that leads on to destinations.
pub(crate) const BASTION: &str = "bastion.acme.test";
/// A host without Access before it.
pub(crate) const OPEN: &str = "open.acme.test";

/// How long a login lasts that is soon over, and one that is not.
const MOMENT: Duration = Duration::from_secs(2);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A program of which the record speaks.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) name: &'static str,
    pub(crate) version: String,
}

/// One program in homes of its own, before an edge or none.
pub(crate) struct Stage<'a> {
    program: &'a Program,
    edge: Option<&'a EdgeSim>,
    home: Home,
}

impl Program {
    /// The helper under its own name.
    pub(crate) fn ours() -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { path: built::program("sallyport"), name: "sallyport", version }
    }

    /// The helper by a link in `folder`, in the place of `cloudflared`.
    pub(crate) fn in_its_place(folder: &Home) -> Self {
        let path = folder.join("cloudflared");
        std::os::unix::fs::symlink(built::program("sallyport"), &path).expect("a link");
        Self::theirs(path)
    }

    /// A `cloudflared` at `path`.
    pub(crate) fn theirs(path: PathBuf) -> Self {
        let said = Said::of(Command::new(&path).args(["version", "--short"])).well();
        Self { path, name: "cloudflared", version: said.text().trim().to_owned() }
    }
}

impl<'a> Stage<'a> {
    pub(crate) fn set(program: &'a Program, edge: Option<&'a EdgeSim>) -> Self {
        let stage = Self { program, edge, home: Home::new() };
        let own = stage.home.join(".config/sallyport");
        let realm = edge.map(|edge| serde_json::to_string(&edge.realm()).expect("a realm in JSON"));
        if let Some(realm) = realm {
            put(own.join("realm.json"), realm);
        }
        put(own.join("settings.json"), json!({ "vault": "file" }).to_string());
        put(stage.home.join("ca.pem"), edge.map_or("", |edge| edge.ca_pem()));
        stage.script("bin/curl", "printf '%s' \"$*\" | grep -q CURLS-OWN && exit 22\nprintf 'from curl\\n'");
        let sim = built::program("sallyport-sim");
        let gateway = edge.map(EdgeSim::gateway).unwrap_or_default();
        let visit = format!(
            "exec '{}' browse --gateway '{gateway}' --email {PERSON} \"$1\" >/dev/null 2>&1",
            sim.display()
        );
        stage.script("bin/xdg-open", &visit);
        stage
    }

    /// What a row ends with instead of what it should, if it does.
    pub(crate) fn plays(&self, row: &Row, expected: &Ends, token: &str) -> Option<String> {
        let names = self.names(token);
        let words = names.fill(row.words);
        let mut command = self.command(&words.split(' ').collect::<Vec<_>>());
        command.envs(row.env.iter().map(|(name, value)| (name, names.fill(value))));
        let day = self.edge.filter(|_| row.fault.is_some()).map(EdgeSim::faults);
        if let (Some(day), Some(fault)) = (&day, row.fault) {
            day.set(fault);
        }
        let said = match row.typed {
            "" => Said::of(&mut command),
            typed => {
                let mut running = Running::start(&mut command);
                running.write(typed.as_bytes());
                if row.no_more {
                    running.finish_input();
                }
                running.ended()
            }
        };
        if let Some(day) = day {
            day.clear();
        }
        let differs = expected.differs(&said, &names)?;
        Some(format!("{} {words}\n{differs}", self.program.name))
    }

    /// The program, with these words.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.home.command(&self.program.path);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.home.join("bin").display()));
        command.env("BROWSER", self.home.join("bin/xdg-open"));
        command.env("SSL_CERT_FILE", self.home.join("ca.pem"));
        command.args(words).stdin(Stdio::null());
        command
    }

    /// What a program gets that talks to `port`, once the program listens there for an app without a login.
    pub(crate) fn listens(&self, flags: &[&str], port: u16) -> String {
        let words = [&["access", "tcp", "--hostname", OPEN], flags].concat();
        let mut running = Running::start(&mut self.command(&words));
        let stream = wait::until("somebody who listens", wait::SOON, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        let mut stream = stream;
        stream.write_all(b"hi\n").expect("a reader");
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("an answer");
        running.kill();
        let _ = running.ended();
        heard
    }

    /// A text without what is this stage's own.
    pub(crate) fn anonymous(&self, text: &str) -> String {
        let own = [&self.program.path, self.home.path()].map(|path: &Path| path.display().to_string());
        text.replace(&own[0], "PROGRAM").replace(&own[1], "HOME")
    }

    /// Logs in and returns the token.
    pub(crate) fn log_in(&self) -> String {
        let url = format!("https://{HOST}");
        Said::of(&mut self.command(&["access", "login", "--no-verbose", &url])).well().text()
    }

    /// Logs in, and waits for the end of that.
    pub(crate) fn log_in_for_a_moment(&self) {
        let edge = self.edge.expect("an edge");
        edge.set_lifetimes(MOMENT, MOMENT);
        self.log_in();
        let since = Instant::now();
        // Ends are whole seconds.
        let is_over = || (since.elapsed() > MOMENT + Duration::from_secs(1)).then_some(());
        wait::until("the end of the login", wait::SOON, is_over);
        edge.set_lifetimes(DAY, DAY);
    }

    fn names(&self, token: &str) -> Names {
        let shown = |path: &Path| path.display().to_string();
        Names::new([
            ("bastion", BASTION.to_owned()),
            ("edge", self.edge.map(|edge| edge.addr().port()).unwrap_or_default().to_string()),
            ("home", shown(self.home.path())),
            ("host", HOST.to_owned()),
            ("name", self.program.name.to_owned()),
            ("open", OPEN.to_owned()),
            ("other", OTHER.to_owned()),
            ("robots", ROBOTS.to_owned()),
            ("self", shown(&self.program.path)),
            ("token", token.to_owned()),
            ("version", self.program.version.clone()),
        ])
    }

    fn script(&self, name: &str, lines: &str) {
        let place = self.home.join(name);
        put(&place, format!("#!/bin/sh\n{lines}\n"));
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o700)).expect("a program");
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        journeys::process::clear(self.home.path());
    }
}

/// Every kind of app, before an edge at `listen`.
pub(crate) fn edge(listen: SocketAddr) -> EdgeSim {
    let answering = origin::answering();
    let robots = AppPlan::new(TEAM, ROBOTS, answering).service_token("id.access", "s3cret");
    let bastion = AppPlan::new(TEAM, BASTION, origin::saying(b"the bastion".to_vec()));
    let bastion = bastion.service_token("id.access", "s3cret").jump("db-1:22", answering);
    let open = AppPlan { not_behind_access: true, ..AppPlan::new(TEAM, OPEN, answering) };
    let plan: Plan = plan(answering).listen(listen).app(robots).app(bastion).app(open);
    EdgeSim::launch(plan).expect("a simulated edge")
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// The names that the programs look up.
pub(crate) fn names() -> Vec<String> {
    let team = format!("{TEAM}.cloudflareaccess.com");
    let known = ["localhost", HOST, OTHER, ROBOTS, BASTION, OPEN, &team, "login.cloudflareaccess.org"];
    known.map(str::to_owned).into()
}
