//! The stage itself: each part of it is real, private, and gone after the test.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use fantoccini::Locator;
use journeys::homes::put;
use journeys::{Desk, Home, Part, Sshd, desk, need, process, sshd, wait, window};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, interface};

#[tokio::test]
async fn the_keyring_keeps_a_secret() {
    if need::lacks(&desk::NEEDS) {
        return;
    }
    let mut desk = Desk::bare();
    desk.unlock_keyring().await;
    let attributes = ["purpose", "stage"];
    let mut store = desk.command("secret-tool");
    store.args(["store", "--label=stage"]).args(attributes).stdin(Stdio::piped());
    let mut child = store.spawn().expect("secret-tool starts");
    child.stdin.take().expect("a pipe").write_all(b"open sesame").expect("a reader");
    assert!(child.wait().expect("an end").success());
    let found =
        desk.command("secret-tool").arg("lookup").args(attributes).output().expect("secret-tool starts");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "open sesame");

    desk.stop_keyring();
    let found =
        desk.command("secret-tool").arg("lookup").args(attributes).output().expect("secret-tool starts");
    assert!(!found.status.success(), "the keyring is gone");
}

#[tokio::test]
async fn the_tray_shows_an_item_and_clicks_in_its_menu() {
    if need::lacks(&desk::NEEDS) {
        return;
    }
    let mut desk = Desk::bare();
    desk.show_tray().await;
    let program = desk.connect().await;
    let (clicks, mut clicked) = tokio::sync::mpsc::unbounded_channel();
    program.object_server().at("/Item", FakeItem).await.expect("a free path");
    program.object_server().at("/Menu", FakeMenu { clicks }).await.expect("a free path");
    assert!(desk.tray().items().await.is_empty());
    register(&program).await;

    let item = desk.tray().item().await;
    assert_eq!(item.title().await, "Fake");
    assert_eq!(item.tooltip().await, ("Fake".to_owned(), "nothing yet".to_owned()));
    let icon = item.icon().await;
    assert_eq!((icon[0].width, icon[0].height, icon[0].argb.as_slice()), (1, 1, [255, 1, 2, 3].as_slice()));
    let menu = item.menu().await;
    assert_eq!(menu.len(), 2);
    assert_eq!((menu[0].label.as_str(), menu[0].enabled, menu[1].separator), ("Log in", true, true));
    item.click("Log in").await;
    assert_eq!(clicked.recv().await, Some(7));

    program.close().await.expect("a bus");
    wait::eventually("an empty tray", wait::SOON, async || {
        desk.tray().items().await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn notifications_are_kept_and_their_buttons_pressed() {
    if need::lacks(&desk::NEEDS) {
        return;
    }
    let mut desk = Desk::bare();
    desk.show_notices().await;
    let program = desk.connect().await;
    let name = "org.freedesktop.Notifications";
    let server = Proxy::new(&program, name, "/org/freedesktop/Notifications", name).await.expect("a server");
    let mut pressed = server.receive_signal("ActionInvoked").await.expect("a signal");
    let hints: HashMap<&str, Value<'_>> = HashMap::new();
    let asked = ("fake", 0_u32, "", "Ends soon", "in five minutes", vec!["again", "Log in"], hints, -1_i32);
    let id: u32 = server.call("Notify", &asked).await.expect("an id");

    let notice = desk.notices().one_with("five minutes").await;
    assert_eq!((notice.id, notice.summary.as_str()), (id, "Ends soon"));
    assert_eq!(notice.actions, [("again".to_owned(), "Log in".to_owned())]);
    desk.notices().press(&notice, "again").await;
    let signal = next(&mut pressed).await;
    assert_eq!(
        signal.body().deserialize::<(u32, String)>().expect("an id and a key"),
        (id, "again".to_owned())
    );
    server.call::<_, _, ()>("CloseNotification", &(id,)).await.expect("an answer");
    assert!(desk.notices().all()[0].closed);
}

#[tokio::test]
async fn the_window_of_a_program_is_driven() {
    // WebKit's own small browser stands in for the desktop.
    let browser = format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1/MiniBrowser", std::env::consts::ARCH);
    if need::lacks(&desk::NEEDS) || need::lacks(&window::NEEDS) || need::lacks(&[&browser]) {
        return;
    }
    let desk = Desk::bare();
    let driver = desk.driver(&[]);
    let page = driver.open(browser.as_ref(), &["--automation"]).await;
    page.goto("data:text/html,<button onclick=\"this.textContent='pressed'\">press</button>")
        .await
        .expect("a page");
    let button = page.find(Locator::Css("button")).await.expect("a button");
    button.click().await.expect("a click");
    assert_eq!(button.text().await.expect("its text"), "pressed");
    let picture = page.screenshot().await.expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
    page.close().await.expect("an end");
}

#[test]
fn sshd_lets_in_and_hands_back_the_exit_status() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let server = Sshd::start();
    let config = server.direct("stage");
    let ran =
        sshd::ssh(&config).args(["stage", "echo out; echo err >&2; exit 7"]).output().expect("ssh starts");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(7), "{said}\n{}", server.log());
    assert_eq!(ran.stdout, b"out\n");
    assert!(said.contains("err"), "{said}");
}

#[test]
fn scp_and_git_reach_sshd() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let (server, home) = (Sshd::start(), Home::new());
    let config = server.direct("stage");
    put(home.join("file"), "carried");
    let from = home.join("file").display().to_string();
    let to = home.join("copy");
    let copied = sshd::scp(&config).arg(format!("stage:{from}")).arg(&to).output().expect("scp starts");
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    assert_eq!(std::fs::read(&to).expect("a copy"), b"carried");

    let repository = home.join("repository").display().to_string();
    let made = Command::new("git").args(["init", "-q", "--bare", &repository]).status().expect("git starts");
    assert!(made.success());
    let listed =
        sshd::git(&config).args(["ls-remote", &format!("stage:{repository}")]).output().expect("git starts");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
}

#[test]
fn a_home_is_left_empty_of_processes() {
    let home = Home::new();
    // The inner one outlives its parent, as what a program leaves behind does.
    let mut leaver =
        Part::start("leaver", home.command("sh").args(["-c", "sleep 600 & echo $!"]), &home.logs());
    let left: u32 = leaver.says("a process id", |log| log.trim().parse().ok());
    assert!(leaver.ended(wait::SOON).success());
    assert!(std::fs::exists(format!("/proc/{left}/fd")).expect("a look at it"));
    process::clear(home.path());
    let gone = || std::fs::read_link(format!("/proc/{left}/exe")).is_err().then_some(());
    wait::until("its end", wait::SOON, gone);
    assert!(!home.environment().is_empty());
}

#[test]
#[should_panic(expected = "waited 20ms in vain: the moon")]
fn a_wait_is_bounded_and_names_its_fact() {
    wait::until("the moon", Duration::from_millis(20), || None::<()>);
}

async fn register(program: &Connection) {
    let name = "org.kde.StatusNotifierWatcher";
    let watcher = Proxy::new(program, name, "/StatusNotifierWatcher", name).await.expect("a watcher");
    assert!(watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await.expect("an answer"));
    watcher.call::<_, _, ()>("RegisterStatusNotifierItem", &("/Item",)).await.expect("an answer");
}

async fn next(stream: &mut zbus::proxy::SignalStream<'static>) -> zbus::Message {
    use zbus::export::futures_core::Stream as _;
    let once = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *stream).poll_next(cx));
    tokio::time::timeout(wait::SOON, once).await.expect("a signal in time").expect("a bus")
}

type Pictures = Vec<(i32, i32, Vec<u8>)>;

struct FakeItem;

#[interface(name = "org.kde.StatusNotifierItem")]
impl FakeItem {
    #[zbus(property)]
    fn id(&self) -> &str {
        "fake"
    }

    #[zbus(property)]
    fn title(&self) -> &str {
        "Fake"
    }

    #[zbus(property)]
    fn tool_tip(&self) -> (String, Pictures, String, String) {
        (String::new(), Vec::new(), "Fake".to_owned(), "nothing yet".to_owned())
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Pictures {
        vec![(1, 1, vec![255, 1, 2, 3])]
    }

    #[zbus(property)]
    fn menu(&self) -> OwnedObjectPath {
        OwnedObjectPath::try_from("/Menu").expect("a path")
    }
}

struct FakeMenu {
    clicks: tokio::sync::mpsc::UnboundedSender<i32>,
}

type Properties = HashMap<String, OwnedValue>;

#[interface(name = "com.canonical.dbusmenu")]
impl FakeMenu {
    fn get_layout(
        &self,
        _parent: i32,
        _depth: i32,
        _names: Vec<String>,
    ) -> (u32, (i32, Properties, Vec<OwnedValue>)) {
        let line = |id: i32, key: &str, value: &str| {
            let properties: HashMap<String, Value<'_>> =
                [(key.to_owned(), Value::from(value.to_owned()))].into();
            let line = Structure::from((id, properties, Vec::<Value<'_>>::new()));
            OwnedValue::try_from(Value::from(line)).expect("a line of a menu")
        };
        (1, (0, HashMap::new(), vec![line(7, "label", "_Log in"), line(8, "type", "separator")]))
    }

    fn event(&self, id: i32, kind: &str, _data: OwnedValue, _time: u32) {
        if kind == "clicked" {
            let _ = self.clicks.send(id);
        }
    }
}
