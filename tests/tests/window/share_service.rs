//! What is shared goes over to a service and comes back, by the switch of the window, on a machine that systemd has
//! started: the desktop lives there as a person's who has logged in, and the service is one of their own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use edge_sim::Right;
use journeys::booted::Booted;
use journeys::homes::put;
use journeys::reach::{PERSON, Said};
use journeys::shared::{SHARED, Sharing, TOKEN};
use journeys::{Driver, Part, need, sshd, wait, window};
use serde_json::json;

use crate::page::Page;

/// What it takes of the machine.
const NEEDS: [&str; 3] = ["Xvfb", "dbus-daemon", "setpriv"];
/// The number of the person.
const ADA: &str = "4711";
/// What a log-in of theirs would start for them.
const MANAGER: &str = "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nDelegate=yes\nUser=ada\n\
                       RuntimeDirectory=user/4711\nEnvironment=HOME=/home/ada XDG_RUNTIME_DIR=/run/user/4711\n\
                       ExecStart=/lib/systemd/systemd --user\n";
/// Notes the link that it is given.
const BROWSER: &str = "#!/bin/sh\necho \"$*\" >>/home/ada/opened\n";
/// What is started and registered takes its time.
const LATE: Duration = Duration::from_secs(60);
/// WebDriver's name of the key.
const ENTER: char = '\u{E007}';
const RUNS: &str = "Runs as a service. Quitting Sallyport does not stop it.";

/// A person at a screen of a machine that was booted.
struct Booth {
    sharing: Sharing,
    display: String,
    /// Screen and bus.
    _parts: [Part; 2],
    machine: Booted,
}

impl Booth {
    /// Nothing where such a machine cannot be had here, for a said reason.
    fn open() -> Option<Self> {
        if need::lacks(&NEEDS) || need::lacks(&sshd::NEEDS) || need::lacks(&window::NEEDS) {
            return None;
        }
        let sharing = Sharing::with(&Right::SHARE, |account| account);
        let machine = Booted::with(&sharing.reach.home)?;
        move_in(&machine);
        let logs = sharing.reach.home.logs();
        let mut screen = as_ada(&machine, "Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]);
        let mut screen = Part::start("screen", &mut screen, &logs);
        let number = screen.says("its number", |log| log.lines().find_map(|line| line.parse::<u32>().ok()));
        let mut bus = as_ada(&machine, "dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1", "--address=unix:path=/run/user/4711/bus"]);
        let mut bus = Part::start("bus", &mut bus, &logs);
        bus.says("its address", |log| log.contains("unix:").then_some(()));
        Some(Self { sharing, display: format!(":{number}"), _parts: [screen, bus], machine })
    }

    async fn window(&self) -> Page {
        let mut command = as_ada(&self.machine, "WebKitWebDriver");
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/4711/bus");
        command.env("NO_AT_BRIDGE", "1").env("GTK_A11Y", "none");
        command.env("BROWSER", "/home/ada/browser").env("TZ", "UTC");
        let driver = Driver::start(&mut command, &self.sharing.reach.home.logs());
        let program = PathBuf::from("/usr/local/bin/sallyport-desktop");
        let client = driver.open(&program, &["--profile", "/home/ada/profile"]).await;
        Page::new(client, driver)
    }

    /// The person quits, and nothing is asked.
    async fn quit(&self, page: Page) {
        page.leave_with_ctrl("q").await;
        let ended = || self.machine.process("sallyport-desktop").is_none().then_some(());
        wait::until("the desktop's end", wait::SOON, ended);
    }

    /// The machine is shared, by the form.
    async fn share(&self, page: &Page) {
        page.click("go-share").await;
        page.write("share-token", TOKEN).await;
        page.click("share-keep-token").await;
        page.write("share-address", SHARED).await;
        page.write("share-port", &self.sharing.server.address().port().to_string()).await;
        page.write("share-allow", &format!("{PERSON}{ENTER}")).await;
        page.click("share-start").await;
        let link = wait::until("a browser", wait::SOON, || {
            let opened = std::fs::read_to_string(self.machine.file("/home/ada/opened")).ok();
            opened.filter(|link| link.ends_with('\n'))
        });
        let shown = self.sharing.reach.edge.person().submit(link.trim(), PERSON).await.expect("a page");
        assert!(shown.is_logged_in(), "{}", shown.title);
        page.says_within(LATE, "share-count", &["4 of 4"]).await;
    }

    /// Somebody far away gets through.
    fn is_reached(&self) {
        let reach = &self.sharing.reach;
        let reached = || {
            let reached = Said::of(reach.client("ssh").args(["studio", "echo served"]));
            (reached.text() == "served\n").then_some(())
        };
        wait::until("an ssh that gets through", wait::SOON, reached);
    }

    fn unit(&self) -> PathBuf {
        self.machine.file(&format!("/home/ada/.config/systemd/user/sallyport-{SHARED}.service"))
    }
}

/// Gives the person a name, a home of their own, and the systemd that runs what is theirs.
fn move_in(machine: &Booted) {
    let known = |file: &str| std::fs::read_to_string(machine.file(file)).expect("a list");
    let (people, groups) = (known("/etc/passwd"), known("/etc/group"));
    put(machine.file("/etc/passwd"), format!("{people}ada:x:{ADA}:{ADA}::/home/ada:/bin/sh\n"));
    put(machine.file("/etc/group"), format!("{groups}ada:x:{ADA}:\n"));
    put(machine.file("/home/ada/browser"), BROWSER);
    let realm = std::fs::read(machine.file("/srv/profile/realm.json")).expect("a realm");
    put(machine.file("/home/ada/profile/realm.json"), realm);
    let settings = json!({
        "vault": "file", "helper": "/usr/local/bin/sallyport", "ssh_config": "/home/ada/.ssh/config"
    });
    put(machine.file("/home/ada/profile/settings.json"), settings.to_string());
    for line in [&["chmod", "700", "/home/ada/browser"][..], &["chown", "-R", "4711:4711", "/home/ada"]] {
        Said::of(machine.command(line[0]).args(&line[1..])).well();
    }
    put(machine.file("/srv/units/manager.service"), MANAGER);
    Said::of(machine.command("systemctl").args(["start", "manager"])).well();
}

fn as_ada(machine: &Booted, program: &str) -> Command {
    let mut command = machine.command("setpriv");
    command.args([&format!("--reuid={ADA}"), &format!("--regid={ADA}"), "--clear-groups", "--", program]);
    command.env("XDG_RUNTIME_DIR", "/run/user/4711");
    command
}

#[tokio::test]
async fn a_service_of_the_persons_own_takes_over_outlives_the_desktop_and_gives_back() {
    let Some(booth) = Booth::open() else { return };
    let (reach, server) = (&booth.sharing.reach, &booth.sharing.server);
    let page = booth.window().await;
    booth.share(&page).await;
    put(reach.ssh_config(), server.client_lines());
    reach.run(&["host", "add", SHARED, "--user", &server.user()]).well();
    reach.log_in(SHARED);
    booth.is_reached();

    page.says_within(LATE, "share-service-help", &["Runs as a service when you log in."]).await;
    page.click("share-service").await;
    page.says_within(LATE, "share-resting", &[&format!("{SHARED} is shared."), RUNS]).await;
    page.says_within(LATE, "share-service-help", &[RUNS]).await;
    page.says_within(LATE, "go-share", &["On"]).await;
    page.shot("share-as-service").await;
    assert!(booth.unit().exists(), "it is one of their own");
    booth.quit(page).await;
    booth.is_reached();

    let page = booth.window().await;
    page.click("go-share").await;
    page.says_within(LATE, "share-resting", &[&format!("{SHARED} is shared."), RUNS]).await;
    page.says_within(LATE, "go-share", &["On"]).await;
    page.click("share-service").await;
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    page.says_within(LATE, "share-service-help", &["Runs as a service when you log in."]).await;
    assert!(!booth.unit().exists(), "nothing of it is left");
    booth.is_reached();

    taken_away_by_others(&booth, &page).await;
    page.close().await;
}

/// Somebody takes the service away with all that it had: the window says so, and the desktop answers in its place.
async fn taken_away_by_others(booth: &Booth, page: &Page) {
    page.click("share-service").await;
    page.says_within(LATE, "share-resting", &[RUNS]).await;
    let systemctl = ["systemctl", "--user", "disable", "--now"];
    let mut stop = as_ada(&booth.machine, systemctl[0]);
    Said::of(stop.args(&systemctl[1..]).arg(format!("sallyport-{SHARED}.service"))).well();
    let folder = format!("/home/ada/.config/sallyport-{SHARED}");
    let mut remove = booth.machine.command("rm");
    remove.args(["-r", &folder, &format!("/home/ada/.config/systemd/user/sallyport-{SHARED}.service")]);
    Said::of(&mut remove).well();
    page.click("go-share").await;
    page.says_within(LATE, "share-resting", &["does not answer.", "Its service is gone from this machine."])
        .await;
    page.shot("share-service-gone").await;
    page.click("share-service").await;
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    booth.is_reached();
}
