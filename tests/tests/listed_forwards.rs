//! `cloudflared` without a command: every forward that `config.yml` lists, as a service of that name has it.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, Said, TEAM, plan};
use journeys::{Part, Reach, built, origin, wait};

const ROBOTS: &str = "robots.acme.test";
const ID: &str = "robot.access";
const SECRET: &str = "5ecret-of-a-robot";

#[test]
fn every_one_listens_and_changes_of_the_file_count() {
    let scene = Scene::set();
    let (first, second, third) = (port(), port(), port());
    scene.write(&format!(
        "{}  - url: https://{ROBOTS}\n    listener: localhost:{second}\n    serviceTokenID: {ID}\n    serviceTokenSecret: {SECRET}\n",
        listed(HOST, first)
    ));
    let mut service = Part::start("cloudflared", &mut scene.bare(), &scene.reach.home.logs());
    service.says("both addresses", |log| (log.matches("listening on").count() == 2).then_some(()));
    assert_eq!(answer(first, "people").as_deref(), Some("PEOPLE\n"));
    assert_eq!(answer(second, "machines").as_deref(), Some("MACHINES\n"));
    assert!(!service.log().contains(SECRET), "{}", service.log());

    let mut open = TcpStream::connect(("127.0.0.1", first)).expect("the first forward");
    open.write_all(b"still ").expect("a reader");
    scene.write(&format!("{}{}", listed(HOST, first), entry(HOST, third)));
    wait::until("the new one alone", wait::SOON, || {
        (answer(third, "new").is_some() && TcpStream::connect(("127.0.0.1", second)).is_err()).then_some(())
    });
    scene.write("forwarders: [\n");
    service
        .says("what is wrong", |log| log.contains("is left aside: it is not what cloudflared").then_some(()));
    open.write_all(b"open\n").expect("a reader");
    let mut heard = String::new();
    open.read_to_string(&mut heard).expect("an answer");
    assert_eq!(heard, "STILL OPEN\n", "a stream of a forward that stays is not touched");
    assert_eq!(answer(third, "and on").as_deref(), Some("AND ON\n"));
    service.terminate();
    assert_eq!(service.ended(Duration::from_secs(60)).code(), Some(0), "{}", service.log());
}

#[test]
fn one_that_cannot_listen_leaves_the_others_alone() {
    let scene = Scene::set();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let (busy, free) = (taken.local_addr().expect("its number").port(), port());
    scene.write(&format!(
        "{}{}  - url: https://{HOST}\n    listener: 127.0.0.1:1\n    serviceTokenID: half\n  - url: https://{HOST}\n    listener: nowhere\n",
        listed(HOST, busy),
        entry(HOST, free)
    ));
    let mut service = Part::start("cloudflared", &mut scene.bare(), &scene.reach.home.logs());
    for line in ["cannot listen", "needs both its id and its secret", "nowhere: "] {
        service.says(line, |log| log.contains(line).then_some(()));
    }
    assert_eq!(answer(free, "free").as_deref(), Some("FREE\n"));
    drop(taken);
    wait::until("the address that was taken", wait::SOON, || answer(busy, "busy"));
    let log = service.log();
    assert_eq!(log.matches("nowhere: ").count(), 1, "said once: {log}");
}

#[test]
fn a_service_with_nothing_to_do_says_so() {
    let scene = Scene::set();
    let nothing = Said::of(&mut scene.bare());
    assert_eq!(nothing.code, Some(2), "{}", nothing.err);
    assert!(nothing.err.contains("there is no config.yml that lists forwarders"), "{}", nothing.err);
    scene.write("tunnel: abc\n");
    let empty = Said::of(&mut scene.bare());
    assert_eq!(empty.code, Some(2), "{}", empty.err);
    assert!(empty.err.contains("config.yml lists no forwarders"), "{}", empty.err);
    scene.write("forwarders: 7\n");
    let damaged = Said::of(&mut scene.bare());
    assert_eq!(damaged.code, Some(1), "{}", damaged.err);
    assert!(damaged.err.contains("line 1"), "{}", damaged.err);
    scene.write(&listed("not a host", port()));
    let hopeless = Said::of(&mut scene.bare());
    assert_eq!(hopeless.code, Some(1), "none of them begins: {}", hopeless.err);
}

#[test]
fn what_was_imported_listens_too() {
    let scene = Scene::set();
    let port = port();
    let mut settings: serde_json::Value =
        serde_json::from_slice(&std::fs::read(scene.settings()).expect("settings")).expect("JSON");
    settings["forwards"] =
        serde_json::json!([{ "url": format!("https://{HOST}"), "listener": format!("127.0.0.1:{port}") }]);
    put(scene.settings(), settings.to_string());
    let mut service = Part::start("cloudflared", &mut scene.bare(), &scene.reach.home.logs());
    service.says("its address", |log| log.contains("listening on").then_some(()));
    assert_eq!(answer(port, "taken").as_deref(), Some("TAKEN\n"));
}

/// A person whose `cloudflared` is a link to the helper.
struct Scene {
    reach: Reach,
}

impl Scene {
    fn set() -> Self {
        let app = AppPlan::new(TEAM, ROBOTS, origin::answering()).service_token(ID, SECRET);
        let scene = Self { reach: Reach::of(plan(origin::answering()).app(app)) };
        for file in ["realm.json", "settings.json"] {
            let text = std::fs::read(scene.reach.home.profile().join(file)).unwrap_or_default();
            put(scene.reach.home.join(".config/sallyport").join(file), text);
        }
        put(scene.config(), "");
        std::fs::remove_file(scene.config()).unwrap_or_else(|why| panic!("{why}"));
        let linked = std::os::unix::fs::symlink(built::program("sallyport"), scene.link());
        linked.unwrap_or_else(|why| panic!("{why}"));
        scene
    }

    fn link(&self) -> PathBuf {
        self.reach.home.join("cloudflared")
    }

    fn settings(&self) -> PathBuf {
        self.reach.home.join(".config/sallyport/settings.json")
    }

    fn config(&self) -> PathBuf {
        self.reach.home.join(".cloudflared/config.yml")
    }

    fn write(&self, text: &str) {
        put(self.config(), text);
    }

    fn bare(&self) -> Command {
        let mut command = self.reach.home.command(self.link());
        command.env("BROWSER", self.reach.home.join("browser")).stdin(std::process::Stdio::null());
        command
    }
}

fn listed(host: &str, port: u16) -> String {
    format!("forwarders:\n{}", entry(host, port))
}

fn entry(host: &str, port: u16) -> String {
    format!("  - url: https://{host}\n    listener: 127.0.0.1:{port}\n")
}

/// A port that was free a moment ago.
fn port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|why| panic!("{why}"));
    listener.local_addr().map_or(0, |address| address.port())
}

/// What comes back through a forward, if it is there.
fn answer(port: u16, word: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(wait::SOON)).ok()?;
    stream.write_all(format!("{word}\n").as_bytes()).ok()?;
    let mut heard = String::new();
    stream.read_to_string(&mut heard).ok()?;
    Some(heard).filter(|heard| !heard.is_empty())
}
