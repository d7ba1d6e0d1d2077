//! Where a journey through the window plays, and what can be looked at from outside of it.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use edge_sim::{AppPlan, EdgeSim, Plan};
use journeys::homes::put;
use journeys::reach::{HOST, PERSON};
use journeys::{
    Desk, Driver, Item, Part, Pixmap, Sshd, built, desk, need, process, reach, sshd, wait, window,
};
use serde_json::{Value, json};

use crate::page::Page;
use crate::picture::Picture;

/// One person's desk before one edge.
pub(crate) struct Stage {
    pub(crate) edge: EdgeSim,
    sshd: Sshd,
    pub(crate) desk: Desk,
}

/// Whether a journey has to be left out here.
pub(crate) fn lacks() -> bool {
    need::lacks(&desk::NEEDS) || need::lacks(&sshd::NEEDS) || need::lacks(&window::NEEDS)
}

impl Stage {
    /// A whole desk, two hosts of one team, and nothing configured.
    pub(crate) async fn set() -> Self {
        Self::on(Desk::open().await, |plan| plan)
    }

    /// The same at a desk of one's own, before an edge whose plan was changed.
    pub(crate) fn on(desk: Desk, change: impl FnOnce(Plan) -> Plan) -> Self {
        let sshd = Sshd::start();
        let edge = EdgeSim::launch(change(reach::plan(sshd.address()))).expect("a simulated edge");
        let stage = Self { edge, sshd, desk };
        let realm = serde_json::to_vec(&stage.edge.realm()).expect("a realm in JSON");
        put(stage.desk.home().profile().join("realm.json"), realm);
        stage.settings(&json!({}));
        put(stage.config(), stage.sshd.client_lines());
        stage.write_browser();
        stage
    }

    /// Writes the settings: an ssh config apart and the built helper, and what is `chosen` besides.
    pub(crate) fn settings(&self, chosen: &Value) {
        let mut settings = json!({ "ssh_config": self.config(), "helper": built::program("sallyport") });
        for (name, value) in chosen.as_object().expect("settings by name") {
            settings[name] = value.clone();
        }
        put(self.desk.home().profile().join("settings.json"), settings.to_string());
    }

    /// The ssh config that the program writes to.
    pub(crate) fn config(&self) -> PathBuf {
        self.desk.home().join("ssh").join("config")
    }

    /// What stands in it.
    pub(crate) fn config_text(&self) -> String {
        std::fs::read_to_string(self.config()).expect("an ssh config")
    }

    /// Opens the window by WebDriver.
    pub(crate) async fn window(&self) -> Page {
        let driver = self.driver(&self.environment());
        self.window_of(driver).await
    }

    /// The same with a driver of one's own.
    pub(crate) async fn window_of(&self, driver: Driver) -> Page {
        let profile = self.desk.home().profile();
        let arguments = ["--profile", profile.to_str().expect("a path in UTF-8")];
        let client = driver.open(&built::program("sallyport-desktop"), &arguments).await;
        Page::new(client, driver)
    }

    pub(crate) fn driver(&self, environment: &[(&'static str, OsString)]) -> Driver {
        self.desk.driver(environment)
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let below = |name: &str| self.desk.home().join(name).into_os_string();
        vec![
            ("BROWSER", below("browser")),
            ("TERMINAL", below("terminal")),
            ("TZ", "UTC".into()),
            ("SALLYPORT_LOG", "trace".into()),
        ]
    }

    /// Starts the desktop by itself, with nothing to drive its window.
    pub(crate) fn desktop(&self, name: &str, arguments: &[&str]) -> Part {
        let mut command = self.desk.command(built::program("sallyport-desktop"));
        command.arg("--profile").arg(self.desk.home().profile()).args(arguments);
        command.envs(self.environment()).stdin(Stdio::null());
        self.desk.start(name, &mut command)
    }

    /// A desktop without a window that answers its helpers.
    pub(crate) fn running(&self) -> Part {
        let desktop = self.desktop("desktop", &["--hidden"]);
        let socket = self.desk.home().profile().join("run/desktop.sock");
        wait::until("a desktop that answers", wait::SOON, || {
            std::os::unix::net::UnixStream::connect(&socket).ok()
        });
        desktop
    }

    /// Waits until no desktop runs here any more.
    pub(crate) fn until_ended(&self) {
        wait::until("the desktop's end", wait::SOON, || {
            (self.processes("sallyport-deskt") == 0).then_some(())
        });
    }

    /// How many programs whose names begin like this live in the person's home.
    pub(crate) fn processes(&self, name: &str) -> usize {
        let all = process::inhabitants(self.desk.home().path());
        let named = all.iter().filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok());
        named.filter(|found| found.starts_with(name)).count()
    }

    /// What the desktop and the processes of its window have written to this machine's memory, in KiB; what several share
    /// is counted once, in equal parts. Pages that only mirror a program's file are left out: the system takes them back
    /// when it needs them, and how many there are depends on what else it runs.
    pub(crate) fn memory(&self) -> u64 {
        let all = process::inhabitants(self.desk.home().path());
        let is_of_desktop = |pid: &u32| {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            ["sallyport-deskt", "WebKitWebProces", "WebKitNetworkPr"].contains(&name.trim_end())
        };
        let share = |pid: u32| {
            let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix("Pss_Dirty:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        };
        all.into_iter().filter(is_of_desktop).filter_map(share).sum()
    }

    /// A command of the person's, from any terminal.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let mut command = self.desk.command("sh");
        command.args(["-c", line]).envs(self.environment()).stdin(Stdio::null());
        command
    }

    /// Stock `ssh` to the first host, for one command.
    pub(crate) fn ssh(&self, command: &str) -> Command {
        self.shell(&format!("exec ssh -F '{}' {ALIAS} '{command}'", self.config().display()))
    }

    /// The helper on this profile.
    pub(crate) fn helper(&self, words: &[&str]) -> Command {
        let mut command = self.desk.command(built::program("sallyport"));
        command.arg("--profile").arg(self.desk.home().profile()).args(words);
        command.envs(self.environment()).stdin(Stdio::null());
        command
    }

    /// Adds the first host from a terminal.
    pub(crate) fn add_host(&self, host: &str) {
        let added = self.helper(&["host", "add", host]).output().expect("the helper starts");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    }

    /// The links that browsers were opened with.
    pub(crate) fn browsers(&self) -> Vec<String> {
        lines(&self.desk.home().join("opened"))
    }

    /// Waits for so many browsers, and has the link of the last.
    pub(crate) fn browser(&self, count: usize) -> String {
        let what = format!("{count} browsers");
        let opened =
            wait::until(&what, wait::SOON, || Some(self.browsers()).filter(|opened| opened.len() >= count));
        assert_eq!(opened.len(), count, "no more than that");
        opened.into_iter().next_back().expect("a link")
    }

    /// What terminals were told to run.
    pub(crate) fn terminals(&self) -> Vec<String> {
        lines(&self.desk.home().join("terminals"))
    }

    /// The person logs in where the link leads.
    pub(crate) async fn log_in_at(&self, link: &str) {
        let page = self.edge.person().submit(link, PERSON).await.expect("a page");
        assert!(page.is_logged_in(), "{}", page.title);
    }

    /// The server lets in whoever has a certificate of the team's authority.
    pub(crate) fn trust_authority(&self) {
        self.sshd.trust_authority(&self.edge.ssh_ca());
    }

    /// The account on the server.
    pub(crate) fn user(&self) -> String {
        self.sshd.user()
    }

    /// The port of the server.
    pub(crate) fn server_port(&self) -> String {
        self.sshd.address().port().to_string()
    }

    /// What the server said.
    pub(crate) fn server_log(&self) -> String {
        self.sshd.log()
    }

    /// What is behind a hostname.
    pub(crate) fn app(&self, host: &str) -> AppPlan {
        self.edge.app(host).expect("an application")
    }

    /// Name and value of the one secret for this user name in the real keyring.
    pub(crate) fn secret(&self, user: &str) -> Option<(String, String)> {
        let found = self.desk.command("secret-tool").args(["search", "--all", "username", user]).output();
        let found = found.expect("secret-tool starts");
        // The secret stands on stdout, the attributes on stderr.
        let said = [found.stdout, found.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let value = |name: &str| {
            let all = said.iter().flat_map(|text| text.lines());
            all.filter_map(|line| line.strip_prefix(name)).map(str::to_owned).next()
        };
        Some((value("attribute.service = ")?, value("secret = ")?))
    }

    /// Waits until the tray's picture is the one of this state.
    pub(crate) async fn tray_shows(&self, state: &str) -> Item {
        let picture = picture(state);
        let item = self.desk.tray().item().await;
        let what = format!("the tray's picture of {state:?}");
        wait::eventually(&what, wait::SOON, async || item.icon().await.contains(&picture).then_some(()))
            .await;
        item
    }

    fn write_browser(&self) {
        for (name, notes) in [("browser", "opened"), ("terminal", "terminals")] {
            let (program, notes) = (self.desk.home().join(name), self.desk.home().join(notes));
            put(&program, format!("#!/bin/sh\necho \"$*\" >>'{}'\n", notes.display()));
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("a program");
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        process::clear(self.desk.home().path());
    }
}

/// The person logs in to the first host by its row, in the first browser that opens.
pub(crate) async fn log_in(stage: &Stage, page: &Page) {
    page.click(&format!("row-button-{ALIAS}")).await;
    stage.log_in_at(&stage.browser(1)).await;
    page.gone("login-dialog").await;
    page.says(&format!("row-line1-{ALIAS}"), &["Until "]).await;
}

/// Waits until the item's menu has this line.
pub(crate) async fn menu_says(item: &Item, line: &str) {
    let what = format!("{line:?} in the tray's menu");
    wait::eventually(&what, wait::SOON, async || {
        item.menu().await.iter().any(|entry| entry.label == line).then_some(())
    })
    .await;
}

/// The time of day in UTC, as the window writes it.
pub(crate) fn clock_time(seconds: i64) -> String {
    let minutes = seconds.rem_euclid(24 * 60 * 60) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The name of the first host in the ssh config.
pub(crate) const ALIAS: &str = "build-01";

/// The slot of the first host's login.
pub(crate) fn slot(stage: &Stage) -> String {
    format!("app/{}", stage.app(HOST).audience())
}

fn lines(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// The picture of a state as it stands in the program, in the tray's own order of bytes.
fn picture(state: &str) -> Pixmap {
    let icons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../icons/tray");
    let file = std::fs::read(icons.join(format!("color-{state}-44.png"))).expect("a picture");
    let Picture { width, height, rgba } = Picture::of_png(&file);
    let argb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[3], pixel[0], pixel[1], pixel[2]]).collect();
    let side = |length: u32| i32::try_from(length).expect("a small picture");
    Pixmap { width: side(width), height: side(height), argb }
}
